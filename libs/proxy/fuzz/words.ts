const latin1 = (words: readonly string[]): readonly Buffer[] => words.map((word) => Buffer.from(word, 'latin1'));

/** What begins, ends and frames messages. */
export const HEAD_WORDS = latin1([
  ...[
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    ' ',
    '\t',
    ':',
    ': ',
    '\0',
    'HTTP/1.1',
    'HTTP/1.0',
    'HTTP/2.0',
    'GET ',
    'CONNECT ',
    'PRI * ',
    '*',
    '/',
  ],
  ...[
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    'ffffffffffffff\r\n',
    '1;a=b\r\n',
    '0x1\r\n',
    '-1',
    '+1',
    '00000001',
    ';',
    '\u0080',
    '\u00ff',
    'HTTP/1.1 200 OK\r\n',
  ],
]);

/** Fields that mean something. */
export const FIELD_WORDS = latin1([
  ...[
    'host: a\r\n',
    'Host: b:80\r\n',
    'content-length: 5\r\n',
    'Content-Length: 5, 5\r\n',
    'content-length: +5\r\n',
    'transfer-encoding: chunked\r\n',
  ],
  ...[
    'Transfer-Encoding: gzip, chunked\r\n',
    'transfer-encoding:\r\n',
    'connection: close\r\n',
    'connection: upgrade, x-a\r\n',
    'upgrade: websocket\r\n',
  ],
  ...[
    'expect: 100-continue\r\n',
    'te: trailers\r\n',
    'connection: content-length\r\n',
    ' folded\r\n',
    'keep-alive: 5\r\n',
    'x-a: \u00fc\r\n',
    'http2-settings: AA\r\n',
  ],
]);

/** Whole frames that change what follows. */
export const FRAME_WORDS = [
  '000000040000000000',
  '00000604000000000000040000ffff',
  '000006040000000000000400000000',
  '00000604000000000000047fffffff',
  '000006040000000000000100000000',
  '00000408000000000000007fff',
  '0000040800000000017fffffff',
  '000004080000000001000000ff',
  '00000403000000000100000008',
  '0000080600000000000102030405060708',
  '00000502000000000100000000ff',
  '0000080700000000000000000000000000',
  '000000000100000001',
  '000001000000000001aa',
  '0000060105000000018284860101' + '61',
  '000001010500000001' + '88',
  '000000010100000001',
  '000000090400000001',
].map((hex) => Buffer.from(hex, 'hex'));

/** Fields out of the static table, and the beginnings of literals. */
export const HPACK_WORDS = [
  '82',
  '84',
  '86',
  '88',
  'be',
  'bf',
  '20',
  '3fe11f',
  '3fffffffff0f',
  '400161',
  '0f0d0135',
  '40064c6f77657231',
  '1001',
  '7f00',
].map((hex) => Buffer.from(hex, 'hex'));

/** Tags and lengths, strings that mean something to a proxy, numbers out of range. */
export const PROTO_WORDS = [
  ...['0a00', '1200', '0aff01', '08ffffffffffffffff7f', '10ffffffff0f', '0801', '1000', '18808080808080808001', '2500000080', '0a0161'].map(
    (hex) => Buffer.from(hex, 'hex'),
  ),
  ...latin1(['*', '*.a', '(a+)+$', '(((', '%REQ(x)%', '%', '[::1]', '127.0.0.1', '999.1.1.1', 'type.googleapis.com/', '\u00ff']),
];
