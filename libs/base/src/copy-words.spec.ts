import { describe, expect, it } from '@jest/globals';
import { copyWholeWords, copyWords } from './copy-words';

describe.each([
  ['copyWords', copyWords, 0],
  ['copyWholeWords', copyWholeWords, 3],
] as const)('%s', (_, copy, beyond) => {
  it.each([0, 1, 2, 3, 4, 5, 7, 8, 31, 256])(`copies %d bytes, and at most ${beyond} more`, (length) => {
    const source = Uint8Array.from({ length: 300 }, (_, i) => (i % 255) + 1);
    const target = new Uint8Array(300);
    copy(new DataView(source.buffer), 5, new DataView(target.buffer), 3, length);
    expect([...target.subarray(0, 3)]).toEqual([0, 0, 0]);
    expect([...target.subarray(3, 3 + length)]).toEqual([...source.subarray(5, 5 + length)]);
    expect(target.subarray(3 + length + beyond).every((byte) => byte === 0)).toBe(true);
  });
});
