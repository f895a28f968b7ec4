import { type JsonObject } from '@bufbuild/protobuf';
import { http2Cluster, route } from '../bootstrap';
import { http1Client, http2Client, request, requestWith } from '../peers/client';
import { http1, http2, type Reply, type Upstream } from '../peers/upstream';
import { type Area, type Row } from '../row';

const get = request('GET /');
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const status = (code: number, ...fields: readonly string[]): string =>
  `HTTP/1.1 ${code} X\r\n${fields.map((field) => `${field}\r\n`).join('')}content-length: 0\r\n\r\n`;
const reset: Reply = { then: 'reset' };
const H2 = http2Cluster();
const PREVIOUS_HOSTS: JsonObject = {
  name: 'envoy.retry_host_predicates.previous_hosts',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate' },
};

function retry(
  name: string,
  policy: JsonObject,
  replies: readonly Reply[],
  expect: readonly string[] = [],
  client = http1Client(get),
): Row {
  return {
    name,
    routes: [route({ retry_policy: { retry_back_off: { base_interval: '0.01s', max_interval: '0.02s' }, ...policy } })],
    upstreams: { backend: http1(...replies) },
    client,
    expect,
  };
}

function retryHttp2(name: string, policy: JsonObject, upstream: Upstream, expect: readonly string[] = []): Row {
  return {
    name,
    routes: [route({ retry_policy: { retry_back_off: { base_interval: '0.01s', max_interval: '0.02s' }, ...policy } })],
    clusters: { backend: H2 },
    upstreams: { backend: upstream },
    client: http1Client(get),
    expect,
  };
}

const websocket = request(
  'GET /chat',
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-key: dGhlIHNhbXBsZQ==',
  'sec-websocket-version: 13',
);
const switching: Reply = { send: ['HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'], then: 'echo' };

/** A WebSocket whose first try fails so. */
function retryWebSocket(name: string, on: string, first: Reply, changes: Partial<Row> = {}): Row {
  return {
    ...retry(`${on}: a WebSocket and ${name}`, { retry_on: on, retriable_status_codes: [503] }, [first, switching]),
    manager: { upgrade_configs: [{ upgrade_type: 'websocket' }] },
    client: http1Client({ send: websocket, wait: 'nothing', pauseMs: 200 }, { send: 'ping', wait: 'nothing', pauseMs: 200, reset: true }),
    ...changes,
  };
}

const ISTIO_DEFAULT = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes';

/** An endpoint that closes an idle connection as another request comes on it. */
function stale(line: string, second: Reply, changes: Partial<Row> = {}): Row {
  return {
    name: `a connection that ends with its second request: ${line}`,
    upstreams: { backend: http1(ok, second, ok) },
    client: http1Client(get, line.startsWith('GET') ? request(line) : requestWith('abc', line)),
    ...changes,
  };
}

const SENT_AGAIN =
  'an idle connection that ends within 100 ms of a request on it was about to end: what is idempotent goes out once more (RFC 9110 §9.2.2), where Envoy answers 503';

