import { type JsonObject } from '@bufbuild/protobuf';
import { route, typed } from '../bootstrap';
import { http1Client, request, requestWith } from '../peers/client';
import { http1 } from '../peers/upstream';
import { type Area, type Row } from '../row';

const gets = (...paths: readonly string[]): readonly string[] => paths.map((path) => request(`GET ${path}`));
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

function forwarded(name: string, match: JsonObject, action: JsonObject, requests: readonly string[], expect: readonly string[] = []): Row {
  return { name, routes: [route(action, { match })], client: http1Client(...requests), expect };
}

function redirected(
  name: string,
  redirect: JsonObject,
  requests: readonly string[],
  match: JsonObject = { prefix: '/' },
  expect: readonly string[] = [],
): Row {
  return { name, routes: [{ match, redirect }], client: http1Client(...requests), expect };
}

function direct(name: string, response: JsonObject, requests: readonly string[]): Row {
  return { name, routes: [{ match: { prefix: '/' }, direct_response: response }], client: http1Client(...requests) };
}

/** Paths and authorities that change on their way, and answers that need no upstream. */
export const rewriting: Area = {
  area: 'rewriting',
  rows: [
    forwarded('a prefix is replaced, the query stays', { prefix: '/a' }, { prefix_rewrite: '/b' }, gets('/a/x?y=1', '/a', '/ax'), [
      'GET /b/x?y=1',
      'x-envoy-original-path: /a/x?y=1',
    ]),
    forwarded('a prefix replaced by the root leaves two slashes', { prefix: '/a' }, { prefix_rewrite: '/' }, gets('/a/x', '/a', '/a?q')),
    forwarded('an exact path is replaced', { path: '/a' }, { prefix_rewrite: '/b/c' }, gets('/a', '/a?q=1')),
    forwarded('a prefix of segments is replaced', { path_separated_prefix: '/a' }, { prefix_rewrite: '/b' }, gets('/a/x', '/a?q=1', '/a')),
    forwarded('a prefix without case is replaced', { prefix: '/a', case_sensitive: false }, { prefix_rewrite: '/b' }, gets('/A/x')),
    forwarded(
      'a path is rewritten by regex, groups and all',
      { prefix: '/' },
      { regex_rewrite: { pattern: { regex: '^/([^/]+)/(.*)$' }, substitution: '/\\2/\\1' } },
      gets('/one/two', '/one', '/one/two/three?q=1'),
    ),
    forwarded(
      'every place a regex finds is rewritten',
      { prefix: '/' },
      { regex_rewrite: { pattern: { regex: 'a' }, substitution: 'bb' } },
      gets('/aca?a=a'),
    ),
    forwarded('the authority becomes a literal', { prefix: '/' }, { host_rewrite_literal: 'b.example' }, gets('/'), ['host: b.example']),
    forwarded(
      'the authority becomes a literal, the old one told',
      { prefix: '/' },
      { host_rewrite_literal: 'b.example', append_x_forwarded_host: true },
      [request('GET /'), request('GET /', 'x-forwarded-host: c.example'), request('GET /', 'host: b.example')],
    ),
    forwarded('the authority comes from a header', { prefix: '/' }, { host_rewrite_header: 'x-host' }, [
      request('GET /', 'x-host: b.example'),
      request('GET /'),
    ]),
    {
      name: "the authority becomes the endpoint's",
      routes: [route({ auto_host_rewrite: true })],
      clusters: { backend: { endpoints: { hostname: 'endpoint.example' } } },
      client: http1Client(...gets('/')),
      expect: ['host: endpoint.example'],
    },
    {
      name: "the authority becomes the endpoint's, which has no name",
      routes: [route({ auto_host_rewrite: true, append_x_forwarded_host: true })],
      client: http1Client(...gets('/')),
    },
    {
      name: 'the authority of a weighted cluster',
      routes: [
        route({
          host_rewrite_literal: 'route.example',
          weighted_clusters: { clusters: [{ name: 'backend', weight: 1, host_rewrite_literal: 'cluster.example' }] },
        }),
      ],
      client: http1Client(...gets('/')),
    },
    redirected('a redirect changes nothing it is not told to', { path_redirect: '/b' }, gets('/a?x=1'), { prefix: '/' }, [
      '301',
      'location: http://a.example/b',
    ]),
    redirected('a redirect to https', { https_redirect: true }, [
      request('GET /a?x=1'),
      request('GET /', 'host: a.example:80'),
      request('GET /', 'host: a.example:8080'),
    ]),
    redirected('a redirect of the scheme', { scheme_redirect: 'HTTPS' }, gets('/a')),
    redirected('a redirect of the host', { host_redirect: 'b.example' }, [request('GET /a?x=1'), request('GET /', 'host: a.example:8080')]),
    redirected('a redirect of the port', { port_redirect: 8443 }, [
      request('GET /'),
      request('GET /', 'host: a.example:80'),
      request('GET /', 'host: [::1]:80'),
    ]),
    redirected("a redirect of the port to the scheme's own", { port_redirect: 443, https_redirect: true }, gets('/')),
    redirected('a redirect of the host with a port', { host_redirect: 'b.example:81', port_redirect: 82 }, gets('/')),
    redirected('a redirect to a path with a query', { path_redirect: '/b?y=2' }, gets('/a?x=1', '/a')),
    redirected('a redirect without its query', { path_redirect: '/b', strip_query: true }, gets('/a?x=1')),
    redirected('a redirect of a prefix', { prefix_rewrite: '/b' }, gets('/a/x?y=1'), { prefix: '/a' }),
    redirected('a redirect by regex', { regex_rewrite: { pattern: { regex: '^/a/(.*)$' }, substitution: '/\\1' } }, gets('/a/x?y=1'), {
      prefix: '/a',
    }),
    redirected('a redirect 302', { path_redirect: '/b', response_code: 'FOUND' }, gets('/')),
    redirected('a redirect 303', { path_redirect: '/b', response_code: 'SEE_OTHER' }, gets('/')),
    redirected('a redirect 307', { path_redirect: '/b', response_code: 'TEMPORARY_REDIRECT' }, [requestWith('x', 'POST /')]),
    redirected('a redirect 308 of HEAD', { path_redirect: '/b', response_code: 'PERMANENT_REDIRECT' }, [request('HEAD /')]),
    direct('a direct response with a body', { status: 200, body: { inline_string: 'hello' } }, [request('GET /'), request('HEAD /')]),
    direct('a direct response without a body', { status: 418 }, gets('/')),
    direct('a direct response 503', { status: 503, body: { inline_string: 'later' } }, [requestWith('body', 'POST /')]),
    direct('a direct response 302', { status: 302 }, gets('/x?y=1')),
    direct('a direct response 201', { status: 201, body: { inline_string: 'made' } }, [requestWith('body', 'POST /x')]),
    direct('a direct response 204', { status: 204 }, gets('/')),
    {
      name: "a direct response has its route's headers",
      routes: [
        {
          match: { prefix: '/' },
          direct_response: { status: 200, body: { inline_string: '{}' } },
          response_headers_to_add: [
            { header: { key: 'content-type', value: 'application/json' }, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' },
            { header: { key: 'x-a', value: '1' } },
          ],
        },
      ],
      client: http1Client(...gets('/')),
    },
    {
      name: 'path normalization takes dots away',
      manager: { normalize_path: true },
      client: http1Client(...gets('/a/../b', '/a/./b', '/../../c', '/a/b/..', '/a//b')),
    },
    {
      name: 'path normalization decodes what is unreserved and says the rest in capitals',
      manager: { normalize_path: true },
      client: http1Client(...gets('/%61%2d%7e', '/a%2fb', '/a%2Fb', '/%c3%a4', '/a%20b?%61')),
    },
    {
      name: 'path normalization refuses a broken escape',
      manager: { normalize_path: true },
      client: http1Client(...gets('/a%', '/a%2', '/a%zz')),
    },
    {
      name: 'path normalization of dots with parameters',
      manager: { normalize_path: true },
      client: http1Client(
        ...gets('/x/..;/b', '/..;a=b/c', '/x/.;/b', '/x/..;', '/x/y..;/b', '/x/...;/b', '/x;a/../b', '/x/..;%2fb', '/x/..;?q'),
      ),
    },
    {
      name: 'path normalization of escaped dots with parameters',
      manager: { normalize_path: true },
      client: http1Client(...gets('/x/%2e%2e;/b')),
      differs: 'a server that knows parameters would read what Envoy forwards as a step up: it is taken away, escaped or not',
    },
    { name: 'path normalization of backslashes', manager: { normalize_path: true }, client: http1Client(...gets('/a\\b', '/a\\..\\b')) },
    { name: 'without path normalization all stays', client: http1Client(...gets('/a/../b', '/%61', '/a//b', '/a\\b')) },
    {
      name: 'slashes are merged',
      manager: { merge_slashes: true, normalize_path: true },
      client: http1Client(...gets('//a///b//', '/a?x=//b')),
    },
    {
      name: 'escaped slashes are refused',
      manager: { path_with_escaped_slashes_action: 'REJECT_REQUEST' },
      client: http1Client(...gets('/a%2fb', '/a%5Cb', '/a?x=%2f')),
    },
    {
      name: 'escaped slashes are decoded and the client sent there',
      manager: { path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT' },
      client: http1Client(...gets('/a%2fb?x=%2f', '/a%5Cb')),
    },
    {
      name: 'escaped slashes are decoded',
      manager: { path_with_escaped_slashes_action: 'UNESCAPE_AND_FORWARD' },
      client: http1Client(...gets('/a%2fb', '/a%5Cb')),
    },
    { name: 'a fragment in a path', client: http1Client(...gets('/a#b')) },
    {
      name: "a mirror gets a copy, its answer is nobody's",
      routes: [route({ request_mirror_policies: [{ cluster: 'shadow' }] })],
      upstreams: { backend: http1(ok), shadow: http1('HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n') },
      client: http1Client(requestWith('body', 'POST /a?b')),
      expect: ['200 OK', 'host: a.example-shadow'],
    },
    {
      name: 'a mirror whose host keeps its name',
      routes: [route({ request_mirror_policies: [{ cluster: 'shadow', disable_shadow_host_suffix_append: true }] })],
      upstreams: { backend: http1(ok), shadow: http1(ok) },
      client: http1Client(request('GET /', 'host: a.example:8080')),
    },
    {
      name: 'a mirror of a host with a port',
      routes: [route({ request_mirror_policies: [{ cluster: 'shadow' }] })],
      upstreams: { backend: http1(ok), shadow: http1(ok) },
      client: http1Client(request('GET /', 'host: a.example:8080')),
    },
    {
      name: 'a mirror for none',
      routes: [route({ request_mirror_policies: [{ cluster: 'shadow', runtime_fraction: { default_value: { numerator: 0 } } }] })],
      upstreams: { backend: http1(ok), shadow: http1(ok) },
      client: http1Client(...gets('/')),
    },
    {
      name: 'a mirror that is not there harms nobody',
      routes: [route({ request_mirror_policies: [{ cluster: 'nowhere' }] })],
      client: http1Client(...gets('/')),
      expect: ['200 OK'],
    },
    {
      name: 'a mirror where nobody listens harms nobody',
      routes: [route({ request_mirror_policies: [{ cluster: 'shadow' }] })],
      upstreams: { backend: http1(ok), shadow: { kind: 'absent' } },
      client: http1Client(...gets('/')),
      expect: ['200 OK'],
    },
    {
      name: 'all weight on one of two clusters',
      routes: [
        route({
          weighted_clusters: {
            clusters: [
              { name: 'backend', weight: 0 },
              { name: 'second', weight: 100 },
            ],
          },
        }),
      ],
      upstreams: { backend: http1(ok), second: http1(ok) },
      client: http1Client(...gets('/', '/')),
    },
    {
      name: 'weights of which one cluster is not there',
      routes: [
        route({
          weighted_clusters: {
            clusters: [
              { name: 'nowhere', weight: 1 },
              { name: 'backend', weight: 0 },
            ],
          },
        }),
      ],
      client: http1Client(...gets('/')),
      expect: ['flags=NC'],
    },
    {
      name: 'weights and what each changes of headers',
      routes: [
        route({
          weighted_clusters: {
            clusters: [
              {
                name: 'backend',
                weight: 1,
                request_headers_to_add: [{ header: { key: 'x-in', value: 'cluster' } }],
                request_headers_to_remove: ['x-gone'],
                response_headers_to_add: [{ header: { key: 'x-out', value: 'cluster' } }],
                response_headers_to_remove: ['x-secret'],
              },
            ],
          },
        }),
      ],
      upstreams: { backend: http1('HTTP/1.1 200 OK\r\nx-secret: 1\r\ncontent-length: 0\r\n\r\n') },
      client: http1Client(request('GET /', 'x-gone: 1')),
    },
    {
      name: 'a router that keeps its own headers to itself',
      routes: [route({ prefix_rewrite: '/b', timeout: '5s' })],
      manager: { http_filters: [typed('envoy.filters.http.router', 'filters.http.router.v3.Router', { suppress_envoy_headers: true })] },
      client: http1Client(...gets('/a')),
    },
  ],
};
