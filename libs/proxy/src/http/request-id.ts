import { randomFillSync } from 'node:crypto';

const POOL_IDS = 128;
const pool = Buffer.allocUnsafeSlow(POOL_IDS * 16);
let position = pool.length;

const BYTE_HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A random UUID (version 4); random bytes are drawn for many at once. */
export function requestId(): string {
  if (position === pool.length) {
    randomFillSync(pool);
    position = 0;
  }
  const p = position;
  position += 16;
  const h = BYTE_HEX;
  return (
    h[pool[p]!]! + h[pool[p + 1]!]! + h[pool[p + 2]!]! + h[pool[p + 3]!]! + '-' + h[pool[p + 4]!]! + h[pool[p + 5]!]! + '-' +
    h[(pool[p + 6]! & 0x0f) | 0x40]! + h[pool[p + 7]!]! + '-' + h[(pool[p + 8]! & 0x3f) | 0x80]! + h[pool[p + 9]!]! + '-' +
    h[pool[p + 10]!]! + h[pool[p + 11]!]! + h[pool[p + 12]!]! + h[pool[p + 13]!]! + h[pool[p + 14]!]! + h[pool[p + 15]!]!
  );
}
