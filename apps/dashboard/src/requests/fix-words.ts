import { type Cause, type Trouble } from '@lateen/observation';
import { type Deed } from '../config/deeds';
import { SETTLE_MS } from '../config/last-change';
import { clockTime } from '../lib/format';

/** A fix that somebody applied here, and how that ended. */
export type AppliedFix = Pick<Deed, 'atMs' | 'applied' | 'sentence'>;

/** What to say of a fix, and whether to offer it again. */
export interface FixWords {
  readonly text: string;
  readonly bad: boolean;
  readonly offer: boolean;
}

/** Whether a fix helped, by when a request failed last; what was said of it does not outlive that. */
export function fixWords(fix: AppliedFix | undefined, lastFailureMs: number): FixWords {
  if (fix === undefined) return { text: '', bad: false, offer: true };
  if (!fix.applied) return { text: fix.sentence, bad: true, offer: true };
  const when = clockTime(fix.atMs, false);
  if (lastFailureMs > fix.atMs + SETTLE_MS)
    return { text: `Applied at ${when}, and a request failed so again at ${clockTime(lastFailureMs, false)}.`, bad: true, offer: true };
  return { text: `Applied at ${when}: ${fix.sentence} What is shown here failed before that.`, bad: false, offer: false };
}

/** Causes whose fix is to wait longer. */
const WAITS: readonly string[] = ['route_timeout', 'per_try_timeout'];

/** Whether the fix of a cause is to wait longer for somebody who does not answer at all. */
export function isInVain({ code }: Pick<Cause, 'code'>, { cause }: Trouble): boolean {
  return WAITS.includes(code) && cause.code === 'app_not_answering';
}
