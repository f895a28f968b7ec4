import { describe, expect, it } from '@jest/globals';
import { type Field, headerBlock, hex, hpackLiteral } from '../../testing/header-block';
import { Slot, Head, RequestHead, ResponseHead } from '../head';
import { DEFAULT_HEAD_LIMITS } from '../http1/parse-fields';
import { BlockResult } from './block-result';
import { HpackDecoder } from './hpack/decoder';
import { readRequestHead } from './read-request-head';
import { readResponseHead } from './read-response-head';
import { readTrailers } from './read-trailers';

const GET: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/a'],
  [':authority', 'h:80'],
];
/** Those pseudo-fields with some of them otherwise, or gone where the value is undefined. */
const pseudo = (changes: Readonly<Record<string, string | undefined>>): readonly Field[] =>
  [...GET.map(([name]) => name), ...Object.keys(changes).filter((name) => !GET.some(([known]) => known === name))].flatMap((name) => {
    const value = name in changes ? changes[name] : GET.find(([known]) => known === name)![1];
    return value === undefined ? [] : [[name, value] as const];
  });

const resultName = (result: number): string => Object.entries(BlockResult).find(([, value]) => value === result)![0];
const linesOf = (head: Head): string[] => {
  const lines: string[] = [];
  head.forEach((name, value) => lines.push(`${name}: ${value}`));
  return lines;
};

interface Read {
  readonly result: string;
  readonly head: RequestHead;
}

function request(block: Buffer | readonly Field[], limits = DEFAULT_HEAD_LIMITS): Read {
  const head = new RequestHead();
  const bytes = Buffer.isBuffer(block) ? block : headerBlock(block);
  return { result: resultName(readRequestHead(new HpackDecoder(4096), head, bytes, 0, bytes.length, limits)), head };
}

