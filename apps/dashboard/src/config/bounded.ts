/** What becomes of a number that somebody typed, and what to say of it; empty where it is taken as it is. */
export function bounded(typed: number, max: number): { readonly value: number; readonly note: string } {
  const value = Math.max(0, Math.min(max, Number.isFinite(typed) ? typed : 0));
  const note =
    typed > max
      ? `${typed.toLocaleString('en')} is more than can be: taken as ${max.toLocaleString('en')}.`
      : typed < 0
        ? `${typed.toLocaleString('en')} is less than can be: taken as 0.`
        : '';
  return { value, note };
}
