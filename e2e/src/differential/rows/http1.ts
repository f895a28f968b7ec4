import { type JsonObject } from '@bufbuild/protobuf';
import { http1Client, request, requestWith, type Step } from '../peers/client';
import { http1 } from '../peers/upstream';
import { type Area, type Row } from '../row';

const STRICT = 'what one reader takes for one thing and another for another is refused (RFC 9112 §11.2, request smuggling)';
const get = request('GET /');
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** Bytes as they are; what comes back, and whether the connection lives. */
function bytes(name: string, ...steps: readonly Step[]): Row {
  return { name, client: http1Client(...steps) };
}

/** Bytes that are no request: the answer ends the connection. */
function refused(name: string, send: string, ...expect: readonly string[]): Row {
  return { name, client: http1Client({ send, until: '\r\n\r\n' }), expect: ['(closed)', ...expect] };
}

const HTTP10_PLAIN = { http_protocol_options: { accept_http_10: true } };
const HTTP10 = { http_protocol_options: { accept_http_10: true, default_host_for_http_10: 'default.example' } };
const KEPT10 = 'GET / HTTP/1.0\r\nhost: a.example\r\nconnection: keep-alive\r\n\r\n';
const underscores = (action: string): JsonObject => ({ common_http_protocol_options: { headers_with_underscores_action: action } });
const head = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n');
const manager = (row: Row, config: JsonObject): Row => ({ ...row, manager: config });
const fields = (count: number, length: number): string =>
  Array.from({ length: count }, (_, i) => `x-${i}: ${'y'.repeat(length)}\r\n`).join('');

