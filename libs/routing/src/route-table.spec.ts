import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@lateen/base/testing';
import fc from 'fast-check';
import { type PathMatch, type RouteConfig, type RouteDraft, type RouteMatch, type VirtualHostConfig } from './model';
import { literalPrefixOf } from './regex';
import { compileRouteTable, matchLinearly } from './route-table';
import { exact, prefix, regex } from './string-matcher';
import { requestView } from './testing';

const random = seededRandom(1);

/** A route that answers 200, named, matching everything unless told. */
function route(name: string, match: Partial<RouteMatch> = {}): RouteDraft {
  return {
    name,
    match: { path: { kind: 'prefix', value: '/', caseSensitive: true }, headers: [], queryParameters: [], grpc: false, ...match },
    action: { kind: 'directResponse', status: 200, body: '' },
    headers: { request: [], response: [] },
    perFilter: {},
  };
}

function host(name: string, domains: readonly string[], routes: readonly RouteDraft[] = [route('r')]): VirtualHostConfig {
  return { name, domains, routes, requireTls: 'none', includeRequestAttemptCount: false, includeAttemptCountInResponse: false };
}

const config = (virtualHosts: readonly VirtualHostConfig[], ignorePortInHostMatching = true): RouteConfig => ({
  name: '80',
  virtualHosts,
  ignorePortInHostMatching,
});

const path = (kind: 'prefix' | 'exact' | 'separatedPrefix', value: string, caseSensitive = true): PathMatch => ({
  kind,
  value,
  caseSensitive,
});
const pathRegex = (pattern: string): PathMatch => ({ kind: 'regex', matcher: regex(pattern), literalPrefix: literalPrefixOf(pattern) });

describe('virtual host lookup', () => {
  const table = compileRouteTable(
    config([
      host('api', ['api.default.svc.cluster.local', 'api.default.svc.cluster.local.', 'API', '10.96.0.10']),
      host('wide', ['*.example.com']),
      host('wider', ['*.com']),
      host('dash', ['*-eu.example.com']),
      host('front', ['shop.*']),
      host('v6', ['[2001:db8::1]']),
      host('any', ['*']),
    ]),
  );
  it.each([
    { authority: 'api.default.svc.cluster.local', want: 'api' },
    { authority: 'api.default.svc.cluster.local:80', want: 'api' },
    { authority: 'api.default.svc.cluster.local.', want: 'api' },
    { authority: 'Api:8080', want: 'api' },
    { authority: '10.96.0.10:80', want: 'api' },
    { authority: 'a.example.com', want: 'wide' },
    { authority: 'a.b.example.com', want: 'wide' },
    { authority: 'x-eu.example.com', want: 'dash' },
    { authority: '-eu.example.com', want: 'wide' },
    { authority: '.example.com', want: 'wider' },
    { authority: 'example.com', want: 'wider' },
    { authority: 'shop.org', want: 'front' },
    { authority: 'shop.', want: 'any' },
    { authority: '[2001:db8::1]:443', want: 'v6' },
    { authority: '[2001:db8::1]', want: 'v6' },
    { authority: '', want: 'any' },
  ])('$authority → $want', ({ authority, want }) => expect(table.virtualHostFor(authority)?.name).toBe(want));

  it('keeps the port where ports count', () => {
    const strict = compileRouteTable(config([host('api', ['api'])], false));
    expect([strict.virtualHostFor('api')?.name, strict.virtualHostFor('api:80')?.name]).toEqual(['api', undefined]);
  });

  it('refuses a domain given twice', () => {
    expect(() => compileRouteTable(config([host('a', ['x']), host('b', ['X'])]))).toThrow('domain "x" is given twice');
  });
});