/** What is tried again, and what is not. */
export const retries: Area = {
  area: 'retries',
  rows: [
    retry(
      '5xx: an answer of 500 with a body',
      { retry_on: '5xx' },
      ['HTTP/1.1 500 X\r\ncontent-length: 3\r\n\r\nbad', ok],
      ['200 OK', 'attempts=2'],
    ),
    retryWebSocket('a reset', 'reset', reset),
    retryWebSocket('a reset', '5xx', reset),
    retryWebSocket('an answer of 503', '5xx', status(503)),
    retryWebSocket('an answer of 503', ISTIO_DEFAULT, status(503)),
    retryWebSocket('a reset', ISTIO_DEFAULT, reset),
    retryWebSocket('nobody listens at first', 'connect-failure', reset, {
      routes: [
        route({
          retry_policy: {
            retry_on: 'connect-failure',
            num_retries: 3,
            retry_host_predicate: [PREVIOUS_HOSTS],
            host_selection_retry_max_attempts: '200',
          },
        }),
      ],
      upstreams: { backend: [{ kind: 'absent' }, http1(switching)] },
      clusters: { backend: { weights: [50, 1] } },
    }),
    { ...stale('GET /b', { then: 'end' }), differs: SENT_AGAIN },
    { ...stale('PUT /b', { then: 'end' }), differs: SENT_AGAIN },
    stale('POST /b', { then: 'end' }),
    { ...stale('GET /b', { delayMs: 300, then: 'end' }), name: 'a connection that ends 300 ms after its second request' },
    retry('5xx: an answer of 500', { retry_on: '5xx' }, [status(500), ok], ['200 OK', 'attempts=2']),
    retry(
      '5xx: as often as allowed',
      { retry_on: '5xx', num_retries: 2 },
      [status(500), status(501), status(502)],
      ['502', 'flags=URX', 'attempts=3'],
    ),
    retry(
      '5xx: the last try succeeds',
      { retry_on: '5xx', num_retries: 3 },
      [status(500), status(500), status(500), ok],
      ['200 OK', 'attempts=4'],
    ),
    retry('5xx: not an answer of 404', { retry_on: '5xx' }, [status(404), ok], ['404', 'attempts=1']),
    retry('5xx: a reset before the response', { retry_on: '5xx' }, [reset, ok], ['200 OK', 'attempts=2']),
    retry('5xx: never allowed', { retry_on: '5xx', num_retries: 0 }, [status(500), ok], ['500']),
    retry(
      'gateway-error: 502, 503 and 504',
      { retry_on: 'gateway-error', num_retries: 3 },
      [status(502), status(503), status(504), ok],
      ['attempts=4'],
    ),
    retry('gateway-error: not 500', { retry_on: 'gateway-error' }, [status(500), ok], ['attempts=1']),
    retry('gateway-error: a reset', { retry_on: 'gateway-error' }, [reset, ok]),
    retry('reset: a connection that ends before the response', { retry_on: 'reset' }, [reset, ok], ['attempts=2']),
    retry('reset: a connection that is closed before the response', { retry_on: 'reset' }, [{ then: 'end' }, ok]),
    retry('reset: not within the response', { retry_on: 'reset' }, [
      { send: ['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'], then: 'reset' },
      ok,
    ]),
    retry('reset: not an answer', { retry_on: 'reset' }, [status(503), ok], ['attempts=1']),
    retry('reset-before-request: not once the request is sent', { retry_on: 'reset-before-request' }, [reset, ok]),
    retry('connect-failure: not a reset of a connection', { retry_on: 'connect-failure' }, [reset, ok], ['attempts=1']),
    {
      ...retry('connect-failure: nobody listens', { retry_on: 'connect-failure', num_retries: 2 }, [], ['503', 'attempts=3']),
      upstreams: { backend: { kind: 'absent' } },
    },
    {
      ...retry(
        'connect-failure: another endpoint answers',
        { retry_on: 'connect-failure', num_retries: 3, retry_host_predicate: [PREVIOUS_HOSTS], host_selection_retry_max_attempts: '200' },
        [],
        ['200 OK'],
      ),
      upstreams: { backend: [{ kind: 'absent' }, http1(ok)] },
      clusters: { backend: { weights: [50, 1] } },
      client: http1Client(get),
    },
    {
      ...retry('nobody listens and nothing is said of it', { retry_on: 'retriable-4xx' }, [], ['attempts=1']),
      upstreams: { backend: { kind: 'absent' } },
    },
    retry('retriable-4xx: 409', { retry_on: 'retriable-4xx' }, [status(409), ok], ['attempts=2']),
    retry('retriable-4xx: not 404', { retry_on: 'retriable-4xx' }, [status(404), ok], ['attempts=1']),
    retry(
      'retriable-status-codes: those listed',
      { retry_on: 'retriable-status-codes', retriable_status_codes: [404, 429] },
      [status(404), ok],
      ['attempts=2'],
    ),
    retry(
      'retriable-status-codes: no other',
      { retry_on: 'retriable-status-codes', retriable_status_codes: [404] },
      [status(500), ok],
      ['attempts=1'],
    ),
    retry(
      'retriable-headers: a response that has one',
      { retry_on: 'retriable-headers', retriable_headers: [{ name: 'x-again', present_match: true }] },
      [status(200, 'x-again: 1'), ok],
      ['attempts=2'],
    ),
    retry(
      'retriable-headers: a response that has none',
      { retry_on: 'retriable-headers', retriable_headers: [{ name: 'x-again', present_match: true }] },
      [status(200), ok],
      ['attempts=1'],
    ),
    retry(
      'envoy-ratelimited: a response that says so',
      { retry_on: 'envoy-ratelimited' },
      [status(429, 'x-envoy-ratelimited: true'), ok],
      ['attempts=2'],
    ),
    retry('5xx: not what was rate limited', { retry_on: '5xx' }, [status(503, 'x-envoy-ratelimited: true'), ok]),
    retry(
      'several words',
      { retry_on: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes', retriable_status_codes: [503] },
      [status(503), ok],
      ['attempts=2'],
    ),
    retry('a word that nobody knows', { retry_on: 'nonsense' }, [status(503), ok], ['attempts=1']),
    retry(
      'only requests with a header',
      { retry_on: '5xx', retriable_request_headers: [{ name: 'x-r', present_match: true }] },
      [status(503), ok, status(503), ok],
      [],
      http1Client(get, request('GET /', 'x-r: 1')),
    ),
    retry(
      'a request with a body is sent again whole',
      { retry_on: '5xx' },
      [status(503), ok],
      ['200 OK', 'attempts=2'],
      http1Client(requestWith('the whole body', 'POST /')),
    ),
    retry(
      'a request with a body in chunks is sent again whole',
      { retry_on: '5xx' },
      [status(503), ok],
      ['attempts=2'],
      http1Client(request('POST /', 'transfer-encoding: chunked') + '4\r\nbody\r\n3\r\nend\r\n0\r\n\r\n'),
    ),
    {
      ...retry(
        'a request with a body too large to keep',
        { retry_on: '5xx' },
        [status(503), ok],
        [],
        http1Client(requestWith('x'.repeat(4000), 'POST /')),
      ),
      virtualHost: { per_request_buffer_limit_bytes: 1000 },
    },
    retry(
      'an early refusal of a body that is still coming',
      { retry_on: '5xx' },
      [{ early: true, send: [status(503)] }, ok],
      [],
      http1Client({ send: request('POST /', 'content-length: 4') + 'bo', wait: 'nothing', pauseMs: 150 }, { send: 'dy', pauseMs: 300 }),
    ),
    {
      ...retry("the virtual host's policy", {}, [status(503), ok], ['attempts=2']),
      routes: [route({})],
      virtualHost: { retry_policy: { retry_on: '5xx', retry_back_off: { base_interval: '0.01s' } } },
    },
    {
      ...retry('attempts are counted for the upstream', { retry_on: '5xx' }, [status(503), ok]),
      virtualHost: { include_request_attempt_count: true, include_attempt_count_in_response: true },
    },
    {
      ...retry(
        'another host than the last',
        { retry_on: '5xx', retry_host_predicate: [PREVIOUS_HOSTS], host_selection_retry_max_attempts: '200' },
        [],
      ),
      upstreams: { backend: [http1(status(503)), http1(status(503))] },
      client: http1Client(get),
    },
    {
      ...retry('too many retries at once', { retry_on: '5xx' }, [status(503), ok], ['503']),
      clusters: { backend: { circuit_breakers: { thresholds: [{ max_retries: 0 }] } } },
    },
    retry(
      'a client that asks for retries inside the mesh',
      { retry_on: 'connect-failure' },
      [status(503), ok],
      [],
      http1Client(request('GET /', 'x-envoy-retry-on: 5xx', 'x-envoy-max-retries: 2')),
    ),
    retryHttp2(
      'refused-stream: a stream that was refused',
      { retry_on: 'refused-stream' },
      http2({ reset: 'REFUSED_STREAM' }, { fields: [], body: ['ok'] }),
      ['200 OK', 'attempts=2'],
    ),
    retryHttp2(
      'refused-stream: not a stream that was cancelled',
      { retry_on: 'refused-stream' },
      http2({ reset: 'CANCEL' }, { fields: [], body: ['ok'] }),
      ['503'],
    ),
    retryHttp2(
      'reset: a stream that was cancelled',
      { retry_on: 'reset' },
      http2({ reset: 'INTERNAL_ERROR' }, { fields: [], body: ['ok'] }),
      ['200 OK'],
    ),
    retryHttp2(
      'a stream that GOAWAY left out',
      { retry_on: 'reset' },
      http2({ goaway: 'NO_ERROR', goawayRefuses: true }, { fields: [], body: ['ok'] }),
    ),
    {
      ...retryHttp2(
        'unavailable: a gRPC status in the head',
        { retry_on: 'unavailable' },
        http2(
          {
            fields: [
              ['content-type', 'application/grpc'],
              ['grpc-status', '14'],
            ],
          },
          {
            fields: [
              ['content-type', 'application/grpc'],
              ['grpc-status', '0'],
            ],
          },
        ),
      ),
      client: http2Client({
        method: 'POST',
        fields: [
          ['content-type', 'application/grpc'],
          ['te', 'trailers'],
        ],
        body: ['x'],
      }),
    },
    {
      ...retryHttp2(
        'unavailable: not a gRPC status in trailers',
        { retry_on: 'unavailable' },
        http2(
          { fields: [['content-type', 'application/grpc']], body: ['x'], trailers: [['grpc-status', '14']] },
          {
            fields: [
              ['content-type', 'application/grpc'],
              ['grpc-status', '0'],
            ],
          },
        ),
      ),
      client: http2Client({
        method: 'POST',
        fields: [
          ['content-type', 'application/grpc'],
          ['te', 'trailers'],
        ],
        body: ['x'],
      }),
    },
  ],
};
