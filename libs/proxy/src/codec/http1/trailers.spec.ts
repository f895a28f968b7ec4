import { describe, expect, it } from '@jest/globals';
import { BodyMode, BodyReader } from './body-reader';
import { headRefusal } from './head-error';
import { Trailers } from './trailers';

/** The trailers of bodies in chunks on one connection, read `step` bytes at a time. */
function read(texts: readonly string[], step: number, underscores?: 'reject' | 'drop'): readonly string[] {
  const reader = new BodyReader();
  const trailers = new Trailers({ maxHeadBytes: 1024, maxFields: 3, ...(underscores === undefined ? {} : { underscores }) });
  return texts.map((text) => {
    const bytes = Buffer.from(text, 'latin1');
    reader.begin(BodyMode.chunked, 0, trailers);
    for (let pos = 0; pos < bytes.length && !reader.done;) {
      pos = reader.next(bytes, pos, Math.min(bytes.length, pos + step));
      if (pos < 0) return headRefusal(pos).code;
    }
    const lines: string[] = [];
    reader.trailerFields?.forEach((name, value) => lines.push(`${name}=${value}`));
    return reader.trailerFields === undefined ? 'none' : lines.join();
  });
}

describe('trailers that are kept', () => {
  const cases: readonly { name: string; texts: readonly string[]; want: readonly string[]; underscores?: 'reject' | 'drop' }[] = [
    { name: 'none', texts: ['0\r\n\r\n'], want: ['none'] },
    { name: 'two, their names in lower case', texts: ['1\r\na\r\n0\r\nX-A: 1\r\nx-b:2\r\n\r\n'], want: ['x-a=1,x-b=2'] },
    {
      name: 'those of one body do not stay for the next',
      texts: ['0\r\nx-a: 1\r\n\r\n', '0\r\n\r\n', '0\r\nx-b: 2\r\n\r\n'],
      want: ['x-a=1', 'none', 'x-b=2'],
    },
    { name: 'longer than what was set aside', texts: [`0\r\nx-a: ${'y'.repeat(600)}\r\n\r\n`], want: [`x-a=${'y'.repeat(600)}`] },
    { name: 'more than a head may have', texts: [`0\r\n${'x: 1\r\n'.repeat(4)}\r\n`], want: ['too_many_fields'] },
    { name: 'one that frames', texts: ['0\r\ntransfer-encoding: chunked\r\n\r\n'], want: ['bad_trailer'] },
    { name: 'one with an underscore, dropped', texts: ['0\r\na_b: 1\r\nc: 2\r\n\r\n'], want: ['c=2'], underscores: 'drop' },
    { name: 'one with an underscore, refused', texts: ['0\r\na_b: 1\r\n\r\n'], want: ['underscore_framing'], underscores: 'reject' },
  ];
  it.each(cases)('$name', ({ texts, want, underscores }) => {
    for (const step of [1, 3, 1000]) expect(read(texts, step, underscores)).toEqual(want);
  });
});
