import { didYouMean } from '@lateen/base';

/** The name that was probably meant, when one stands out: of short names several are always near. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const near = candidates.filter((candidate) => didYouMean(word, [candidate]) !== undefined);
  return near.length <= 1 || word.length < 4 ? (near.length === 1 ? near[0] : undefined) : didYouMean(word, near);
}
