import { type JsonObject } from '@bufbuild/protobuf';
import { route } from '../bootstrap';
import { http1Client, request, requestWith } from '../peers/client';
import { type Area, type Row } from '../row';

/** A route that answers with its own name, and so shows that it was taken. */
function named(name: string, match: JsonObject): JsonObject {
  return { name, match, direct_response: { status: 200, body: { inline_string: name } } };
}

/** Requests at a list of routes, each after the last. */
function matching(name: string, routes: readonly JsonObject[], requests: readonly string[], expect: readonly string[] = []): Row {
  return { name, routes, client: http1Client(...requests), expect };
}

const header = (name: string, matcher: JsonObject): JsonObject => ({ prefix: '/', headers: [{ name, ...matcher }] });
const text = (matcher: JsonObject): JsonObject => ({ string_match: matcher });
const query = (name: string, matcher: JsonObject): JsonObject => ({ prefix: '/', query_parameters: [{ name, ...matcher }] });
const hosts = (...list: readonly (readonly [name: string, ...domains: string[]])[]): JsonObject => ({
  virtual_hosts: list.map(([name, ...domains]) => ({ name, domains, routes: [named(name, { prefix: '/' })] })),
});
const gets = (...paths: readonly string[]): readonly string[] => paths.map((path) => request(`GET ${path}`));
const toHosts = (...authorities: readonly string[]): readonly string[] => authorities.map((host) => request('GET /', `host: ${host}`));

