import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import { anyPack, StringValueSchema } from '@bufbuild/protobuf/wkt';
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { ListenerSchema } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { bootstrapRegistry } from '../any-registry';
import { type ConnectionFacts, type HttpFilter, type NetworkFilter } from '../model';
import { parseListener } from './listener';

const TYPE = 'type.googleapis.com/';
const tcp = {
  name: 'tcp',
  typedConfig: { '@type': `${TYPE}envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy`, statPrefix: 's', cluster: 'c' },
};
const router = { name: 'router', typedConfig: { '@type': `${TYPE}envoy.extensions.filters.http.router.v3.Router` } };
const http = (httpFilters: readonly object[]) => ({
  name: 'hcm',
  typedConfig: {
    '@type': `${TYPE}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`,
    statPrefix: 's',
    routeConfig: {},
    httpFilters,
  },
});
const address = { socketAddress: { address: '0.0.0.0', portValue: 15006 } };
const struct = (typeUrl: string, value: object = {}) => ({
  '@type': `${TYPE}udpa.type.v1.TypedStruct`,
  typeUrl: `${TYPE}${typeUrl}`,
  value,
});

const message = (json: object) => fromJson(ListenerSchema, { name: 'l', address, ...json } as JsonValue, { registry: bootstrapRegistry });
function parse(json: object) {
  const result = parseListener(message(json));
  if (!result.ok) throw new Error(result.reason);
  return result;
}

describe('the filter chain of a connection', () => {
  const chain = (name: string, filterChainMatch: object) => ({ name, filterChainMatch, filters: [tcp] });
  const { value: listener } = parse({
    filterChains: [
      chain('blackhole', { destinationPort: 15006 }),
      chain('mtls-http', { destinationPort: 80, transportProtocol: 'tls', applicationProtocols: ['istio-http/1.1', 'istio'] }),
      chain('plain-http', { destinationPort: 80, transportProtocol: 'raw_buffer', applicationProtocols: ['http/1.1', 'h2c'] }),
      chain('plain-tcp', { destinationPort: 80, transportProtocol: 'raw_buffer' }),
      chain('tls', { destinationPort: 80, transportProtocol: 'tls' }),
      chain('sni', { destinationPort: 443, serverNames: ['a.example.com'] }),
      chain('sni-wide', { destinationPort: 443, serverNames: ['*.example.com'] }),
      chain('sni-wider', { destinationPort: 443, serverNames: ['*.com'] }),
      chain('wide', { prefixRanges: [{ addressPrefix: '10.0.0.0', prefixLen: 8 }] }),
      chain('narrow-tls', { prefixRanges: [{ addressPrefix: '10.2.0.0', prefixLen: 16 }], transportProtocol: 'tls' }),
      chain('narrow', { prefixRanges: [{ addressPrefix: '10.1.0.0', prefixLen: 16 }] }),
      chain('widest', { prefixRanges: [{ addressPrefix: '10.0.0.0', prefixLen: 7 }] }),
    ],
    defaultFilterChain: { name: 'default', filters: [tcp] },
  });
  const facts = (more: Partial<ConnectionFacts>): ConnectionFacts => ({
    destinationAddress: '192.168.0.1',
    destinationPort: 80,
    sourceAddress: '192.168.0.2',
    sourcePort: 4000,
    serverName: undefined,
    transportProtocol: 'raw_buffer',
    applicationProtocols: [],
    ...more,
  });
  it.each([
    { name: 'by port', with: { destinationPort: 15006 }, want: 'blackhole' },
    {
      name: 'mTLS of a sidecar',
      with: { transportProtocol: 'tls', applicationProtocols: ['istio-http/1.1', 'istio', 'http/1.1'] },
      want: 'mtls-http',
    },
    { name: "TLS of the application's own", with: { transportProtocol: 'tls', applicationProtocols: ['h2'] }, want: 'tls' },
    { name: 'plain HTTP, sniffed', with: { applicationProtocols: ['http/1.1'] }, want: 'plain-http' },
    { name: 'plain TCP', with: {}, want: 'plain-tcp' },
    { name: 'the exact server name', with: { destinationPort: 443, serverName: 'a.example.com' }, want: 'sni' },
    { name: 'the longest suffix', with: { destinationPort: 443, serverName: 'b.a.example.com' }, want: 'sni-wide' },
    { name: 'a shorter suffix', with: { destinationPort: 443, serverName: 'other.com' }, want: 'sni-wider' },
    { name: 'no server name: the default chain', with: { destinationPort: 443 }, want: 'default' },
    { name: 'the longest network', with: { destinationPort: 9, destinationAddress: '10.1.2.3' }, want: 'narrow' },
    { name: 'a network through a mapped address', with: { destinationPort: 9, destinationAddress: '::ffff:10.9.2.3' }, want: 'wide' },
    {
      name: 'a port with chains never falls back to chains without',
      with: { destinationPort: 443, destinationAddress: '10.1.2.3' },
      want: 'default',
    },
    {
      name: 'a network once chosen is never left for a wider one',
      with: { destinationPort: 9, destinationAddress: '10.2.2.3' },
      want: 'default',
    },
    { name: 'nothing fits', with: { destinationPort: 9 }, want: 'default' },
  ] as const)('$name', ({ with: more, want }) =>
    expect(listener.selectFilterChain(facts(more as Partial<ConnectionFacts>))?.name).toBe(want),
  );
});

