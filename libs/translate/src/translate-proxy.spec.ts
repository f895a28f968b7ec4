import { describe, expect, it } from '@jest/globals';
import { toProxyConfig } from './offline/proxy-config';
import { type Proxy } from './proxy';
import { proxyOf, snapshotFrom } from './testing/index';
import { translateProxy } from './translate-proxy';

const MESH = `
apiVersion: v1
kind: Service
metadata: {name: api, namespace: default}
spec: {selector: {app: api}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: default}
spec: {ports: [{name: tcp, port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: edge, namespace: default}
spec: {selector: {istio: ingressgateway}, ports: [{name: http2, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: default}
spec: {template: {metadata: {labels: {app: api, version: v1}}, spec: {containers: [{name: c, ports: [{containerPort: 8080}]}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: default}
spec: {template: {metadata: {labels: {istio: ingressgateway}}, spec: {containers: [{name: c}]}}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: api, namespace: default}
spec: {host: api, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: api, namespace: default}
spec: {hosts: [api], gateways: [mesh, front], http: [{timeout: 2s, route: [{destination: {host: api, subset: v1}, weight: 75}, {destination: {host: api, subset: v2}, weight: 25}]}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: front, namespace: default}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}, {port: {number: 443, name: https, protocol: HTTPS}, hosts: ["*"], tls: {mode: MUTUAL, credentialName: cert}}]}
`;
const API = 'api.default.svc.cluster.local';

function translated(workload: string, different: Partial<Proxy> = {}) {
  const snapshot = snapshotFrom(MESH);
  const resources = translateProxy({ snapshot, proxy: proxyOf(snapshot, workload, different) });
  return { resources, config: toProxyConfig(resources) };
}

describe('TCP rules', () => {
  const rule = (match: string): string => `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: db, namespace: default}
spec: {hosts: [db], tcp: [{match: [${match}], route: [{destination: {host: other}}]}]}
`;
  const clustersFor = (match: string): string => {
    const snapshot = snapshotFrom(MESH + rule(match));
    const { listeners } = toProxyConfig(translateProxy({ snapshot, proxy: proxyOf(snapshot, 'default/api') }));
    return JSON.stringify(listeners);
  };
  it('hold on their port', () => expect(clustersFor('{port: 5432}')).toContain('outbound|5432||other.default.svc.cluster.local'));
  it.each(['{port: 5432, destinationSubnets: [10.0.0.0/8]}', '{sourceSubnet: 10.0.0.0/8}'])(
    'for some addresses only, which is not built, are for none: %s',
    (match) => expect(clustersFor(match)).not.toContain('other.default.svc.cluster.local'),
  );
});

describe('not captured', () => {
  const ports = {
    inbound: { '8080': { listen: 21_001, app: 31_001 } },
    outbound: { [`${API}:80`]: 22_001, 'db.default.svc.cluster.local:5432': 22_002 },
    httpProxy: 22_000,
  };
  const { resources, config } = translated('default/api', { interception: { mode: 'NONE', ports } });
  it('every listener is bound to a port of the map, on loopback', () => {
    expect(
      config.listeners
        .map((listener) => JSON.stringify(listener))
        .map((text) => /"name":"([^"]*)","address":\{"socketAddress":\{"address":"([^"]*)","portValue":(\d+)/.exec(text)?.slice(1)),
    ).toEqual([
      ['127.0.0.1_22000', '127.0.0.1', '22000'],
      ['127.0.0.1_22001', '127.0.0.1', '22001'],
      ['127.0.0.1_22002', '127.0.0.1', '22002'],
      ['inbound_127.0.0.1_8080', '127.0.0.1', '21001'],
    ]);
    expect(JSON.stringify(config.listeners)).not.toContain('bindToPort');
  });
  it('a service port has routes of its own, whatever the Host says', () => {
    expect(resources.routes.map(({ name }) => name)).toEqual([`${API}:80`, 'http_proxy']);
    expect(config.routes[0]).toMatchObject({
      virtualHosts: [{ domains: ['*'], routes: [{ route: { weightedClusters: { clusters: [{ weight: 75 }, { weight: 25 }] } } }] }],
    });
  });
  it('a gateway listens where the map says, and only there', () => {
    const gateway = translated('default/edge', {
      interception: { mode: 'NONE', ports: { inbound: {}, outbound: {}, gateway: { '8080': 18_080 } } },
    });
    expect(gateway.config.listeners).toMatchObject([
      { name: '0.0.0.0_8080', address: { socketAddress: { address: '127.0.0.1', portValue: 18_080 } } },
    ]);
  });
});

