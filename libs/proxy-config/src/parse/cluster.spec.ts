import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { ClusterSchema } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { bootstrapRegistry } from '../any-registry';
import { type Cluster } from '../model';
import { parseCluster } from './cluster';

const TYPE = 'type.googleapis.com/';
const eds = { type: 'EDS', edsClusterConfig: { edsConfig: { ads: {} } } };
const parse = (json: object) =>
  parseCluster(fromJson(ClusterSchema, JSON.parse(JSON.stringify({ name: 'c', ...json })) as JsonValue, { registry: bootstrapRegistry }));
function clusterOf(json: object): Cluster {
  const result = parse({ ...eds, ...json });
  if (!result.ok) throw new Error(result.reason);
  return result.value.cluster;
}
const options = (value: object) => ({
  typedExtensionProtocolOptions: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': `${TYPE}envoy.extensions.upstreams.http.v3.HttpProtocolOptions`,
      ...value,
    },
  },
});
const tls = (value: object = {}) => ({
  name: 'tls',
  typedConfig: { '@type': `${TYPE}envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext`, commonTlsContext: {}, ...value },
});

describe('defaults', () => {
  it("are Envoy's", () =>
    expect(clusterOf({})).toMatchObject({
      altStatName: 'c',
      edsServiceName: 'c',
      lbPolicy: { kind: 'round_robin' },
      panicThreshold: 50,
      connectTimeoutMs: 5000,
      thresholds: { maxConnections: 1024, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 3 },
      transportSocket: { kind: 'raw' },
      upstreamProtocol: 'http1',
      http: { idleTimeoutMs: 3_600_000, maxConnectionDurationMs: 0, maxRequestsPerConnection: 0 },
      metadata: { services: [], alpnOverride: true, external: false },
    }));
  it('of outlier detection too', () =>
    expect(clusterOf({ outlierDetection: { baseEjectionTime: '400s' } }).outlierDetection).toMatchObject({
      consecutive5xx: 5,
      enforcingConsecutive5xx: 100,
      enforcingConsecutiveGatewayFailure: 0,
      intervalMs: 10_000,
      baseEjectionTimeMs: 400_000,
      maxEjectionTimeMs: 400_000,
      maxEjectionPercent: 10,
    }));
});

describe('what is set', () => {
  it('the largest number is no limit', () =>
    expect(clusterOf({ circuitBreakers: { thresholds: [{ maxConnections: 4294967295, maxRetries: 0 }] } }).thresholds).toMatchObject({
      maxConnections: Infinity,
      maxRetries: 0,
    }));
  it('a panic threshold without a value is 0', () =>
    expect(clusterOf({ commonLbConfig: { healthyPanicThreshold: {} } }).panicThreshold).toBe(0));
  it('the transport socket goes by the metadata of the endpoint', () => {
    const { transportSocketFor } = clusterOf({
      transportSocketMatches: [
        { name: 'istio', match: { tlsMode: 'istio' }, transportSocket: tls({ sni: 'outbound_.80_._.a' }) },
        {
          name: 'plain',
          match: {},
          transportSocket: {
            name: 'envoy.transport_sockets.raw_buffer',
            typedConfig: { '@type': `${TYPE}envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer` },
          },
        },
      ],
    });
    expect([
      transportSocketFor({ transportSocketMatch: { tlsMode: 'istio' } }),
      transportSocketFor({ transportSocketMatch: {} }),
    ]).toMatchObject([{ kind: 'tls', tls: { sni: 'outbound_.80_._.a' } }, { kind: 'raw' }]);
  });
  it("Istio's metadata", () =>
    expect(
      clusterOf({
        metadata: {
          filterMetadata: {
            istio: {
              services: [{ host: 'a.b', name: 'a', namespace: 'b' }],
              subset: 'v1',
              alpn_override: 'false',
              external: true,
              config: '/x',
            },
          },
        },
      }).metadata,
    ).toEqual({ services: [{ host: 'a.b', name: 'a', namespace: 'b' }], subset: 'v1', alpnOverride: false, external: true, config: '/x' }));
  it('HTTP/2, and its bounds', () =>
    expect(
      clusterOf(options({ explicitHttpConfig: { http2ProtocolOptions: { maxConcurrentStreams: 7, initialStreamWindowSize: 70_000 } } })),
    ).toMatchObject({ upstreamProtocol: 'http2', http: { maxConcurrentStreams: 7, initialStreamWindowBytes: 70_000 } }));
  it('whichever of the two TLS agrees on', () => expect(clusterOf(options({ autoConfig: {} })).upstreamProtocol).toBe('alpn'));
  it('HTTP/3 is not offered', () =>
    expect(
      clusterOf({ transportSocket: tls({ commonTlsContext: { alpnProtocols: ['istio-peer-exchange', 'istio', 'h3'] } }) }).transportSocket,
    ).toMatchObject({ tls: { alpnProtocols: ['istio-peer-exchange', 'istio'] } }));
  it('whatever the downstream speaks', () =>
    expect(clusterOf(options({ useDownstreamProtocolConfig: {} })).upstreamProtocol).toBe('downstream'));
});

