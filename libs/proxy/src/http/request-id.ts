import { randomFillSync } from 'node:crypto';
import '../net/latin1';

const POOL_IDS = 128;
const ID_LENGTH = 36;
const random = Buffer.allocUnsafeSlow(POOL_IDS * 16);
/** The ids drawn last, as text one after another. */
const ids = Buffer.allocUnsafeSlow(POOL_IDS * ID_LENGTH);
let position = ids.length;

const HEX = Buffer.from('0123456789abcdef', 'latin1');
const DASH = 0x2d;

/** A random UUID (version 4); many are drawn at once. */
export function requestId(): string {
  if (position === ids.length) draw();
  const start = position;
  position += ID_LENGTH;
  return ids.latin1Slice(start, position);
}

function draw(): void {
  randomFillSync(random);
  let to = 0;
  for (let i = 0; i < random.length; i++) {
    const index = i & 15;
    const byte = index === 6 ? (random[i]! & 0x0f) | 0x40 : index === 8 ? (random[i]! & 0x3f) | 0x80 : random[i]!;
    if (index === 4 || index === 6 || index === 8 || index === 10) ids[to++] = DASH;
    ids[to++] = HEX[byte >> 4]!;
    ids[to++] = HEX[byte & 15]!;
  }
  position = 0;
}
