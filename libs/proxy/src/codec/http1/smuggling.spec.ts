import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { Slot, RequestHead } from '../head';
import { HEAD_REFUSALS, headRefusal } from './head-error';
import { BodyMode, BodyReader } from './body-reader';
import { DEFAULT_HEAD_LIMITS } from './parse-fields';
import { parseRequestHead } from './parse-request';

function parse(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  const result = parseRequestHead(new RequestHead(), bytes, 0, bytes.length, DEFAULT_HEAD_LIMITS);
  return result > 0 ? 'accepted' : result === 0 ? 'incomplete' : headRefusal(result).code;
}

const lines = (...fields: string[]): string => ['POST /x HTTP/1.1', ...fields, '', ''].join('\r\n');
const HOST = 'Host: a';

describe('requests that could be read in two ways', () => {
  const cases: readonly [name: string, bytes: string, want: string][] = [
    ['two hosts', lines(HOST, 'Host: b'), 'duplicate_host'],
    ['the same host twice', lines(HOST, HOST), 'duplicate_host'],
    ['no host', lines('X: 1'), 'missing_host'],
    ['an empty host', lines('Host: '), 'bad_host'],
    ['a host with user info', lines('Host: u@a'), 'bad_host'],
    ['a host with a path', lines('Host: a/b'), 'bad_host'],
    ['a list of hosts', lines('Host: a, b'), 'bad_host'],
    ['a host with a port that is none', lines('Host: a:b'), 'bad_host'],
    ['an IPv6 host', lines('Host: [::1]:80'), 'accepted'],
    ['both lengths', lines(HOST, 'Content-Length: 3', 'Transfer-Encoding: chunked'), 'length_and_encoding'],
    ['both lengths, the other way round', lines(HOST, 'Transfer-Encoding: chunked', 'Content-Length: 3'), 'length_and_encoding'],
    ['an empty encoding beside a length', lines(HOST, 'Transfer-Encoding:', 'Content-Length: 3'), 'bad_transfer_encoding'],
    ['a list that begins with nothing', lines(HOST, 'Transfer-Encoding: ,chunked'), 'bad_transfer_encoding'],
    ['chunked twice', lines(HOST, 'Transfer-Encoding: chunked, chunked'), 'bad_transfer_encoding'],
    ['chunked in two fields', lines(HOST, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'), 'bad_transfer_encoding'],
    ['identity after chunked', lines(HOST, 'Transfer-Encoding: chunked, identity'), 'bad_transfer_encoding'],
    ['gzip', lines(HOST, 'Transfer-Encoding: gzip, chunked'), 'bad_transfer_encoding'],
    ['xchunked', lines(HOST, 'Transfer-Encoding: xchunked'), 'bad_transfer_encoding'],
    ['chunked with a vertical tab', lines(HOST, 'Transfer-Encoding: \x0bchunked'), 'invalid_character'],
    ['an encoding spelled with an underscore', lines(HOST, 'Transfer_Encoding: chunked'), 'underscore_framing'],
    ['a length spelled with an underscore', lines(HOST, 'Content_Length: 3'), 'underscore_framing'],
    ['a length with a leading zero', lines(HOST, 'Content-Length: 01'), 'bad_content_length'],
    ['a length with a sign', lines(HOST, 'Content-Length: +1'), 'bad_content_length'],
    ['a negative length', lines(HOST, 'Content-Length: -1'), 'bad_content_length'],
    ['a hexadecimal length', lines(HOST, 'Content-Length: 0x1'), 'bad_content_length'],
    ['an empty length', lines(HOST, 'Content-Length:'), 'bad_content_length'],
    ['a list of lengths', lines(HOST, 'Content-Length: 1, 1'), 'bad_content_length'],
    ['the same length twice', lines(HOST, 'Content-Length: 1', 'Content-Length: 1'), 'duplicate_content_length'],
    ['a length beyond counting', lines(HOST, 'Content-Length: 99999999999999999'), 'bad_content_length'],
    ['a folded line', lines(HOST, 'X: 1', ' 2'), 'bad_field_name'],
    ['space before the colon', lines(HOST, 'X : 1'), 'bad_field_name'],
    ['an empty name', lines(HOST, ': 1'), 'bad_field_name'],
    ['a line without a colon', lines(HOST, 'X'), 'bad_field_name'],
    ['empty lines before it', `\r\n\r\n\r\n${lines(HOST)}`, 'accepted'],
    ['a bare LF before it', `\n${lines(HOST)}`, 'bad_method'],
    ['a bare CR before it', `\r${lines(HOST)}`, 'bad_line_end'],
    ['empty lines and no more', '\r\n\r\n', 'incomplete'],
    ['more than 60 KiB of empty lines', '\r\n'.repeat(31_000), 'too_large'],
    ['a bare LF', `GET / HTTP/1.1\r\n${HOST}\nX: 1\r\n\r\n`, 'bad_line_end'],
    ['a bare CR', lines(HOST, 'X: a\rb'), 'bad_line_end'],
    ['a NUL', lines(HOST, 'X: a\0b'), 'invalid_character'],
    ['DEL', lines(HOST, 'X: a\x7fb'), 'invalid_character'],
    ['absolute form for the same host', `GET http://a/x HTTP/1.1\r\n${HOST}\r\n\r\n`, 'accepted'],
    ['absolute form for another host', `GET http://b/x HTTP/1.1\r\n${HOST}\r\n\r\n`, 'host_mismatch'],
    ['a target without a slash', `GET x HTTP/1.1\r\n${HOST}\r\n\r\n`, 'bad_target'],
    ['* for anything but OPTIONS', `GET * HTTP/1.1\r\n${HOST}\r\n\r\n`, 'bad_target'],
    ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n\r\n`, 'accepted'],
    ['a target with a space', `GET /a b HTTP/1.1\r\n${HOST}\r\n\r\n`, 'bad_version'],
    ['a target beyond ASCII', `GET /\xe9 HTTP/1.1\r\n${HOST}\r\n\r\n`, 'bad_target'],
    ['HTTP/1.0', `GET / HTTP/1.0\r\n${HOST}\r\n\r\n`, 'low_version'],
    ['HTTP/1.2', `GET / HTTP/1.2\r\n${HOST}\r\n\r\n`, 'low_version'],
    ['no version', 'GET /\r\n\r\n', 'bad_target'],
    ['another protocol', `GET / RTSP/1.0\r\n${HOST}\r\n\r\n`, 'bad_version'],
    ['a method in lower case', `get / HTTP/1.1\r\n${HOST}\r\n\r\n`, 'bad_method'],
    ['a method nobody has', `BREW / HTTP/1.1\r\n${HOST}\r\n\r\n`, 'bad_method'],
    ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http2_preface'],
    ['CONNECT to a path', `CONNECT / HTTP/1.1\r\n${HOST}\r\n\r\n`, 'bad_target'],
    ['CONNECT without a port', `CONNECT a HTTP/1.1\r\n${HOST}\r\n\r\n`, 'bad_target'],
    ['CONNECT to a URL', `CONNECT http://a:443 HTTP/1.1\r\n${HOST}\r\n\r\n`, 'bad_target'],
    ['CONNECT with a length', `CONNECT a:443 HTTP/1.1\r\n${HOST}\r\nContent-Length: 3\r\n\r\nabc`, 'bad_content_length'],
    ['CONNECT in chunks', `CONNECT a:443 HTTP/1.1\r\n${HOST}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 'bad_transfer_encoding'],
    ['an expectation nobody has', lines(HOST, 'Expect: 200-ok'), 'bad_expect'],
    ['100 fields', lines(HOST, ...Array.from({ length: 99 }, (_, i) => `X${i}: 1`)), 'accepted'],
    ['101 fields', lines(HOST, ...Array.from({ length: 100 }, (_, i) => `X${i}: 1`)), 'too_many_fields'],
    ['60 KiB', lines(HOST, `X: ${'a'.repeat(61_400)}`), 'accepted'],
    ['more than 60 KiB', lines(HOST, `X: ${'a'.repeat(61_500)}`), 'too_large'],
    ['more than 60 KiB and no end', `GET / HTTP/1.1\r\nX: ${'a'.repeat(62_000)}`, 'too_large'],
  ];
  it.each(cases)('%s', (_name, bytes, want) => expect(parse(bytes)).toBe(want));

  it('names each refusal once', () => expect(new Set(HEAD_REFUSALS.map(({ code }) => code)).size).toBe(HEAD_REFUSALS.length));
});

describe('chunked bodies that could be read in two ways', () => {
  const cases: readonly [name: string, bytes: string, want: string][] = [
    ['a hexadecimal prefix', '0x1\r\na\r\n0\r\n\r\n', 'bad_chunk'],
    ['an underscore', '1_0\r\n', 'bad_chunk'],
    ['a sign', '+1\r\na\r\n', 'bad_chunk'],
    ['a space within the size', '1 0\r\na\r\n', 'bad_chunk'],
    ['a space before the size', ' 1\r\na\r\n', 'bad_chunk'],
    ['a bare LF after a blank', '1 \na\r\n', 'bad_chunk'],
    ['a bare CR after a blank', '1 \ra\r\n', 'bad_chunk'],
    ['a bare CR in an extension', '1;a\rb\r\na\r\n', 'bad_chunk'],
    ['a quote that does not end', '1;a="b\r\na\r\n', 'bad_chunk'],
    ['a quote that an escape keeps open', '1;a="b\\"\r\na\r\n', 'bad_chunk'],
    ['a line end within quotes', '1;a="\r\n"\r\na\r\n', 'bad_chunk'],
    ['an escaped line end within quotes', '1;a="\\\r\n"\r\na\r\n', 'bad_chunk'],
    ['a NUL in an extension', '1;a\0\r\na\r\n', 'bad_chunk'],
    ['a DEL in an extension', '1;a\x7f\r\na\r\n', 'bad_chunk'],
    ['more than 64 KB of an extension', `1;${'e'.repeat(66_000)}\r\na\r\n0\r\n\r\n`, 'bad_chunk'],
    ['more than 64 KB of blanks', `1${' '.repeat(66_000)}\r\na\r\n0\r\n\r\n`, 'bad_chunk'],
    ['more than 64 KB of zeroes', `${'0'.repeat(66_000)}1\r\na\r\n0\r\n\r\n`, 'bad_chunk'],
    ['more than 64 KB of extensions in all', `${`1;${'e'.repeat(1000)}\r\na\r\n`.repeat(66)}0\r\n\r\n`, 'bad_chunk'],
    ['more than 60 KB of trailers', `0\r\nX: ${'v'.repeat(61_500)}\r\n\r\n`, 'too_large'],
    ['a bare LF after the size', '1\na\r\n', 'bad_chunk'],
    ['a bare LF in an extension', '1;a\nb\r\n', 'bad_chunk'],
    ['no line end after the data', '1\r\nab\r\n', 'bad_chunk'],
    ['a size beyond counting', '10000000000000\r\n', 'bad_chunk'],
    ['a length in the trailers', '0\r\nContent-Length: 1\r\n\r\n', 'bad_trailer'],
    ['a folded trailer', '0\r\nX: 1\r\n 2\r\n\r\n', 'bad_trailer'],
    ['a trailer', '1\r\na\r\n0\r\nX: 1\r\n\r\n', 'a'],
    ['an extension', '1;a=b\r\na\r\n0\r\n\r\n', 'a'],
    ['extensions with blanks', '1 ; a = b ;c\r\na\r\n0 ;d\r\n\r\n', 'a'],
    ['an empty extension', '1;\r\na\r\n0\r\n\r\n', 'a'],
    ['a quoted extension', '1;a="b;\\" \\\\"\r\na\r\n0\r\n\r\n', 'a'],
    ['blanks after the size', '1 \t\r\na\r\n0 \r\n\r\n', 'a'],
    ['zeroes before the size', `${'0'.repeat(100)}1\r\na\r\n000\r\n\r\n`, 'a'],
    [
      'extensions no longer than what they come with',
      `${`3e8;${'e'.repeat(1000)}\r\n${'a'.repeat(1000)}\r\n`.repeat(100)}0\r\n\r\n`,
      'a'.repeat(100_000),
    ],
  ];
  it.each(cases)('%s', (_name, text, want) => {
    for (const step of [text.length, 1]) expect(readChunked(text, step)).toBe(want);
  });
});

function readChunked(text: string, step: number): string {
  const reader = new BodyReader();
  reader.begin(BodyMode.chunked, 0);
  const bytes = Buffer.from(text, 'latin1');
  let content = '';
  for (let from = 0; from < bytes.length && !reader.done; from += step) {
    const end = Math.min(bytes.length, from + step);
    let pos = from;
    while (pos < end && !reader.done) {
      pos = reader.next(bytes, pos, end);
      if (pos < 0) return headRefusal(pos).code;
      content += bytes.toString('latin1', reader.dataStart, reader.dataEnd);
    }
  }
  return reader.done ? content : `${content}…`;
}

interface Llhttp {
  memory: { readonly buffer: ArrayBuffer };
  _initialize?(): void;
  llhttp_alloc(type: number): number;
  malloc(size: number): number;
  free(pointer: number): void;
  llhttp_execute(parser: number, data: number, length: number): number;
  llhttp_free(parser: number): void;
}

/** The runtime's WebAssembly, which Node's types leave out. */
const webAssembly = (globalThis as unknown as { WebAssembly: { instantiate(bytes: Uint8Array, imports: object): Promise<unknown> } })
  .WebAssembly;

describe('against llhttp', () => {
  it('accepts nothing that llhttp refuses, and reads the same fields', async () => {
    const require = createRequire(import.meta.url);
    const wasm = require('undici/lib/llhttp/llhttp-wasm.js') as Uint8Array;
    const seen = { url: '', names: [] as string[], values: [] as string[] };

    const text = (at: number, length: number): string => Buffer.from(api.memory.buffer, at, length).toString('latin1');
    const none = (): number => 0;
    const { instance } = (await webAssembly.instantiate(wasm, {
      env: {
        wasm_on_url: (_p: number, at: number, n: number) => ((seen.url += text(at, n)), 0),
        wasm_on_header_field: (_p: number, at: number, n: number) => (seen.names.push(text(at, n)), 0),
        wasm_on_header_value: (_p: number, at: number, n: number) => (seen.values.push(text(at, n)), 0),
        wasm_on_status: none,
        wasm_on_message_begin: none,
        wasm_on_headers_complete: none,
        wasm_on_body: none,
        wasm_on_message_complete: none,
      },
    })) as { instance: { exports: Llhttp } };
    const api: Llhttp = instance.exports;
    let seed = 7;
    const random = (n: number): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return (seed >>> 8) % n;
    };
    const pieces = [
      'GET',
      'POST',
      ' ',
      '/',
      '/a?b=c',
      ' HTTP/1.1',
      '\r\n',
      '\n',
      '\r',
      'Host: a',
      'Host:a ',
      'X-Y: \x80z',
      'Content-Length: 0',
      'Transfer-Encoding: chunked',
      ':',
      '\t',
      '\0',
      'a',
      'Connection: close',
      '%41',
      '#',
      '[',
      '"',
      '\\',
      '^',
      '{',
    ];
    const whole = [
      'GET /p HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nX-Two:  two words \r\n\r\n',
      'POST /q?r HTTP/1.1\r\nHost: b:80\r\nContent-Length: 0\r\n\r\n',
    ];
    let accepted = 0;
    const until = Date.now() + 1500;
    for (let i = 0; i < 40_000 && Date.now() < until; i++) {
      let input = whole[random(whole.length)]!;
      for (let changes = random(3); changes > 0; changes--) {
        const at = random(input.length);
        input =
          input.slice(0, at) +
          (random(3) === 0 ? '' : random(2) === 0 ? pieces[random(pieces.length)]! : String.fromCharCode(random(256))) +
          input.slice(at + random(2));
      }
      const bytes = Buffer.from(input, 'latin1');
      const head = new RequestHead();
      const result = parseRequestHead(head, Buffer.from(bytes), 0, bytes.length, DEFAULT_HEAD_LIMITS);
      if (result <= 0) continue;
      accepted++;
      seen.url = '';
      seen.names = [];
      seen.values = [];
      const parser = api.llhttp_alloc(1);
      const at = api.malloc(result);
      Buffer.from(api.memory.buffer, at, result).set(bytes.subarray(0, result));
      const error = api.llhttp_execute(parser, at, result);
      api.free(at);
      api.llhttp_free(parser);
      // 22: paused for an upgrade, which is no refusal.
      expect([JSON.stringify(input), error]).toEqual([JSON.stringify(input), error === 22 ? 22 : 0]);
      const ours: string[] = [];
      for (let f = 0; f < head.count; f++)
        ours.push(head.bytes.toString('latin1', head.slot(f, Slot.nameStart), head.slot(f, Slot.nameEnd)), head.valueAt(f));
      expect(ours).toEqual(seen.names.flatMap((name, n) => [name.toLowerCase(), (seen.values[n] ?? '').replace(/[ \t]+$/, '')]));
    }
    expect(accepted).toBeGreaterThan(100);
  });
});
