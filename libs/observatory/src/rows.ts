import { type Rates } from '@lateen/observation';
import { STEP_MS, stepOf } from './steps';
import { ratesOf, SUM } from './sums';
import { endOf } from './target';
import { type Told, toldMs } from './told';
import { type Traffic } from './traffic';

/** One series of Istio's metrics, as numbers of the last five minutes. */
export interface SeriesRow {
  readonly reporter: 'source' | 'destination';
  readonly protocol: 'http' | 'grpc' | 'tcp';
  /** `NAMESPACE/WORKLOAD`; `unknown`. */
  readonly peer: string;
  readonly service: string;
  readonly cluster: string;
  readonly mutualTls: boolean;
  readonly rates: Rates;
  /** Requests by code and flags: `{"200": 20, "503 UF": 1}`. */
  readonly outcomes: Readonly<Record<string, number>>;
}

const STEPS = 60;

/** Rates of less would be of single requests. */
const LEAST_SECONDS = 1;

/** The series that proxies of one workload told of, most requests first; rates are of the time that they told of. */
export function rowsOf(
  traffic: Traffic,
  node: string,
  { nowMs, told }: { readonly nowMs: number; readonly told: readonly Told[] },
): readonly SeriesRow[] {
  const rows: SeriesRow[] = [];
  const nowStep = stepOf(nowMs);
  const first = nowStep - STEPS;
  const windowSeconds = (STEPS * STEP_MS) / 1000;
  const seconds = Math.min(windowSeconds, Math.max(LEAST_SECONDS, toldMs(told, first * STEP_MS, nowMs) / 1000));
  for (const { key, numbers, outcomes } of traffic.tracks()) {
    if (endOf(key.self).id !== node) continue;
    const sums = new Float64Array(SUM.width);
    numbers.sumInto(first, nowStep, sums);
    const counts: Record<string, number> = {};
    const count = new Float64Array(1);
    for (const [outcome, steps] of outcomes) {
      count[0] = 0;
      steps.sumInto(first, nowStep, count);
      if (count[0] > 0) counts[outcome.trim()] = Math.max(1, Math.round(count[0]));
    }
    const { reporter, protocol, peer, service, cluster, mutualTls } = key;
    rows.push({
      reporter,
      protocol,
      peer: peer === undefined ? 'unknown' : endOf(peer).id,
      service,
      cluster,
      mutualTls,
      rates: ratesOf(sums, { seconds, windowSeconds }, protocol),
      outcomes: counts,
    });
  }
  return rows.sort((a, b) => b.rates.requests - a.rates.requests);
}