describe('well formed and not built: requests get a 503 that names it', () => {
  it.each([
    { name: 'HTTP/3', json: options({ explicitHttpConfig: { http3ProtocolOptions: {} } }), word: 'http3_upstream_unsupported' },
    {
      name: 'names resolved per request',
      json: { type: undefined, edsClusterConfig: undefined, clusterType: { name: 'envoy.clusters.dynamic_forward_proxy' } },
      word: 'dynamic_forward_proxy_unsupported',
    },
  ])('$name', ({ json, word }) => expect(clusterOf(json).unsupported?.word).toBe(word));
  it('a transport socket nobody knows', () =>
    expect(
      clusterOf({
        transportSocket: { name: 'x', typedConfig: { '@type': `${TYPE}udpa.type.v1.TypedStruct`, typeUrl: `${TYPE}acme.Socket` } },
      }).transportSocket,
    ).toMatchObject({ unsupported: { word: 'transport_socket_unsupported' } }));
});

describe('refused', () => {
  it.each([
    { name: 'no name', json: { ...eds, name: '' }, want: 'name: is missing' },
    { name: 'EDS from nowhere', json: { type: 'EDS' }, want: 'edsClusterConfig: is missing' },
    { name: 'endpoints in an EDS cluster', json: { ...eds, loadAssignment: {} }, want: 'loadAssignment: does not go with type EDS' },
    { name: 'ORIGINAL_DST with a policy', json: { type: 'ORIGINAL_DST' }, want: 'lbPolicy: ORIGINAL_DST takes CLUSTER_PROVIDED alone' },
    {
      name: 'names matched with nobody to certify them',
      json: { ...eds, transportSocket: tls({ commonTlsContext: { validationContext: { matchSubjectAltNames: [{ exact: 'a' }] } } }) },
      want: 'transportSocket.commonTlsContext.validationContext: names are matched, but no trusted CA says who may certify them',
    },
    {
      name: 'a pin that is no hash',
      json: { ...eds, transportSocket: tls({ commonTlsContext: { validationContext: { verifyCertificateHash: ['0'.repeat(63)] } } }) },
      want: 'transportSocket.commonTlsContext.validationContext.verifyCertificateHash[0]: is no SHA-256 in hexadecimal',
    },
    {
      name: 'versions upside down',
      json: {
        ...eds,
        transportSocket: tls({
          commonTlsContext: { tlsParams: { tlsMinimumProtocolVersion: 'TLSv1_3', tlsMaximumProtocolVersion: 'TLSv1_2' } },
        }),
      },
      want: 'transportSocket.commonTlsContext.tlsParams: minimum TLSv1.3 is above maximum TLSv1.2',
    },
    {
      name: 'an endpoint that is a name',
      json: {
        type: 'STATIC',
        loadAssignment: { endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress: { address: 'db', portValue: 1 } } } }] }] },
      },
      want: 'loadAssignment.endpoints[0].lbEndpoints[0].endpoint.address: "db" is not an IP address',
    },
    {
      name: 'a percentage above 100',
      json: { ...eds, outlierDetection: { maxEjectionPercent: 101 } },
      want: 'outlierDetection.maxEjectionPercent: 101 is above 100',
    },
  ])('$name', ({ json, want }) => {
    const result = parse(json);
    expect(result.ok ? 'accepted' : result.reason).toBe(want);
  });
});

describe('keepalive of HTTP/2', () => {
  const keepalive = (connectionKeepalive: object) => options({ explicitHttpConfig: { http2ProtocolOptions: { connectionKeepalive } } });
  it('is not asked for', () =>
    expect(clusterOf(options({ explicitHttpConfig: { http2ProtocolOptions: {} } })).http.keepalive).toBeUndefined());
  it('has a jitter of 15 percent', () =>
    expect(clusterOf(keepalive({ interval: '30s', timeout: '5s' })).http.keepalive).toEqual({
      intervalMs: 30_000,
      timeoutMs: 5000,
      idleIntervalMs: 0,
      jitterPercent: 15,
    }));
  it('of idle connections alone', () =>
    expect(clusterOf(keepalive({ connectionIdleInterval: '1.5s', timeout: '5s', intervalJitter: { value: 0 } })).http.keepalive).toEqual({
      intervalMs: 0,
      timeoutMs: 5000,
      idleIntervalMs: 1500,
      jitterPercent: 0,
    }));
  it.each([
    { name: 'no timeout', json: { interval: '1s' }, reason: /connectionKeepalive\.timeout: is missing$/ },
    { name: 'a timeout of nothing', json: { timeout: '0s' }, reason: /connectionKeepalive\.timeout: is less than a millisecond/ },
    { name: 'an interval of nothing', json: { timeout: '1s', interval: '0s' }, reason: /connectionKeepalive\.interval: is less than/ },
    {
      name: 'a jitter beyond all',
      json: { timeout: '1s', intervalJitter: { value: 101 } },
      reason: /intervalJitter: is no percentage: 101$/,
    },
  ])('is refused: $name', ({ json, reason }) => expect(() => clusterOf(keepalive(json))).toThrow(reason));
  it('notes of HTTP/2 what is not in effect', () => {
    const result = parse({
      ...eds,
      ...options({ explicitHttpConfig: { http2ProtocolOptions: { initialConnectionWindowSize: 100_000, maxOutboundFrames: 5 } } }),
    });
    expect(result.ok && result.notes.map(({ path, effect }) => `${path} ${effect}`)).toEqual([
      'http2ProtocolOptions.initialConnectionWindowSize ignored',
      'http2ProtocolOptions.maxOutboundFrames ignored',
    ]);
  });
});
