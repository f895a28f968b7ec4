import { STEP_MS } from './steps';

/** A time that a proxy has told of, by our clock, in milliseconds since the epoch. */
export interface Told {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Windows follow each other a little early or late. */
const JITTER_MS = STEP_MS / 2;
/** Times with gaps between them that are remembered of one proxy; of more, the oldest are forgotten. */
const MAX_TOLD = 32;

/** The times that a proxy has told of, oldest first, after another window. */
export function withTold(told: readonly Told[], window: Told): readonly Told[] {
  const last = told.at(-1);
  if (last === undefined || window.sinceMs - last.untilMs > JITTER_MS) return [...told, window].slice(-MAX_TOLD);
  return [...told.slice(0, -1), { sinceMs: last.sinceMs, untilMs: Math.max(last.untilMs, window.untilMs) }];
}

/** How many milliseconds from `fromMs` to `toMs` any of these times has. */
export function toldMs(told: readonly Told[], fromMs: number, toMs: number): number {
  let sum = 0;
  let doneMs = fromMs;
  for (const { sinceMs, untilMs } of told.toSorted((a, b) => a.sinceMs - b.sinceMs)) {
    const begin = Math.max(doneMs, sinceMs);
    const end = Math.min(toMs, untilMs);
    if (end <= begin) continue;
    sum += end - begin;
    doneMs = end;
  }
  return sum;
}
