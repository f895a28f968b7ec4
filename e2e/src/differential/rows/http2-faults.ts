import { type JsonObject } from '@bufbuild/protobuf';
import { http2Cluster } from '../bootstrap';
import { http1Client, http2Client, http2ClientWith, request, type StreamRequest } from '../peers/client';
import { dataFrame, type Field, frame, FRAME, headersFrame, resetFrame, word } from '../peers/h2';
import { http1, http2, type StreamReply } from '../peers/upstream';
import { type Area, type Row } from '../row';

const TOLD = 'the client is told what it did wrong, by GOAWAY, before the connection ends (RFC 9113 §5.4.1)';
const ENDS = 'a connection that is over ends; Envoy leaves it to its client';
const STREAM_ONLY =
  "what is wrong with one stream ends it alone (RFC 9113 §5.1, §6.9); Envoy ends the connection, with everybody else's streams";
const CLOSED = 'a stream that its client has closed has nothing more to say (RFC 9113 §5.1): the connection ends over it';
const BLANKS = 'no value begins or ends with a blank (RFC 9113 §8.2.1); whoever takes it away changes the message';
const REFUSED = 'a message that is refused for its form is a protocol error, not an internal one or a reset of the other side';
const LAST = 'the connection ends with the last request it may have; Envoy serves whoever goes on after GOAWAY';

const H2 = http2Cluster();
const okStream: StreamReply = { fields: [['content-length', '2']], body: ['ok'] };
const pseudo: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':authority', 'a.example'],
  [':path', '/'],
];
const setting = (id: number, value: number): Buffer => Buffer.concat([Buffer.from([0, id]), word(value)]);
const settings = (...all: readonly Buffer[]): Buffer => frame(FRAME.settings, 0, 0, Buffer.concat(all));
const head = (id: number, end: boolean): Buffer => headersFrame(id, pseudo, end);
const fields = (count: number): readonly Field[] => Array.from({ length: count }, (_, i) => [`x-${i}`, '1'] as const);
const common = (config: JsonObject): JsonObject => ({ common_http_protocol_options: config });