/** Which route takes a request. */
export const routing: Area = {
  area: 'routing',
  rows: [
    {
      name: 'everything goes to the backend',
      client: http1Client(request('GET /')),
      expect: ['HTTP/1.1 200 OK', 'flags=- details=via_upstream'],
    },
    matching(
      'a prefix takes what begins with it, whole segments or not',
      [named('a', { prefix: '/a' })],
      gets('/a', '/ab', '/a/b', '/a?x=1'),
      ['route=a'],
    ),
    matching('a prefix leaves what does not begin with it', [named('a', { prefix: '/a' })], gets('/b', '/A', '/'), [
      '404',
      'flags=NR details=route_not_found',
    ]),
    matching('a prefix without case', [named('a', { prefix: '/a', case_sensitive: false })], gets('/A', '/aB', '/b')),
    matching('an exact path, its query aside', [named('a', { path: '/a' })], gets('/a', '/a?b', '/a/', '/ab', '/A')),
    matching('an exact path without case', [named('a', { path: '/Ab', case_sensitive: false })], gets('/aB', '/ab?q', '/abc')),
    matching('a prefix of segments', [named('a', { path_separated_prefix: '/a' })], gets('/a', '/a/b', '/ab', '/a?b', '/a/')),
    matching('a regex takes the whole path', [named('a', { safe_regex: { regex: '/a[0-9]+' } })], gets('/a1', '/a12?x=y', '/a1b', '/b/a1')),
    matching(
      'the first of several routes that match wins',
      [named('a', { path: '/a' }), named('b', { prefix: '/' }), named('c', { path: '/c' })],
      gets('/a', '/c', '/d'),
    ),
    matching(
      'a header that is exact',
      [named('a', header('x-a', text({ exact: 'One' }))), named('b', { prefix: '/' })],
      [request('GET /', 'X-A: One'), request('GET /', 'x-a: one'), request('GET /')],
    ),
    matching(
      'a header that is exact without case',
      [named('a', header('x-a', text({ exact: 'One', ignore_case: true }))), named('b', { prefix: '/' })],
      [request('GET /', 'x-a: oNE'), request('GET /', 'x-a: ones')],
    ),
    matching(
      'a header that comes twice: one line is enough',
      [
        named('joined', header('x-a', text({ exact: 'one,two' }))),
        named('second', header('x-a', text({ exact: 'two' }))),
        named('none', { prefix: '/' }),
      ],
      [request('GET /', 'x-a: one', 'x-a: two'), request('GET /', 'x-a: one, two'), request('GET /', 'x-a: one,two')],
    ),
    matching(
      'a header that comes twice and must not match',
      [named('not two', header('x-a', { ...text({ exact: 'two' }), invert_match: true })), named('none', { prefix: '/' })],
      [request('GET /', 'x-a: one', 'x-a: two'), request('GET /', 'x-a: one', 'x-a: three'), request('GET /', 'x-a: two', 'x-a: two')],
    ),
    matching(
      'a header that comes twice, by regex and by range',
      [
        named('both', header('x-a', text({ safe_regex: { regex: 'one.*two' } }))),
        named('range', header('x-a', { range_match: { start: '2', end: '3' } })),
        named('none', { prefix: '/' }),
      ],
      [request('GET /', 'x-a: one', 'x-a: two'), request('GET /', 'x-a: 1', 'x-a: 2'), request('GET /', 'x-a: 2', 'x-a: 1')],
    ),
    matching(
      'a header prefix, suffix, part',
      [
        named('p', header('x-a', text({ prefix: 'one' }))),
        named('s', header('x-a', text({ suffix: 'two' }))),
        named('c', header('x-a', text({ contains: 'three' }))),
        named('none', { prefix: '/' }),
      ],
      [request('GET /', 'x-a: one!'), request('GET /', 'x-a: is two'), request('GET /', 'x-a: a three b'), request('GET /', 'x-a: four')],
    ),
    matching(
      'a header by regex, whole',
      [named('a', header('x-a', text({ safe_regex: { regex: '[a-c]+' } }))), named('b', { prefix: '/' })],
      [request('GET /', 'x-a: abc'), request('GET /', 'x-a: abcd')],
    ),
    matching(
      'a header that is there',
      [named('a', header('x-a', { present_match: true })), named('b', { prefix: '/' })],
      [request('GET /', 'x-a: 1'), request('GET /', 'x-a:'), request('GET /')],
    ),
    matching(
      'a header that is not there',
      [named('a', header('x-a', { present_match: false })), named('b', { prefix: '/' })],
      [request('GET /', 'x-a: 1'), request('GET /')],
    ),
    matching(
      'a header that must not match, absent or other',
      [named('a', header('x-a', { ...text({ exact: 'no' }), invert_match: true })), named('b', { prefix: '/' })],
      [request('GET /', 'x-a: no'), request('GET /', 'x-a: yes'), request('GET /')],
    ),
    matching(
      'a header that counts as empty when absent',
      [
        named('a', header('x-a', { ...text({ exact: 'no' }), invert_match: true, treat_missing_header_as_empty: true })),
        named('b', { prefix: '/' }),
      ],
      [request('GET /', 'x-a: no'), request('GET /', 'x-a: yes'), request('GET /')],
    ),
    matching(
      'a header in a range of numbers',
      [named('a', header('x-a', { range_match: { start: '1', end: '10' } })), named('b', { prefix: '/' })],
      [
        request('GET /', 'x-a: 1'),
        request('GET /', 'x-a: 9'),
        request('GET /', 'x-a: 10'),
        request('GET /', 'x-a: 5x'),
        request('GET /', 'x-a: -1'),
      ],
    ),
    matching(
      'a method',
      [named('post', header(':method', text({ exact: 'POST' }))), named('any', { prefix: '/' })],
      [requestWith('x', 'POST /'), request('GET /'), request('PURGE /')],
    ),
    matching(
      'an authority as a header, its port there',
      [named('a', header(':authority', text({ prefix: 'a.example:' }))), named('any', { prefix: '/' })],
      toHosts('a.example:80', 'a.example', 'A.example:1'),
    ),
    matching(
      'a path as a header, its query there',
      [named('a', header(':path', text({ suffix: '?q=1' }))), named('any', { prefix: '/' })],
      gets('/x?q=1', '/x?q=2'),
    ),
    matching(
      'a scheme',
      [named('s', header(':scheme', text({ exact: 'https' }))), named('h', header(':scheme', text({ exact: 'http' })))],
      gets('/'),
    ),
    matching(
      'a query parameter that is exact',
      [named('a', query('q', text({ exact: '1' }))), named('b', { prefix: '/' })],
      gets('/?q=1', '/?x=2&q=1', '/?q=11', '/?q', '/?Q=1', '/?q=2&q=1', '/?q=1&q=2'),
    ),
    matching(
      'a query parameter that is there',
      [named('a', query('q', { present_match: true })), named('b', { prefix: '/' })],
      gets('/?q=1', '/?q', '/?q=', '/?qq=1', '/'),
    ),
    matching(
      'a query parameter by regex, not decoded',
      [named('a', query('q', text({ safe_regex: { regex: '[a-z ]+' } }))), named('b', { prefix: '/' })],
      gets('/?q=abc', '/?q=a%20b', '/?q=a+b', '/?q=a;r=b'),
    ),
    matching(
      'a gRPC request by its content type',
      [named('g', { prefix: '/', grpc: {} }), named('h', { prefix: '/' })],
      [
        request('POST /', 'content-type: application/grpc', 'content-length: 0'),
        request('POST /', 'content-type: application/grpc+proto', 'content-length: 0'),
        request('POST /', 'content-type: application/grpcx', 'content-length: 0'),
      ],
    ),
    {
      name: 'a host, exact before suffix before prefix before any',
      routeConfiguration: hosts(
        ['exact', 'a.example.com'],
        ['suffix', '*.example.com'],
        ['longer', '*.a.example.com'],
        ['prefix', 'a.example.*'],
        ['any', '*'],
      ),
      client: http1Client(
        ...toHosts('a.example.com', 'b.example.com', 'x.a.example.com', 'a.example.org', 'other', 'example.com', '.example.com'),
      ),
    },
    {
      name: 'a host without case',
      routeConfiguration: hosts(['exact', 'a.Example.com'], ['any', '*']),
      client: http1Client(...toHosts('A.eXAMPLE.com', 'a.example.com')),
    },
    {
      name: 'a host with its port',
      routeConfiguration: hosts(['with', 'a.example:8080'], ['without', 'a.example'], ['any', '*']),
      client: http1Client(...toHosts('a.example:8080', 'a.example', 'a.example:80')),
    },
    {
      name: 'a host whatever its port',
      routeConfiguration: { ...hosts(['without', 'a.example'], ['any', '*']), ignore_port_in_host_matching: true },
      client: http1Client(...toHosts('a.example:8080', 'a.example', 'a.example:80', '[::1]:80')),
    },
    {
      name: 'a host that is nobody',
      routeConfiguration: hosts(['only', 'a.example']),
      client: http1Client(...toHosts('b.example')),
      expect: ['404', 'flags=NR'],
    },
    {
      name: 'a host stripped of any port goes on without',
      manager: { strip_any_host_port: true },
      client: http1Client(...toHosts('a.example:8080')),
    },
    {
      name: "a host keeps a port that is not the listener's",
      manager: { strip_matching_host_port: true },
      client: http1Client(...toHosts('a.example:8080')),
    },
    {
      name: 'a trailing dot of a host is a name of its own',
      routeConfiguration: hosts(['without', 'a.example'], ['any', '*']),
      client: http1Client(...toHosts('a.example.')),
    },
    {
      name: 'a share of none and of all',
      routes: [
        { ...named('never', { prefix: '/', runtime_fraction: { default_value: { numerator: 0 } } }) },
        { ...named('always', { prefix: '/', runtime_fraction: { default_value: { numerator: 100 } } }) },
      ],
      client: http1Client(...gets('/')),
    },
    {
      name: 'a cluster by header',
      routes: [route({ cluster_header: 'x-to' })],
      client: async (port) => await http1Client(request('GET /', 'x-to: nowhere'), request('GET /'))(port),
      expect: ['503', 'flags=NC'],
    },
    {
      name: 'a cluster that is not there',
      routes: [route({ cluster: 'nowhere' })],
      client: http1Client(request('GET /')),
      expect: ['503', 'flags=NC details=cluster_not_found'],
    },
    {
      name: 'a cluster that is not there, answered 404',
      routes: [route({ cluster: 'nowhere', cluster_not_found_response_code: 'NOT_FOUND' })],
      client: http1Client(request('GET /')),
      expect: ['404'],
    },
    {
      name: 'a request for TLS alone is redirected',
      virtualHost: { require_tls: 'ALL' },
      client: http1Client(request('GET /a?b=c'), request('GET /', 'host: a.example:8080')),
    },
  ],
};
