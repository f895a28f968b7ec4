import { type JsonObject } from '@bufbuild/protobuf';
import { route, typed } from '../bootstrap';
import { http1Client, http2Client, request, requestWith } from '../peers/client';
import { http1 } from '../peers/upstream';
import { type Area, type Row } from '../row';

const FAULT = 'envoy.filters.http.fault';
const CORS = 'envoy.filters.http.cors';
const get = request('GET /');

function fault(name: string, config: JsonObject, ...requests: readonly string[]): Row {
  return {
    name,
    httpFilters: [typed(FAULT, 'filters.http.fault.v3.HTTPFault')],
    routes: [
      route(
        {},
        {
          typed_per_filter_config: {
            [FAULT]: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault', ...config },
          },
        },
      ),
    ],
    client: http1Client(...requests),
  };
}

function cors(name: string, policy: JsonObject, ...requests: readonly string[]): Row {
  return {
    name,
    httpFilters: [typed(CORS, 'filters.http.cors.v3.Cors')],
    routes: [
      route(
        {},
        {
          typed_per_filter_config: {
            [CORS]: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy', ...policy },
          },
        },
      ),
    ],
    client: http1Client(...requests),
  };
}

const always = { numerator: 100 };
const origins = (...matchers: readonly JsonObject[]): JsonObject => ({ allow_origin_string_match: [...matchers] });
const preflight = (...fields: readonly string[]): string =>
  request('OPTIONS /', 'origin: http://a.example', 'access-control-request-method: PUT', ...fields);

/** Faults that are injected, and cross-origin requests. */
export const faults: Area = {
  area: 'faults and CORS',
  rows: [
    {
      ...fault('an abort answers in place of the upstream', { abort: { http_status: 503, percentage: always } }, get),
      expect: ['503', 'fault filter abort', 'flags=FI details=fault_filter_abort'],
    },
    fault('an abort with another status', { abort: { http_status: 418, percentage: always } }, get, request('HEAD /')),
    fault('an abort of none', { abort: { http_status: 503, percentage: { numerator: 0 } } }, get),
    fault('an abort of a request with a body', { abort: { http_status: 400, percentage: always } }, requestWith('body', 'POST /'), get),
    fault('an abort with a gRPC status', { abort: { grpc_status: 14, percentage: always } }, get),
    {
      ...fault('an abort of a gRPC request', { abort: { http_status: 503, percentage: always } }),
      client: http2Client({
        method: 'POST',
        fields: [
          ['content-type', 'application/grpc'],
          ['te', 'trailers'],
        ],
      }),
    },
    fault(
      'an abort for those a header names',
      { abort: { http_status: 503, percentage: always }, headers: [{ name: 'x-f', string_match: { exact: 'yes' } }] },
      get,
      request('GET /', 'x-f: yes'),
    ),
    { ...fault('a delay, then the upstream', { delay: { fixed_delay: '0.1s', percentage: always } }, get), expect: ['200 OK', 'flags=DI'] },
    fault('a delay of a request with a body', { delay: { fixed_delay: '0.1s', percentage: always } }, requestWith('body', 'POST /'), get),
    fault(
      'a delay, then an abort',
      { delay: { fixed_delay: '0.1s', percentage: always }, abort: { http_status: 500, percentage: always } },
      get,
    ),
    fault('a delay of none', { delay: { fixed_delay: '2s', percentage: { numerator: 0 } } }, get),
    {
      ...fault('a client that leaves while it is delayed', { delay: { fixed_delay: '1s', percentage: always } }),
      client: http1Client({ send: get, wait: 'nothing', pauseMs: 150, reset: true }),
    },
    fault('a fault for other upstreams', { abort: { http_status: 503, percentage: always }, upstream_cluster: 'other' }, get),
    {
      ...cors(
        'a preflight of an allowed origin',
        {
          ...origins({ exact: 'http://a.example' }),
          allow_methods: 'GET,PUT',
          allow_headers: 'x-a',
          expose_headers: 'x-e',
          max_age: '60',
          allow_credentials: true,
        },
        preflight(),
      ),
      expect: ['access-control-allow-origin: http://a.example'],
    },
    cors('a preflight with little configured', origins({ exact: 'http://a.example' }), preflight()),
    cors("a preflight of another origin is the upstream's", origins({ exact: 'http://b.example' }), preflight()),
    cors(
      "a preflight that names no method is the upstream's",
      origins({ exact: 'http://a.example' }),
      request('OPTIONS /', 'origin: http://a.example'),
    ),
    cors(
      'a preflight of another origin that is not to be forwarded',
      { ...origins({ exact: 'http://b.example' }), forward_not_matching_preflights: false },
      preflight(),
    ),
    cors(
      'a preflight from a private network',
      { ...origins({ exact: 'http://a.example' }), allow_private_network_access: true },
      preflight('access-control-request-private-network: true'),
    ),
    cors(
      'a simple request of an allowed origin',
      { ...origins({ prefix: 'http://a.' }), expose_headers: 'x-e', allow_credentials: true },
      request('GET /', 'origin: http://a.example'),
    ),
    cors('a simple request of another origin', origins({ exact: 'http://b.example' }), request('GET /', 'origin: http://a.example')),
    cors('a request without an origin', origins({ prefix: 'h' }), get),
    cors(
      'origins by regex and by suffix',
      origins({ safe_regex: { regex: 'https?://[a-z]+\\.example' } }, { suffix: '.org' }),
      request('GET /', 'origin: http://a.example'),
      request('GET /', 'origin: http://x.org'),
      request('GET /', 'origin: http://a.example.com'),
    ),
    cors('an origin * is itself an origin', origins({ exact: '*' }), request('GET /', 'origin: http://a.example')),
    cors(
      'CORS that is switched off',
      { ...origins({ prefix: 'http' }), filter_enabled: { default_value: { numerator: 0 } } },
      request('GET /', 'origin: http://a.example'),
      preflight(),
    ),
    {
      ...cors(
        'CORS headers of the upstream are replaced',
        { ...origins({ prefix: 'http' }), allow_credentials: true, expose_headers: 'x-e' },
        request('GET /', 'origin: http://a.example'),
      ),
      upstreams: {
        backend: http1(
          'HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\naccess-control-expose-headers: x-u\r\ncontent-length: 0\r\n\r\n',
        ),
      },
    },
    {
      ...cors(
        "CORS of an origin that is refused leaves the upstream's headers",
        origins({ exact: 'http://b.example' }),
        request('GET /', 'origin: http://a.example'),
      ),
      upstreams: { backend: http1('HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\ncontent-length: 0\r\n\r\n') },
    },
  ],
};