describe('listener filters', () => {
  it('are off where their predicate says so', () => {
    const inspector = anyPack(StringValueSchema, create(StringValueSchema));
    inspector.typeUrl = `${TYPE}envoy.extensions.filters.listener.http_inspector.v3.HttpInspector`;
    const ranges = {
      case: 'orMatch',
      value: { rules: [80, 90].map((start) => ({ rule: { case: 'destinationPortRange', value: { start, end: start + 1 } } })) },
    };
    const listener = message({ filterChains: [{ filters: [tcp] }] });
    listener.listenerFilters = [
      { name: 'x', configType: { case: 'typedConfig', value: inspector }, filterDisabled: { rule: ranges } },
    ] as unknown as typeof listener.listenerFilters;
    const result = parseListener(listener);
    const [filter] = result.ok ? result.value.listenerFilters : [];
    expect([filter?.kind, [79, 80, 81, 90, 91].map((port) => filter?.disabledOn(port))]).toEqual([
      'http_inspector',
      [false, true, false, true, false],
    ]);
  });
});

describe('filters that are not built fail closed', () => {
  const httpFilter = (filter: object): { readonly filter: HttpFilter | undefined; readonly effects: readonly string[] } => {
    const { value, notes } = parse({ filterChains: [{ filters: [http([filter, router])] }] });
    const [network] = value.filterChains[0]!.filters;
    return { filter: network?.kind === 'http' ? network.manager.httpFilters[0] : undefined, effects: notes.map((n) => n.effect) };
  };
  /** A filter of a type that only its name is known of, with field 1 set or not. */
  const raw = (typeName: string, bytes: readonly number[] = []) => {
    const listener = message({ filterChains: [{ filters: [tcp] }] });
    const any = anyPack(StringValueSchema, create(StringValueSchema));
    any.typeUrl = TYPE + typeName;
    any.value = new Uint8Array(bytes);
    listener.filterChains[0]!.filters.unshift({
      $typeName: 'envoy.config.listener.v3.Filter',
      name: 'x',
      configType: { case: 'typedConfig', value: any },
    });
    const result = parseListener(listener);
    return result.ok ? result.value.filterChains[0]?.filters[0] : undefined;
  };

  it.each([
    {
      type: 'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication',
      want: { kind: 'deny', unsupported: { word: 'jwt_authn_unsupported' } },
      effect: 'denies',
    },
    {
      type: 'envoy.extensions.filters.http.ext_authz.v3.ExtAuthz',
      want: { kind: 'deny', unsupported: { word: 'ext_authz_unsupported' } },
      effect: 'denies',
    },
    {
      type: 'envoy.extensions.filters.http.lua.v3.Lua',
      want: { kind: 'unsupported', unsupported: { word: 'http_filter_unsupported' } },
      effect: 'answers_503',
    },
  ])('HTTP: $type', ({ type, want, effect }) => {
    const { filter, effects } = httpFilter({ name: 'x', typedConfig: struct(type) });
    expect([filter, effects]).toMatchObject([want, [effect]]);
  });
  it('HTTP: an optional one that nobody knows is left out', () =>
    expect(httpFilter({ name: 'x', isOptional: true, typedConfig: struct('acme.Filter') }).filter).toEqual({ name: 'x', kind: 'ignored' }));
  it('HTTP: a disabled one is not there', () =>
    expect(httpFilter({ name: 'x', disabled: true, typedConfig: struct('acme.Filter') }).filter?.kind).toBe('router'));
  it('TCP: rules of RBAC close the connection', () =>
    expect(raw('envoy.extensions.filters.network.rbac.v3.RBAC', [0x0a, 0x00])).toMatchObject({
      kind: 'deny',
      unsupported: { word: 'network_rbac_unsupported' },
    }));
  it('TCP: shadow rules alone are left out', () =>
    expect(raw('envoy.extensions.filters.network.rbac.v3.RBAC', [0x12, 0x00])).toEqual({
      kind: 'ignored',
      name: 'x',
    } satisfies NetworkFilter));
});

