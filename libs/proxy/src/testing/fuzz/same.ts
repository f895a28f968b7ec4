/** Throws when two values are not the same in JSON. */
export function same(what: string, got: unknown, want: unknown): void {
  const [left, right] = [JSON.stringify(got), JSON.stringify(want)];
  if (left !== right) throw new Error(`Not the same, ${what}: ${left} instead of ${right}`);
}
