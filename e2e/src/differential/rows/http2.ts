import { type JsonObject } from '@bufbuild/protobuf';
import { clusterWith, http2Cluster, route } from '../bootstrap';
import { atOnce, http1Client, http2Client, http2ClientWith, request, requestWith, type StreamRequest } from '../peers/client';
import { dataFrame, type Field, frame, FRAME, goawayFrame, headersFrame, word } from '../peers/h2';
import { http1, http2, maxStreams, type StreamReply } from '../peers/upstream';
import { type Area, type Row } from '../row';

const CANCEL = 'a stream that nobody needs any more is cancelled (RFC 9113 §7); Envoy calls it an internal error';
const TOLD = 'the client is told what it did wrong, by GOAWAY, before the connection ends (RFC 9113 §5.4.1)';
const STREAM_ONLY = "a malformed request ends its own stream (RFC 9113 §8.1.1); Envoy ends the connection, with everybody else's streams";
const H2 = http2Cluster();
const underscores = (action: string): JsonObject => ({ common_http_protocol_options: { headers_with_underscores_action: action } });
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const okStream: StreamReply = { fields: [['content-length', '2']], body: ['ok'] };
const pseudo: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':authority', 'a.example'],
  [':path', '/'],
];
const without = (name: string): readonly Field[] => pseudo.filter(([other]) => other !== name);

/** A client of HTTP/2, an upstream of HTTP/1. */
function client(name: string, ...requests: readonly StreamRequest[]): Row {
  return { name, client: http2Client(...requests) };
}

/** A head that must not be forwarded. */
function malformed(name: string, only: readonly Field[], more: Partial<StreamRequest> = {}): Row {
  return { name, client: http2Client({ only, ...more }) };
}

/** A client of HTTP/1, an upstream of HTTP/2 that answers so. */
function upstream(name: string, reply: StreamReply, more: Partial<Row> = {}): Row {
  return { name, clusters: { backend: H2 }, upstreams: { backend: http2(reply) }, client: http1Client(request('GET /')), ...more };
}

/** HTTP/2 on both sides. */
function both(name: string, requests: readonly StreamRequest[], ...replies: readonly StreamReply[]): Row {
  return { name, clusters: { backend: H2 }, upstreams: { backend: http2(...replies) }, client: http2Client(...requests) };
}

