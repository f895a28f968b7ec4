import { describe, expect, it } from '@jest/globals';
import {
  type Field,
  decodeAll,
  headerBlock,
  hex,
  hpackInteger,
  hpackLiteral,
  hpackString,
  huffmanEncode,
} from '../../../testing/header-block';
import { BlockResult } from '../block-result';
import { HpackDecoder } from './decoder';
import { STATIC_FIELDS } from './static-table';

const { compressionError } = BlockResult;

describe('the examples of RFC 7541 Appendix C', () => {
  const browse: readonly (readonly Field[])[] = [
    [
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', 'www.example.com'],
    ],
    [
      [':method', 'GET'],
      [':scheme', 'http'],
      [':path', '/'],
      [':authority', 'www.example.com'],
      ['cache-control', 'no-cache'],
    ],
    [
      [':method', 'GET'],
      [':scheme', 'https'],
      [':path', '/index.html'],
      [':authority', 'www.example.com'],
      ['custom-key', 'custom-value'],
    ],
  ];
  const answers: readonly (readonly Field[])[] = [
    [
      [':status', '302'],
      ['cache-control', 'private'],
      ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
      ['location', 'https://www.example.com'],
    ],
    [
      [':status', '307'],
      ['cache-control', 'private'],
      ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
      ['location', 'https://www.example.com'],
    ],
    [
      [':status', '200'],
      ['cache-control', 'private'],
      ['date', 'Mon, 21 Oct 2013 20:13:22 GMT'],
      ['location', 'https://www.example.com'],
      ['content-encoding', 'gzip'],
      ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
    ],
  ];
  const cases: readonly [name: string, tableBytes: number, blocks: readonly string[], want: readonly (readonly Field[])[]][] = [
    ['C.2.1 literal with indexing', 4096, ['400a637573746f6d2d6b65790d637573746f6d2d686561646572'], [[['custom-key', 'custom-header']]]],
    ['C.2.2 literal without indexing', 4096, ['040c2f73616d706c652f70617468'], [[[':path', '/sample/path']]]],
    ['C.2.3 literal never indexed', 4096, ['100870617373776f726406736563726574'], [[['password', 'secret']]]],
    ['C.2.4 indexed', 4096, ['82'], [[[':method', 'GET']]]],
    [
      'C.3 requests',
      4096,
      [
        '828684410f7777772e6578616d706c652e636f6d',
        '828684be58086e6f2d6361636865',
        '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565',
      ],
      browse,
    ],
    [
      'C.4 requests, Huffman',
      4096,
      ['828684418cf1e3c2e5f23a6ba0ab90f4ff', '828684be5886a8eb10649cbf', '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf'],
      browse,
    ],
    [
      'C.5 responses, entries pushed out',
      256,
      [
        '4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d',
        '4803333037c1c0bf',
        '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31',
      ],
      answers,
    ],
    [
      'C.6 responses, Huffman, entries pushed out',
      256,
      [
        '488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
        '4883640effc1c0bf',
        '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
      ],
      answers,
    ],
  ];
  it.each(cases)('%s', (_, tableBytes, blocks, want) => {
    const decoder = new HpackDecoder(tableBytes);
    // The examples take the size for granted; here the peer says it.
    const resize = tableBytes === 4096 ? Buffer.alloc(0) : hpackInteger(0x20, 0x1f, tableBytes);
    expect(blocks.map((block, i) => decodeAll(decoder, Buffer.concat([i === 0 ? resize : Buffer.alloc(0), hex(block)])))).toEqual(want);
  });

  it('C.1 integers: 10, 1337 and 42 as lengths and sizes', () => {
    expect([hpackInteger(0, 0x1f, 10), hpackInteger(0, 0x1f, 1337), hpackInteger(0, 0xff, 42)].map((b) => b.toString('hex'))).toEqual([
      '0a',
      '1f9a0a',
      '2a',
    ]);
    expect(decodeAll(new HpackDecoder(4096), hpackLiteral(['a', 'b'.repeat(1337)]))).toEqual([['a', 'b'.repeat(1337)]]);
  });
});

it('every entry of the static table', () => {
  const block = Buffer.from(Array.from({ length: 61 }, (_, i) => 0x80 | (i + 1)));
  expect(decodeAll(new HpackDecoder(4096), block)).toEqual(STATIC_FIELDS.slice(1));
});

