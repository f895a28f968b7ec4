/** Virtual addresses given out so far, by service key; grows, so that an address never moves to another service. */
export type VipAllocation = Readonly<Record<string, string>>;

/** 10.96.0.10, the first address given out. */
const FIRST = (10 << 24) + (96 << 16) + 10;

/**
 * Gives every key an address: the one it has, else the next free one from 10.96.0.10 upward in the order of `keys`.
 * @param taken addresses written by hand, never given out.
 */
export function allocateVips(keys: readonly string[], given: VipAllocation, taken: ReadonlySet<string> = new Set()): VipAllocation {
  const missing = keys.filter((key) => given[key] === undefined);
  if (missing.length === 0) return given;
  const used = new Set([...Object.values(given), ...taken]);
  const result: Record<string, string> = { ...given };
  let next = FIRST;
  for (const key of missing) {
    while (used.has(addressOf(next))) next++;
    result[key] = addressOf(next);
    next++;
  }
  return result;
}

function addressOf(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}
