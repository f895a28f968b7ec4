/** A map with the same keys and each value turned into another. */
export function mapValues<A, B>(map: ReadonlyMap<string, A>, fn: (value: A) => B): ReadonlyMap<string, B> {
  const result = new Map<string, B>();
  for (const [key, value] of map) result.set(key, fn(value));
  return result;
}

/** The old map where the new one says the same: unchanged parts of a snapshot are shared. */
export function keep<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return sameEntries(before, after) ? before : after;
}

/** Whether two maps have the same keys with the very same values. */
export function sameEntries<T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value) return false;
  return true;
}
