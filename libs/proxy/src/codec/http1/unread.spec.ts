import { describe, expect, it } from '@jest/globals';
import { Unread } from './unread';

/** How many of so many bytes that come one by one are worth reading; each that is read in vain begins anew. */
function reads(already: number, bytes: string): number {
  let unread = new Unread(Buffer.alloc(already, 'x'), already, true);
  let count = 0;
  for (const byte of bytes) {
    unread.add(Buffer.from(byte), 1);
    if (!unread.worthReading) continue;
    count++;
    unread = new Unread(unread.bytes, unread.length, true);
  }
  return count;
}

describe('bytes that wait', () => {
  it.each([
    { name: 'of a small head are read with each', already: 100, bytes: 'y'.repeat(50), want: 50 },
    { name: 'of a large one are read now and then', already: 50_000, bytes: 'y'.repeat(7000), want: 1 },
    { name: 'are read when a line ends', already: 50_000, bytes: 'a: b\r\nc: d\r\n\r\n', want: 3 },
  ])('$name', ({ already, bytes, want }) => expect(reads(already, bytes)).toBe(want));

  it('stay in order, whatever pieces they came in', () => {
    const text = Array.from({ length: 500 }, (_, i) => `field-${i}: value\r\n`).join('');
    const unread = Unread.copyOf(Buffer.from(text), 0, 10, false);
    for (let at = 10; at < text.length; at += 7) {
      const piece = Buffer.from(text.slice(at, at + 7));
      unread.add(piece, piece.length);
    }
    expect(unread.bytes.latin1Slice(0, unread.length)).toBe(text);
  });
});
