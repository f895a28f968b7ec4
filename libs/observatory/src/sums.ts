import { type Rates } from '@lateen/observation';
import { type SeriesSum } from '@lateen/xds/gen/lateen/observation_pb';
import { quantile } from './quantile';
import { STEP_MS } from './steps';

/** Where in the numbers of a step what is. */
export const SUM = {
  count: 0,
  errors: 1,
  durationMs: 2,
  buckets: 3,
  bucketCount: 20,
  receivedBytes: 23,
  sentBytes: 24,
  width: 25,
} as const;

/** The numbers of one reported sum. What is not a plain number counts as 0. */
export function numbersOf(sum: SeriesSum, isError: boolean): Float64Array {
  const numbers = new Float64Array(SUM.width);
  const count = plain(sum.count);
  numbers[SUM.count] = count;
  numbers[SUM.errors] = isError ? count : 0;
  numbers[SUM.durationMs] = plain(sum.durationSumMs);
  for (let i = 0; i < SUM.bucketCount; i++) numbers[SUM.buckets + i] = plain(sum.durationBuckets[i] ?? 0);
  numbers[SUM.receivedBytes] = plain(sum.receivedBytes);
  numbers[SUM.sentBytes] = plain(sum.sentBytes);
  return numbers;
}

/** What sums are of, in seconds: for how long it was observed of a window, and the last step in which something failed. */
export interface SumsOf {
  readonly seconds: number;
  readonly windowSeconds: number;
  readonly lastErrorStep?: number | undefined;
}

/** What sums say. Bytes for TCP only. */
export function ratesOf(
  numbers: Float64Array,
  { seconds, windowSeconds, lastErrorStep }: SumsOf,
  protocol: 'http' | 'grpc' | 'tcp',
): Rates {
  const requests = numbers[SUM.count]!;
  const errors = numbers[SUM.errors]!;
  const buckets = numbers.subarray(SUM.buckets, SUM.buckets + SUM.bucketCount);
  return {
    perSecond: requests / seconds,
    errorRatio: requests === 0 ? 0 : Math.min(1, errors / requests),
    ...quantilesOf(buckets, numbers[SUM.durationMs]!),
    requests: wholeOf(requests),
    errors: wholeOf(errors),
    ...(lastErrorStep === undefined ? {} : { lastErrorMs: (lastErrorStep + 1) * STEP_MS }),
    ...(seconds < windowSeconds ? { observedSeconds: Math.round(seconds) } : {}),
    ...(protocol === 'tcp' ? { bytesPerSecond: (numbers[SUM.receivedBytes]! + numbers[SUM.sentBytes]!) / seconds } : {}),
  };
}

/** A window may hold a part of one at its edge: what is not nothing is not told as nothing. */
function wholeOf(count: number): number {
  return count > 0 ? Math.max(1, Math.round(count)) : 0;
}

function quantilesOf(buckets: Float64Array, sumMs: number): Pick<Rates, 'p50Ms' | 'p90Ms' | 'p99Ms'> {
  const p50Ms = quantile(buckets, 0.5, sumMs);
  if (p50Ms === undefined) return {};
  return { p50Ms, p90Ms: quantile(buckets, 0.9, sumMs), p99Ms: quantile(buckets, 0.99, sumMs) };
}

/** Nothing happened. */
export const NO_RATES: Rates = { perSecond: 0, errorRatio: 0, requests: 0, errors: 0 };

function plain(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0;
}
