import { type Socket } from 'node:net';
import { http2Cluster, route } from '../bootstrap';
import { http1Client, http2Client, request, tcpClient } from '../peers/client';
import { goawayFrame, headersFrame } from '../peers/h2';
import { http1, http2, tcp, type StreamReply } from '../peers/upstream';
import { type Area, type Row } from '../row';
import { upstreamTls } from './tls-resources';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const okStream: StreamReply = { fields: [['content-length', '2']], body: ['ok'] };

/** TLS to an endpoint that does something else when it is greeted. */
function greeted(name: string, on: (socket: Socket) => void, more: Partial<Row>): Row {
  return {
    name,
    clusters: { backend: { ...upstreamTls(), connect_timeout: '0.4s' } },
    upstreams: { backend: tcp((socket) => void socket.once('data', () => on(socket))) },
    client: http1Client(request('GET /')),
    differs: 'another library says hello in another way',
    differsIn: /^bytes/,
    ...more,
  };
}

const overTcp: Partial<Row> = {
  tcp: {},
  client: tcpClient({ wait: 'close' }),
  differs: 'another library says hello in another way; flags have one order here',
  differsIn: /^bytes|flags=/,
};
const DRAINED = {
  differs: 'a connection of HTTP/2 that ends with its last stream has not broken the protocol; Envoy counts that it has',
  differsIn: /upstream_cx_protocol_error/,
};

/** What is counted where something is seldom seen to happen. */
export const statistics: Area = {
  area: 'statistics',
  rows: [
    greeted('TLS that nobody answers in time', () => undefined, {
      expect: ['cluster.backend.upstream_cx_connect_timeout 1', 'cluster.backend.upstream_cx_destroy_local 1'],
    }),
    greeted('TLS that nobody answers in time, for TCP', () => undefined, {
      ...overTcp,
      expect: ['cluster.backend.upstream_cx_connect_timeout 1'],
    }),
    greeted('TLS that is left in the middle', (socket) => socket.end(), { expect: ['cluster.backend.upstream_cx_destroy_remote 1'] }),
    greeted('TLS that is left in the middle, for TCP', (socket) => socket.end(), overTcp),
    greeted('TLS that is reset in the middle', (socket) => void socket.resetAndDestroy(), {
      differs: 'Envoy quotes BoringSSL, we quote OpenSSL and ourselves',
      differsIn: /^bytes|failure=/,
    }),
    {
      name: 'a connection of HTTP/2 that had its requests',
      clusters: { backend: http2Cluster({}, { max_requests_per_connection: 2 }) },
      upstreams: { backend: http2(okStream) },
      client: http1Client(request('GET /'), request('GET /'), request('GET /')),
      expect: ['cluster.backend.upstream_cx_max_requests 1'],
      ...DRAINED,
    },
    {
      name: 'GOAWAY, and another',
      clusters: { backend: http2Cluster({}, {}) },
      routes: [route({ timeout: '1s' })],
      upstreams: {
        backend: http2({
          raw: (id) =>
            Buffer.concat([
              goawayFrame(0x7fff_ffff, 'NO_ERROR'),
              goawayFrame(id, 'NO_ERROR'),
              headersFrame(id, [[':status', '200']], true),
            ]),
        }),
      },
      client: http1Client(request('GET /')),
      expect: ['cluster.backend.upstream_cx_close_notify 1'],
      ...DRAINED,
    },
    {
      name: 'a 100 of the upstream to a client of HTTP/2',
      manager: { proxy_100_continue: true },
      upstreams: { backend: http1({ early: true, send: ['HTTP/1.1 100 Continue\r\n\r\n', ok], gapMs: 100 }) },
      client: http2Client({ method: 'POST', fields: [['expect', '100-continue']], body: ['a', 'b'], gapMs: 150 }),
      expect: ['http.downstream_rq_1xx 1'],
      differs: 'an HTTP/2 client need not wait: its flow control says what it may send',
      differsIn: /expect:|upstream_rq_(1|completed)/,
    },
    {
      name: 'answers of many kinds',
      upstreams: {
        backend: http1(...[200, 204, 302, 404, 404, 503].map((status) => `HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`)),
      },
      client: http1Client(...Array.from({ length: 6 }, () => request('GET /'))),
      expect: ['cluster.backend.upstream_rq_404 2', 'cluster.backend.upstream_rq_503 1', 'http.rq_total 6'],
    },
  ],
};
