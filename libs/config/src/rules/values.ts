import { parseDurationMs } from '@lateen/base';
import { type Place, quote, type Report, unfit } from './report';

/** Ports, durations, percentages and weights. Spec: validation.md §3.3 and §3.4. */

/** Whether `port` is 1–65535. */
export function isPort(port: number | undefined): boolean {
  return port !== undefined && port >= 1 && port <= 65_535;
}

/** Refuses what is not a port number. */
export function checkPort(report: Report, at: Place, port: number | undefined): void {
  if (!isPort(port)) report.error('invalid_port', at, unfit(port ?? 0, 'a port', 'a number from 1 to 65535'));
}

/** Refuses a duration under 1 ms or not of whole milliseconds; unset passes. */
export function checkDuration(report: Report, at: Place, text: string | undefined, unitMs = 1): void {
  if (text === undefined) return;
  const ms = parseDurationMs(text);
  // Fractions of Go durations are whole nanoseconds; rounding there hides what binary fractions add.
  const whole = ms !== undefined && Math.round(ms * 1e6) % (unitMs * 1e6) === 0;
  if (ms === undefined || ms < 1 || !whole) {
    report.error(
      'invalid_duration',
      at,
      unfit(text, 'a duration', unitMs === 1000 ? 'whole seconds, at least "1s"' : 'whole milliseconds, at least "1ms"'),
    );
  }
}

/** Refuses a number outside `min`–`max`; unset passes. */
export function checkRange(report: Report, at: Place, value: number | undefined, min: number, max = Number.POSITIVE_INFINITY): void {
  if (value === undefined || (value >= min && value <= max)) return;
  report.error(
    'out_of_range',
    at,
    `Cannot use ${quote(value)} here: expected ${max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`}`,
  );
}

/** Refuses a percentage outside 0–100, or between 0 and the least share that can be drawn, 0.0001. */
export function checkFractionalPercent(report: Report, at: Place, value: number | undefined): void {
  if (value === undefined || value === 0 || (value >= 0.0001 && value <= 100)) return;
  report.error('invalid_percent', at, unfit(value, 'a percentage', '0, or 0.0001 to 100'));
}

/** Refuses negative weights, and several destinations whose weights are all 0. */
export function checkWeights(report: Report, at: Place, weights: readonly (number | undefined)[]): void {
  weights.forEach((weight, i) => {
    if (weight !== undefined && weight < 0) report.error('invalid_weight', [...at, i, 'weight'], unfit(weight, 'a weight', 'at least 0'));
  });
  if (weights.length > 1 && weights.reduce<number>((sum, weight) => sum + (weight ?? 0), 0) === 0) {
    report.error('invalid_weight', at, `Cannot share traffic over ${weights.length} destinations: their weights add up to 0`);
  }
}

/** Whether `value` is a prime; 1 counts as one, as it does in Istio. */
export function isPrime(value: number): boolean {
  if (value < 1) return false;
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false;
  return true;
}
