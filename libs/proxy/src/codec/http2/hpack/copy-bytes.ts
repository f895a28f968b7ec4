/** Up to here a loop beats the call into the runtime. */
const LOOP_BYTES = 64;

/** Copies bytes from one buffer into another, which has room for them. */
export function copyBytes(source: Buffer, start: number, end: number, target: Buffer, at: number): void {
  if (end - start > LOOP_BYTES) source.copy(target, at, start, end);
  else for (let i = start, to = at; i < end; i++) target[to++] = source[i]!;
}

/** Whether two stretches of at least four bytes are the same. */
export function sameWords(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  const last = length - 4;
  for (let i = 0; i < last; i += 4) if (a.getInt32(aStart + i, true) !== b.getInt32(bStart + i, true)) return false;
  return a.getInt32(aStart + last, true) === b.getInt32(bStart + last, true);
}
