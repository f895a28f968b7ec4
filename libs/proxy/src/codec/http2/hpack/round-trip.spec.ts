import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Output } from '../../../net/output';
import { type Field, headerBlock } from '../../../testing/header-block';
import { Head, RequestHead } from '../../head';
import { DEFAULT_HEAD_LIMITS } from '../../http1/parse-fields';
import { parseRequestHead } from '../../http1/parse-request';
import { BlockResult } from '../block-result';
import { readRequestHead } from '../read-request-head';
import { readTrailers } from '../read-trailers';
import { writeRequestHead, writeTrailers } from '../write-head';
import { HpackDecoder } from './decoder';
import { HpackEncoder } from './encoder';
import { textHash } from './hash';
import { ReferenceDecoder } from '../../../testing/reference-hpack';

const limits = DEFAULT_HEAD_LIMITS;
const name = fc.constantFrom(
  'a',
  'x-long-name-of-a-field',
  'accept',
  'via',
  'authorization',
  'x-request-id',
  'accept-encoding',
  'cache-control',
);
/** Long values that differ only where the hash does not look. */
const alike = [...'abcd'].map((c) => `${'v'.repeat(20)}${c}${'w'.repeat(40)}`);
const value = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...alike) },
  { weight: 4, arbitrary: fc.constantFrom('', '1', 'gzip, deflate', 'no-cache', 'v'.repeat(33), 'w'.repeat(600), 'w'.repeat(599) + 'x') },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom('a', 'Z', '~', '\xe9', '"'), maxLength: 200 }) },
);
const fields = fc.array(fc.tuple(name, value), { maxLength: 12 });
/** A message, or a new size of the peer's table. */
const steps = fc.array(fc.oneof({ weight: 6, arbitrary: fields }, { weight: 1, arbitrary: fc.constantFrom(0, 64, 500, 4096, 70000) }), {
  maxLength: 30,
});

const linesOf = (head: Head): string[] => {
  const lines: string[] = [];
  head.forEach((key, text) => lines.push(`${key}: ${text}`));
  return lines;
};

describe('what is written is read back', () => {
  const sources: readonly [name: string, source: () => (fields: readonly Field[]) => Head][] = [
    [
      'fields that were added',
      () => (list) => {
        const head = new Head();
        for (const [key, text] of list) head.add(key, text);
        return head;
      },
    ],
    [
      'fields from HTTP/1, some with odd whitespace',
      () => (list) => {
        const head = new RequestHead();
        const lines = list.map(([key, text], i) => `${key}:${i % 3 === 0 ? '' : ' '}${text}\r\n`);
        const bytes = Buffer.from(`GET / HTTP/1.1\r\nhost: h\r\n${lines.join('')}\r\n`, 'latin1');
        expect(parseRequestHead(head, bytes, 0, bytes.length, limits)).toBe(bytes.length);
        head.remove('host');
        return head;
      },
    ],
    [
      'fields from HTTP/2',
      () => (list) => {
        const head = new Head();
        const block = headerBlock(list, 0x40, true);
        expect(readTrailers(new HpackDecoder(4096), head, block, 0, block.length, limits)).toBe(BlockResult.ok);
        return head;
      },
    ],
    [
      'fields that two connections bring by turns',
      () => {
        const peers = [0, 1].map(() => ({ encoder: new HpackEncoder(), decoder: new HpackDecoder(4096), head: new Head() }));
        let turn = 0;
        return (list) => {
          const { encoder, decoder, head } = peers[turn++ % 3 === 0 ? 0 : 1]!;
          const sent = new Head();
          for (const [key, text] of list) sent.add(key, text);
          const output = new Output();
          writeTrailers(encoder, output, sent);
          const block = Buffer.from(output.view());
          expect(readTrailers(decoder, head, block, 0, block.length, limits)).toBe(BlockResult.ok);
          return head;
        };
      },
    ],
  ];
  it.each(sources)('%s, through evictions and new sizes', (_, source) => {
    fc.assert(
      fc.property(steps, (list) => {
        const make = source();
        const encoder = new HpackEncoder();
        const decoder = new HpackDecoder(4096);
        const reference = new ReferenceDecoder(4096);
        const received = new Head();
        for (const step of list) {
          if (typeof step === 'number') {
            encoder.setMaxTableBytes(step);
            continue;
          }
          const output = new Output();
          writeTrailers(encoder, output, make(step));
          const block = Buffer.from(output.view());
          const want = step.map(([key, text]) => `${key}: ${text}`);
          expect(readTrailers(decoder, received, block, 0, block.length, limits)).toBe(BlockResult.ok);
          expect(linesOf(received)).toEqual(want);
          expect(reference.decode(block)).toEqual(step.map(([key, text]) => [key, text, key === 'authorization']));
        }
      }),
      { numRuns: 150 },
    );
  });
});