/** What a client sends on its first stream, before anything is answered. */
function wrong(name: string, raw: (id: number) => Buffer, differs: string, ...more: readonly StreamRequest[]): Row {
  const backend = http1({ delayMs: 200, send: ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'] });
  return { name, upstreams: { backend }, client: http2Client({ raw, open: true }, ...more), differs };
}

/** More, and fewer, fields than `limit` pseudo-header fields included. */
function counted(limit: number, count: number, differs?: string): Row {
  const row: Row = {
    name: `${limit} fields at most, and ${count} besides the four`,
    manager: common({ max_headers_count: limit }),
    client: http2Client({ fields: fields(count) }, { path: '/2' }),
  };
  return differs === undefined ? row : { ...row, differs, differsIn: /^ {2}reset|flags=|protocol_error/ };
}

/** An upstream of HTTP/2 that answers with so many fields besides its status. */
function answered(count: number, differs?: string): Row {
  const row: Row = {
    name: `an answer of ${count} fields besides its status`,
    clusters: { backend: H2 },
    upstreams: { backend: http2({ fields: fields(count) }) },
    client: http1Client(request('GET /')),
  };
  return differs === undefined ? row : { ...row, differs };
}

/** An upstream of HTTP/2 that says whether it takes what is pushed. */
function pushing(value: number): Row {
  return {
    name: `an upstream whose settings have ENABLE_PUSH ${value}`,
    clusters: { backend: H2 },
    upstreams: { backend: { kind: 'http2', replies: [okStream], settings: setting(2, value) } },
    client: http2Client({}),
    expect: [value === 0 ? ':status: 200' : ':status: 502'],
    ...(value === 0 ? {} : { differs: 'the request that waited for these settings was under way', differsIn: /with_active_rq/ }),
  };
}

/** Connections of HTTP/2 that go wrong, and what bounds them. */
export const http2Faults: Area = {
  area: 'HTTP/2 faults',
  rows: [
    pushing(0),
    pushing(1),
    pushing(2),
    ...[0, 1].map((value) => ({
      name: `a client whose settings have ENABLE_PUSH ${value}`,
      client: http2ClientWith({ settings: setting(2, value) }, {}),
    })),
    {
      name: 'a client whose settings have ENABLE_PUSH 2',
      client: http2ClientWith({ settings: setting(2, 2) }, {}),
      differs: TOLD,
      differsIn: /^goaway|tx_bytes/,
    },
    counted(5, 1),
    counted(5, 2, REFUSED),
    counted(5, 4, REFUSED),
    {
      name: '5 fields at most, cookies in crumbs',
      manager: common({ max_headers_count: 5 }),
      client: http2Client({
        fields: [
          ['cookie', 'a=1'],
          ['cookie', 'b=2'],
          ['cookie', 'c=3'],
        ],
      }),
      differs: REFUSED,
      differsIn: /^ {2}reset|flags=|protocol_error/,
    },
    {
      name: '5 fields at most, a host beside :authority',
      manager: common({ max_headers_count: 5 }),
      client: http2Client({
        fields: [
          ['host', 'a.example'],
          ['x-a', '1'],
        ],
      }),
      differs: REFUSED,
      differsIn: /^ {2}reset|flags=|protocol_error/,
    },
    {
      name: '5 fields at most, te and a length',
      manager: common({ max_headers_count: 5 }),
      client: http2Client({
        method: 'POST',
        fields: [
          ['te', 'trailers'],
          ['content-length', '1'],
        ],
        body: ['x'],
      }),
      differs: REFUSED,
      differsIn: /^ {2}reset|flags=|protocol_error/,
    },
    counted(100, 96),
    counted(100, 97, REFUSED),
    answered(99),
    answered(100, REFUSED),
    {
      name: 'trailers of 101 fields',
      client: http2Client({ method: 'POST', body: ['x', ''], gapMs: 100, trailers: fields(101) }),
      differs: REFUSED,
      differsIn: /^ {2}reset|flags=|protocol_error/,
    },
    {
      name: 'trailers larger than heads may be',
      manager: { max_request_headers_kb: 2 },
      clusters: { backend: H2 },
      upstreams: { backend: http2(okStream) },
      client: http2Client({ method: 'POST', body: ['x', ''], gapMs: 100, trailers: [['a', 'x'.repeat(3000)]] }, { path: '/2' }),
      differs: REFUSED,
      differsIn: /^ {2}reset|flags=|protocol_error/,
    },
    ...[' a', 'a\t', ' '].map((value) => ({
      name: `a value that is ${JSON.stringify(value)}`,
      client: http2Client({ fields: [['x-a', value]] }, { path: '/2' }),
      differs: BLANKS,
    })),
    {
      name: 'a value of an upstream with blanks around it',
      clusters: { backend: H2 },
      upstreams: { backend: http2({ fields: [['x-a', ' a ']] }) },
      client: http2Client({}),
      differs: BLANKS,
    },
    {
      name: 'two requests at most, one after the other',
      manager: common({ max_requests_per_connection: 2 }),
      client: http2Client({}, { path: '/2' }, { path: '/3' }),
      differs: LAST,
    },
    {
      name: 'two requests at most, four at once',
      manager: common({ max_requests_per_connection: 2 }),
      client: http2Client(...[1, 2, 3, 4].map((i) => ({ path: `/${i}`, wait: false }))),
      differs: LAST,
      differsIn: /^\((open|closed)\)|max_requests_reached|cx_destroy/,
    },
    wrong('the number of a stream that is over', () => Buffer.alloc(0), CLOSED, { path: '/2' }, { raw: () => head(3, true), open: true }),
    wrong('the number of a stream below another', (id) => head(id + 4, true), CLOSED, { raw: () => head(3, true), open: true }),
    wrong('DATA after the end of its stream', (id) => Buffer.concat([head(id, true), dataFrame(id, 'x', true)]), STREAM_ONLY),
    wrong(
      'HEADERS after the end of its stream',
      (id) => Buffer.concat([head(id, true), headersFrame(id, [['x', '1']], true)]),
      STREAM_ONLY,
    ),
    wrong(
      'DATA after the reset of its stream',
      (id) => Buffer.concat([head(id, false), resetFrame(id, 'CANCEL'), dataFrame(id, 'x', true)]),
      CLOSED,
    ),
    wrong(
      'HEADERS after the reset of its stream',
      (id) => Buffer.concat([head(id, false), resetFrame(id, 'CANCEL'), headersFrame(id, [['x', '1']], true)]),
      CLOSED,
    ),
    wrong(
      'the window of a stream beyond its limit',
      (id) => Buffer.concat([head(id, true), frame(FRAME.windowUpdate, 0, id, word(0x7fffffff))]),
      STREAM_ONLY,
    ),
    wrong(
      'WINDOW_UPDATE of 0 on a stream',
      (id) => Buffer.concat([head(id, true), frame(FRAME.windowUpdate, 0, id, word(0))]),
      STREAM_ONLY,
    ),
    wrong('DATA on a stream that is not there', (id) => dataFrame(id, 'x', true), ENDS),
    wrong('RST_STREAM on a stream that is not there', (id) => resetFrame(id, 'CANCEL'), TOLD),
    wrong('WINDOW_UPDATE on a stream that is not there', (id) => frame(FRAME.windowUpdate, 0, id, word(1)), TOLD),
    wrong('a PING of 7 bytes', () => frame(FRAME.ping, 0, 0, Buffer.alloc(7)), ENDS),
    wrong('SETTINGS of 5 bytes', () => frame(FRAME.settings, 0, 0, Buffer.alloc(5)), ENDS),
    wrong('SETTINGS on a stream', (id) => frame(FRAME.settings, 0, id, Buffer.alloc(6)), TOLD),
    wrong('SETTINGS acknowledged with content', () => frame(FRAME.settings, 1, 0, Buffer.alloc(6)), ENDS),
    wrong('SETTINGS with frames too small', () => settings(setting(5, 100)), TOLD),
    wrong('SETTINGS with a window too large', () => settings(setting(4, 0x80000000)), TOLD),
    wrong('CONTINUATION of nothing', (id) => frame(FRAME.continuation, 4, id, Buffer.alloc(1)), ENDS),
    wrong('DATA on stream 0', () => dataFrame(0, 'x', true), ENDS),
    wrong('GOAWAY on a stream', (id) => frame(FRAME.goaway, 0, id, Buffer.alloc(8)), TOLD),
    wrong('a frame too long', (id) => Buffer.concat([head(id, false), frame(FRAME.data, 1, id, Buffer.alloc(17000))]), ENDS),
    wrong('more padding than there is room', (id) => Buffer.concat([head(id, false), frame(FRAME.data, 9, id, '\x09hey')]), ENDS),
    wrong(
      'a stream that depends on itself',
      (id) => frame(FRAME.headers, 1 | 4 | 32, id, Buffer.concat([word(id), Buffer.from([1]), head(id, true).subarray(9)])),
      TOLD,
    ),
  ],
};
