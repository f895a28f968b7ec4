/** Upper bounds of Envoy's histograms, for milliseconds and for bytes alike. Spec: Envoy default histogram buckets. */
export const BUCKETS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000,
];

/** Numbers a histogram takes in a series: its sum, then one count per bucket, the last for what is above all bounds. */
export const HISTOGRAM_SIZE = BUCKETS.length + 2;

/** Lines that a histogram's series is printed as: its buckets, that without a bound, sum and count. */
export function linesOf(bounds: readonly number[]): number {
  return bounds.length + 3;
}

/** Adds a value to the histogram that starts at `offset`. */
export function record(series: Float64Array, offset: number, value: number): void {
  series[offset]! += value;
  count(series, offset + 1, BUCKETS, value);
}

/** Counts a value in the buckets that start at `offset`. */
export function count(series: Float64Array, offset: number, bounds: readonly number[], value: number): void {
  let bucket = 0;
  while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
  series[offset + bucket]!++;
}