describe('requests', () => {
  const good: readonly [name: string, fields: readonly Field[], want: Partial<RequestHead>, lines: readonly string[]][] = [
    ['GET', GET, { method: 'GET', scheme: 'https', path: '/a', authority: 'h:80', protocol: undefined, contentLength: -1 }, ['host: h:80']],
    ['host in place of :authority', [...pseudo({ ':authority': undefined }), ['host', 'x']], { authority: 'x' }, ['host: x']],
    ['host beside :authority is dropped', [...GET, ['host', 'other'], ['host', 'ba/d']], { authority: 'h:80' }, ['host: h:80']],
    ['neither of them', pseudo({ ':authority': undefined }), { authority: '' }, []],
    ['an IPv6 authority', pseudo({ ':authority': '[::1]:80' }), { authority: '[::1]:80' }, ['host: [::1]:80']],
    ['OPTIONS *', pseudo({ ':method': 'OPTIONS', ':path': '*' }), { method: 'OPTIONS', path: '*' }, ['host: h:80']],
    ['a path to be normalized', pseudo({ ':path': '/a/../b' }), { path: '/a/../b', pathSpecial: true }, ['host: h:80']],
    ['a path with a fragment', pseudo({ ':path': '/a#b' }), { path: '/a#b', pathSpecial: true }, ['host: h:80']],
    [
      'CONNECT',
      pseudo({ ':method': 'CONNECT', ':scheme': undefined, ':path': undefined }),
      { method: 'CONNECT', path: '', authority: 'h:80' },
      ['host: h:80'],
    ],
    [
      'extended CONNECT',
      pseudo({ ':method': 'CONNECT', ':protocol': 'websocket' }),
      { method: 'CONNECT', path: '/a', protocol: 'websocket' },
      ['host: h:80'],
    ],
    ['a length', [...GET, ['content-length', '5']], { contentLength: 5 }, ['host: h:80']],
    ['the same length twice', [...GET, ['content-length', '5'], ['content-length', '5']], { contentLength: 5 }, ['host: h:80']],
    ['te', [...GET, ['te', 'trailers']], { teTrailers: true }, ['host: h:80']],
    ['expect', [...GET, ['expect', '100-continue']], { expectContinue: true }, ['host: h:80']],
    ['trailer is dropped, as from HTTP/1', [...GET, ['trailer', 'x']], {}, ['host: h:80']],
    ['fields in order', [...GET, ['b', '1'], ['a', ''], ['b', '2']], {}, ['host: h:80', 'b: 1', 'a: ', 'b: 2']],
    ['obs-text in a value', [...GET, ['b', 'caf\xe9']], {}, ['host: h:80', 'b: caf\xe9']],
    ['one cookie', [...GET, ['cookie', 'a=1']], {}, ['host: h:80', 'cookie: a=1']],
    ['cookie crumbs', [...GET, ['cookie', 'a=1'], ['cookie', 'b=2'], ['cookie', 'c=3']], {}, ['host: h:80', 'cookie: a=1; b=2; c=3']],
    [
      'cookie crumbs that are empty',
      [...GET, ['cookie', ''], ['cookie', 'a=1'], ['cookie', ''], ['x', '1'], ['cookie', ''], ['cookie', 'b=2'], ['cookie', '']],
      {},
      ['host: h:80', 'x: 1', 'cookie: a=1; b=2'],
    ],
    [
      'cookie crumbs with others between',
      [...GET, ['cookie', 'a=1'], ['x', '1'], ['cookie', 'b=2'], ['cookie', 'c=3'], ['y', '2'], ['cookie', 'd=4']],
      {},
      ['host: h:80', 'x: 1', 'y: 2', 'cookie: a=1; b=2; c=3; d=4'],
    ],
  ];
  it.each(good)('%s', (_, fields, want, lines) => {
    for (const [pattern, huffman] of [
      [0, false],
      [0x40, true],
    ] as const) {
      const { result, head } = request(headerBlock(fields, pattern, huffman));
      expect(result).toBe('ok');
      expect(head).toMatchObject(want);
      expect(linesOf(head)).toEqual(lines);
      for (let i = 0; i < head.count; i++) {
        const line = `${head.nameAt(i)}: ${head.valueAt(i)}\r\n`;
        expect(head.bytes.latin1Slice(head.slot(i, Slot.nameStart), head.slot(i, Slot.lineEnd))).toBe(line);
      }
    }
  });

  it.each([28, 29, 30, 61, 62])('two cookies with %d fields between', (between) => {
    const others = Array.from({ length: between }, (_, i): Field => ['x', String(i)]);
    const { result, head } = request([...GET, ['cookie', 'a=1'], ...others, ['cookie', 'b=2']]);
    expect([result, linesOf(head)]).toEqual([
      'ok',
      ['host: h:80', ...others.map(([name, value]) => `${name}: ${value}`), 'cookie: a=1; b=2'],
    ]);
  });

  const malformed: readonly [name: string, fields: readonly Field[]][] = [
    ['no fields', []],
    ['no method', pseudo({ ':method': undefined })],
    ['no scheme', pseudo({ ':scheme': undefined })],
    ['no path', pseudo({ ':path': undefined })],
    ['a method nobody has', pseudo({ ':method': 'BREW' })],
    ['a method in lower case', pseudo({ ':method': 'get' })],
    ['a method with another request in it', pseudo({ ':method': 'GET / HTTP/1.1\r\nhost: x\r\n\r\nGET' })],
    ['an empty method', pseudo({ ':method': '' })],
    ['another scheme', pseudo({ ':scheme': 'ftp' })],
    ['a scheme with a host in it', pseudo({ ':scheme': 'https://x' })],
    ['an empty path', pseudo({ ':path': '' })],
    ['a path without a slash', pseudo({ ':path': 'a' })],
    ['an absolute path', pseudo({ ':path': 'http://h/' })],
    ['a path with a space', pseudo({ ':path': '/a HTTP/1.1' })],
    ['a path with a line end', pseudo({ ':path': '/a\r\nx: y' })],
    ['a path with a tab', pseudo({ ':path': '/a\tb' })],
    ['a path with a NUL', pseudo({ ':path': '/a\0b' })],
    ['a path beyond ASCII', pseudo({ ':path': '/caf\xe9' })],
    ['* for anything but OPTIONS', pseudo({ ':path': '*' })],
    ['an empty authority', pseudo({ ':authority': '' })],
    ['an authority with user info', pseudo({ ':authority': 'u@h' })],
    ['an authority with a path', pseudo({ ':authority': 'h/x' })],
    ['an authority with a line end', pseudo({ ':authority': 'h\r\nx: y' })],
    ['a list of authorities', pseudo({ ':authority': 'h, i' })],
    ['a host that is none', [...pseudo({ ':authority': undefined }), ['host', 'a/b']]],
    ['two hosts', [...pseudo({ ':authority': undefined }), ['host', 'a'], ['host', 'a']]],
    ['an empty host', [...pseudo({ ':authority': undefined }), ['host', '']]],
    ...GET.map(([name, value]): [string, readonly Field[]] => [`${name} twice`, [...GET, [name, value]]]),
    ['an unknown pseudo-field', [...GET, [':x', '1']]],
    ['a colon for a name', [...GET, [':', '1']]],
    ['a status', [...GET, [':status', '200']]],
    [':protocol without CONNECT', pseudo({ ':protocol': 'websocket' })],
    ['an empty :protocol', pseudo({ ':method': 'CONNECT', ':protocol': '' })],
    ['CONNECT with a path', pseudo({ ':method': 'CONNECT', ':scheme': undefined })],
    ['CONNECT with a scheme', pseudo({ ':method': 'CONNECT', ':path': undefined })],
    ['CONNECT without an authority', pseudo({ ':method': 'CONNECT', ':path': undefined, ':scheme': undefined, ':authority': undefined })],
    ['a pseudo-field after a field', [...GET.slice(1), ['x', '1'], GET[0]!]],
    ['a pseudo-field after a field that is dropped', [...GET.slice(1), ['te', 'trailers'], GET[0]!]],
    ['upper case in a name', [...GET, ['X-a', '1']]],
    ['an empty name', [...GET, ['', '1']]],
    ['a name with a space', [...GET, ['a b', '1']]],
    ['a name with a trailing space', [...GET, ['a ', '1']]],
    ['a name with a colon', [...GET, ['a:b', '1']]],
    ['a name with a line end', [...GET, ['a\r\nb', '1']]],
    ['a name with a NUL', [...GET, ['a\0', '1']]],
    ['a name beyond ASCII', [...GET, ['caf\xe9', '1']]],
    ['a value with a line feed', [...GET, ['a', '1\n2']]],
    ['a value with a carriage return', [...GET, ['a', '1\r2']]],
    ['a value with a NUL', [...GET, ['a', '1\0']]],
    ['a value with DEL', [...GET, ['a', '1\x7f']]],
    ['a value that begins with a space', [...GET, ['a', ' 1']]],
    ['a value that ends with a tab', [...GET, ['a', '1\t']]],
    ['a value that is a space', [...GET, ['a', ' ']]],
    ['connection', [...GET, ['connection', 'close']]],
    ['keep-alive', [...GET, ['keep-alive', 'timeout=1']]],
    ['proxy-connection', [...GET, ['proxy-connection', 'close']]],
    ['transfer-encoding', [...GET, ['transfer-encoding', 'chunked']]],
    ['upgrade', [...GET, ['upgrade', 'websocket']]],
    ['transfer_encoding', [...GET, ['transfer_encoding', 'chunked']]],
    ['content_length', [...GET, ['content_length', '5']]],
    ['te with more than trailers', [...GET, ['te', 'trailers, gzip']]],
    ['an unknown expectation', [...GET, ['expect', '200-ok']]],
    ['two lengths', [...GET, ['content-length', '5'], ['content-length', '6']]],
    ['an empty length', [...GET, ['content-length', '']]],
    ['a length with a sign', [...GET, ['content-length', '+5']]],
    ['a length with a leading zero', [...GET, ['content-length', '05']]],
    ['a list of lengths', [...GET, ['content-length', '5, 5']]],
    ['a length beyond counting', [...GET, ['content-length', '99999999999999999']]],
  ];
  it.each(malformed)('malformed: %s', (_, fields) => {
    for (const huffman of [false, true]) {
      expect(request(headerBlock(fields, 0, huffman)).result).toBe('malformed');
      // What is wrong stays wrong when it comes out of the table, and the table stays right.
      const decoder = new HpackDecoder(4096);
      const head = new RequestHead();
      const first = headerBlock(fields, 0x40, huffman);
      expect(readRequestHead(decoder, head, first, 0, first.length, DEFAULT_HEAD_LIMITS)).toBe(BlockResult.malformed);
      const again = Buffer.from(fields.map((__, i) => 0x80 | (61 + fields.length - i)));
      expect(readRequestHead(decoder, head, again, 0, again.length, DEFAULT_HEAD_LIMITS)).toBe(BlockResult.malformed);
    }
  });

  it('the table is kept through a message that is refused', () => {
    const decoder = new HpackDecoder(4096);
    const head = new RequestHead();
    const bad = headerBlock([...GET, ['connection', 'close'], ['later', 'on']], 0x40);
    expect(readRequestHead(decoder, head, bad, 0, bad.length, DEFAULT_HEAD_LIMITS)).toBe(BlockResult.malformed);
    const good = Buffer.concat([headerBlock(GET), hex('be')]);
    expect(readRequestHead(decoder, head, good, 0, good.length, DEFAULT_HEAD_LIMITS)).toBe(BlockResult.ok);
    expect(linesOf(head)).toEqual(['host: h:80', 'later: on']);
  });

  it('a head is empty of what it held before', () => {
    const decoder = new HpackDecoder(4096);
    const head = new RequestHead();
    const blocks = [
      headerBlock([...pseudo({ ':method': 'CONNECT', ':protocol': 'websocket' }), ['te', 'trailers'], ['content-length', '5'], ['x', '1']]),
      headerBlock(pseudo({ ':authority': undefined })),
    ];
    for (const block of blocks) expect(readRequestHead(decoder, head, block, 0, block.length, DEFAULT_HEAD_LIMITS)).toBe(BlockResult.ok);
    expect(head).toMatchObject({ count: 0, contentLength: -1, teTrailers: false, protocol: undefined, authority: '', method: 'GET' });
  });

  it('a path and an authority out of the table are the ones last put there, however often their place was taken', () => {
    const decoder = new HpackDecoder(4096);
    const head = new RequestHead();
    const read = (block: Buffer): readonly unknown[] => {
      const result = readRequestHead(decoder, head, block, 0, block.length, DEFAULT_HEAD_LIMITS);
      return [result, head.path, head.pathSpecial, head.authority, linesOf(head)];
    };
    const start = headerBlock(pseudo({ ':path': undefined, ':authority': undefined }));
    for (let i = 0; i < 600; i++) {
      const [path, authority] = [i % 3 === 0 ? `/a#${i}` : `/b${i}`, `host-${i}`];
      const other: Field = ['x'.repeat((i % 7) + 1), 'y'];
      const inserted = headerBlock([[':path', path], [':authority', authority], ...(i % 2 === 0 ? [other] : [])], 0x40);
      const want = [0, path, i % 3 === 0, authority, [`host: ${authority}`, ...(i % 2 === 0 ? [`${other[0]}: y`] : [])]];
      const indexes = hex(i % 2 === 0 ? 'c0bfbe' : 'bfbe');
      expect([inserted, indexes, indexes].map((fields) => read(Buffer.concat([start, fields])))).toEqual([want, want, want]);
    }
  });

  it('whether a path may change is known of each in the table', () => {
    const decoder = new HpackDecoder(4096);
    const head = new RequestHead();
    const start = headerBlock(pseudo({ ':path': undefined }));
    const paths = [headerBlock([[':path', '/a/../b']], 0x40), headerBlock([[':path', '/c']], 0x40), hex('bf'), hex('be'), hex('bf')];
    const special = paths.map((path) => {
      const block = Buffer.concat([start, path]);
      expect(readRequestHead(decoder, head, block, 0, block.length, DEFAULT_HEAD_LIMITS)).toBe(BlockResult.ok);
      return [head.path, head.pathSpecial];
    });
    const want = [
      ['/a/../b', true],
      ['/c', false],
    ];
    expect(special).toEqual([...want, want[0], want[1], want[0]]);
  });

  it('never indexed is remembered, joined cookies included', () => {
    const block = Buffer.concat([
      headerBlock([...GET, ['a', '1']]),
      hpackLiteral(['b', '2'], 0x10),
      hpackLiteral(['cookie', 'c=3']),
      hpackLiteral(['cookie', 'd=4'], 0x10),
    ]);
    const { head } = request(block);
    expect([...head.sensitive.subarray(0, head.count)]).toEqual([0, 0, 1, 1]);
  });
});

