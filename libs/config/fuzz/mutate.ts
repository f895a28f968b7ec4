import { type SeededRandom } from './random';

/** Pieces that mean something to YAML, to Istio's kinds or to a decoder of UTF-8. */
const TOKENS: readonly string[] = [
  ...['---\n', '...\n', '&a ', '*a', '<<: *a\n', '? ', ': ', '- ', '[', ']', '{', '}', '"', "'", '|\n', '>-\n', '|2-\n', '#', '!!binary '],
  ...[
    '!!set ',
    '!!omap ',
    '!x ',
    '%YAML 1.2\n',
    '\t',
    '\n',
    '\r\n',
    '\r',
    '\ufeff',
    '\u0085',
    '\u2028',
    '\u0000',
    '~',
    'null',
    'yes',
    '.inf',
  ],
  ...[
    '-.nan',
    '0x1F',
    '0o17',
    '017',
    '1:30',
    '1e400',
    '-0',
    '1_000',
    '9007199254740993',
    '2001-01-01',
    '"\\ud800"',
    '"\\x00"',
    '__proto__: {}',
  ],
  ...[
    'constructor: {}',
    'hosts:',
    'items:',
    'kind: List\n',
    'spec:\n',
    'apiVersion: v1\n',
    'metadata: {name: a}\n',
    '1h30m',
    '0s',
    '-5s',
    '1.5ms',
  ],
  ...[
    '999999999h',
    '*.com',
    'a.b/c',
    '"*"',
    '/{**}/{*}',
    '(a{999}){999}',
    '%REQ(x)%',
    '%%',
    'unix:///a',
    '10.0.0.0/33',
    '::ffff:1.2.3.4',
    '@a',
  ],
];
const BAD_UTF8: readonly (readonly number[])[] = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x80]];
const MAX_LENGTH = 64 * 1024;

/** A few random edits of an input: bytes, lines, pieces of another input. At most 64 KiB come out. */
export function mutate(random: SeededRandom, input: Buffer, other: Buffer): Buffer {
  let bytes = input;
  for (let edits = 1 + random.below(4); edits > 0; edits--) bytes = EDITS[random.below(EDITS.length)]?.(random, bytes, other) ?? bytes;
  return bytes.subarray(0, MAX_LENGTH);
}

type Edit = (random: SeededRandom, bytes: Buffer, other: Buffer) => Buffer;

function splice(bytes: Buffer, at: number, cut: number, put: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]);
}

/** A stretch of `bytes`, up to `most` long. */
function stretch(random: SeededRandom, bytes: Buffer, most: number): Buffer {
  const at = random.below(bytes.length + 1);
  return bytes.subarray(at, at + 1 + random.below(most));
}

/** Edits one line of a text; `change` gets the lines and the index of one. */
function onLines(random: SeededRandom, bytes: Buffer, change: (lines: string[], at: number) => void): Buffer {
  const lines = bytes.toString('utf8').split('\n');
  change(lines, random.below(lines.length));
  return Buffer.from(lines.join('\n'));
}

const EDITS: readonly Edit[] = [
  (random, bytes) => splice(bytes, random.below(bytes.length + 1), 0, Buffer.from(random.pick(TOKENS))),
  (random, bytes) => splice(bytes, random.below(bytes.length + 1), random.below(12), Buffer.from(random.pick(TOKENS))),
  (random, bytes) => splice(bytes, random.below(bytes.length + 1), 1, Uint8Array.of(random.below(256))),
  (random, bytes) => splice(bytes, random.below(bytes.length + 1), random.below(40), Buffer.alloc(0)),
  (random, bytes) => splice(bytes, random.below(bytes.length + 1), 0, Uint8Array.from(random.pick(BAD_UTF8))),
  (random, bytes) => splice(bytes, random.below(bytes.length + 1), 0, stretch(random, bytes, 200)),
  (random, bytes, other) => splice(bytes, random.below(bytes.length + 1), random.below(100), stretch(random, other, 400)),
  (random, bytes) => Buffer.concat(Array<Buffer>(2 + random.below(20)).fill(stretch(random, bytes, 300))),
  (random, bytes) =>
    splice(
      bytes,
      random.below(bytes.length + 1),
      0,
      Buffer.alloc(1 + random.below(3000), random.pick(['[', '{', ' ', '- ', '/', 'a', '*', '&a '])),
    ),
  (random, bytes) => onLines(random, bytes, (lines, at) => lines.splice(at, 1)),
  (random, bytes) => onLines(random, bytes, (lines, at) => lines.splice(at, 0, lines[random.below(lines.length)] ?? '')),
  (random, bytes) => onLines(random, bytes, (lines, at) => (lines[at] = `${' '.repeat(random.below(6))}${(lines[at] ?? '').trimStart()}`)),
  (random, bytes) => onLines(random, bytes, (lines, at) => (lines[at] = (lines[at] ?? '').replace(/:.*/, `: ${random.pick(TOKENS)}`))),
  (random, bytes) =>
    onLines(
      random,
      bytes,
      (lines, at) => (lines[at] = (lines[at] ?? '').replace(/\d+/, String(random.pick([0, -1, 65_536, 2 ** 31, 2 ** 53, 1e21])))),
    ),
  (random, bytes) => Buffer.from(bytes.toString('utf8').replaceAll('\n', random.pick(['\r\n', '\r', '\n\n', '\n ']))),
  (_random, bytes, other) => Buffer.concat([bytes, Buffer.from('\n---\n'), other]),
];
