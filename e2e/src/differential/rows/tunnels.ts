import { type JsonObject } from '@bufbuild/protobuf';
import { http2Cluster } from '../bootstrap';
import { http1Client, http2Client, request, type StreamRequest } from '../peers/client';
import { type Field } from '../peers/h2';
import { http1, http2, tcp, type Upstream } from '../peers/upstream';
import { type Area, type Row } from '../row';

const HALF_CLOSED =
  'each half of a tunnel ends by itself, and both without failure is no failure; Envoy takes the first end for a disconnect';
const CANCEL = 'a stream that nobody needs any more is cancelled (RFC 9113 §7); Envoy calls it an internal error';
const LENGTH = 'a tunnel has no length, whatever the answer to its CONNECT says (RFC 9110 §9.3.6)';
const H2 = http2Cluster({ allow_connect: true });
const CONNECT = 'CONNECT a.example:80 HTTP/1.1\r\nhost: a.example:80\r\n\r\n';
const connect2: readonly Field[] = [
  [':method', 'CONNECT'],
  [':authority', 'a.example:80'],
];
const websocket2: readonly Field[] = [
  [':method', 'CONNECT'],
  [':protocol', 'websocket'],
  [':scheme', 'http'],
  [':path', '/chat'],
  [':authority', 'a.example'],
  ['sec-websocket-version', '13'],
];
const manager: JsonObject = {
  upgrade_configs: [{ upgrade_type: 'CONNECT' }, { upgrade_type: 'websocket' }],
  http2_protocol_options: { allow_connect: true },
};
const connectTo = (upgrade: JsonObject, more: JsonObject = {}): readonly JsonObject[] => [
  {
    match: { connect_matcher: {} },
    route: { cluster: 'backend', upgrade_configs: [{ upgrade_type: 'CONNECT', ...upgrade }], ...more },
  },
];
const ending = connectTo({ connect_config: {} });
const passing = connectTo({});
const echo = tcp((socket) => {
  socket.on('data', (bytes) => socket.write(bytes));
  socket.on('end', () => socket.end());
});
const echo2: Upstream = {
  kind: 'http2',
  replies: [{ fields: [], echo: true, early: true }],
  settings: Buffer.from([0, 8, 0, 0, 0, 1]),
};
const switching = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: x\r\n\r\n';

