import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@lateen/base/testing';
import { type ForwardAction, type Route } from '@lateen/routing';
import { requestView } from '@lateen/routing/testing';
import { RouteConfigurationSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { bootstrapRegistry } from '../any-registry';
import { type ParseResult } from './result';
import { parseRouteConfiguration } from './route-configuration';

/** A route configuration with one route of its own choosing. */
function parse(route: object, host: object = {}, config: object = {}): ReturnType<typeof parseRouteConfiguration> {
  const json = {
    name: '80',
    virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, ...route }], ...host }],
    ...config,
  };
  return parseRouteConfiguration(fromJson(RouteConfigurationSchema, json as JsonValue, { registry: bootstrapRegistry }));
}

function ok<T>(result: ParseResult<T>): T {
  if (!result.ok) throw new Error(result.reason);
  return result.value;
}
const routeOf = (...args: Parameters<typeof parse>): Route => ok(parse(...args)).virtualHosts[0]!.routes[0]!;
const forwardOf = (route: object, host?: object, config?: object): ForwardAction => routeOf(route, host, config).action as ForwardAction;

describe('defaults', () => {
  it("are Envoy's", () =>
    expect(forwardOf({ route: { cluster: 'a' } })).toEqual({
      kind: 'forward',
      clusters: [{ name: 'a', weight: 1, headers: { request: [], response: [] }, perFilter: {} }],
      totalWeight: 1,
      clusterNotFoundStatus: 503,
      timeoutMs: 15_000,
      appendXForwardedHost: false,
      mirrors: [],
      hashPolicies: [],
      upgrades: new Map(),
    }));
  it('of retries too', () =>
    expect(forwardOf({ route: { cluster: 'a', retryPolicy: { retryOn: 'connect-failure,unavailable,nonsense' } } }).retry).toMatchObject({
      on: { connectFailure: true, grpcStatuses: [14], serverError: false },
      numRetries: 1,
      perTryTimeoutMs: 0,
      backOff: { baseMs: 25, maxMs: 250 },
      previousHosts: false,
      hostSelectionMaxAttempts: 1,
    }));
});

