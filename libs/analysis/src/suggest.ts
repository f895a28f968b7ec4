import { didYouMean } from '@lateen/base';

/** Names that are compared with a misspelt one; among more, a slip of the first letter is not found. */
const MOST = 300;

/** The name that was probably meant, when one stands out: of short names several are always near. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const near = plausible(word, candidates).filter((candidate) => didYouMean(word, [candidate]) !== undefined);
  return near.length <= 1 || word.length < 4 ? (near.length === 1 ? near[0] : undefined) : didYouMean(word, near);
}

/** Comparing costs the square of a name's length, so of many names only those with the same start are compared. */
function plausible(word: string, candidates: readonly string[]): readonly string[] {
  if (candidates.length <= MOST) return candidates;
  const start = word.slice(0, 1).toLowerCase();
  return candidates
    .filter((candidate) => candidate.slice(0, 1).toLowerCase() === start && Math.abs(candidate.length - word.length) <= 2)
    .slice(0, MOST);
}