/** CONNECT that ends here or goes on, and that of WebSocket in HTTP/2. */
export const tunnels: Area = {
  area: 'tunnels',
  rows: [
    {
      name: 'CONNECT that ends here',
      manager,
      routes: ending,
      upstreams: { backend: echo },
      client: http1Client({ send: CONNECT, until: '\r\n\r\n' }, { send: 'ping', until: 'ping' }, { end: true, wait: 'close' }),
      differs: HALF_CLOSED,
      differsIn: /cx_destroy|flags=/,
    },
    {
      name: 'CONNECT that ends here, with bytes at once',
      manager,
      routes: ending,
      upstreams: { backend: echo },
      client: http1Client({ send: `${CONNECT}early`, until: 'early' }),
      differs: HALF_CLOSED,
      differsIn: /cx_destroy|flags=/,
    },
    {
      name: 'CONNECT that ends here, where the server speaks first and keeps its half',
      manager,
      routes: ending,
      upstreams: { backend: tcp((socket) => void socket.write('220 hi\r\n')) },
      client: http1Client({ send: CONNECT, until: '220' }),
      expect: ['flags=DC'],
    },
    {
      name: 'CONNECT that ends here, where nobody listens',
      manager,
      routes: ending,
      upstreams: { backend: { kind: 'absent' } },
      client: http1Client({ send: CONNECT, until: '\r\n\r\n' }),
      expect: ['503', 'Connection_refused'],
    },
    {
      name: 'CONNECT that ends here, where nobody may wait for a connection',
      manager,
      routes: ending,
      clusters: { backend: { circuit_breakers: { thresholds: [{ max_pending_requests: 0 }] } } },
      upstreams: { backend: echo },
      client: http1Client({ send: CONNECT, wait: 'close' }),
      expect: ['503', 'flags=UO', 'upstream_rq_pending_overflow 1'],
    },
    {
      name: 'CONNECT that ends here, reset by the server',
      manager,
      routes: ending,
      upstreams: { backend: tcp((socket) => void setTimeout(() => socket.resetAndDestroy(), 150)) },
      client: http1Client({ send: CONNECT, wait: 'close' }),
      expect: ['flags=UC'],
    },
    {
      name: 'CONNECT that ends here, out of time',
      manager,
      routes: connectTo({ connect_config: {} }, { idle_timeout: '0.3s' }),
      upstreams: { backend: echo },
      client: http1Client({ send: CONNECT, until: '\r\n\r\n' }, { send: 'x', until: 'x' }, { wait: 'close' }),
    },
    {
      name: 'CONNECT of HTTP/2 that ends here',
      manager,
      routes: ending,
      upstreams: { backend: echo },
      client: http2Client({ only: connect2, body: ['a', 'b'], gapMs: 150 }),
    },
    {
      name: 'CONNECT of HTTP/2 that ends here, whose client resets it',
      manager,
      routes: ending,
      upstreams: { backend: echo },
      client: http2Client({ only: connect2, body: ['a'], reset: 'CANCEL', resetAfterMs: 200 }),
    },
    {
      name: 'CONNECT of HTTP/2 that ends here, whose server ends',
      manager,
      routes: ending,
      upstreams: { backend: tcp((socket) => void setTimeout(() => socket.end('bye'), 150)) },
      client: http2Client({ only: connect2, body: ['a', ''], gapMs: 400, open: true }),
    },
    {
      name: 'CONNECT of HTTP/2 that ends here, reset by the server',
      manager,
      routes: ending,
      upstreams: { backend: tcp((socket) => void setTimeout(() => socket.resetAndDestroy(), 150)) },
      client: http2Client({ only: connect2, body: ['a', ''], gapMs: 400, open: true, wait: false }),
    },
    {
      name: 'CONNECT of HTTP/2 that ends here, where nobody listens',
      manager,
      routes: ending,
      upstreams: { backend: { kind: 'absent' } },
      client: http2Client({ only: connect2, body: ['', ''], gapMs: 300, open: true }),
    },
    {
      name: 'CONNECT that goes on',
      manager,
      routes: passing,
      upstreams: { backend: http1({ send: ['HTTP/1.1 200 OK\r\n\r\n'], then: 'echo' }) },
      client: http1Client({ send: CONNECT, until: '\r\n\r\n' }, { send: 'ping', until: 'ping' }),
      differs: HALF_CLOSED,
      differsIn: /cx_destroy|flags=/,
    },
    {
      name: 'CONNECT that goes on and is refused',
      manager,
      routes: passing,
      upstreams: { backend: http1('HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\nno') },
      client: http1Client({ send: CONNECT, until: 'no' }, { send: request('GET /'), wait: 'nothing', pauseMs: 150 }),
    },
    {
      name: 'CONNECT that goes on, answered with a length',
      manager,
      routes: passing,
      upstreams: { backend: http1({ send: ['HTTP/1.1 201 OK\r\ncontent-length: 5\r\n\r\n'], then: 'echo' }) },
      client: http1Client({ send: CONNECT, until: '\r\n\r\n' }, { send: 'ping', until: 'ping' }),
      differs: LENGTH,
      differsIn: /cx_destroy|flags=|content-length|connection: close/,
    },
    {
      name: 'CONNECT of HTTP/2 that goes on in HTTP/1',
      manager,
      routes: passing,
      upstreams: { backend: http1({ send: ['HTTP/1.1 200 OK\r\n\r\n'], then: 'echo' }) },
      client: http2Client({ only: connect2, body: ['a', 'b'], gapMs: 150, open: true }),
    },
    {
      name: 'CONNECT of HTTP/2 that goes on',
      manager,
      routes: passing,
      clusters: { backend: H2 },
      upstreams: { backend: echo2 },
      client: http2Client({ only: connect2, body: ['a', 'b'], gapMs: 150, open: true }),
      differs: CANCEL,
      differsIn: /^ {2}reset/,
    },
    {
      name: 'CONNECT that no route is for',
      manager,
      client: http1Client({ send: CONNECT, until: '\r\n\r\n' }),
      expect: ['404'],
    },
    ...[
      { name: 'a POST in place of a CONNECT', one: { method: 'POST', body: ['a', 'b'], gapMs: 400 } },
      { name: 'a POST without content in place of a CONNECT', one: { method: 'POST' } },
      { name: 'a GET where a POST may be a tunnel', one: {} },
    ].map(({ name, one }: { readonly name: string; readonly one: StreamRequest }): Row => ({
      name,
      manager,
      routes: [
        {
          match: { prefix: '/' },
          route: { cluster: 'backend', upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: { allow_post: true } }] },
        },
      ],
      upstreams: { backend: one.method === undefined ? http1('HTTP/1.1 204 No Content\r\n\r\n') : echo },
      client: http2Client(one),
    })),
    {
      name: 'a POST of HTTP/1 in place of a CONNECT, whose server ends first',
      manager,
      routes: [
        {
          match: { prefix: '/' },
          route: { cluster: 'backend', upgrade_configs: [{ upgrade_type: 'CONNECT', connect_config: { allow_post: true } }] },
        },
      ],
      upstreams: { backend: tcp((socket) => void setTimeout(() => socket.end('bye'), 150)) },
      client: http1Client({ send: `${request('POST /', 'content-length: 4')}bo`, wait: 'close' }),
    },
    {
      name: 'a WebSocket of HTTP/2 that the upstream ends',
      manager,
      upstreams: { backend: http1({ send: [`${switching}bye`], then: 'end' }) },
      client: http2Client({ only: websocket2, body: ['', ''], gapMs: 300, open: true }),
      expect: ['reset CONNECT_ERROR', 'flags=UC'],
    },
    {
      name: 'a WebSocket of HTTP/2 that the upstream resets',
      manager,
      upstreams: { backend: http1({ send: [`${switching}bye`], then: 'reset' }) },
      client: http2Client({ only: websocket2, body: ['', ''], gapMs: 300, open: true }),
      expect: ['reset CONNECT_ERROR'],
    },
    {
      name: 'a WebSocket of HTTP/2 that its client resets',
      manager,
      upstreams: { backend: http1({ send: [switching], then: 'echo' }) },
      client: http2Client({ only: websocket2, body: ['x'], reset: 'CANCEL', resetAfterMs: 250 }),
    },
    {
      name: 'a WebSocket of HTTP/2 where nobody listens',
      manager,
      upstreams: { backend: { kind: 'absent' } },
      client: http2Client({ only: websocket2, body: ['', ''], gapMs: 300, open: true }),
      expect: ['reset CONNECT_ERROR'],
    },
    {
      name: 'a WebSocket of HTTP/2 on both sides',
      manager,
      clusters: { backend: H2 },
      upstreams: { backend: echo2 },
      client: http2Client({ only: websocket2, body: ['ping', 'pong'], gapMs: 150 }),
    },
    {
      name: 'a WebSocket of HTTP/2 that is refused',
      manager,
      upstreams: { backend: http1('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno') },
      client: http2Client({ only: websocket2, open: true, wait: false }, { path: '/2' }),
    },
    {
      name: 'a WebSocket of HTTP/1 to an upstream that takes none in HTTP/2',
      manager,
      clusters: { backend: H2 },
      upstreams: { backend: http2({ fields: [], echo: true, early: true }) },
      client: http1Client({ send: request('GET /chat', 'connection: Upgrade', 'upgrade: websocket'), until: '\r\n\r\n' }),
      differs: 'an extended CONNECT goes only to whoever says it takes them (RFC 8441 §3)',
      expect: ['503'],
    },
    {
      name: 'a WebSocket whose server keeps its half when its client is gone',
      manager,
      upstreams: {
        backend: tcp((socket) => {
          socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'));
          socket.on('data', () => undefined);
        }),
      },
      client: http1Client({ send: request('GET /', 'connection: upgrade', 'upgrade: websocket'), until: '\r\n\r\n' }),
      expect: ['flags=DC'],
      differs: 'the order of fields, which bytes show',
      differsIn: /^bytes/,
    },
    {
      name: 'a WebSocket that is answered 200',
      manager,
      client: http1Client({ send: request('GET /chat', 'connection: Upgrade', 'upgrade: websocket'), wait: 'close' }),
      differs: 'an answer that does not switch is an answer like any other; Envoy drops its content',
      differsIn: /content-length|^ {2}\| |details=|rq_(completed|2)/,
    },
    {
      name: 'an upgrade with content',
      manager,
      upstreams: { backend: http1({ send: [switching], then: 'echo' }) },
      client: http1Client({
        send: `${request('GET /chat', 'connection: Upgrade', 'upgrade: websocket', 'content-length: 4')}body`,
        wait: 'nothing',
        pauseMs: 200,
      }),
      differs:
        'content and a tunnel behind one head: nobody agrees where the one ends; it is refused, Envoy holds the content back for ever',
      expect: ['403'],
    },
    {
      name: 'a protocol in capitals',
      manager: { upgrade_configs: [{ upgrade_type: 'spdy/3.1' }] },
      upstreams: { backend: http1({ send: ['HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: SPDY/3.1\r\n\r\n'], then: 'echo' }) },
      client: http1Client(
        { send: request('POST /exec', 'connection: upgrade', 'upgrade: SPDY/3.1', 'content-length: 0'), until: '\r\n\r\n' },
        { send: 'a', until: 'a' },
      ),
      expect: ['upgrade: SPDY/3.1'],
      differs: HALF_CLOSED,
      differsIn: /cx_destroy|flags=/,
    },
  ],
};
