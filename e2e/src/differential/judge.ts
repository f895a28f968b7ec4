import { type Row } from './row';
import { type RowResult } from './run';

/** What is wrong with a row's outcome; nothing is. `ours` and `theirs` are what should be equal. */
export type Verdict =
  | { readonly kind: 'equal' | 'reasoned' | 'alone' }
  | { readonly kind: 'differs'; readonly ours: string; readonly theirs: string }
  /** The reason has no difference any more. */
  | { readonly kind: 'stale'; readonly reason: string }
  | { readonly kind: 'unexpected'; readonly missing: readonly string[]; readonly ours: string };

/** Judges what the two proxies made of a row: a reason covers the lines it names, and those must differ. */
export function judge(row: Row, { ours, envoy }: RowResult): Verdict {
  const missing = (row.expect ?? []).filter((part) => !ours.includes(part));
  if (missing.length > 0) return { kind: 'unexpected', missing, ours };
  if (envoy === undefined) return { kind: 'alone' };
  if (row.differs === undefined) return ours === envoy ? { kind: 'equal' } : { kind: 'differs', ours, theirs: envoy };
  const covered = row.differsIn ?? /^/;
  const lines = (text: string, wanted: boolean): string =>
    text
      .split('\n')
      .filter((line) => covered.test(line) === wanted)
      .join('\n');
  if (lines(ours, false) !== lines(envoy, false)) return { kind: 'differs', ours: lines(ours, false), theirs: lines(envoy, false) };
  return lines(ours, true) === lines(envoy, true) ? { kind: 'stale', reason: row.differs } : { kind: 'reasoned' };
}

/** Whether a verdict is fine. */
export function isFine({ kind }: Verdict): boolean {
  return kind === 'equal' || kind === 'reasoned' || kind === 'alone';
}
