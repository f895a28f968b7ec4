import { type JsonObject } from '@bufbuild/protobuf';
import { http2Cluster, route } from '../bootstrap';
import { http1Client, http2Client, http2ClientWith, request } from '../peers/client';
import { http1, type Pings, type StreamReply, type Upstream } from '../peers/upstream';
import { type Area } from '../row';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const okStream: StreamReply = { fields: [['content-length', '2']], body: ['ok'] };
const keepalive: JsonObject = { interval: '0.1s', timeout: '0.2s', interval_jitter: { value: 0 } };
const downstream = (connection_keepalive: JsonObject): JsonObject => ({ http2_protocol_options: { connection_keepalive } });
const upstream = (connection_keepalive: JsonObject): Readonly<Record<string, JsonObject>> => ({
  backend: http2Cluster({ connection_keepalive }),
});
const server = (pings: Pings, ...replies: readonly StreamReply[]): Readonly<Record<string, Upstream>> => ({
  backend: { kind: 'http2', pings, replies },
});
const slow = (delayMs: number): Readonly<Record<string, Upstream>> => ({ backend: http1({ delayMs, send: [ok] }) });

/** Connections of HTTP/2 that are asked whether they are there. */
export const keepaliveRows: Area = {
  area: 'keepalive of HTTP/2',
  rows: [
    {
      name: 'a client that answers',
      manager: downstream(keepalive),
      upstreams: slow(700),
      client: http2ClientWith({ pings: 'answered' }, {}),
      expect: ['PING', ':status: 200'],
    },
    {
      name: 'a client that is gone while its request is under way',
      manager: downstream(keepalive),
      upstreams: slow(1500),
      client: http2ClientWith({ pings: 'ignored' }, {}),
      expect: ['PING', '(closed)', 'http2_ping_timeout'],
      differs: 'we close the connection; Envoy counts it so, but its requests as if the client had',
      differsIn: /destroy_(local|remote)_active_rq/,
    },
    {
      name: 'a client that is gone without a request',
      manager: downstream(keepalive),
      client: http2ClientWith({ pings: 'ignored' }, {}, { raw: () => Buffer.alloc(0) }),
      expect: ['PING', '(closed)'],
    },
    {
      name: 'a client that is asked only where it is configured',
      upstreams: slow(500),
      client: http2ClientWith({ pings: 'ignored' }, {}),
    },
    {
      name: 'an upstream that answers',
      clusters: upstream(keepalive),
      upstreams: server('answered', { delayMs: 700, ...okStream }),
      client: http2Client({}),
      expect: ['PING', ':status: 200'],
    },
    {
      name: 'an upstream that is gone while it is waited for',
      clusters: upstream(keepalive),
      upstreams: server('ignored', { delayMs: 1500, ...okStream }),
      client: http2Client({}),
      expect: ['PING', 'flags=UC', 'cluster.backend.http2.keepalive_timeout 1'],
    },
    {
      name: 'an upstream that is gone within its answer',
      clusters: upstream(keepalive),
      upstreams: server('ignored', { fields: [], body: ['half', 'whole'], gapMs: 1500 }),
      client: http1Client({ send: request('GET /'), wait: 'close' }),
      expect: ['PING', 'flags=UC'],
    },
    {
      name: 'another attempt on another connection',
      clusters: upstream(keepalive),
      routes: [route({ retry_policy: { retry_on: 'reset', num_retries: 1 } })],
      upstreams: server('ignored', { delayMs: 1500, ...okStream }, okStream),
      client: http2Client({}),
      expect: ['attempts=2'],
    },
    {
      name: 'a PING ahead of a request when nothing was heard for long',
      clusters: upstream({ timeout: '0.2s', connection_idle_interval: '0.2s' }),
      upstreams: server('answered', okStream),
      client: http1Client(request('GET /'), { pauseMs: 500 }, request('GET /')),
      expect: ['PING'],
    },
    {
      name: 'no PING ahead of a request when something was just heard',
      clusters: upstream({ timeout: '0.2s', connection_idle_interval: '5s' }),
      upstreams: server('answered', okStream),
      client: http1Client(request('GET /'), { pauseMs: 100 }, request('GET /')),
    },
    {
      name: 'a PING ahead of a request that nobody answers',
      clusters: upstream({ timeout: '0.2s', connection_idle_interval: '0.2s' }),
      upstreams: server('ignored', okStream, { delayMs: 1500, ...okStream }),
      client: http1Client(request('GET /'), { pauseMs: 500 }, request('GET /')),
      expect: ['flags=UC'],
    },
  ],
};