describe('peer metadata', () => {
  it('is read out of a TypedStruct', () => {
    const config = struct('io.istio.http.peer_metadata.Config', {
      downstream_discovery: [{ istio_headers: {} }, { workload_discovery: {} }],
      downstream_propagation: [{ istio_headers: {} }],
    });
    const [network] = parse({ filterChains: [{ filters: [http([{ name: 'mx', typedConfig: config }, router])] }] }).value.filterChains[0]!
      .filters;
    expect(network?.kind === 'http' && network.manager.httpFilters[0]).toEqual({
      name: 'mx',
      kind: 'peer_metadata',
      downstreamDiscovery: true,
      upstreamDiscovery: false,
      downstreamPropagation: true,
      upstreamPropagation: false,
    });
  });
});

describe('refused', () => {
  it.each([
    { name: 'no chains', json: {}, want: 'has no filter chains' },
    {
      name: 'two chains that match alike',
      json: {
        filterChains: [
          { filterChainMatch: { destinationPort: 1 }, filters: [tcp] },
          { filterChainMatch: { destinationPort: 1 }, filters: [tcp] },
        ],
      },
      want: 'filterChains[1]: matches the same as filter chain 0',
    },
    {
      name: 'a terminal filter that is not last',
      json: { filterChains: [{ filters: [tcp, tcp] }] },
      want: 'filterChains[0].filters[0]: is a terminal filter and must be the last',
    },
    {
      name: 'no router',
      json: { filterChains: [{ filters: [http([])] }] },
      want: 'filterChains[0].filters[0].httpFilters: the last filter must be the router',
    },
    {
      name: 'an address that is a name',
      json: { address: { socketAddress: { address: 'web', portValue: 80 } }, filterChains: [{ filters: [tcp] }] },
      want: 'address: "web" is not an IP address',
    },
    {
      name: 'client certificates required and nobody to judge them',
      json: {
        filterChains: [
          {
            filters: [tcp],
            transportSocket: {
              name: 'tls',
              typedConfig: {
                '@type': `${TYPE}envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext`,
                requireClientCertificate: true,
                commonTlsContext: { tlsCertificateSdsSecretConfigs: [{ name: 'default' }] },
              },
            },
          },
        ],
      },
      want: 'filterChains[0].transportSocket.requireClientCertificate: no validation context says which certificates to take',
    },
  ])('$name', ({ json, want }) => {
    const result = parseListener(message(json));
    expect(result.ok ? 'accepted' : result.reason).toBe(want);
  });
});