describe('route matching', () => {
  const cases: readonly { name: string; match: Partial<RouteMatch>; hits: readonly string[]; misses: readonly string[] }[] = [
    { name: 'prefix', match: { path: path('prefix', '/a') }, hits: ['/a', '/ab', '/a/b?x'], misses: ['/', '/A'] },
    { name: 'prefix, any case', match: { path: path('prefix', '/Ab', false) }, hits: ['/aB', '/abc'], misses: ['/a'] },
    { name: 'exact ignores the query', match: { path: path('exact', '/a') }, hits: ['/a', '/a?q=1', '/a#f'], misses: ['/a/', '/ab'] },
    { name: 'exact, any case', match: { path: path('exact', '/Ab', false) }, hits: ['/ab', '/AB?q'], misses: ['/abc'] },
    {
      name: 'a separated prefix ends at a segment',
      match: { path: path('separatedPrefix', '/a') },
      hits: ['/a', '/a/b', '/a?x'],
      misses: ['/ab'],
    },
    {
      name: 'a regex matches the whole path',
      match: { path: pathRegex('/items/[0-9]+') },
      hits: ['/items/7', '/items/7?x'],
      misses: ['/items/', '/items/7/x'],
    },
    { name: 'a regex may have alternatives', match: { path: pathRegex('/a|/b') }, hits: ['/a', '/b'], misses: ['/ab'] },
    {
      name: 'query exact',
      match: { queryParameters: [{ name: 'q', value: { kind: 'string', matcher: exact('1') } }] },
      hits: ['/?q=1', '/?a&q=1&q=2'],
      misses: ['/', '/?q=2&q=1', '/?qq=1'],
    },
    {
      name: 'query present',
      match: { queryParameters: [{ name: 'q', value: { kind: 'present', present: true } }] },
      hits: ['/?q', '/?q=', '/?x=1&q=5'],
      misses: ['/?qq', '/q'],
    },
    { name: 'a fraction of none', match: { fraction: { numerator: 0, denominator: 100 } }, hits: [], misses: ['/'] },
  ];
  it.each(cases)('$name', ({ match, hits, misses }) => {
    const table = compileRouteTable(config([host('h', ['*'], [route('r', match)])]));
    const matched = (p: string): boolean => table.match(requestView({ path: p }), random) !== undefined;
    expect({ hits: hits.filter(matched), misses: misses.filter(matched) }).toEqual({ hits, misses: [] });
  });

  const string = (matcher: ReturnType<typeof exact>) => ({ kind: 'string', matcher }) as const;
  const header = (value: RouteMatch['headers'][number]['value'], more: Partial<RouteMatch['headers'][number]> = {}) => ({
    name: 'x',
    value,
    invert: false,
    treatMissingAsEmpty: false,
    ...more,
  });
  it.each([
    { name: 'exact', match: header(string(exact('a'))), value: 'a', want: true },
    { name: 'prefix', match: header(string(prefix('a'))), value: 'ab', want: true },
    { name: 'regex is whole', match: header(string(regex('c.*'))), value: 'xc', want: false },
    { name: 'present', match: header({ kind: 'present', present: true }), value: '', want: true },
    { name: 'present, missing', match: header({ kind: 'present', present: true }), value: undefined, want: false },
    {
      name: 'present inverted, missing',
      match: header({ kind: 'present', present: true }, { invert: true }),
      value: undefined,
      want: true,
    },
    { name: 'inverted value', match: header(string(exact('a')), { invert: true }), value: 'b', want: true },
    { name: 'inverted value, missing: no match', match: header(string(exact('a')), { invert: true }), value: undefined, want: false },
    {
      name: 'inverted value, missing taken as empty',
      match: header(string(exact('a')), { invert: true, treatMissingAsEmpty: true }),
      value: undefined,
      want: true,
    },
    { name: 'range', match: header({ kind: 'range', start: 5, end: 7 }), value: '6', want: true },
    { name: 'range excludes its end', match: header({ kind: 'range', start: 5, end: 7 }), value: '7', want: false },
    { name: 'range of a word', match: header({ kind: 'range', start: 0, end: 7 }), value: '6a', want: false },
  ])('header: $name', ({ match, value, want }) => {
    const table = compileRouteTable(config([host('h', ['*'], [route('r', { headers: [match] })])]));
    expect(table.match(requestView({ headers: value === undefined ? {} : { x: value } }), random) !== undefined).toBe(want);
  });

  it('matches pseudo-headers', () => {
    const match = (name: string, value: string): RouteMatch['headers'][number] => ({
      name,
      value: string(exact(value)),
      invert: false,
      treatMissingAsEmpty: false,
    });
    const table = compileRouteTable(
      config([
        host('h', ['*'], [route('r', { headers: [match(':method', 'POST'), match(':authority', 'a'), match(':scheme', 'https')] })]),
      ]),
    );
    expect(table.match(requestView({ method: 'POST', authority: 'a', scheme: 'https' }), random)?.name).toBe('r');
    expect(table.match(requestView({ method: 'GET', authority: 'a', scheme: 'https' }), random)).toBeUndefined();
  });

  it('redirects plain requests where TLS is required', () => {
    const table = compileRouteTable(config([{ ...host('h', ['*']), requireTls: 'all' }]));
    const action = table.match(requestView({ path: '/a?b' }), random)?.action;
    expect(action?.kind === 'redirect' && [action.status, action.location('http', 'x.org:80', '/a?b')]).toEqual([301, 'https://x.org/a?b']);
    expect(table.match(requestView({ scheme: 'https' }), random)?.name).toBe('r');
  });

  it('lets internal requests through where TLS is asked of external ones', () => {
    const table = compileRouteTable(config([{ ...host('h', ['*']), requireTls: 'externalOnly' }]));
    expect([
      table.match(requestView({ headers: { 'x-envoy-internal': 'true' } }), random)?.name,
      table.match(requestView(), random)?.action.kind,
    ]).toEqual(['r', 'redirect']);
  });
});

