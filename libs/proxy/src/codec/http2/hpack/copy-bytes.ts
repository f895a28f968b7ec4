/** Up to here a loop beats the call into the runtime. */
const LOOP_BYTES = 64;

/** Copies bytes from one buffer into another, which has room for them. */
export function copyBytes(source: Buffer, start: number, end: number, target: Buffer, at: number): void {
  if (end - start > LOOP_BYTES) source.copy(target, at, start, end);
  else for (let i = start, to = at; i < end; i++) target[to++] = source[i]!;
}
