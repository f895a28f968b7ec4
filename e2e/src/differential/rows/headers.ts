import { type JsonObject } from '@bufbuild/protobuf';
import { route } from '../bootstrap';
import { http1Client, request } from '../peers/client';
import { http1 } from '../peers/upstream';
import { type Area, type Row } from '../row';

const add = (key: string, value: string, append_action = 'APPEND_IF_EXISTS_OR_ADD', more: JsonObject = {}): JsonObject => ({
  header: { key, value },
  append_action,
  ...more,
});
const get = request('GET /');
const answers = (...fields: readonly string[]): { backend: ReturnType<typeof http1> } => ({
  backend: http1(`HTTP/1.1 200 OK\r\n${fields.map((field) => `${field}\r\n`).join('')}content-length: 2\r\n\r\nok`),
});

/** A value with %…% in requests and responses. */
function operator(name: string, value: string, more: Partial<Row> = {}): Row {
  return {
    name,
    routes: [route({}, { request_headers_to_add: [add('x-in', value)], response_headers_to_add: [add('x-out', value)] })],
    client: http1Client(get),
    ...more,
  };
}

/** A request as `use_remote_address` and friends see it. */
function edge(name: string, manager: JsonObject, ...fields: readonly string[]): Row {
  return { name, manager, client: http1Client(request('GET /', ...fields)) };
}

