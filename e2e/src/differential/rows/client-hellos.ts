import { type JsonObject } from '@bufbuild/protobuf';
import { typed } from '../bootstrap';
import { type Client, tcpClient } from '../peers/client';
import { clientHello, extension, longHello, protocols, record, records, serverNames } from '../peers/client-hello';
import { tcp } from '../peers/upstream';
import { type Area, type Row } from '../row';

const NO_HOST = 'a name with bytes that no host name has counts as none: logs and clusters are named by it';
const NAME = 'a.exact.example';
const NAMED = serverNames([0, NAME]);
const hello = clientHello(NAMED);
/** Where extensions begin. */
const VERSIONS = hello.indexOf(Buffer.from([0, 43, 0, 5, 4]));
const CURVES = hello.indexOf(Buffer.from([0, 10, 0, 6, 0, 4]));
const changed = (bytes: Buffer, at: number, value: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = value;
  return copy;
};
const to = (cluster: string): JsonObject => typed('tcp', 'filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: '{row}', cluster });
const chain = (match: JsonObject, cluster: string): JsonObject => ({ filter_chain_match: match, filters: [to(cluster)] });
const CLUSTERS = ['exact', 'wild', 'wilder', 'alpn', 'tls', 'rest'];

/** Where a connection goes by what its first bytes say: each chain tells its name, and passes them on. */
function seen(name: string, client: Client, listener: JsonObject = {}): Row {
  return {
    name,
    tcp: {},
    listener: {
      listener_filters: [typed('envoy.filters.listener.tls_inspector', 'filters.listener.tls_inspector.v3.TlsInspector')],
      listener_filters_timeout: '1s',
      filter_chains: [
        chain({ server_names: [NAME] }, 'exact'),
        chain({ server_names: ['*.exact.example'] }, 'wild'),
        chain({ server_names: ['*.example'] }, 'wilder'),
        chain({ server_names: ['*.example'], application_protocols: ['h2'] }, 'alpn'),
        chain({ transport_protocol: 'tls' }, 'tls'),
        { filters: [to('rest')] },
      ],
      ...listener,
    },
    upstreams: Object.fromEntries(
      CLUSTERS.map((cluster) => [
        cluster,
        tcp((socket) => {
          socket.once('data', () => socket.write(`${cluster}!`));
          socket.on('end', () => socket.end());
        }),
      ]),
    ),
    client,
  };
}

const sent = (name: string, bytes: Buffer, listener: JsonObject = {}): Row =>
  seen(name, tcpClient({ send: bytes.latin1Slice(), until: '!' }), listener);
const one = (name: string, ...extensions: readonly Buffer[]): Row => sent(name, record(clientHello(...extensions)));
const GO_ON = { listener_filters_timeout: '0.3s', continue_on_listener_filters_timeout: true };
const ALERT = record(Buffer.from([1, 0]), 21);
const CHANGE = record(Buffer.from([1]), 20);
const half = (between: Buffer): Buffer => Buffer.concat([record(hello.subarray(0, 50)), between, record(hello.subarray(50))]);

/** What is read of a client hello before a chain is chosen. */
export const clientHellos: Area = {
  area: 'client hellos',
  rows: [
    { ...sent('whole', record(hello)), expect: ['exact!'] },
    sent('in records of one byte', records(hello, 1)),
    sent('in records of 50 bytes', records(hello, 50)),
    seen(
      'byte by byte',
      tcpClient(...[...record(hello)].map((byte) => ({ send: String.fromCharCode(byte), wait: 'nothing' as const, pauseMs: 2 })), {
        until: '!',
      }),
    ),
    sent('with an empty record within', half(record(Buffer.alloc(0)))),
    sent('with empty records before', Buffer.concat([record(Buffer.alloc(0)), record(hello)])),
    sent('with 40 empty records within', half(Buffer.concat(Array.from({ length: 40 }, () => record(Buffer.alloc(0)))))),
    sent('with a change of ciphers within', half(CHANGE)),
    sent('with a change of ciphers before', Buffer.concat([CHANGE, record(hello)])),
    sent('with an alert within', half(ALERT)),
    sent('with a fatal alert within', half(record(Buffer.from([2, 40]), 21))),
    sent('with a warning within', half(record(Buffer.from([1, 90]), 21))),
    sent('with an alert before', Buffer.concat([ALERT, record(hello)])),
    sent('with application data within', half(record(Buffer.from('x'), 23))),
    sent('with an unknown record within', half(record(Buffer.from('x'), 99))),
    sent('with a record of version 2.1 within', half(record(Buffer.alloc(1), 22, 0x0201))),
    sent('with a record of version 3.3 within', Buffer.concat([record(hello.subarray(0, 50)), record(hello.subarray(50), 22, 0x0303)])),
    sent('with HTTP behind its first record', Buffer.concat([record(hello.subarray(0, 50)), Buffer.from('GET / HTTP/1.1\r\n\r\n')])),
    sent('of 10 KB', record(longHello(10_000, NAMED))),
    sent('of 16379 bytes', record(longHello(16_379, NAMED))),
    sent('of 16380 bytes', record(longHello(16_380, NAMED))),
    sent('of 16384 bytes', record(longHello(16_384, NAMED))),
    sent('of 16385 bytes in two records', records(longHello(16_385, NAMED), 10_000)),
    sent('of 16388 bytes in two records', records(longHello(16_388, NAMED), 10_000)),
    sent('of 16389 bytes in two records', records(longHello(16_389, NAMED), 10_000)),
    sent('of 16700 bytes in two records', records(longHello(16_700, NAMED), 10_000)),
    sent('of 16000 bytes in records of 100', records(longHello(16_000, NAMED), 100)),
    sent('of 30 KB', records(longHello(30_000, NAMED), 16_000)),
    sent('of 60 KB', records(longHello(60_000, NAMED), 16_000)),
    sent('said to be of 30 KB, and no more of it', record(changed(hello, 2, 0x75)).subarray(0)),
    sent('said to be of 16 MB', record(changed(hello, 1, 255))),
    sent('said to be of 70 KB', record(changed(hello, 1, 1))),
    sent('a record too long', record(longHello(20_000, NAMED))),
    sent('a record said to be too long', Buffer.concat([Buffer.from([22, 3, 1, 0x50, 0]), hello])),
    sent('a record of version 3.3', record(hello, 22, 0x0303)),
    sent('a record of version 3.0', record(hello, 22, 0x0300)),
    sent('a record of version 3.9', record(hello, 22, 0x0309)),
    sent('a record of version 2.1', record(hello, 22, 0x0201)),
    one('with the name in capitals', serverNames([0, NAME.toUpperCase()])),
    one('with a trailing dot', serverNames([0, `${NAME}.`])),
    one('with the name of a wildcard', serverNames([0, 'b.exact.example'])),
    one('with a name two labels below a wildcard', serverNames([0, 'c.b.exact.example'])),
    one("with a wildcard's own domain", serverNames([0, 'exact.example'])),
    one('with a name of the wider wildcard', serverNames([0, 'x.example'])),
    one('with another name', serverNames([0, 'x.other'])),
    one('with an address', serverNames([0, '10.1.2.3'])),
    one('with an empty name', serverNames([0, ''])),
    one('with an underscore', serverNames([0, 'a_b.example'])),
    one('with a NUL', serverNames([0, `${NAME}\0`])),
    one('with a NUL within', serverNames([0, 'a\0.exact.example'])),
    { ...one('with a byte above ASCII', serverNames([0, '\xc3\xa4.example'])), differs: NO_HOST },
    { ...one('with a star', serverNames([0, '*.exact.example'])), differs: NO_HOST },
    { ...one('with a blank', serverNames([0, 'a b.example'])), differs: NO_HOST },
    { ...one('with a line end', serverNames([0, 'a\nb.example'])), differs: NO_HOST },
    { ...one('with a slash', serverNames([0, 'a/b.example'])), differs: NO_HOST },
    one('with a long name', serverNames([0, `${'a'.repeat(60)}.${'b'.repeat(180)}.example`])),
    one('with a name of 255 bytes', serverNames([0, `${'a'.repeat(255 - 14)}.exact.example`])),
    one('with a name of 256 bytes', serverNames([0, `${'a'.repeat(256 - 14)}.exact.example`])),
    one('with two names', serverNames([0, NAME], [0, 'x.other'])),
    one('with a name and one of another type', serverNames([0, NAME], [1, 'x.other'])),
    one('with a name of another type', serverNames([1, NAME])),
    one('with no name in its list', serverNames()),
    one('with a list of names too short', extension(0, Buffer.concat([Buffer.from([0, 4, 0, 0, NAME.length]), Buffer.from(NAME)]))),
    one('with bytes behind its list of names', extension(0, Buffer.concat([NAMED.subarray(4), Buffer.from('x')]))),
    one('with two lists of names', NAMED, serverNames([0, 'x.other'])),
    one('with the same unknown extension twice', NAMED, extension(0x7777, Buffer.alloc(0)), extension(0x7777, Buffer.alloc(0))),
    one('with h2', serverNames([0, 'b.example']), protocols('h2', 'http/1.1')),
    one('with http/1.1 first', serverNames([0, 'b.example']), protocols('http/1.1', 'h2')),
    one('with a protocol nobody knows', serverNames([0, 'b.example']), protocols('x')),
    one('with an empty protocol', serverNames([0, 'b.example']), protocols('h2', '')),
    one('with an empty list of protocols', serverNames([0, 'b.example']), protocols()),
    one('with a list of protocols too short', serverNames([0, 'b.example']), extension(16, Buffer.from([0, 2, 2, 104, 50]))),
    one('with a protocol longer than its list', serverNames([0, 'b.example']), extension(16, Buffer.from([0, 3, 9, 104, 50]))),
    one('without a name'),
    sent('with a list of curves that is odd', record(changed(hello, CURVES + 5, 3))),
    sent(
      'with an extension longer than the rest',
      record(changed(clientHello(NAMED, extension(0x7777, Buffer.alloc(0))), clientHello(NAMED).indexOf(NAMED) + NAMED.length + 3, 0xff)),
    ),
    sent('with extensions shorter than said', record(changed(hello, hello.indexOf(NAMED) - 1, hello[hello.indexOf(NAMED) - 1]! + 1))),
    sent('with extensions longer than said', record(changed(hello, hello.indexOf(NAMED) - 1, hello[hello.indexOf(NAMED) - 1]! - 1))),
    sent('shorter than its extensions', record(changed(hello, 3, hello[3]! - 3))),
    sent('longer than its extensions', record(Buffer.concat([changed(hello, 3, hello[3]! + 3), Buffer.alloc(3)]))),
    sent('cut in its random', record(Buffer.from([1, 0, 0, 10, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0]))),
    sent('empty', record(Buffer.from([1, 0, 0, 0]))),
    sent('with a session id too long', record(changed(hello, 38, 33))),
    sent('with an odd list of ciphers', record(changed(hello, 4 + 2 + 32 + 33 + 1, 3))),
    sent('of version 3.0', record(changed(hello, 5, 0))),
    sent('of version 3.1', record(changed(hello, 5, 1))),
    sent('of version 3.2', record(changed(hello, 5, 2))),
    sent('of version 3.4', record(changed(hello, 5, 4))),
    sent('of version 9.9', record(changed(changed(hello, 4, 9), 5, 9))),
    sent('of version 3.0 alone', record(changed(changed(hello, 5, 0), VERSIONS, 1))),
    sent('of version 3.1 alone', record(changed(changed(hello, 5, 1), VERSIONS, 1))),
    sent('of version 3.3 alone', record(changed(hello, VERSIONS, 1))),
    sent('of no version that is known', record(changed(changed(hello, VERSIONS + 5, 9), VERSIONS + 7, 9))),
    sent('with a list of versions that is odd', record(changed(hello, VERSIONS + 4, 3))),
    sent('with an empty list of versions', record(changed(hello, VERSIONS + 4, 0))),
    sent('without null compression', record(changed(hello, 4 + 2 + 32 + 33 + 6 + 1, 1))),
    sent('with no ciphers anybody shares', record(changed(changed(hello, 4 + 2 + 32 + 33 + 2, 9), 4 + 2 + 32 + 33 + 4, 9))),
    sent('with a record of 16500 bytes', Buffer.concat([Buffer.from([22, 3, 1, 0x40, 0x74]), Buffer.alloc(17000)])),
    sent('with a fatal alert before', Buffer.concat([record(Buffer.from([2, 40]), 21), record(hello)])),
    sent('with a warning before', Buffer.concat([record(Buffer.from([1, 90]), 21), record(hello)])),
    sent('with four warnings before', Buffer.concat([...Array.from({ length: 4 }, () => record(Buffer.from([1, 90]), 21)), record(hello)])),
    sent('with five warnings before', Buffer.concat([...Array.from({ length: 5 }, () => record(Buffer.from([1, 90]), 21)), record(hello)])),
    sent('with a long alert before', Buffer.concat([record(Buffer.from([1, 90, 0]), 21), record(hello)])),
    sent('with 32 empty records within', half(Buffer.concat(Array.from({ length: 32 }, () => record(Buffer.alloc(0)))))),
    sent('with 33 empty records within', half(Buffer.concat(Array.from({ length: 33 }, () => record(Buffer.alloc(0)))))),
    sent('and early data behind it', Buffer.concat([record(hello), record(Buffer.from('early'), 23)])),
    sent(
      'without extensions',
      record(Buffer.concat([Buffer.from([1, 0, 0, 41, 3, 3]), Buffer.alloc(32, 7), Buffer.from([0, 0, 2, 0xc0, 0x2f, 1, 0])])),
    ),
    one('with a session ticket', NAMED, extension(35, Buffer.from('ticket'))),
    one('with an extended master secret that is not empty', NAMED, extension(23, Buffer.from('x'))),
    one('with early data that has content', NAMED, extension(42, Buffer.from([0, 3]))),
    sent('of version 2.1', record(changed(hello, 4, 2))),
    sent('and another handshake behind it', record(Buffer.concat([hello, Buffer.from([11, 0, 0, 0])]))),
    sent('a handshake that is none', record(changed(hello, 0, 2))),
    sent('a hello of SSL 2', Buffer.from('802e01000200150000001001008002008003008004008005008006004007' + '00'.repeat(20), 'hex')),
    sent('what begins as TLS does, and is not', Buffer.from('\x16\x03\x01GET / HTTP/1.1\r\n\r\n', 'latin1')),
    sent('half, and no time for more', record(hello).subarray(0, 100)),
    sent('half, and then go on', record(hello).subarray(0, 100), GO_ON),
    sent('one byte, and then go on', Buffer.from([22]), GO_ON),
    seen(
      'half, and then the end',
      tcpClient({ send: record(hello).subarray(0, 100).latin1Slice(), wait: 'nothing', pauseMs: 50, end: true }, { wait: 'close' }),
    ),
    sent('plain bytes', Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n')),
  ],
};