describe('a gateway', () => {
  it('names the secrets the control plane has to serve', () => {
    expect(translated('default/edge').resources.secretNames).toEqual(['kubernetes://cert', 'kubernetes://cert-cacert']);
  });
});

describe('a log of refused connections', () => {
  const logged = `${MESH}---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: 'accessLogFile: /dev/stdout'}
`;
  const explicit: Proxy['interception'] = {
    mode: 'NONE',
    ports: {
      inbound: { '8080': { listen: 21_001, app: 31_001 } },
      outbound: { [`${API}:80`]: 22_001 },
      gateway: { '8080': 18_080, '443': 18_443 },
    },
  };
  const listenersWithLog = (workload: string, different: Partial<Proxy>): readonly string[] => {
    const snapshot = snapshotFrom(logged);
    return translateProxy({ snapshot, proxy: proxyOf(snapshot, workload, different) }).listeners.flatMap(({ name, message }) =>
      message.accessLog.some(({ filter }) => filter?.filterSpecifier.case === 'responseFlagFilter') ? [name] : [],
    );
  };
  const cases: readonly {
    readonly name: string;
    readonly workload: string;
    readonly different?: Partial<Proxy>;
    readonly want: readonly string[];
  }[] = [
    { name: 'a captured sidecar', workload: 'default/api', want: ['virtualInbound', 'virtualOutbound'] },
    {
      name: 'a sidecar that is not captured: where TLS ends',
      workload: 'default/api',
      different: { interception: explicit },
      want: ['inbound_127.0.0.1_8080'],
    },
    { name: 'a gateway', workload: 'default/edge', want: ['0.0.0.0_443', '0.0.0.0_8080'] },
    {
      name: 'a gateway that is not captured',
      workload: 'default/edge',
      different: { interception: explicit },
      want: ['0.0.0.0_443', '0.0.0.0_8080'],
    },
  ];
  it.each(cases)('$name', ({ workload, different = {}, want }) => expect(listenersWithLog(workload, different)).toEqual(want));
});

describe('a gateway port with servers and rules that overlap', () => {
  it('gives each server name to the first chain only, so that no two match alike', () => {
    const rule = (name: string, hosts: string): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: default}
spec: {hosts: [${hosts}], gateways: [sni], tls: [{match: [{sniHosts: [${hosts}]}], route: [{destination: {host: db, port: {number: 5432}}}]}]}
---`;
    const snapshot =
      snapshotFrom(`${MESH}---${rule('a', 'one.example.com, two.example.com')}${rule('b', 'two.example.com, three.example.com')}${rule('c', 'one.example.com')}
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: sni, namespace: default}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 8444, name: tls, protocol: TLS}, hosts: ["*.example.com"], tls: {mode: PASSTHROUGH}}]}
`);
    const { listeners } = translateProxy({ snapshot, proxy: proxyOf(snapshot, 'default/edge') });
    const chains = listeners.find(({ name }) => name === '0.0.0.0_8444')?.message.filterChains;
    expect(chains?.map(({ filterChainMatch }) => filterChainMatch?.serverNames)).toEqual([
      ['one.example.com', 'two.example.com'],
      ['three.example.com'],
    ]);
  });
});

describe('a proxyless gRPC client', () => {
  const { resources, config } = translated('default/api', { generator: 'grpc' });
  it('finds HOST:PORT, routes and clusters by name', () => {
    expect(resources.listeners.map(({ name }) => name)).toEqual([`${API}:80`, 'edge.default.svc.cluster.local:80']);
    expect(config.routes[0]).toEqual({
      name: `outbound|80||${API}`,
      virtualHosts: [
        {
          name: `${API}:80`,
          domains: ['*'],
          routes: [
            {
              match: { prefix: '/' },
              route: {
                maxStreamDuration: { maxStreamDuration: '2s' },
                weightedClusters: {
                  clusters: [
                    { name: `outbound|80|v1|${API}`, weight: 75 },
                    { name: `outbound|80|v2|${API}`, weight: 25 },
                  ],
                },
              },
            },
          ],
        },
      ],
    });
  });
});

describe("a proxy without Istio's filters", () => {
  it('is sent none of them, anywhere', () => {
    const text = JSON.stringify(translated('default/api', { extensions: new Set() }).config);
    for (const name of ['istio.stats', 'istio.alpn', 'metadata_exchange', 'peer_metadata', 'istio-peer-exchange"]'])
      expect(text).not.toContain(name);
  });
});
