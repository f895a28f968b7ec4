import { toJson } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { ClusterSchema } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@lateen/xds/gen/envoy/config/endpoint/v3/endpoint_pb';
import { xdsRegistry } from '@lateen/xds/registry';
import { endpointsFor } from '../endpoints/index';
import { type Proxy } from '../proxy';
import { proxyOf, snapshotFrom } from '../testing/index';
import { clustersFor } from './index';

const MESH = `
apiVersion: v1
kind: Service
metadata: {name: api, namespace: default}
spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}, {name: dns, port: 53, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: peers, namespace: default}
spec: {clusterIP: None, selector: {app: api}, ports: [{name: tcp, port: 7000}]}
---
apiVersion: v1
kind: Service
metadata: {name: nick, namespace: default}
spec: {type: ExternalName, externalName: api.default.svc.cluster.local, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: default}
spec: {template: {metadata: {labels: {app: api, version: v1}}, spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}}}
---
`;
const RULE = (policy?: string): string => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: default}
spec: {host: api, ${policy === undefined ? '' : `trafficPolicy: ${policy}, `}subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}
---`;

function jsonOf(yaml: string, different: Partial<Proxy> = {}) {
  const snapshot = snapshotFrom(yaml);
  const proxy = proxyOf(snapshot, 'default/api', different);
  const clusters = clustersFor({ snapshot, proxy });
  const registry = xdsRegistry();
  return {
    clusters: new Map(
      clusters.map(({ name, message }) => [
        name,
        JSON.parse(JSON.stringify(toJson(ClusterSchema, message, { registry }))) as Record<string, unknown>,
      ]),
    ),
    endpoints: new Map(
      endpointsFor({ snapshot, proxy, clusters }).map(({ name, message }) => [
        name,
        JSON.stringify(toJson(ClusterLoadAssignmentSchema, message)),
      ]),
    ),
    translated: clusters,
  };
}

const API = 'outbound|80||api.default.svc.cluster.local';
const PEERS = 'outbound|7000||peers.default.svc.cluster.local';
const EXPLICIT = {
  interception: { mode: 'NONE', ports: { inbound: { '8080': { listen: 21_001, app: 31_001 } }, outbound: {} } },
} as const satisfies Partial<Proxy>;

describe('which clusters there are', () => {
  it('sidecar: well-known ones, its own ports, every service port; UDP only inbound, other names not', () => {
    expect([...jsonOf(MESH).clusters.keys()].sort()).toEqual([
      'BlackHoleCluster',
      'InboundPassthroughCluster',
      'PassthroughCluster',
      'inbound|53||',
      'inbound|7000||',
      'inbound|8080||',
      PEERS,
      API,
    ]);
  });
  it('gateway: no inbound, no passthrough', () => {
    expect([...jsonOf(MESH, { type: 'router' }).clusters.keys()].sort()).toEqual(['BlackHoleCluster', PEERS, API]);
  });
  it('subsets follow their service', () => {
    expect([...jsonOf(MESH + RULE()).clusters.keys()].filter((name) => name.includes('api'))).toEqual([
      API,
      API.replace('||', '|v1|'),
      API.replace('||', '|v2|'),
    ]);
  });
  it('not captured: only own ports that the map has', () => {
    expect([...jsonOf(MESH, EXPLICIT).clusters.keys()].filter((name) => name.startsWith('inbound'))).toEqual(['inbound|8080||']);
  });
});

describe('not captured (interception NONE)', () => {
  const { clusters } = jsonOf(MESH, EXPLICIT);
  it('the workload itself is its port on loopback', () => {
    expect(clusters.get('inbound|8080||')).toMatchObject({
      type: 'STATIC',
      loadAssignment: {
        endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue: 31_001 } } } }] }],
      },
    });
    expect(clusters.get('inbound|8080||')).not.toHaveProperty('upstreamBindConfig');
  });
  it('headless services have endpoints, since no connection says where it was going', () =>
    expect(clusters.get(PEERS)).toMatchObject({ type: 'EDS' }));
});

describe("a proxy without Istio's filters", () => {
  const text = JSON.stringify([...jsonOf(MESH, { extensions: new Set() }).clusters.values()]);
  it('gets none of them', () => expect(text).not.toContain('metadata_exchange'));
  it('does not offer their ALPN', () => expect(text).not.toContain('istio-peer-exchange'));
});

describe('a proxyless gRPC client', () => {
  const { clusters, endpoints } = jsonOf(MESH + RULE('{loadBalancer: {simple: RANDOM}, tls: {mode: ISTIO_MUTUAL}}'), { generator: 'grpc' });
  it('gets plain EDS clusters, round robin', () => {
    expect([...clusters.keys()].every((name) => name.startsWith('outbound|'))).toBe(true);
    expect(clusters.get(API)).toEqual({
      name: API,
      type: 'EDS',
      edsClusterConfig: { edsConfig: { ads: {}, resourceApiVersion: 'V3' }, serviceName: API },
    });
  });
  it('and endpoints for each, headless ones too', () => expect([...endpoints.keys()].sort()).toEqual([...clusters.keys()].sort()));
});

describe('transport security', () => {
  const cases: readonly {
    readonly name: string;
    readonly yaml: string;
    readonly want: Record<string, unknown>;
    readonly mutual: boolean;
  }[] = [
    {
      name: 'nothing said: mutual TLS where the peer can',
      yaml: MESH,
      want: { transportSocketMatches: [{ name: 'tlsMode-istio' }, { name: 'tlsMode-disabled' }] },
      mutual: true,
    },
    {
      name: 'ISTIO_MUTUAL: always',
      yaml: MESH + RULE('{tls: {mode: ISTIO_MUTUAL}}'),
      want: { transportSocket: { name: 'envoy.transport_sockets.tls' } },
      mutual: true,
    },
    { name: 'DISABLE: never', yaml: MESH + RULE('{tls: {mode: DISABLE}}'), want: {}, mutual: false },
    {
      name: 'SIMPLE: as the server is verified outside the mesh',
      yaml: MESH + RULE('{tls: {mode: SIMPLE}}'),
      want: {
        transportSocket: { name: 'envoy.transport_sockets.tls' },
        metadata: { filterMetadata: { istio: { alpn_override: 'false' } } },
      },
      mutual: false,
    },
    {
      name: 'the peer refuses mutual TLS on its port: per endpoint, the cluster as ever',
      yaml: `${MESH}
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: api, namespace: default}
spec: {selector: {matchLabels: {app: api}}, portLevelMtls: {8080: {mode: DISABLE}}}
`,
      want: { transportSocketMatches: [{ name: 'tlsMode-istio' }, { name: 'tlsMode-disabled' }] },
      mutual: false,
    },
  ];
  it.each(cases)('$name', ({ yaml, want, mutual }) => {
    const { clusters, endpoints } = jsonOf(yaml);
    expect(clusters.get(API)).toMatchObject(want);
    expect(endpoints.get(API)?.includes('"tlsMode":"istio"')).toBe(mutual);
  });
});

describe('sharing', () => {
  it('proxies of one snapshot get the very same messages', () => {
    const snapshot = snapshotFrom(MESH);
    const proxy = proxyOf(snapshot, 'default/api');
    const find = (p: Proxy) => clustersFor({ snapshot, proxy: p }).find(({ name }) => name === API);
    expect(find({ ...proxy, name: 'other' })).toBe(find(proxy));
  });
  it('each points at the rule that shaped it, else at its service', () => {
    const lineOf = (yaml: string): number | undefined => jsonOf(yaml).translated.find(({ name }) => name === API)?.origin?.line;
    expect(lineOf(MESH)).toBeLessThan(5);
    expect(lineOf(MESH + RULE())).toBeGreaterThan(20);
  });
});