/** Framing, limits and what smugglers try, in HTTP/1. */
export const http1Rows: Area = {
  area: 'HTTP/1',
  rows: [
    bytes('two requests on one connection', get, get),
    bytes('two requests at once are answered in order', get + request('GET /second')),
    bytes('an empty line before a request', `\r\n${get}`),
    bytes('ten empty lines before a request', '\r\n'.repeat(10) + get),
    bytes('an empty line between requests', get, `\r\n${get}`),
    bytes('two empty lines between requests', get, `\r\n\r\n${get}`),
    bytes('80 KB of empty lines before a request', '\r\n'.repeat(40_000) + get),
    bytes(
      'empty lines before a request, byte by byte',
      ...[...'\r\n\r\n\r\n'].map((send) => ({ send, wait: 'nothing' as const, pauseMs: 5 })),
      get,
    ),
    {
      ...bytes('empty lines and no request', { send: '\r\n\r\n', wait: 'nothing', pauseMs: 200 }),
      differs: 'empty lines are no request: it is neither counted nor logged as one',
    },
    ...['\n', '\n\n', '\r\n\n', '\r', '\r\r\n'].map((text) => ({
      ...bytes(`${JSON.stringify(text)} before a request`, { send: text + get, wait: 'nothing' as const, pauseMs: 200 }),
      differs: STRICT,
    })),
    { ...bytes('an empty line before an answer', get), upstreams: { backend: http1(`\r\n${ok}`) } },
    { ...bytes('an empty line after an answer', get, get), upstreams: { backend: http1(`${ok}\r\n`) } },
    bytes('a request that says close', request('GET /', 'connection: close')),
    bytes('a request that says keep-alive', request('GET /', 'connection: keep-alive')),
    bytes('names in any case', 'GET / HTTP/1.1\r\nHOST: a.example\r\nX-ABC: Def\r\n\r\n'),
    bytes('blanks around a value', 'GET / HTTP/1.1\r\nhost: a.example\r\nx-a:   1  \r\nx-b:\t2\t\r\n\r\n'),
    bytes('a body of known length', requestWith('body', 'POST /')),
    bytes('a body of length 0', requestWith('', 'POST /')),
    bytes('a body of no length', request('POST /')),
    bytes('a body in chunks', request('POST /', 'transfer-encoding: chunked') + '4\r\nbody\r\n1;a=b\r\n!\r\n0\r\n\r\n', get),
    bytes(
      'a body in chunks with trailers',
      request('POST /', 'transfer-encoding: chunked', 'trailer: x-t') + '1\r\n!\r\n0\r\nx-t: 1\r\n\r\n',
      get,
    ),
    bytes('a body of GET', requestWith('body', 'GET /')),
    bytes('a body of DELETE', requestWith('body', 'DELETE /')),
    bytes(
      'an expected 100',
      { send: request('POST /', 'expect: 100-continue', 'content-length: 4'), until: '100 Continue' },
      { send: 'body', until: '\r\n\r\nok' },
    ),
    manager(
      bytes(
        'an expected 100 that the upstream is to give',
        { send: request('POST /', 'expect: 100-continue', 'content-length: 4'), wait: 'nothing', pauseMs: 150 },
        { send: 'body', until: '\r\n\r\nok' },
      ),
      { proxy_100_continue: true },
    ),
    {
      ...bytes('an expected 100 of a request without a body', request('GET /', 'expect: 100-continue')),
      differs: 'nobody waits to send what does not come',
      differsIn: /100 Continue|_1xx|rq_completed/,
    },
    {
      ...refused('an expectation nobody knows', request('GET /', 'expect: 200-ok')),
      differs: 'an expectation that is not met is refused (RFC 9110 §10.1.1)',
    },
    bytes('OPTIONS *', request('OPTIONS *')),
    bytes('a target with its host', request('GET http://a.example/x?y')),
    { ...bytes('a target with another host than the field', request('GET http://b.example/x')), differs: STRICT },
    bytes('a target with its host and no path', request('GET http://a.example')),
    bytes('a target https over plain bytes', request('GET https://a.example/x')),
    {
      ...manager(bytes('a target with its host where that is not allowed', request('GET http://a.example/x')), {
        http_protocol_options: { allow_absolute_url: false },
      }),
      differs: 'the absolute form is always taken (RFC 9112 §3.2.2); the option that refuses it is not in effect',
    },
    refused('a target without a slash', request('GET x')),
    refused('a target with a blank', 'GET /a b HTTP/1.1\r\nhost: a.example\r\n\r\n'),
    {
      ...refused('a target with a control character', 'GET /a\x01b HTTP/1.1\r\nhost: a.example\r\n\r\n'),
      differs: 'the one word for what cannot be in a target',
      differsIn: /details=/,
    },
    bytes('a target with a byte above ASCII', 'GET /caf\xe9 HTTP/1.1\r\nhost: a.example\r\n\r\n'),
    bytes('a method nobody knows', request('BREW /')),
    refused('a method in lower case', 'get / HTTP/1.1\r\nhost: a.example\r\n\r\n'),
    refused('a method with a colon', 'GE:T / HTTP/1.1\r\nhost: a.example\r\n\r\n'),
    bytes('CONNECT where nobody tunnels', { send: 'CONNECT a.example:80 HTTP/1.1\r\nhost: a.example:80\r\n\r\n', until: '\r\n\r\n' }),
    bytes('TRACE', request('TRACE /')),
    refused('no host', 'GET / HTTP/1.1\r\n\r\n', '400'),
    { ...refused('an empty host', 'GET / HTTP/1.1\r\nhost:\r\n\r\n'), differs: STRICT },
    { ...refused('two hosts', 'GET / HTTP/1.1\r\nhost: a.example\r\nhost: b.example\r\n\r\n', '400'), differs: STRICT },
    refused('a host with a path', request('GET /', 'host: a.example/x')),
    { ...refused('a host with a user', request('GET /', 'host: me@a.example')), differs: STRICT },
    bytes('a host with an underscore', request('GET /', 'host: a_b.example')),
    refused('a version 1.2', 'GET / HTTP/1.2\r\nhost: a.example\r\n\r\n'),
    refused('a version 2.0', 'GET / HTTP/2.0\r\nhost: a.example\r\n\r\n'),
    { ...refused('no version', 'GET /\r\nhost: a.example\r\n\r\n'), differs: STRICT },
    refused('HTTP/1.0 where it is not allowed', 'GET / HTTP/1.0\r\nhost: a.example\r\n\r\n', '426'),
    manager(bytes('HTTP/1.0 where it is allowed', { send: 'GET / HTTP/1.0\r\nhost: a.example\r\n\r\n', wait: 'close' }), {
      http_protocol_options: { accept_http_10: true },
    }),
    manager(bytes('HTTP/1.0 without a host', { send: 'GET / HTTP/1.0\r\n\r\n', wait: 'close' }), HTTP10),
    manager(bytes('HTTP/1.0 without a host, and nobody says which', { send: 'GET / HTTP/1.0\r\n\r\n', wait: 'close' }), HTTP10_PLAIN),
    manager(
      bytes('HTTP/1.0, the host in the target alone', { send: 'GET http://b.example/x HTTP/1.0\r\n\r\n', wait: 'close' }),
      HTTP10_PLAIN,
    ),
    {
      ...manager(
        bytes('HTTP/1.0 and a body in chunks', {
          send: `${head('POST / HTTP/1.0', 'host: a.example', 'transfer-encoding: chunked')}2\r\nok\r\n0\r\n\r\n`,
          wait: 'close',
        }),
        HTTP10_PLAIN,
      ),
      differs: 'HTTP/1.0 has no chunks: its framing is taken to be faulty (RFC 9112 §6.1)',
    },
    {
      ...manager(
        bytes(
          'HTTP/1.0 that expects a 100',
          { send: head('POST / HTTP/1.0', 'host: a.example', 'expect: 100-continue', 'content-length: 4'), wait: 'nothing', pauseMs: 100 },
          { send: 'body', wait: 'close' },
        ),
        HTTP10_PLAIN,
      ),
      differs: 'a client of HTTP/1.0 is sent no interim response (RFC 9110 §10.1.1)',
      differsIn: /100 Continue|_1xx|rq_completed/,
    },
    {
      ...manager(bytes('HTTP/1.0 that keeps the connection, and no length', KEPT10), HTTP10_PLAIN),
      routes: [{ match: { prefix: '/' }, redirect: { host_redirect: 'b.example' } }],
      differs: 'an answer of ours has a length, 0, and so need not end the connection',
      differsIn: /connection: (close|keep-alive)|^\((open|closed)\)|cx_destroy/,
    },
    {
      ...manager(bytes('HTTP/1.0 that keeps the connection, and no content', KEPT10), HTTP10_PLAIN),
      upstreams: { backend: http1('HTTP/1.1 204 No Content\r\n\r\n') },
    },
    bytes('proxy-connection: close', request('GET /', 'proxy-connection: close'), get),
    bytes('proxy-connection: keep-alive', request('GET /', 'proxy-connection: keep-alive'), get),
    {
      ...bytes('proxy-connection: close of an upstream', get, get),
      upstreams: { backend: http1('HTTP/1.1 200 OK\r\nproxy-connection: close\r\ncontent-length: 2\r\n\r\nok', ok) },
    },
    bytes('a name with an underscore', request('GET /', 'a_b: 1')),
    manager(bytes('a name with an underscore, dropped', request('GET /', 'a_b: 1', 'x-c: 2', '_d: 3')), underscores('DROP_HEADER')),
    manager(refused('a name with an underscore, refused', request('GET /', 'x-c: 2', 'a_b: 1'), '400'), underscores('REJECT_REQUEST')),
    manager(bytes('no name with an underscore', request('GET /', 'x-c: a_b')), underscores('REJECT_REQUEST')),
    manager(bytes('via', request('GET /', 'via: 1.0 x')), { via: 'me' }),
    {
      ...manager(bytes('via, of an answer', get), { via: 'me' }),
      upstreams: { backend: http1('HTTP/1.1 200 OK\r\nvia: 1.1 y\r\ncontent-length: 0\r\n\r\n') },
    },
    {
      ...manager(bytes('via, of an answer of our own', get), { via: 'me' }),
      routes: [{ match: { prefix: '/' }, direct_response: { status: 404 } }],
    },
    manager(
      bytes(
        'HTTP/1.0 that keeps the connection',
        'GET / HTTP/1.0\r\nhost: a.example\r\nconnection: keep-alive\r\n\r\n',
        'GET / HTTP/1.0\r\nhost: a.example\r\nconnection: keep-alive\r\n\r\n',
      ),
      { http_protocol_options: { accept_http_10: true } },
    ),
    {
      ...manager(bytes('HTTP/1.0 and an answer in chunks', { send: 'GET / HTTP/1.0\r\nhost: a.example\r\n\r\n', wait: 'close' }), {
        http_protocol_options: { accept_http_10: true },
      }),
      upstreams: { backend: http1('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n') },
    },
    refused('a space before the colon', 'GET / HTTP/1.1\r\nhost: a.example\r\nx-a : 1\r\n\r\n', '400'),
    refused('a name with a blank', 'GET / HTTP/1.1\r\nhost: a.example\r\nx a: 1\r\n\r\n', '400'),
    refused('a name that is empty', 'GET / HTTP/1.1\r\nhost: a.example\r\n: 1\r\n\r\n'),
    refused('a line without a colon', 'GET / HTTP/1.1\r\nhost: a.example\r\nnonsense\r\n\r\n'),
    { ...refused('a folded field', 'GET / HTTP/1.1\r\nhost: a.example\r\nx-a: 1\r\n 2\r\n\r\n'), differs: STRICT },
    refused('a value with a NUL', 'GET / HTTP/1.1\r\nhost: a.example\r\nx-a: 1\x002\r\n\r\n', '400'),
    { ...refused('a value with a bare CR', 'GET / HTTP/1.1\r\nhost: a.example\r\nx-a: 1\r2\r\n\r\n', '400'), differs: STRICT },
    { ...bytes('lines ended by LF', { send: 'GET / HTTP/1.1\nhost: a.example\n\n', wait: 'nothing', pauseMs: 300 }), differs: STRICT },
    refused('both framings', request('POST /', 'content-length: 4', 'transfer-encoding: chunked') + '0\r\n\r\n', '400'),
    refused('two lengths that differ', request('POST /', 'content-length: 4', 'content-length: 5') + 'body', '400'),
    refused('two lengths that are equal', request('POST /', 'content-length: 4', 'content-length: 4') + 'body'),
    refused('a length with a sign', request('POST /', 'content-length: +4') + 'body', '400'),
    refused('a length in hex', request('POST /', 'content-length: 0x4') + 'body', '400'),
    refused('a length that is a list', request('POST /', 'content-length: 4, 4') + 'body'),
    refused('a negative length', request('POST /', 'content-length: -1'), '400'),
    refused('a length beyond all numbers', request('POST /', 'content-length: 99999999999999999999'), '400'),
    refused('an encoding nobody knows', request('POST /', 'transfer-encoding: gzip') + 'body', '501'),
    refused('chunked twice', request('POST /', 'transfer-encoding: chunked, chunked') + '0\r\n\r\n'),
    refused('chunked before another encoding', request('POST /', 'transfer-encoding: chunked, identity') + '0\r\n\r\n'),
    refused(
      'an encoding with a blank in its name',
      head('POST / HTTP/1.1', 'host: a.example', 'transfer-encoding : chunked') + '0\r\n\r\n',
      '400',
    ),
    refused('an encoding with a vertical tab', request('POST /', 'transfer-encoding: \x0bchunked') + '0\r\n\r\n'),
    bytes('CHUNKED in capitals', request('POST /', 'transfer-encoding: CHUNKED') + '2\r\nok\r\n0\r\n\r\n'),
    bytes('a chunk whose size is none', { send: request('POST /', 'transfer-encoding: chunked') + 'xyz\r\n', until: '\r\n\r\n' }),
    {
      ...bytes('a chunk longer than it says', {
        send: request('POST /', 'transfer-encoding: chunked') + '2\r\nabcd\r\n0\r\n\r\n',
        until: '\r\n\r\n',
      }),
      differs: STRICT,
    },
    bytes('a chunk size with a sign', {
      send: request('POST /', 'transfer-encoding: chunked') + '+2\r\nab\r\n0\r\n\r\n',
      until: '\r\n\r\n',
    }),
    bytes('a chunk size beyond all numbers', {
      send: request('POST /', 'transfer-encoding: chunked') + 'ffffffffffffffffff\r\nab\r\n0\r\n\r\n',
      until: '\r\n\r\n',
    }),
    bytes('a request hidden in a body', requestWith(request('GET /hidden'), 'POST /'), get),
    bytes('bytes that are no request after one', get, { send: 'nonsense\r\n\r\n', wait: 'nothing', pauseMs: 200 }),
    refused('bytes that are no request', 'nonsense\r\n\r\n', '400'),
    refused('a TLS hello where none is expected', '\x16\x03\x01\x00\x05hello'),
    bytes('99 fields', 'GET / HTTP/1.1\r\nhost: a.example\r\n' + fields(99, 1) + '\r\n'),
    refused('101 fields', 'GET / HTTP/1.1\r\nhost: a.example\r\n' + fields(100, 1) + '\r\n', '431'),
    bytes('a head of 50 KB', 'GET / HTTP/1.1\r\nhost: a.example\r\n' + fields(50, 1000) + '\r\n'),
    refused('a head of 70 KB', 'GET / HTTP/1.1\r\nhost: a.example\r\n' + fields(70, 1000) + '\r\n', '431'),
    manager(bytes('a head of 70 KB where 96 are allowed', 'GET / HTTP/1.1\r\nhost: a.example\r\n' + fields(70, 1000) + '\r\n'), {
      max_request_headers_kb: 96,
    }),
    refused('a target of 70 KB', `GET /${'a'.repeat(70_000)} HTTP/1.1\r\nhost: a.example\r\n\r\n`, '431'),
    bytes('a body of 200 KB', requestWith('x'.repeat(200_000), 'POST /')),
    {
      ...bytes('an answer of 200 KB', get),
      upstreams: { backend: http1(`HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n${'y'.repeat(200_000)}`) },
    },
    bytes(
      'a head in pieces',
      { send: 'GET / HT', wait: 'nothing', pauseMs: 30 },
      { send: 'TP/1.1\r\nho', wait: 'nothing', pauseMs: 30 },
      { send: 'st: a.example\r\n\r', wait: 'nothing', pauseMs: 30 },
      { send: '\n', until: '\r\n\r\nok' },
    ),
    bytes(
      'a client that leaves within its request',
      { send: request('POST /', 'content-length: 10') + 'half', wait: 'nothing', pauseMs: 400 },
      { end: true },
    ),
    {
      ...bytes('many answers on one connection', ...Array.from({ length: 5 }, (_, i) => request(`GET /${i}`))),
      upstreams: { backend: http1(ok) },
    },
    refused('names that begin with a colon', request('GET /', ':path: /x')),
    {
      ...bytes('a transfer-encoding by an underscore', {
        send: request('POST /', 'transfer_encoding: chunked', 'content-length: 2') + 'ok',
        until: '\r\n\r\n',
      }),
      differs: STRICT,
    },
  ],
};