describe('what is set', () => {
  it('times are milliseconds, 0 being none', () =>
    expect(forwardOf({ route: { cluster: 'a', timeout: '0s', idleTimeout: '1.5s', maxGrpcTimeout: '3s' } })).toMatchObject({
      timeoutMs: 0,
      idleTimeoutMs: 1500,
      grpcTimeout: { maxMs: 3000, offsetMs: 0 },
    }));
  describe('a prefix rewrite goes with every match of a path', () => {
    const matches = [
      { match: { prefix: '/x/' }, want: '/y1?q' },
      { match: { path: '/x/1' }, want: '/y?q' },
      { match: { pathSeparatedPrefix: '/x' }, want: '/y/1?q' },
      { match: { safeRegex: { regex: '/x/[0-9]+' } }, want: '/y?q' },
      { match: { connectMatcher: {} }, want: '/y?q' },
    ];
    it.each(matches)('$match', ({ match, want }) => {
      expect(forwardOf({ match, route: { cluster: 'a', prefixRewrite: '/y' } }).rewritePath?.('/x/1?q')).toBe(want);
      const { action } = routeOf({ match, redirect: { prefixRewrite: '/y' } });
      expect(action.kind === 'redirect' && action.location('http', 'a', '/x/1?q')).toBe(`http://a${want}`);
    });
  });
  it.each([
    { name: 'switched on and off', upgradeConfigs: [{ upgradeType: 'WebSocket', enabled: false }, { upgradeType: 'CONNECT' }], want: {} },
    {
      name: 'CONNECT that ends here',
      upgradeConfigs: [
        { upgradeType: 'websocket', enabled: false },
        { upgradeType: 'CONNECT', connectConfig: {} },
      ],
      want: { connectTcp: {} },
    },
    {
      name: 'CONNECT that ends here and says who the client is',
      upgradeConfigs: [
        { upgradeType: 'websocket', enabled: false },
        { upgradeType: 'CONNECT', connectConfig: { proxyProtocolConfig: { version: 'V2' } } },
      ],
      want: { connectTcp: { proxyProtocol: 2 } },
    },
    {
      name: 'CONNECT and POST that end here',
      upgradeConfigs: [
        { upgradeType: 'websocket', enabled: false },
        { upgradeType: 'CONNECT', connectConfig: { allowPost: true } },
      ],
      want: { connectTcp: { post: true } },
    },
  ])('upgrades: $name', ({ upgradeConfigs, want }) => {
    const { upgrades, connectTcp } = forwardOf({ match: { connectMatcher: {} }, route: { cluster: 'a', upgradeConfigs } });
    expect([...upgrades]).toEqual([
      ['websocket', false],
      ['connect', true],
    ]);
    expect(connectTcp).toEqual((want as Pick<ForwardAction, 'connectTcp'>).connectTcp);
  });
  it('retries of the virtual host hold where the route has none', () =>
    expect(forwardOf({ route: { cluster: 'a' } }, { retryPolicy: { retryOn: '5xx', numRetries: 4 } }).retry).toMatchObject({
      on: { serverError: true },
      numRetries: 4,
    }));
  it('a retry back-off alone gives ten times the base as maximum', () =>
    expect(
      forwardOf({ route: { cluster: 'a', retryPolicy: { retryOn: '5xx', retryBackOff: { baseInterval: '0.1s' } } } }).retry?.backOff,
    ).toEqual({ baseMs: 100, maxMs: 1000 }));
  it('headers: inner levels first, removals before additions', () => {
    const add = (value: string) => [{ header: { key: 'X-A', value } }];
    const action = forwardOf(
      {
        requestHeadersToAdd: add('route'),
        route: {
          weightedClusters: {
            clusters: [{ name: 'a', weight: 1, requestHeadersToAdd: add('cluster'), requestHeadersToRemove: ['X-Gone'] }],
          },
        },
      },
      { requestHeadersToAdd: add('host') },
      { requestHeadersToAdd: add('config') },
    );
    expect(
      action.clusters[0]?.headers.request.map((m) => (m.action === 'remove' ? `-${m.name}` : `${m.action} ${m.name}=${m.literal}`)),
    ).toEqual(['-x-gone', 'append x-a=cluster', 'append x-a=route', 'append x-a=host', 'append x-a=config']);
  });
  it('headers with operators keep their format, others are text', () => {
    const [plain, formatted] = routeOf({
      route: { cluster: 'a' },
      responseHeadersToAdd: [{ header: { key: 'a', value: '100%%' } }, { header: { key: 'b', value: '%REQ(x)%' } }],
    }).headers.response;
    expect([plain, formatted]).toEqual([
      { action: 'append', name: 'a', keepEmpty: false, literal: '100%' },
      { action: 'append', name: 'b', keepEmpty: false, format: [{ kind: 'operator', command: 'REQ', argument: 'x' }] },
    ]);
  });
  it('faults, with percentages left out being none', () =>
    expect(
      routeOf({
        route: { cluster: 'a' },
        typedPerFilterConfig: {
          'envoy.filters.http.fault': {
            '@type': 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault',
            abort: { httpStatus: 503 },
          },
        },
      }).perFilter.fault,
    ).toEqual({ headers: [], abort: { httpStatus: 503, fraction: { numerator: 0, denominator: 100 } } }));
  it('a redirect', () => {
    const { action } = routeOf({ redirect: { hostRedirect: 'new.example.com', responseCode: 'PERMANENT_REDIRECT' } });
    expect(action.kind === 'redirect' && [action.status, action.location('http', 'old', '/x?y')]).toEqual([
      308,
      'http://new.example.com/x?y',
    ]);
  });
});