/** HTTP/2 from clients, to upstreams, and translated. */
export const http2Rows: Area = {
  area: 'HTTP/2',
  rows: [
    { ...client('a request of HTTP/2 to HTTP/1', {}), expect: [':status: 200', 'GET / HTTP/1.1'] },
    client('several streams one after the other', {}, { path: '/2' }, { path: '/3' }),
    client('several streams at once', { wait: false }, { path: '/2', wait: false }, { path: '/3' }),
    client('a body in two frames', { method: 'POST', body: ['bo', 'dy'] }),
    client('a body of known length', { method: 'POST', fields: [['content-length', '4']], body: ['body'] }),
    {
      ...client('a body shorter than its length', { method: 'POST', fields: [['content-length', '5']], body: ['bo', 'dy'], gapMs: 200 }),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...client('a body longer than its length', { method: 'POST', fields: [['content-length', '3']], body: ['bo', 'dy'], gapMs: 200 }),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    client('POST without a body', { method: 'POST' }),
    client('trailers of a request', { method: 'POST', body: ['x'], trailers: [['x-t', '1']] }),
    client('HEAD', { method: 'HEAD' }),
    client('cookies in crumbs', {
      fields: [
        ['cookie', 'a=1'],
        ['cookie', 'b=2'],
        ['cookie', 'c=3'],
      ],
    }),
    { ...client('a name with an underscore, dropped', { fields: [['a_b', '1']] }), manager: underscores('DROP_HEADER') },
    {
      ...client('a name with an underscore, refused', { fields: [['a_b', '1']] }),
      manager: underscores('REJECT_REQUEST'),
      differs: 'a request that is refused for its form is a protocol error, not an internal one',
      differsIn: /^ {2}reset|flags=|protocol_error/,
    },
    { ...client('via', { fields: [['via', '1.0 x']] }), manager: { via: 'me' } },
    client('a host field beside :authority', { fields: [['host', 'b.example']] }),
    malformed('no :authority but a host', [...without(':authority'), ['host', 'b.example']]),
    {
      ...malformed('no :authority, no host', without(':authority')),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes|downstream_rq/,
    },
    {
      ...malformed('no :method', without(':method')),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('no :path', without(':path')),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('no :scheme', without(':scheme')),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('an empty :path', [...without(':path'), [':path', '']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('a :path without a slash', [...without(':path'), [':path', 'x']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('two :path', [...pseudo, [':path', '/2']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('a pseudo-header field nobody knows', [...pseudo, [':foo', 'x']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('a pseudo-header field after another', [
        [':method', 'GET'],
        ['x-a', '1'],
        [':scheme', 'http'],
        [':authority', 'a.example'],
        [':path', '/'],
      ]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('a name in capitals', [...pseudo, ['X-A', '1']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('a connection field', [...pseudo, ['connection', 'close']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('a keep-alive field', [...pseudo, ['keep-alive', '1']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('transfer-encoding chunked', [...pseudo, ['transfer-encoding', 'chunked']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('an upgrade field', [...pseudo, ['upgrade', 'websocket']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('te that is not trailers', [...pseudo, ['te', 'gzip']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    malformed('te: trailers', [...pseudo, ['te', 'trailers']]),
    {
      ...malformed('a value with CR LF', [...pseudo, ['x-a', '1\r\nx-b: 2']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('a value with a NUL', [...pseudo, ['x-a', '1\x002']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('a name with a blank', [...pseudo, ['x a', '1']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('a name with a colon within', [...pseudo, ['x:a', '1']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('an empty name', [...pseudo, ['', '1']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('a :path with a blank', [...without(':path'), [':path', '/a b']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('a :path with CR LF', [...without(':path'), [':path', '/ HTTP/1.1\r\nx: y']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('a :method with a blank', [...without(':method'), [':method', 'GET /']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('an :authority with a slash', [...without(':authority'), [':authority', 'a/b']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('an :authority with a user', [...without(':authority'), [':authority', 'me@a.example']]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    { ...malformed('a :scheme of nobody', [...without(':scheme'), [':scheme', 'ftp']]), differs: 'only http and https are served here' },
    malformed('a :scheme https over plain bytes', [...without(':scheme'), [':scheme', 'https']]),
    {
      ...malformed('101 fields', [...pseudo, ...Array.from({ length: 101 }, (_, i): Field => [`x-${i}`, 'y'])]),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    {
      ...malformed('expect: 100-continue', [...without(':method'), [':method', 'POST'], ['expect', '100-continue']], { body: ['body'] }),
      differs: 'an HTTP/2 client need not wait: its flow control says what it may send',
    },
    {
      ...client('trailers with a pseudo-header field', { method: 'POST', body: ['x', ''], gapMs: 200, trailers: [[':path', '/']] }),
      differs: STREAM_ONLY,
      differsIn: /^stream|^ {2}reset|^\((open|closed)\)|details=|protocol_error|cx_destroy|tx_bytes/,
    },
    client('a stream that the client resets', { method: 'POST', reset: 'CANCEL' }),
    client('a request after a GOAWAY of the client', {
      raw: (id) => Buffer.concat([goawayFrame(0, 'NO_ERROR'), headersFrame(id, pseudo, true)]),
    }),
    {
      ...client('a stream that the client resets while the upstream works', {
        raw: (id) => headersFrame(id, pseudo, true),
        reset: 'CANCEL',
        resetAfterMs: 250,
      }),
      upstreams: { backend: http1({ delayMs: 700, send: [ok] }) },
    },
    client('DATA on a stream that is idle', { raw: () => dataFrame(5, 'x', false) }),
    {
      ...client('HEADERS on an even stream', { raw: () => headersFrame(2, pseudo, true) }),
      differs: TOLD,
      differsIn: /^goaway|^\((open|closed)\)|cx_destroy|tx_bytes/,
    },
    {
      ...client('WINDOW_UPDATE of 0 on the connection', { raw: () => frame(FRAME.windowUpdate, 0, 0, word(0)) }),
      differs: TOLD,
      differsIn: /^goaway|^\((open|closed)\)|cx_destroy|tx_bytes/,
    },
    {
      ...client('a window beyond its limit', {
        raw: () => Buffer.concat([frame(FRAME.windowUpdate, 0, 0, word(0x7fffffff)), frame(FRAME.windowUpdate, 0, 0, word(0x7fffffff))]),
      }),
      differs: TOLD,
      differsIn: /^goaway|^\((open|closed)\)|cx_destroy|tx_bytes/,
    },
    client('SETTINGS of a bad length', { raw: () => frame(FRAME.settings, 0, 0, 'abc') }),
    client('PING of a bad length', { raw: () => frame(FRAME.ping, 0, 0, 'abc') }),
    client('CONTINUATION out of nowhere', { raw: (id) => frame(FRAME.continuation, 4, id, 'x') }),
    {
      ...client('a header block that cannot be read', { raw: (id) => frame(FRAME.headers, 5, id, '\xff\xff\xff\xff\xff') }),
      differs: 'what cannot be read is no request: it is neither counted nor logged as one',
      differsIn: /details=|downstream_rq|cx_destroy/,
    },
    client('a frame longer than allowed', { raw: (id) => frame(FRAME.data, 0, id, Buffer.alloc(17_000)) }),
    client('a frame nobody knows is ignored', { raw: (id) => Buffer.concat([frame(0x42, 0, 0, 'x'), headersFrame(id, pseudo, true)]) }),
    client('PRIORITY is ignored', {
      raw: (id) => Buffer.concat([frame(FRAME.priority, 0, id, Buffer.from([0, 0, 0, 0, 16])), headersFrame(id, pseudo, true)]),
    }),
    {
      ...client('PUSH_PROMISE of a client', { raw: (id) => frame(FRAME.pushPromise, 4, id, 'abcd') }),
      differs: TOLD,
      differsIn: /^goaway|^\((open|closed)\)|cx_destroy|tx_bytes/,
    },
    { name: 'an answer of a local reply', routes: [route({ cluster: 'nowhere' })], client: http2Client({}) },
    { name: 'a redirect', routes: [{ match: { prefix: '/' }, redirect: { https_redirect: true } }], client: http2Client({ path: '/a' }) },
    { name: 'nobody listens', upstreams: { backend: { kind: 'absent' } }, client: http2Client({}) },
    {
      name: 'an upstream that breaks off its answer',
      upstreams: { backend: http1({ send: ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'], then: 'end' }) },
      client: http2Client({}),
    },
    {
      name: 'an answer in chunks',
      upstreams: { backend: http1('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n') },
      client: http2Client({}),
    },
    {
      name: 'an answer with hop-by-hop fields',
      upstreams: {
        backend: http1('HTTP/1.1 200 OK\r\nconnection: keep-alive, x-a\r\nkeep-alive: 5\r\nx-a: 1\r\ncontent-length: 0\r\n\r\n'),
      },
      client: http2Client({}),
    },
    {
      name: 'an answer with names in capitals',
      upstreams: { backend: http1('HTTP/1.1 200 OK\r\nX-Abc: D\r\nContent-Length: 0\r\n\r\n') },
      client: http2Client({}),
    },
    {
      name: 'an answer before the request is whole',
      upstreams: { backend: http1({ early: true, send: [ok] }) },
      client: http2Client({ method: 'POST', body: ['a', 'b'], gapMs: 200 }),
    },
    {
      name: 'no more streams than allowed',
      manager: { http2_protocol_options: { max_concurrent_streams: 1 } },
      upstreams: { backend: http1({ delayMs: 200, send: [ok] }) },
      client: http2Client({ wait: false }, { wait: false }, {}),
    },
    {
      differs: 'a client of HTTP/2 is told in its own words to come back with HTTP/1.1',
      name: 'a client of HTTP/2 where HTTP/1 is configured',
      manager: { codec_type: 'HTTP1' },
      client: http2Client({}),
    },
    {
      differs: 'a connection that does not begin in HTTP/2 is told so and closed, not kept waiting',
      name: 'a client of HTTP/1 where HTTP/2 is configured',
      manager: { codec_type: 'HTTP2' },
      client: http1Client({ send: request('GET /'), wait: 'nothing', pauseMs: 200 }),
    },
    {
      name: 'a stream that is not read does not stall another',
      upstreams: { backend: http1(`HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n${'y'.repeat(100_000)}`, ok) },
      client: http2ClientWith({ windows: 'manual', connectionWindow: true }, { open: true }, { path: '/2' }),
    },
    {
      name: 'an answer of 200 KB',
      upstreams: { backend: http1(`HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n${'y'.repeat(200_000)}`) },
      client: http2Client({}),
    },
    upstream('an upstream of HTTP/2 for a client of HTTP/1', okStream, { expect: ['200 OK', ':path: /'] }),
    upstream('a body goes to an upstream of HTTP/2', okStream, { client: http1Client(requestWith('body', 'POST /')) }),
    upstream('a body in chunks goes to an upstream of HTTP/2', okStream, {
      client: http1Client(request('POST /', 'transfer-encoding: chunked') + '2\r\nok\r\n0\r\n\r\n'),
    }),
    upstream('an answer without a length', { fields: [], body: ['a', 'b'] }),
    upstream('an answer without a body', { fields: [] }),
    upstream('an answer to HEAD', { fields: [['content-length', '10']] }, { client: http1Client(request('HEAD /')) }),
    upstream('an answer with trailers', { fields: [], body: ['ok'], trailers: [['x-t', '1']] }),
    upstream('an answer of 204', { fields: [[':status', '204']] }),
    {
      ...upstream('an interim answer', {
        interim: [
          [
            [':status', '103'],
            ['link', 'x'],
          ],
        ],
        fields: [],
        body: ['ok'],
      }),
      differs: 'Envoy counts an interim response as a request that is completed',
      differsIn: /upstream_rq_(completed|1)/,
    },
    upstream('a stream that is reset before its answer', { reset: 'INTERNAL_ERROR' }),
    upstream('a stream that is refused', { reset: 'REFUSED_STREAM' }),
    upstream('a stream that is reset within its answer', { fields: [], body: ['half'], reset: 'INTERNAL_ERROR' }),
    upstream(
      'a stream that ends with NO_ERROR after its answer',
      { fields: [['content-length', '2']], body: ['ok'] },
      { client: http1Client(request('GET /'), request('GET /')) },
    ),
    upstream('a connection that is closed before the answer', { close: true }),
    {
      ...upstream(
        'GOAWAY, then the answer',
        { goaway: 'NO_ERROR', fields: [], body: ['ok'] },
        { client: http1Client(request('GET /'), request('GET /')) },
      ),
      differs: 'an endpoint that says GOAWAY in time has not broken the protocol; Envoy counts that it has',
      differsIn: /upstream_cx_protocol_error/,
    },
    upstream('GOAWAY without an answer', { goaway: 'NO_ERROR', goawayRefuses: true }, { routes: [route({ timeout: '0.4s' })] }),
    {
      ...upstream('an answer without :status', { raw: (id) => headersFrame(id, [['x-a', '1']], true) }),
      differs: 'the stream that is malformed is reset (RFC 9113 §8.1.1); Envoy closes the connection',
      differsIn: /^ {2}reset|upstream_cx_(active|destroy|protocol)|tx_reset|rx_messaging/,
    },
    {
      ...upstream('an answer with a name in capitals', { fields: [['X-A', '1']] }),
      differs: 'the stream that is malformed is reset (RFC 9113 §8.1.1); Envoy closes the connection',
      differsIn: /^ {2}reset|upstream_cx_(active|destroy|protocol)|tx_reset|rx_messaging/,
    },
    {
      ...upstream('an answer with a connection field', { fields: [['connection', 'close']] }),
      differs: 'the stream that is malformed is reset (RFC 9113 §8.1.1); Envoy closes the connection',
      differsIn: /^ {2}reset|upstream_cx_(active|destroy|protocol)|tx_reset|rx_messaging/,
    },
    {
      ...upstream('an answer shorter than its length', { fields: [['content-length', '5']], body: ['ok'] }),
      differs: 'what came is passed on before the end shows that it is not all',
      differsIn: /^ {2}\| |sent=/,
    },
    upstream('an answer longer than its length', { fields: [['content-length', '1']], body: ['ok'] }),
    {
      ...upstream('DATA before the head', { raw: (id) => dataFrame(id, 'x', true) }),
      differs: 'the stream that is malformed is reset (RFC 9113 §8.1.1); Envoy closes the connection',
      differsIn: /^ {2}reset|upstream_cx_(active|destroy|protocol)|tx_reset|rx_messaging/,
    },
    {
      ...upstream(
        'an answer before the request is whole, to HTTP/1',
        { ...okStream, early: true },
        {
          client: http1Client(
            { send: request('POST /', 'content-length: 4') + 'bo', wait: 'nothing', pauseMs: 200 },
            { send: 'dy', wait: 'nothing', pauseMs: 100 },
          ),
        },
      ),
      differs: CANCEL,
      differsIn: /^ {2}reset|tx_reset/,
    },
    {
      ...upstream(
        'one stream at a time',
        { delayMs: 150, ...okStream },
        { client: atOnce(http1Client(request('GET /')), http1Client(request('GET /'))) },
      ),
      upstreams: { backend: { kind: 'http2', replies: [{ delayMs: 150, ...okStream }], settings: maxStreams(1) } },
    },
    { ...both('HTTP/2 on both sides', [{}, { path: '/2' }], okStream), expect: [':status: 200'] },
    both('trailers both ways', [{ method: 'POST', body: ['x'], trailers: [['x-q', '1']] }], {
      fields: [],
      body: ['ok'],
      trailers: [['x-r', '2']],
    }),
    both('te: trailers goes on', [{ fields: [['te', 'trailers']] }], okStream),
    both('a reset by the upstream', [{}], { reset: 'CANCEL' }),
    both('a reset by the upstream within the answer', [{}], { fields: [], body: ['half'], reset: 'INTERNAL_ERROR' }),
    {
      ...both('a reset by the client', [{ method: 'POST', reset: 'CANCEL' }], { early: true, open: true }),
      differs: CANCEL,
      differsIn: /^ {2}reset/,
    },
    both(
      'cookies in crumbs go on',
      [
        {
          fields: [
            ['cookie', 'a=1'],
            ['cookie', 'b=2'],
          ],
        },
      ],
      okStream,
    ),
    both('a stream in both directions at once', [{ method: 'POST', body: ['one', 'two'], gapMs: 80 }], {
      fields: [],
      echo: true,
      early: true,
    }),
    ...(['204', '304'] as const).map((status) =>
      upstream(
        `content after ${status}`,
        { fields: [[':status', status]], body: ['ok'] },
        { client: http1Client({ send: request('GET /'), wait: 'close' }), expect: ['flags=UPE'] },
      ),
    ),
    upstream(
      'content after the answer to HEAD',
      { fields: [], body: ['ok'] },
      { client: http1Client({ send: request('HEAD /'), wait: 'close' }) },
    ),
    both('content after the answer to HEAD, to HTTP/2', [{ method: 'HEAD' }], { fields: [['content-length', '2']], body: ['ok'] }),
    both('a length and no content after 304', [{}], {
      fields: [
        [':status', '304'],
        ['content-length', '2'],
      ],
    }),
    { ...both('a reset by the upstream for a fault of ours', [{}], { reset: 'PROTOCOL_ERROR' }), expect: ['flags=UPE'] },
    both('a reset by the upstream for a fault of ours within the answer', [{}], { fields: [], body: ['half'], reset: 'PROTOCOL_ERROR' }),
    both('a reset by the upstream for the connection of a CONNECT', [{}], { reset: 'CONNECT_ERROR' }),
    {
      ...both('another attempt after a reset for a fault of ours', [{}], { reset: 'PROTOCOL_ERROR' }, okStream),
      routes: [route({ retry_policy: { retry_on: 'reset', num_retries: 1 } })],
    },
    {
      ...both('a reset by the client for a fault of ours', [{ method: 'POST', reset: 'PROTOCOL_ERROR' }], { early: true, open: true }),
      differs: CANCEL,
      differsIn: /^ {2}reset/,
    },
    {
      name: 'the upstream speaks what the client speaks',
      clusters: { backend: clusterWith({ use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} } }) },
      upstreams: { backend: http2(okStream) },
      client: http2Client({}),
    },
  ],
};
