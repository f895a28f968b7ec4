import { didYouMean } from '@lateen/base';
import { push } from './configuration/lazy';

/** Names that are compared with a misspelt one; among more, only a slip that keeps the start and the length is found. */
const MOST = 300;

/** The name that was probably meant, when one stands out: of short names several are always near. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const near = plausible(word, candidates).filter((candidate) => didYouMean(word, [candidate]) !== undefined);
  return near.length <= 1 || word.length < 4 ? (near.length === 1 ? near[0] : undefined) : didYouMean(word, near);
}

/** Comparing costs the square of a name's length, so of many names only those with the same start are compared. */
function plausible(word: string, candidates: readonly string[]): readonly string[] {
  if (candidates.length <= MOST) return candidates;
  const known = starts.get(candidates) ?? byStart(candidates);
  starts.set(candidates, known);
  return (known.get(startOf(word)) ?? []).slice(0, MOST);
}

/** Lists of names by their start, made once for each list of candidates that is asked about. */
const starts = new WeakMap<readonly string[], ReadonlyMap<string, readonly string[]>>();

function byStart(candidates: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const candidate of candidates) push(found, startOf(candidate), candidate);
  return found;
}

function startOf(name: string): string {
  return `${name.slice(0, 2).toLowerCase()}${name.length}`;
}