describe('refused: malformed or contradictory', () => {
  it.each([
    {
      name: 'a bad regex',
      route: { match: { safeRegex: { regex: '(' } }, route: { cluster: 'a' } },
      want: 'virtualHosts[0].routes[0].match.safeRegex: Cannot compile regex "("',
    },
    { name: 'no action', route: {}, want: 'virtualHosts[0].routes[0]: has no action' },
    { name: 'no path', route: { match: {}, route: { cluster: 'a' } }, want: 'virtualHosts[0].routes[0].match: has no path specifier' },
    {
      name: 'weights of nothing',
      route: { route: { weightedClusters: { clusters: [{ name: 'a' }] } } },
      want: 'virtualHosts[0].routes[0].route.weightedClusters.clusters: weights add up to 0',
    },
    {
      name: 'two rewrites',
      route: { route: { cluster: 'a', prefixRewrite: '/', regexRewrite: { pattern: { regex: 'a' } } } },
      want: 'virtualHosts[0].routes[0].route: has both prefixRewrite and regexRewrite',
    },
    {
      name: 'a status that is none',
      route: { directResponse: { status: 99 } },
      want: 'virtualHosts[0].routes[0].directResponse.status: 99 is not a status from 200 to 599',
    },
    {
      name: 'a header with a line break',
      route: { route: { cluster: 'a' }, requestHeadersToAdd: [{ header: { key: 'a', value: 'b\r\nc: d' } }] },
      want: 'virtualHosts[0].routes[0].requestHeadersToAdd[0]: header values have no line breaks',
    },
    {
      name: 'a pseudo-header',
      route: { route: { cluster: 'a' }, requestHeadersToAdd: [{ header: { key: ':path', value: '/' } }] },
      want: 'virtualHosts[0].routes[0].requestHeadersToAdd[0]: header ":path" may not be set',
    },
    {
      name: 'a stray percent sign',
      route: { route: { cluster: 'a' }, requestHeadersToAdd: [{ header: { key: 'a', value: '%' } }] },
      want: 'virtualHosts[0].routes[0].requestHeadersToAdd[0]: Cannot parse format: "%" starts no operator',
    },
    {
      name: 'a negative timeout',
      route: { route: { cluster: 'a', timeout: '-1s' } },
      want: 'virtualHosts[0].routes[0].route.timeout: is negative: -1000 ms',
    },
    {
      name: 'a domain twice',
      route: { route: { cluster: 'a' } },
      host: { domains: ['a', 'A'] },
      want: 'virtualHosts: Cannot index hosts: domain "a" is given twice',
    },
    {
      name: 'a host without domains',
      route: { route: { cluster: 'a' } },
      host: { domains: [] },
      want: 'virtualHosts[0].domains: is empty',
    },
  ])('$name', ({ route, host, want }) => {
    const result = parse(route, host);
    expect(result.ok ? 'accepted' : result.reason).toContain(want);
  });
});

describe('well formed and not built', () => {
  it.each([
    { name: 'internal redirects', route: { route: { cluster: 'a', internalRedirectPolicy: {} } }, word: 'internal_redirect_unsupported' },
    {
      name: 'metadata matches',
      route: {
        match: { prefix: '/', dynamicMetadata: [{ filter: 'x', path: [{ key: 'k' }], value: { presentMatch: true } }] },
        route: { cluster: 'a' },
      },
      word: 'dynamic_metadata_match_unsupported',
    },
    { name: 'subsets by metadata', route: { route: { cluster: 'a', metadataMatch: {} } }, word: 'subset_by_metadata_unsupported' },
    { name: 'plugins', route: { route: { clusterSpecifierPlugin: 'p' } }, word: 'cluster_specifier_plugin_unsupported' },
  ])('$name: the route takes its requests and refuses them', ({ route, word }) => {
    const result = parse(route);
    const table = ok(result);
    const action = table.match(requestView(), seededRandom(1))?.action;
    expect([action?.kind === 'forward' && action.unsupported?.word, result.ok && result.notes.map((n) => n.effect)]).toEqual([
      word,
      ['answers_503'],
    ]);
  });
});

describe('where a route comes from', () => {
  const istio = { config: '/apis/networking.istio.io/v1/namespaces/default/virtual-service/api' };
  const from = (filterMetadata: object): Route => routeOf({ route: { cluster: 'a' }, metadata: { filterMetadata } });
  it.each([
    { name: 'rule and match', lateen: { rule: 'http[1]', match: 'match[0]' }, want: { ...istio, rule: 'http[1]', match: 'match[0]' } },
    { name: 'a rule without conditions', lateen: { rule: 'http[1]' }, want: { ...istio, rule: 'http[1]' } },
    { name: 'the delegate that has the rule', lateen: { config: '/team', rule: 'http[0]' }, want: { config: '/team', rule: 'http[0]' } },
    { name: 'something else', lateen: { rule: 7 }, want: undefined },
    { name: 'nothing', lateen: {}, want: undefined },
  ])('$name', ({ lateen, want }) => {
    const { istioConfig, origin } = from({ istio, lateen });
    expect({ istioConfig, origin }).toEqual({ istioConfig: istio.config, origin: want });
  });

  it('is one value for routes of one rule, on whichever host', () => {
    const routes = [
      { match: { prefix: '/' }, route: { cluster: 'a' }, metadata: { filterMetadata: { istio, lateen: { rule: 'http[0]' } } } },
    ];
    const { virtualHosts } = ok(
      parse(
        {},
        {},
        {
          virtualHosts: [
            { name: 'a', domains: ['a'], routes },
            { name: 'b', domains: ['b'], routes },
          ],
        },
      ),
    );
    const [a, b] = virtualHosts.map((host) => host.routes[0]?.origin);
    expect(a).toBeDefined();
    expect(a).toBe(b);
  });
});