describe('precedence', () => {
  const segment = fc.constantFrom('', 'a', 'b', 'ab', 'A', 'aa');
  const value = fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
  const pathMatch = fc.oneof(
    fc
      .tuple(fc.constantFrom('prefix' as const, 'exact' as const, 'separatedPrefix' as const), value, fc.boolean())
      .map(([kind, v, cs]) => path(kind, v, cs)),
    fc.tuple(value, fc.constantFrom('', '.*', '/.*', '?', '+', '|/b', '[ab]', '(a|b)?')).map(([v, tail]) => pathRegex(v + tail)),
  );
  it('is the order of the routes: the index agrees with a linear scan', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(pathMatch, fc.boolean()), { maxLength: 30 }),
        fc.array(value, { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        (matches, paths, withHeader) => {
          const headers = [{ name: 'x', value: { kind: 'present', present: true }, invert: false, treatMissingAsEmpty: false }] as const;
          const table = compileRouteTable(
            config([
              host(
                'h',
                ['*'],
                matches.map(([p, needs], i) => route(`r${i}`, { path: p, headers: needs ? headers : [] })),
              ),
            ]),
          );
          const virtualHost = table.virtualHostFor('h')!;
          for (const p of paths) {
            const request = requestView({ path: p, headers: withHeader ? { x: '' } : {} });
            expect(table.match(request, random)?.name).toBe(matchLinearly(virtualHost, request, random)?.name);
          }
        },
      ),
    );
  });

  it('holds for ten thousand routes', () => {
    const routes = Array.from({ length: 10_000 }, (_, i) => route(`r${i}`, { path: path('prefix', `/service-${i}/`) }));
    const table = compileRouteTable(config([host('h', ['*'], [...routes, route('last')])]));
    expect(['/service-9999/x', '/service-0/', '/else'].map((p) => table.match(requestView({ path: p }), random)?.name)).toEqual([
      'r9999',
      'r0',
      'last',
    ]);
  });
});
