import { type ResourceView } from '@lateen/observation';
import { clockTime } from '../lib/format';
import { type Deed } from './deeds';
import { doneWords, type FailureTimes, type LastChange, lastChangeOf, whenWords } from './last-change';

/** What to say beside a failure of what was done about it, and what to offer. */
export interface UndoWords {
  readonly text: string;
  readonly bad: boolean;
  /** The change to take back; undefined: nothing is offered. */
  readonly offer?: LastChange;
}

/** What is known where something fails: the resource that it names, and what was done here about either. */
export interface UndoFacts {
  /** Undefined where it names none, or that is gone. */
  readonly view?: Pick<ResourceView, 'kind' | 'name' | 'file' | 'generation' | 'revisions'>;
  /** The latest undo in this tab. */
  readonly undone?: Deed;
  /** The fix that this cause has, if it was applied in this tab: that is said beside it. */
  readonly fixed?: Deed;
}

/** Offers to take back what may be behind a failure; what was taken back already is said, with when, and never offered. */
export function undoWords({ view, undone, fixed }: UndoFacts, times: FailureTimes): UndoWords {
  const change = view === undefined ? undefined : lastChangeOf(view, times);
  // A change after an undo is another one.
  const isNew = change !== undefined && undone !== undefined && !undone.busy && change.atMs > undone.atMs;
  if (undone !== undefined && !isNew) {
    if (undone.busy) return { text: 'Going back…', bad: false };
    if (!undone.applied) return { text: undone.sentence, bad: true, offer: change };
    const text = `Undone at ${clockTime(undone.atMs, false)}: ${undone.sentence} ${whenWords(times.failedAtMs, undone.atMs)}`;
    return { text, bad: false };
  }
  if (change !== undefined) return { text: '', bad: false, offer: change };
  return { text: view === undefined || fixed?.applied === true ? '' : doneWords(view, times), bad: false };
}
