import { type Series } from '@lateen/observation';

/**
 * A series without steps that are still being counted, since proxies report one step late: half a step looks like a drop.
 * Its gaps, which are `null` in JSON, are undefined.
 */
export function wholeSteps(series: Series, nowMs: number): Series {
  const { startMs, stepMs, values } = series;
  const whole = Math.max(0, Math.floor((nowMs - startMs) / stepMs) - 1);
  return { ...series, values: values.slice(0, whole).map((value) => value ?? undefined) };
}
