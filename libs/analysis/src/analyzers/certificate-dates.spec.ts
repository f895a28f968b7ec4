import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { validityOf } from './certificate-dates';

/** DER: a tag, a length and a content. */
function der(tag: number, ...contents: readonly (readonly number[])[]): readonly number[] {
  const content = contents.flat();
  const length = content.length < 0x80 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return [tag, ...length, ...content];
}

const text = (value: string): readonly number[] => [...value].map((char) => char.charCodeAt(0));
const time = (iso: string, tag: number): readonly number[] =>
  der(
    tag,
    text(
      `${iso
        .slice(tag === 0x17 ? 2 : 0)
        .replace(/[-:T]/g, '')
        .slice(0, tag === 0x17 ? 12 : 14)}Z`,
    ),
  );

/** As much of a certificate as is read. */
function certificate(from: readonly number[], to: readonly number[], version: readonly number[] = der(0xa0, der(2, [2]))): Uint8Array {
  const nothing = der(0x30, der(6, [42]));
  return Uint8Array.from(der(0x30, der(0x30, version, der(2, [1]), nothing, nothing, der(0x30, from, to), nothing)));
}

describe('validityOf', () => {
  const FROM = time('2026-01-31T12:34:56', 0x17);

  it('reads any date', () => {
    const date = fc.date({ min: new Date('1950-01-01T00:00:00Z'), max: new Date('2049-12-31T23:59:59Z'), noInvalidDate: true });
    fc.assert(
      fc.property(date, fc.constantFrom(0x17, 0x18), (day, tag) => {
        const iso = day.toISOString();
        const want = Date.parse(`${iso.slice(0, 19)}Z`);
        expect(validityOf(certificate(time(iso, tag), time(iso, tag)))).toEqual({ notBeforeMs: want, notAfterMs: want });
      }),
      { seed: 1 },
    );
  });

  it('reads one of version 1', () => expect(validityOf(certificate(FROM, FROM, []))).toBeDefined());

  it.each([
    { name: 'nothing', bytes: new Uint8Array() },
    { name: 'text', bytes: Uint8Array.from(text('hello, world')) },
    { name: 'one cut short', bytes: certificate(FROM, FROM).subarray(0, 20) },
    { name: 'one without an end', bytes: certificate(FROM, []) },
    { name: 'dates that are none', bytes: certificate(der(0x17, text('tomorrow')), FROM) },
  ])('takes $name for no certificate', ({ bytes }) => expect(validityOf(bytes)).toBeUndefined());

  it('never fails on bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void validityOf(bytes)),
      { seed: 1, numRuns: 2000 },
    );
  });
});