describe('responses', () => {
  const read = (fields: readonly Field[]): [string, number] => {
    const head = new ResponseHead();
    const block = headerBlock(fields);
    const result = readResponseHead(new HpackDecoder(4096), head, block, 0, block.length, DEFAULT_HEAD_LIMITS);
    return [resultName(result), result === BlockResult.ok ? head.status : 0];
  };
  const status = (value: string, ...fields: Field[]): readonly Field[] => [[':status', value], ...fields];
  const cases: readonly [name: string, fields: readonly Field[], want: [string, number]][] = [
    ['200', status('200'), ['ok', 200]],
    ['an interim answer', status('103', ['link', '</a>']), ['ok', 103]],
    ['beyond the known', status('999'), ['ok', 999]],
    ['101', status('101'), ['malformed', 0]],
    ['below 100', status('099'), ['malformed', 0]],
    ['two digits', status('20'), ['malformed', 0]],
    ['four digits', status('2000'), ['malformed', 0]],
    ['a reason', status('200 OK'), ['malformed', 0]],
    ['no digits', status('2x0'), ['malformed', 0]],
    ['no status', [['x', '1']], ['malformed', 0]],
    ['two of them', status('200', [':status', '200']), ['malformed', 0]],
    [
      'one after a field',
      [
        ['x', '1'],
        [':status', '200'],
      ],
      ['malformed', 0],
    ],
    ['a path', status('200', [':path', '/']), ['malformed', 0]],
    ['connection', status('200', ['connection', 'close']), ['malformed', 0]],
    ['transfer-encoding', status('200', ['transfer-encoding', 'chunked']), ['malformed', 0]],
    ['two lengths', status('200', ['content-length', '1'], ['content-length', '2']), ['malformed', 0]],
    ['a line end in a value', status('200', ['x', 'a\r\nset-cookie: b']), ['malformed', 0]],
    ['upper case in a name', status('200', ['X', 'a']), ['malformed', 0]],
  ];
  it.each(cases)('%s', (_, fields, want) => expect(read(fields)).toEqual(want));

  it('cookies to be set stay apart', () => {
    const head = new ResponseHead();
    const block = headerBlock(status('200', ['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['content-length', '3']));
    expect(readResponseHead(new HpackDecoder(4096), head, block, 0, block.length, DEFAULT_HEAD_LIMITS)).toBe(BlockResult.ok);
    expect([linesOf(head), head.contentLength]).toEqual([['set-cookie: a=1', 'set-cookie: b=2'], 3]);
  });
});

describe('trailers', () => {
  const cases: readonly [name: string, fields: readonly Field[], want: string][] = [
    [
      'what gRPC sends',
      [
        ['grpc-status', '0'],
        ['grpc-message', ''],
      ],
      'ok',
    ],
    ['nothing', [], 'ok'],
    ['a pseudo-field', [[':status', '200']], 'malformed'],
    ...['content-length', 'transfer-encoding', 'host', 'te', 'trailer', 'connection', 'upgrade', 'transfer_encoding'].map(
      (name): [string, readonly Field[], string] => [name, [[name, '5']], 'malformed'],
    ),
    ['upper case', [['Grpc-Status', '0']], 'malformed'],
    ['a line end in a value', [['x', 'a\nb']], 'malformed'],
  ];
  it.each(cases)('%s', (_, fields, want) => {
    const block = headerBlock(fields);
    const result = readTrailers(new HpackDecoder(4096), new Head(), block, 0, block.length, DEFAULT_HEAD_LIMITS);
    expect(resultName(result)).toBe(want);
  });
});

describe('limits', () => {
  const limits = { maxHeadBytes: 1000, maxFields: 5 };
  const cases: readonly [name: string, block: Buffer, want: string][] = [
    ['as much as fits', headerBlock([...GET, ['x', 'y'.repeat(900)]]), 'ok'],
    ['a value too long', headerBlock([...GET, ['x', 'y'.repeat(1000)]]), 'tooLarge'],
    ['many fields of a little', headerBlock([...GET, ...Array.from({ length: 4 }, (): Field => ['x', 'y'.repeat(250)])]), 'tooLarge'],
    ['as many fields as fit, the four with a colon included', headerBlock([...GET, ['x', '']]), 'ok'],
    ['too many fields', headerBlock([...GET, ['x', ''], ['x', '']]), 'tooManyFields'],
    [
      'too many fields after which one is wrong',
      headerBlock([...GET, ...Array.from({ length: 9 }, (): Field => ['x', ''])]),
      'tooManyFields',
    ],
    ['crumbs count one by one', headerBlock([...GET, ...Array.from({ length: 2 }, (): Field => ['cookie', 'a'])]), 'tooManyFields'],
    ['a host beside :authority counts', headerBlock([...GET, ['host', 'a'], ['x', '']]), 'tooManyFields'],
    ['a length counts', headerBlock([...GET, ['content-length', '1'], ['x', '']]), 'tooManyFields'],
    ['but weigh what they weigh', headerBlock([...GET, ...Array.from({ length: 100 }, (): Field => ['cookie', 'a'])]), 'tooLarge'],
    ['hosts that are dropped weigh too', headerBlock([...GET, ...Array.from({ length: 200 }, (): Field => ['host', 'a'])]), 'tooLarge'],
    ['so do lengths', headerBlock([...GET, ...Array.from({ length: 100 }, (): Field => ['content-length', '1'])]), 'tooLarge'],
  ];
  it.each(cases)('%s', (_, block, want) => {
    const { result, head } = request(block, limits);
    expect(result).toBe(want);
    expect([head.method, head.authority, head.path]).toEqual(['GET', 'h:80', '/a']);
    expect(head.count).toBeLessThanOrEqual(limits.maxFields);
    expect(head.length).toBeLessThanOrEqual(limits.maxHeadBytes);
  });

  const bombs: readonly [name: string, entry: Field][] = [
    ['4 KB a byte', ['x', 'y'.repeat(4000)]],
    ['cookie crumbs', ['cookie', 'y'.repeat(4000)]],
    ['hosts', ['host', 'h'.repeat(4000)]],
    ['empty cookie crumbs', ['cookie', '']],
    ['the shortest there is', ['x', '']],
  ];
  it.each(bombs)('a bomb: %s', (_, entry) => {
    const decoder = new HpackDecoder(4096);
    const head = new RequestHead();
    const bomb = Buffer.concat([headerBlock(GET), hpackLiteral(entry, 0x40), Buffer.alloc(400_000, 0xbe)]);
    const start = process.cpuUsage().user;
    expect(readRequestHead(decoder, head, bomb, 0, bomb.length, DEFAULT_HEAD_LIMITS)).toBe(BlockResult.abusive);
    expect(head.bytes.length).toBeLessThanOrEqual(4 * DEFAULT_HEAD_LIMITS.maxHeadBytes);
    expect(head.room).toBeLessThan(256);
    expect(process.cpuUsage().user - start).toBeLessThan(200_000);
  });

  it('room for what was too large is given back', () => {
    const { result, head } = request([...GET, ['x', 'y'.repeat(500_000)]]);
    expect([result, linesOf(head)]).toEqual(['tooLarge', ['host: h:80']]);
    expect(head.bytes.length).toBe(2048);
  });

  it('cookies scattered by the thousand cost what their bytes do', () => {
    const fields = Array.from({ length: 4000 }, (_, i): Field => (i % 2 === 0 ? ['cookie', 'a'] : ['x', '']));
    const { result, head } = request([...GET, ...fields]);
    expect(result).toBe('tooManyFields');
    expect(head.room).toBeLessThanOrEqual(128);
  });
});