it('a cookie out of the table is another one when a crumb was joined to it', () => {
  const decoder = new HpackDecoder(4096);
  const encoder = new HpackEncoder();
  const next = new HpackDecoder(4096);
  const head = new RequestHead();
  const start = headerBlock([
    [':method', 'GET'],
    [':scheme', 'http'],
    [':path', '/'],
    [':authority', 'h'],
  ]);
  const crumb = `session=${'s'.repeat(40)}`;
  const inserted = headerBlock([['cookie', crumb]], 0x40);
  const indexed = Buffer.from([0xbe]);
  const forwarded = [inserted, indexed, indexed, Buffer.concat([indexed, headerBlock([['cookie', 'b=2']])]), indexed].map((cookies) => {
    const received = Buffer.concat([start, cookies]);
    expect(readRequestHead(decoder, head, received, 0, received.length, limits)).toBe(BlockResult.ok);
    const output = new Output();
    writeRequestHead(encoder, output, head, -1);
    const block = Buffer.from(output.view());
    expect(readRequestHead(next, head, block, 0, block.length, limits)).toBe(BlockResult.ok);
    return head.get('cookie');
  });
  expect(forwarded).toEqual([crumb, crumb, crumb, `${crumb}; b=2`, crumb]);
});

describe('the size of the table is said at the start of the next block', () => {
  const cases: readonly [name: string, sizes: readonly number[], want: string][] = [
    ['never when it stays', [4096, 65536], ''],
    ['once', [0], '20'],
    ['only the last when it shrinks step by step', [1000, 100], '3f45'],
    ['the least and the last', [0, 4096], '203fe11f'],
    ['the least and the last of several', [500, 100, 200, 150], '3f453f77'],
  ];
  it.each(cases)('%s', (_, sizes, want) => {
    const encoder = new HpackEncoder();
    const output = new Output();
    for (const size of sizes) encoder.setMaxTableBytes(size);
    writeTrailers(encoder, output, new Head());
    writeTrailers(encoder, output, new Head());
    expect(Buffer.from(output.view()).toString('hex')).toBe(want);
  });
});

it('long values that differ only in the middle have one hash', () => {
  expect(new Set(alike.map((text) => textHash('x', text, 0))).size).toBe(1);
});

describe('what is worth a place in the table', () => {
  const sizes = (make: (i: number) => readonly Field[]): number[] => {
    const encoder = new HpackEncoder();
    return [0, 1, 2].map((i) => {
      const head = new Head();
      for (const [key, text] of make(i)) head.add(key, text);
      const output = new Output();
      writeTrailers(encoder, output, head);
      return output.length;
    });
  };
  const cases: readonly [name: string, make: (i: number) => readonly Field[], want: readonly number[]][] = [
    ['a field is inserted when it comes again, and then is an index', () => [['x', 'abc']], [7, 7, 1]],
    ['one that is new each time never is', (i) => [['x', `ab${i}`]], [7, 7, 7]],
    ['a request id is not looked up', () => [['x-request-id', 'abc']], [18, 18, 18]],
    ['a secret is never indexed', () => [['authorization', 'abc']], [6, 6, 6]],
    ['a cookie to be set neither', () => [['set-cookie', 'abc']], [6, 6, 6]],
    ['a short cookie could be guessed', () => [['cookie', 'abc']], [6, 6, 6]],
    ['a long one cannot', () => [['cookie', 'abcdefghijklmnopqrst']], [23, 22, 1]],
    ['what takes more than half of the table is not', () => [['x', 'y'.repeat(2100)]], [2106, 2106, 2106]],
    ['the pair of the static table', () => [['accept-encoding', 'gzip, deflate']], [1, 1, 1]],
  ];
  it.each(cases)('%s', (_, make, want) => expect(sizes(make)).toEqual(want));

  it('no field keeps another from being inserted', () => {
    for (let seed = 0; seed < 200; seed++) {
      const fields = Array.from({ length: 12 }, (_, i): Field => [`x-${i}`, `value ${seed * 7919 + i * 104729}`]);
      expect([seed, sizes(() => fields)[2]]).toEqual([seed, fields.length]);
    }
  });

  it('the path and the authority too', () => {
    const encoder = new HpackEncoder();
    const head = new RequestHead();
    head.path = '/package.Service/Method';
    head.authority = 'host:80';
    const lengths = [0, 1, 2].map(() => {
      const output = new Output();
      writeRequestHead(encoder, output, head, -1);
      return output.length;
    });
    expect(lengths).toEqual([36, 36, 4]);
  });

  it('fields that end at a hop, and Host, are not written whoever added them', () => {
    const head = new RequestHead();
    for (const field of ['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade', 'transfer-encoding', 'content-length', 'host'])
      head.add(field, 'x');
    head.authority = 'h';
    head.teTrailers = true;
    const output = new Output();
    writeRequestHead(new HpackEncoder(), output, head, 7);
    const received = new RequestHead();
    const block = Buffer.from(output.view());
    expect(readRequestHead(new HpackDecoder(4096), received, block, 0, block.length, limits)).toBe(BlockResult.ok);
    expect([linesOf(received), received.teTrailers, received.contentLength]).toEqual([['host: h'], true, 7]);
  });
});
