import { type Rates } from '@lateen/observation';

/** `0`, `0.3`, `12.4`, `1234`: per second. */
export function rate(perSecond: number): string {
  if (perSecond === 0) return '0';
  if (perSecond < 0.1) return '<0.1';
  return perSecond < 100 ? perSecond.toFixed(1) : String(Math.round(perSecond));
}

/** Of fewer requests tenths of a percent say nothing. */
const MANY = 100;

/**
 * `0%`, `0.4%`, `12%`; whole percents where it is of fewer than 100. What is not nothing is never shown as 0, what is not
 * all of few never as 100.
 */
export function percent(ratio: number, of = MANY): string {
  const value = ratio * 100;
  if (value === 0) return '0%';
  if (of < MANY) return value >= 100 ? '100%' : `${Math.min(99, Math.max(1, Math.round(value)))}%`;
  if (value < 0.1) return '<0.1%';
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)}%`;
}

/** `0.4 ms`, `12 ms`, `1.2 s`; `-` where nothing was measured. */
export function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return '-';
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `12 kB/s`. */
export function bytes(perSecond: number): string {
  if (perSecond < 1000) return `${Math.round(perSecond)} B/s`;
  return perSecond < 1_000_000 ? `${(perSecond / 1000).toFixed(1)} kB/s` : `${(perSecond / 1_000_000).toFixed(1)} MB/s`;
}

/** `12% errors`. A window's ends hold parts of requests, so the share counts, not the whole errors. */
export function errorsText({ errorRatio, requests }: Pick<Rates, 'errorRatio' | 'requests'>): string {
  return `${percent(errorRatio, requests)} errors`;
}

/** Whether something failed, be it a part of a request at an end of the window. */
export function fails({ errorRatio }: Pick<Rates, 'errorRatio'>): boolean {
  return errorRatio > 0;
}

/** The cells RPS, ERRORS, P50, P90, P99. */
export function rateCells({ perSecond, errorRatio, requests, p50Ms, p90Ms, p99Ms }: Rates): readonly string[] {
  return [rate(perSecond), percent(errorRatio, requests), milliseconds(p50Ms), milliseconds(p90Ms), milliseconds(p99Ms)];
}

/** The heads of {@link rateCells}. */
export const RATE_HEADS = ['RPS', 'ERRORS', 'P50', 'P90', 'P99'] as const;
