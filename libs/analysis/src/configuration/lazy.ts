/** Computes once, when first asked. */
export function lazy<T>(compute: () => T): () => T {
  let state: { readonly value: T } | undefined;
  return () => (state ??= { value: compute() }).value;
}

/** Adds to the list under `key`. */
export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
