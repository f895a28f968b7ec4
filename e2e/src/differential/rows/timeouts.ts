import { http1Cluster, http2Cluster, route } from '../bootstrap';
import { http1Client, http2Client, request, requestWith } from '../peers/client';
import { http1, http2, type Reply } from '../peers/upstream';
import { type Area } from '../row';

const get = request('GET /');
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const never: Reply = { send: [] };
const H2 = http2Cluster();

/** What happens when something takes too long. */
export const timeouts: Area = {
  area: 'timeouts',
  rows: [
    {
      name: 'an upstream that never answers',
      routes: [route({ timeout: '0.2s' })],
      upstreams: { backend: http1(never) },
      client: http1Client(get),
      expect: ['504', 'upstream request timeout', 'flags=UT details=response_timeout'],
    },
    {
      name: 'an upstream that answers in time',
      routes: [route({ timeout: '1s' })],
      upstreams: { backend: http1({ delayMs: 100, send: [ok] }) },
      client: http1Client(get),
      expect: ['200 OK'],
    },
    {
      name: 'no timeout at all',
      routes: [route({ timeout: '0s' })],
      upstreams: { backend: http1({ delayMs: 100, send: [ok] }) },
      client: http1Client(get),
    },
    {
      name: 'an upstream that answers with half a body, then nothing',
      routes: [route({ timeout: '0.3s' })],
      upstreams: { backend: http1({ send: ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'] }) },
      client: http1Client(get),
      expect: ['flags=UT'],
    },
    {
      name: 'an upstream of HTTP/2 that never answers',
      differs: 'a stream that nobody needs any more is cancelled (RFC 9113 §7); Envoy calls it an internal error',
      differsIn: /reset /,
      routes: [route({ timeout: '0.2s' })],
      clusters: { backend: H2 },
      upstreams: { backend: http2({ open: true }) },
      client: http1Client(get),
      expect: ['504'],
    },
    {
      name: 'a client of HTTP/2 and an upstream that never answers',
      routes: [route({ timeout: '0.2s' })],
      upstreams: { backend: http1(never) },
      client: http2Client({}),
      expect: [':status: 504'],
    },
    {
      name: 'a timeout begins when the request is all there',
      routes: [route({ timeout: '0.3s' })],
      client: http1Client(
        { send: request('POST /', 'content-length: 4') + 'bo', wait: 'nothing', pauseMs: 500 },
        { send: 'dy', until: '\r\n\r\nok' },
      ),
      expect: ['200 OK'],
    },
    {
      name: 'each try has its time, and no retry',
      routes: [route({ timeout: '5s', retry_policy: { retry_on: 'connect-failure', per_try_timeout: '0.2s' } })],
      upstreams: { backend: http1(never) },
      client: http1Client(get),
      expect: ['504', 'flags=UT'],
    },
    {
      name: 'each try has its time, the second answers',
      routes: [route({ timeout: '5s', retry_policy: { retry_on: '5xx', per_try_timeout: '0.2s' } })],
      upstreams: { backend: http1(never, ok) },
      client: http1Client(get),
      expect: ['200 OK', 'attempts=2'],
    },
    {
      name: 'each try has its time, and all of them less',
      routes: [route({ timeout: '0.3s', retry_policy: { retry_on: '5xx', num_retries: 5, per_try_timeout: '0.2s' } })],
      upstreams: { backend: http1(never) },
      client: http1Client(get),
      expect: ['504', 'flags=UT'],
    },
    {
      name: 'each try has its time, and all of them together none',
      routes: [route({ timeout: '0s', retry_policy: { retry_on: '5xx', per_try_timeout: '0.2s' } })],
      upstreams: { backend: http1(never, ok) },
      client: http1Client(get),
      expect: ['200 OK', 'attempts=2'],
    },
    {
      name: 'a try where nothing moves, and another',
      routes: [route({ timeout: '5s', retry_policy: { retry_on: '5xx', per_try_idle_timeout: '0.2s' } })],
      upstreams: { backend: http1(never, ok) },
      client: http1Client(get),
      expect: ['200 OK', 'attempts=2'],
    },
    {
      name: 'tries where nothing moves',
      routes: [route({ timeout: '5s', retry_policy: { retry_on: '5xx', per_try_idle_timeout: '0.2s' } })],
      upstreams: { backend: http1(never) },
      client: http1Client(get),
      expect: ['504'],
    },
    {
      name: 'a try where nothing moves within the answer',
      routes: [route({ timeout: '5s', retry_policy: { retry_on: '5xx', per_try_idle_timeout: '0.2s' } })],
      upstreams: { backend: http1({ send: ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'] }) },
      client: http1Client(get),
    },
    {
      name: 'a try that keeps moving',
      routes: [route({ timeout: '5s', retry_policy: { retry_on: '5xx', per_try_idle_timeout: '0.3s' } })],
      upstreams: { backend: http1({ send: ['HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n', '1', '2', '3', '4'], gapMs: 120 }) },
      client: http1Client(get),
      expect: ['200 OK', '"1234"'],
    },
    {
      name: 'a stream where nothing moves, request whole',
      manager: { stream_idle_timeout: '0.2s' },
      upstreams: { backend: http1(never) },
      client: http1Client(get),
      expect: ['flags=SI'],
    },
    {
      name: 'a stream where nothing moves, request half',
      manager: { stream_idle_timeout: '0.2s' },
      client: http1Client({ send: request('POST /', 'content-length: 4') + 'bo', wait: 'close' }),
      expect: ['408', 'stream timeout'],
    },
    {
      name: 'a stream where nothing moves, response half',
      manager: { stream_idle_timeout: '0.3s' },
      upstreams: { backend: http1({ send: ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'] }) },
      client: http1Client(get),
      expect: ['flags=SI'],
    },
    {
      name: "a route's own idle timeout",
      routes: [route({ idle_timeout: '0.2s' })],
      upstreams: { backend: http1(never) },
      client: http1Client(get),
    },
    {
      name: 'a stream that keeps moving is not idle',
      manager: { stream_idle_timeout: '0.3s' },
      upstreams: { backend: http1({ send: ['HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n', '1', '2', '3', '4'], gapMs: 120 }) },
      client: http1Client(get),
      expect: ['200 OK', '"1234"'],
    },
    {
      name: 'a stream has had its time',
      routes: [route({ max_stream_duration: { max_stream_duration: '0.3s' } })],
      upstreams: { backend: http1(never) },
      client: http1Client(get),
    },
    {
      name: 'a stream has had its time while the response comes',
      routes: [route({ max_stream_duration: { max_stream_duration: '0.3s' } })],
      upstreams: { backend: http1({ send: ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'] }) },
      client: http1Client(get),
    },
    {
      name: 'a request that is not whole in time',
      manager: { request_timeout: '0.3s' },
      client: http1Client({ send: request('POST /', 'content-length: 4') + 'bo', wait: 'close' }),
      expect: ['408', 'request timeout'],
    },
    {
      name: 'a head that is not whole in time',
      manager: { request_headers_timeout: '0.3s' },
      client: http1Client({ send: 'GET / HTTP/1.1\r\nhost: a', wait: 'close' }),
      expect: ['408'],
    },
    {
      name: 'an idle connection is closed',
      manager: { common_http_protocol_options: { idle_timeout: '0.3s' }, drain_timeout: '0.1s' },
      client: http1Client(get, { pauseMs: 600 }),
    },
    {
      name: 'a connection where nothing came is closed',
      manager: { common_http_protocol_options: { idle_timeout: '0.3s' }, drain_timeout: '0.1s' },
      client: http1Client({ wait: 'close' }),
    },
    {
      name: 'an idle connection of HTTP/2 is told and closed',
      manager: { common_http_protocol_options: { idle_timeout: '0.3s' }, drain_timeout: '0.1s' },
      client: http2Client({}, { path: '/second', body: ['x', 'y'], gapMs: 100 }),
    },
    {
      name: 'a connection has had its time',
      manager: { common_http_protocol_options: { max_connection_duration: '0.2s' }, drain_timeout: '0.1s' },
      client: http1Client(get, { pauseMs: 600 }, get),
    },
    {
      name: 'a connection has had its requests',
      manager: { common_http_protocol_options: { max_requests_per_connection: 2 } },
      client: http1Client(get, get, { pauseMs: 100 }),
      expect: ['connection: close'],
    },
    {
      name: 'an upstream connection has had its requests',
      clusters: { backend: http1Cluster({ max_requests_per_connection: 1 }) },
      client: http1Client(get, get),
    },
    {
      name: "a client's own timeout is believed inside the mesh",
      routes: [route({ timeout: '0.4s' })],
      upstreams: { backend: http1(never) },
      client: http1Client(request('GET /', 'x-envoy-upstream-rq-timeout-ms: 200')),
    },
    {
      name: 'the timeout with a body that was sent',
      routes: [route({ timeout: '0.2s' })],
      upstreams: { backend: http1(never) },
      client: http1Client(requestWith('body', 'POST /')),
    },
  ],
};
