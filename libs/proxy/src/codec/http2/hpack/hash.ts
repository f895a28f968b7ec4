/** Bytes of a value that count from its end, and from its beginning when it is longer than both. */
const TAIL = 24;
const HEAD = 8;

/**
 * The number a field line is looked up by in the tables of both directions; never 0. Equal lines have equal hashes,
 * whichever way they came; of a long value only the ends count, so finding one is still comparing bytes.
 * @param id Number of the name, 0 for a name without.
 */
export function lineHash(bytes: Buffer, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number, id: number): number {
  let hash = id;
  if (id === 0) for (let i = nameStart; i < nameEnd; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
  hash = (Math.imul(hash, 0x5bd1e995) + valueEnd - valueStart) | 0;
  let pos = valueStart;
  if (valueEnd - valueStart > HEAD + TAIL) {
    for (const end = valueStart + HEAD; pos < end; pos++) hash = (Math.imul(hash, 31) + bytes[pos]!) | 0;
    pos = valueEnd - TAIL;
  }
  for (; pos < valueEnd; pos++) hash = (Math.imul(hash, 31) + bytes[pos]!) | 0;
  return finish(hash);
}

/** As `lineHash`, for strings. */
export function textHash(name: string, value: string, id: number): number {
  let hash = id;
  if (id === 0) for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
  hash = (Math.imul(hash, 0x5bd1e995) + value.length) | 0;
  let pos = 0;
  if (value.length > HEAD + TAIL) {
    for (; pos < HEAD; pos++) hash = (Math.imul(hash, 31) + value.charCodeAt(pos)) | 0;
    pos = value.length - TAIL;
  }
  for (; pos < value.length; pos++) hash = (Math.imul(hash, 31) + value.charCodeAt(pos)) | 0;
  return finish(hash);
}

function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  const done = mixed ^ (mixed >>> 13);
  return done === 0 ? 1 : done;
}