/** Headers that are added, taken away and believed. */
export const headers: Area = {
  area: 'headers',
  rows: [
    {
      name: 'request headers: appended, replaced, added only, replaced only',
      routes: [
        route(
          {},
          {
            request_headers_to_add: [
              add('x-a', '2'),
              add('x-b', '2', 'OVERWRITE_IF_EXISTS_OR_ADD'),
              add('x-c', '2', 'ADD_IF_ABSENT'),
              add('x-d', '2', 'OVERWRITE_IF_EXISTS'),
              add('x-e', '2', 'OVERWRITE_IF_EXISTS'),
            ],
          },
        ),
      ],
      client: http1Client(request('GET /', 'x-a: 1', 'x-b: 1', 'x-c: 1', 'x-d: 1')),
    },
    {
      name: 'request headers: all of them new',
      routes: [
        route(
          {},
          { request_headers_to_add: [add('x-a', '2'), add('x-b', '2', 'OVERWRITE_IF_EXISTS_OR_ADD'), add('x-c', '2', 'ADD_IF_ABSENT')] },
        ),
      ],
      client: http1Client(get),
    },
    {
      name: 'response headers: appended, replaced, added only, replaced only',
      routes: [
        route(
          {},
          {
            response_headers_to_add: [
              add('x-a', '2'),
              add('x-b', '2', 'OVERWRITE_IF_EXISTS_OR_ADD'),
              add('x-c', '2', 'ADD_IF_ABSENT'),
              add('x-d', '2', 'OVERWRITE_IF_EXISTS'),
            ],
          },
        ),
      ],
      upstreams: answers('x-a: 1', 'x-b: 1', 'x-c: 1'),
      client: http1Client(get),
    },
    {
      name: 'headers are removed before others are added',
      routes: [
        route(
          {},
          {
            request_headers_to_remove: ['x-a', 'x-b'],
            request_headers_to_add: [add('x-a', 'new')],
            response_headers_to_remove: ['x-r', 'server'],
          },
        ),
      ],
      upstreams: answers('x-r: 1', 'x-r: 2'),
      client: http1Client(request('GET /', 'x-a: old', 'x-b: old', 'X-B: older')),
    },
    {
      name: 'headers of route, host and table: the table last',
      routes: [
        route(
          {},
          { request_headers_to_add: [add('x-a', 'route', 'OVERWRITE_IF_EXISTS_OR_ADD')], response_headers_to_add: [add('x-l', 'route')] },
        ),
      ],
      virtualHost: {
        request_headers_to_add: [add('x-a', 'host', 'OVERWRITE_IF_EXISTS_OR_ADD')],
        response_headers_to_add: [add('x-l', 'host')],
      },
      routeConfiguration: {
        request_headers_to_add: [add('x-a', 'table', 'OVERWRITE_IF_EXISTS_OR_ADD')],
        response_headers_to_add: [add('x-l', 'table')],
      },
      client: http1Client(get),
    },
    {
      name: 'headers of route, host and table: the route last',
      routes: [route({}, { request_headers_to_add: [add('x-a', 'route', 'OVERWRITE_IF_EXISTS_OR_ADD')] })],
      virtualHost: { request_headers_to_add: [add('x-a', 'host', 'OVERWRITE_IF_EXISTS_OR_ADD')] },
      routeConfiguration: {
        most_specific_header_mutations_wins: true,
        request_headers_to_add: [add('x-a', 'table', 'OVERWRITE_IF_EXISTS_OR_ADD')],
      },
      client: http1Client(get),
    },
    {
      name: 'an empty value is left out unless it is wanted',
      routes: [
        route(
          {},
          {
            request_headers_to_add: [
              add('x-a', ''),
              add('x-b', '', 'APPEND_IF_EXISTS_OR_ADD', { keep_empty_value: true }),
              add('x-c', '%REQ(x-none)%'),
            ],
          },
        ),
      ],
      client: http1Client(get),
    },
    operator('%REQ% takes a header, or another, cut', '%REQ(x-a?x-b):3%', {
      client: http1Client(request('GET /', 'x-a: abcdef'), request('GET /', 'x-b: xy'), get),
    }),
    operator('%REQ% of pseudo-header fields', '%REQ(:METHOD)% %REQ(:PATH)% %REQ(:AUTHORITY)%'),
    operator('%PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS%', '%PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%'),
    operator('%RESP% of a response', 'a %RESP(x-r)% b', { upstreams: answers('x-r: 1') }),
    operator('%ROUTE_NAME% %UPSTREAM_CLUSTER% %HOSTNAME%', '%ROUTE_NAME%|%UPSTREAM_CLUSTER%'),
    operator('%UPSTREAM_HOST%', '%UPSTREAM_HOST%'),
    operator(
      '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_LOCAL_ADDRESS%',
      '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_LOCAL_PORT%',
    ),
    operator('%START_TIME% with a format', '%START_TIME(year)%x'),
    operator('a percent sign of its own', '100%%'),
    {
      name: "the server header replaces the upstream's",
      upstreams: answers('server: other'),
      client: http1Client(get),
      expect: ['server: envoy'],
    },
    { name: 'the server header of another name', manager: { server_name: 'mesh' }, client: http1Client(get), expect: ['server: mesh'] },
    {
      name: 'the server header where there is none',
      manager: { server_header_transformation: 'APPEND_IF_ABSENT' },
      upstreams: {
        backend: http1('HTTP/1.1 200 OK\r\nserver: other\r\ncontent-length: 0\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
      },
      client: http1Client(get, get),
    },
    {
      name: 'the server header is passed through',
      manager: { server_header_transformation: 'PASS_THROUGH' },
      upstreams: {
        backend: http1('HTTP/1.1 200 OK\r\nserver: other\r\ncontent-length: 0\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
      },
      client: http1Client(get, get),
    },
    {
      name: 'the server header of a local reply that would be passed through',
      manager: { server_header_transformation: 'PASS_THROUGH' },
      routes: [route({ cluster: 'nowhere' })],
      client: http1Client(get),
    },
    edge('x-request-id is kept inside the mesh', {}, 'x-request-id: mine'),
    edge('x-request-id from outside is replaced', { use_remote_address: true }, 'x-request-id: 11111111-2222-4333-8444-555555555555'),
    edge('x-request-id from outside is kept', { use_remote_address: true, preserve_external_request_id: true }, 'x-request-id: mine'),
    edge('x-request-id is not made', { generate_request_id: false }),
    {
      name: 'x-request-id in the response',
      manager: { always_set_request_id_in_response: true },
      client: http1Client(request('GET /', 'x-request-id: mine')),
    },
    edge('x-forwarded-for inside the mesh stays as it is', {}, 'x-forwarded-for: 1.2.3.4', 'x-forwarded-proto: https'),
    edge('x-forwarded-proto that nobody knows', {}, 'x-forwarded-proto: gopher'),
    edge('x-forwarded-for at the edge gets the client', { use_remote_address: true }),
    edge('x-forwarded-for at the edge, one there', { use_remote_address: true }, 'x-forwarded-for: 1.2.3.4', 'x-forwarded-proto: https'),
    edge(
      'x-forwarded-for at the edge, one hop trusted',
      { use_remote_address: true, xff_num_trusted_hops: 1 },
      'x-forwarded-for: 9.9.9.9, 1.2.3.4',
      'x-forwarded-proto: https',
    ),
    edge(
      'x-forwarded-for at the edge, more hops trusted than there are',
      { use_remote_address: true, xff_num_trusted_hops: 3 },
      'x-forwarded-for: 1.2.3.4',
    ),
    edge('x-forwarded-for at the edge, not appended to', { use_remote_address: true, skip_xff_append: true }, 'x-forwarded-for: 1.2.3.4'),
    edge('x-forwarded-for that is no address', { use_remote_address: true, xff_num_trusted_hops: 1 }, 'x-forwarded-for: nonsense'),
    edge('x-forwarded-for on two lines', { use_remote_address: true }, 'x-forwarded-for: 1.2.3.4', 'x-forwarded-for: 5.6.7.8'),
    edge('hops trusted inside the mesh', { xff_num_trusted_hops: 1 }, 'x-forwarded-for: 9.9.9.9, 1.2.3.4'),
    edge(
      'internal headers from an address outside are removed',
      { use_remote_address: true, xff_num_trusted_hops: 1 },
      'x-forwarded-for: 8.8.8.8',
      'x-envoy-retry-on: 5xx',
      'x-envoy-max-retries: 3',
      'x-envoy-upstream-rq-timeout-ms: 5',
      'x-envoy-internal: true',
      'x-envoy-external-address: 1.1.1.1',
      'x-envoy-decorator-operation: op',
      'x-envoy-original-path: /x',
    ),
    edge(
      'internal headers inside the mesh',
      {},
      'x-envoy-retry-on: 5xx',
      'x-envoy-retry-grpc-on: internal',
      'x-envoy-max-retries: 3',
      'x-envoy-retriable-status-codes: 500',
      'x-envoy-retriable-header-names: x',
      'x-envoy-hedge-on-per-try-timeout: true',
      'x-envoy-upstream-rq-timeout-ms: 5000',
      'x-envoy-upstream-rq-per-try-timeout-ms: 4000',
      'x-envoy-upstream-rq-timeout-alt-response: 1',
      'x-envoy-expected-rq-timeout-ms: 7000',
      'x-envoy-internal: true',
      'x-envoy-external-address: 1.1.1.1',
      'x-envoy-decorator-operation: op',
      'x-envoy-original-path: /x',
      'x-envoy-original-host: x',
      'x-envoy-force-trace: true',
      'x-envoy-upstream-alt-stat-name: x',
      'x-envoy-ip-tags: x',
      'x-envoy-is-timeout-retry: true',
      'x-envoy-downstream-service-node: n',
      'x-envoy-downstream-service-cluster: c',
      'x-envoy-original-dst-host: 1.2.3.4:5',
      'x-envoy-peer-metadata: x',
    ),
    edge('x-forwarded-client-cert is taken away by default', {}, 'x-forwarded-client-cert: By=a'),
    edge(
      'x-forwarded-client-cert without TLS is believed when always forwarded',
      { forward_client_cert_details: 'ALWAYS_FORWARD_ONLY' },
      'x-forwarded-client-cert: By=a',
    ),
    edge(
      'x-forwarded-client-cert without TLS is not appended to',
      { forward_client_cert_details: 'APPEND_FORWARD' },
      'x-forwarded-client-cert: By=a',
    ),
    edge(
      'hop-by-hop headers of a request end here',
      {},
      'connection: x-a, keep-alive',
      'x-a: 1',
      'keep-alive: timeout=5',
      'proxy-connection: keep-alive',
      'te: trailers',
    ),
    edge('te other than trailers ends here', {}, 'te: gzip, trailers'),
    edge('names with dots and underscores pass', {}, 'x_a: 1', 'x.b: 2'),
    edge('a value with bytes above ASCII passes', {}, 'x-a: caf\xe9'),
    {
      name: 'hop-by-hop headers of a response end here',
      upstreams: answers('connection: x-r', 'x-r: 1', 'keep-alive: timeout=5', 'proxy-authenticate: Basic'),
      client: http1Client(get),
    },
    {
      name: 'several set-cookie stay several',
      upstreams: answers('set-cookie: a=1', 'set-cookie: b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT'),
      client: http1Client(get),
    },
    {
      name: "an upstream's date stays, x-envoy of its own is believed",
      upstreams: answers('date: Sun, 06 Nov 1994 08:49:37 GMT', 'x-envoy-upstream-service-time: 12345', 'x-envoy-upstream-canary: true'),
      client: http1Client(get),
    },
    {
      name: 'attempts are counted in requests and responses',
      virtualHost: { include_request_attempt_count: true, include_attempt_count_in_response: true },
      client: http1Client(request('GET /', 'x-envoy-attempt-count: 7')),
    },
    {
      name: 'the timeout is told',
      routes: [route({ timeout: '3s' })],
      client: http1Client(get),
      expect: ['x-envoy-expected-rq-timeout-ms: 3000'],
    },
    {
      name: 'the timeout of one try is told',
      routes: [route({ timeout: '3s', retry_policy: { retry_on: '5xx', per_try_timeout: '1s' } })],
      client: http1Client(get),
    },
  ],
};
