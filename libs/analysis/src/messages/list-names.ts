/** Names that a message gives before it counts the rest: Istio gives all of them, which for ten thousand takes gigabytes. */
const SHOWN = 50;
/** Places beside its own that a finding names. */
const RELATED = 10;

/** Names of the resources that a finding is about, joined; past fifty they are counted. */
export function listNames(names: readonly string[], separator: string): string {
  if (names.length <= SHOWN) return names.join(separator);
  return `${names.slice(0, SHOWN).join(separator)}${separator}and ${names.length - SHOWN} more`;
}

/** As Go prints a list: `[a b]`. */
export function goList(names: readonly string[]): string {
  return `[${listNames(names, ' ')}]`;
}

/** The first few of a list that are not `own`: for the places that go with a finding. */
export function firstOthers<T>(list: Iterable<T>, own: T, most: number = RELATED): readonly T[] {
  const found: T[] = [];
  for (const one of list) {
    if (found.length >= most) break;
    if (one !== own) found.push(one);
  }
  return found;
}