describe('the PROXY protocol from clients', () => {
  const chains = [{ filters: [tcp] }];
  const filter = (config: object) => ({
    name: 'proxy',
    typedConfig: { '@type': `${TYPE}envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol`, ...config },
  });
  it.each([
    { name: 'is required', config: {}, want: { allowWithout: false, disallowedVersions: [] } },
    {
      name: 'may be left out, or be of one version only',
      config: { allowRequestsWithoutProxyProtocol: true, disallowedVersions: ['V1'] },
      want: { allowWithout: true, disallowedVersions: [1] },
    },
  ])('$name', ({ config, want }) => {
    const { value } = parse({ listenerFilters: [filter(config)], filterChains: chains });
    expect(value.listenerFilters).toMatchObject([{ kind: 'proxy_protocol', proxyProtocol: want }]);
  });

  it('is read first where only the older field asks for it', () => {
    const { value } = parse({ filterChains: [{ filters: [tcp], useProxyProto: true }] });
    expect(value.listenerFilters).toMatchObject([{ kind: 'proxy_protocol', proxyProtocol: { allowWithout: false } }]);
  });
});

describe('filters of gRPC', () => {
  const config = (type: string, value: object = {}) => ({
    name: type,
    typedConfig: { '@type': `${TYPE}envoy.extensions.filters.http.${type}`, ...value },
  });
  const parsed = (filter: object): HttpFilter => {
    const { value } = parse({ filterChains: [{ filters: [http([filter, router])] }] });
    const network = value.filterChains[0]!.filters[0] as Extract<NetworkFilter, { kind: 'http' }>;
    return network.manager.httpFilters[0]!;
  };
  const stats = 'grpc_stats.v3.FilterConfig';
  it.each([
    { name: 'gRPC-Web', filter: config('grpc_web.v3.GrpcWeb'), want: { kind: 'grpc_web' } },
    { name: 'statistics of all calls together', filter: config(stats), want: { kind: 'grpc_stats', methods: 'none' } },
    {
      name: 'statistics of each method',
      filter: config(stats, { statsForAllMethods: true }),
      want: { kind: 'grpc_stats', methods: 'all' },
    },
    {
      name: 'statistics of some methods',
      filter: config(stats, { individualMethodStatsAllowlist: { services: [{ name: 'a.B', methodNames: ['C'] }] } }),
      want: { kind: 'grpc_stats', methods: new Map([['a.B', new Set(['C'])]]) },
    },
  ])('$name', ({ filter, want }) => expect(parsed(filter)).toMatchObject(want));
});

describe('options of a connection manager that are absent unless they are asked for', () => {
  const none = { defaultHostForHttp10: undefined, headersWithUnderscores: undefined, enableTrailers: undefined, via: undefined };
  it.each<[name: string, options: object, want: object]>([
    ['none', {}, {}],
    ['the host of HTTP/1.0', { httpProtocolOptions: { defaultHostForHttp10: 'a.example' } }, { defaultHostForHttp10: 'a.example' }],
    ['trailers', { httpProtocolOptions: { enableTrailers: true } }, { enableTrailers: true }],
    ['underscores dropped', underscores('DROP_HEADER'), { headersWithUnderscores: 'drop' }],
    ['underscores refused', underscores('REJECT_REQUEST'), { headersWithUnderscores: 'reject' }],
    ['underscores allowed', underscores('ALLOW'), {}],
    ['via', { via: 'me' }, { via: 'me' }],
  ])('%s', (_name, options, want) => {
    const { typedConfig, ...filter } = http([router]);
    const { value, notes } = parse({ filterChains: [{ filters: [{ ...filter, typedConfig: { ...typedConfig, ...options } }] }] });
    const [parsed] = value.filterChains[0]!.filters;
    if (parsed?.kind !== 'http') throw new Error('not HTTP');
    const { defaultHostForHttp10, headersWithUnderscores, enableTrailers, via } = parsed.manager;
    expect([{ defaultHostForHttp10, headersWithUnderscores, enableTrailers, via }, notes]).toEqual([{ ...none, ...want }, []]);
  });

  it('is refused with an action nobody knows', () => {
    const { typedConfig, ...filter } = http([router]);
    const config = { ...typedConfig, ...underscores(9) };
    expect(() => parse({ filterChains: [{ filters: [{ ...filter, typedConfig: config }] }] })).toThrow(/headersWithUnderscoresAction/);
  });
});

function underscores(action: string | number): object {
  return { commonHttpProtocolOptions: { headersWithUnderscoresAction: action } };
}
