import { type Cause, type RequestRecord, type ResourceRevision, type ResourceSummary, type ResourceView } from '@lateen/observation';
import { clockTime } from '../lib/format';
import { FIX_FILE, isWrittenHere } from './apply';
import { resourceAt } from './resource-at';
import { isAnew } from './version-words';

/** A change that was made on this page and can be taken back. */
export interface LastChange {
  readonly atMs: number;
  /** What it goes back to; undefined: the resource was new, so it goes. */
  readonly generation?: number;
}

/** When something failed last, and when that is looked at. */
export interface FailureTimes {
  readonly failedAtMs: number;
  readonly nowMs: number;
}

/** What was changed longer ago is not spoken of beside a failure. */
const RECENT_MS = 15 * 60_000;
/** From a change until every proxy has it and what was under way has ended: failures until then are of before. */
export const SETTLE_MS = 2_000;

/** The resource that a failure names: by the place its cause is written at, else by the rule that chose its route. */
export function resourceBehind(
  resources: readonly ResourceSummary[],
  where: Cause['where'],
  rule: RequestRecord['rule'],
): ResourceSummary | undefined {
  const at = where === undefined ? undefined : resourceAt(resources, where.file, where.line);
  return at ?? resources.find((r) => r.kind === rule?.kind && r.namespace === rule.namespace && r.name === rule.name);
}

/** The last change of a resource, if this page made it of late, requests failed after it, and it did not itself take something back. */
export function lastChangeOf(
  { file, generation, revisions }: Pick<ResourceView, 'file' | 'generation' | 'revisions'>,
  { failedAtMs, nowMs }: FailureTimes,
): LastChange | undefined {
  const [current, before] = revisions;
  if (current === undefined || !isWrittenHere(file) || current.undoneTo !== undefined) return undefined;
  const atMs = current.appliedAtMs;
  if (nowMs - atMs > RECENT_MS || failedAtMs <= atMs + SETTLE_MS) return undefined;
  if (before !== undefined && !isAnew(current, before)) return { atMs, generation: before.generation };
  return generation === 1 ? { atMs } : undefined;
}

/** What was done of late about a resource that failures name, and when they were; empty for nothing. */
export function doneWords({ kind, name, revisions }: Pick<ResourceView, 'kind' | 'name' | 'revisions'>, times: FailureTimes): string {
  const [current] = revisions;
  if (current === undefined) return '';
  const { appliedAtMs, undoneTo } = current;
  if (times.nowMs - appliedAtMs > RECENT_MS || isFirst(current)) return '';
  const when = `${clockTime(appliedAtMs, false)}. ${whenWords(times.failedAtMs, appliedAtMs)}`;
  if (undoneTo !== undefined) return `Undone: ${kind} ${name} is as in generation ${undoneTo} again, since ${when}`;
  // What was written before the failures may be behind them.
  if (current.file === FIX_FILE) return times.failedAtMs > appliedAtMs + SETTLE_MS ? '' : `A fix of ${kind} ${name} was applied at ${when}`;
  return times.failedAtMs > appliedAtMs ? '' : `${kind} ${name} was changed at ${when}`;
}

/** What failures have to do with what was done at a time. */
export function whenWords(failedAtMs: number, doneAtMs: number): string {
  return failedAtMs > doneAtMs + SETTLE_MS
    ? `A request failed so again at ${clockTime(failedAtMs, false)}.`
    : 'What is shown here failed before that.';
}

/** What a file said when it was read: nobody did something about a failure. */
function isFirst({ generation, file }: ResourceRevision): boolean {
  return generation === 1 && !isWrittenHere(file);
}