describe('Huffman', () => {
  it('every byte, alone and between two others, at every bit offset', () => {
    const decoder = new HpackDecoder(4096);
    for (let c = 0; c < 256; c++) {
      for (const around of ['', 'a', 'aa', 'aaa', 'X', 'X8', '~', 'e0', 'e0t~']) {
        const value = around + String.fromCharCode(c) + around;
        expect(decodeAll(decoder, headerBlock([['x', value]], 0, true))).toEqual([['x', value]]);
      }
    }
  });

  const cases: readonly [name: string, coded: Buffer, want: string | undefined][] = [
    ['nothing', hex(''), ''],
    ['padding of seven ones', hex('1f'), 'a'],
    ['no padding', huffmanEncode('aaaaaaaa'), 'aaaaaaaa'],
    ['padding of eight ones', Buffer.concat([huffmanEncode('aaaaaaaa'), hex('ff')]), undefined],
    ['padding of zeros', hex('18'), undefined],
    ['a zero among the padding', hex('1d'), undefined],
    ['nothing but padding', hex('ff'), undefined],
    ['end-of-string', hex('3fffffff'), undefined],
    ['end-of-string and more', hex('ffffffff1f'), undefined],
    ['a code that is cut off', hex('1fff'), undefined],
    ['a long code that is cut off', Buffer.concat([huffmanEncode('aaaaaaaa'), hex('ffff')]), undefined],
  ];
  it.each(cases)('%s', (_, coded, want) => {
    const block = Buffer.concat([hex('00'), hpackString('x'), hpackInteger(0x80, 0x7f, coded.length), coded]);
    expect(decodeAll(new HpackDecoder(4096), block)).toEqual(want === undefined ? compressionError : [['x', want]]);
  });
});

describe('blocks that are no HPACK', () => {
  const cases: readonly [name: string, block: string][] = [
    ['index 0', '80'],
    ['an index beyond the tables', 'be'],
    ['an index far beyond', 'ffffffff07'],
    ['a name by an index beyond the tables', '7e0161'],
    ['an integer without end', 'ffffffffffffffffffffffff7f'],
    ['an integer of many zeros', 'ff80808080808080808080808000'],
    ['an integer that is cut off', 'ff'],
    ['an integer that is cut off later', 'ffff'],
    ['a length beyond the block', '00016102'],
    ['a length that overflows', '000161ffffffff7f61'],
    ['no name', '00'],
    ['no value', '000161'],
    ['a size update after a field', '8220'],
    ['a size update at the end', '823fe11f'],
    ['a size update beyond what we announced', '3fe21f82'],
    ['three size updates', '20202082'],
  ];
  it.each(cases)('%s', (_, block) => expect(decodeAll(new HpackDecoder(4096), hex(block))).toBe(compressionError));

  it('two size updates are fine, and the smaller one empties the table', () => {
    const decoder = new HpackDecoder(4096);
    decodeAll(decoder, headerBlock([['a', 'b']], 0x40));
    expect(decodeAll(decoder, hex('be'))).toEqual([['a', 'b']]);
    expect(decodeAll(decoder, hex('20 3fe11f'))).toEqual([]);
    expect(decodeAll(decoder, hex('be'))).toBe(compressionError);
  });

  it('an entry larger than the table empties it and is not kept', () => {
    const decoder = new HpackDecoder(4096);
    const large: Field = ['a', 'b'.repeat(4096)];
    expect(decodeAll(decoder, Buffer.concat([headerBlock([['a', 'b']], 0x40), hpackLiteral(large, 0x40)]))).toEqual([['a', 'b'], large]);
    expect(decodeAll(decoder, hex('be'))).toBe(compressionError);
  });

  it('a name by the index of the entry that its own insertion pushes out', () => {
    const decoder = new HpackDecoder(64);
    decodeAll(decoder, Buffer.concat([hpackInteger(0x20, 0x1f, 64), hpackLiteral(['name', 'value'], 0x40)]));
    expect(decodeAll(decoder, Buffer.concat([hex('7e'), hpackString('v'.repeat(28)), hex('be')]))).toEqual([
      ['name', 'v'.repeat(28)],
      ['name', 'v'.repeat(28)],
    ]);
  });
});
