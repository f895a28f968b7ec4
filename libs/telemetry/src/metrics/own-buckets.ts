import { METRICS, type MetricDefinition } from './catalog';

/**
 * A histogram's bounds where a workload has its own. They are counted beside the default ones, which the control plane
 * goes on to be told.
 */
export interface OwnBuckets {
  readonly metric: MetricDefinition;
  /** Upper bounds, ascending. */
  readonly bounds: readonly number[];
}

/** What Istio's metrics are called inside a proxy. Spec: Istio bootstrap, `stats_config`. */
const INNER = 'istiocustom.istio_';
/** A histogram is a line of text per bound. */
const MAX_BOUNDS = 100;

/**
 * Reads the bounds of Istio's histograms that an annotation sets: JSON from the beginning of names, as they are inside
 * the proxy, to upper bounds; the longest that fits decides. Names of others are fine, and nothing here.
 * Throws an `Error` that says what was expected. Spec: Istio annotation `sidecar.istio.io/statsHistogramBuckets`.
 */
export function parseOwnBuckets(annotation: string): readonly OwnBuckets[] {
  const found: unknown = JSON.parse(annotation);
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw expected(annotation);
  const prefixes = Object.entries(found)
    .map(([prefix, bounds]) => ({ prefix, bounds: boundsOf(prefix, bounds) }))
    .sort((one, other) => other.prefix.length - one.prefix.length);
  return METRICS.flatMap((metric) => {
    if (metric.type !== 'histogram') return [];
    const first = prefixes.find(({ prefix }) => `${INNER}${metric.name}`.startsWith(prefix));
    return first === undefined ? [] : [{ metric, bounds: first.bounds }];
  });
}

function boundsOf(prefix: string, value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_BOUNDS) throw expected(JSON.stringify({ [prefix]: value }));
  const bounds = value.map((bound: unknown) => {
    if (typeof bound !== 'number' || bound <= 0) throw expected(JSON.stringify({ [prefix]: bound }));
    return bound;
  });
  return [...new Set(bounds)].sort((one, other) => one - other);
}

function expected(what: string): Error {
  return new Error(`expected {"istiocustom": [1, 5, 10]} with 1 to ${MAX_BOUNDS} bounds above 0, not ${what.slice(0, 200)}`);
}
