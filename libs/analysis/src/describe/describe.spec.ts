import { describe, expect, it } from '@jest/globals';
import { resourcesFrom } from '@lateen/config/testing';
import { buildMeshSnapshot } from '@lateen/mesh';
import { buildRegistry } from '@lateen/registry';
import { indexConfiguration } from '../configuration/configuration';
import { describeTarget } from './describe';
import { type Description } from './model';

const deployment = (name: string, app: string, version: string): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: default }
spec:
  selector: { matchLabels: { app: ${app}, version: ${version} } }
  template:
    metadata: { labels: { app: ${app}, version: ${version} } }
    spec: { serviceAccountName: ${app}, containers: [{ name: c, image: i, ports: [{ containerPort: 9080 }] }] }
---`;
const MESH = `
apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: default }
spec: { selector: { app: reviews }, ports: [{ port: 80, targetPort: 9080, name: http }] }
---${deployment('reviews-v1', 'reviews', 'v1')}${deployment('reviews-v2', 'reviews', 'v2')}${deployment('client', 'client', 'v1')}
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: default }
spec:
  hosts: [reviews]
  http:
  - match: [{ headers: { end-user: { exact: jason } }, uri: { prefix: /r } }, { queryParams: { q: { regex: x } } }]
    route: [{ destination: { host: reviews, subset: v2 } }]
    timeout: 2s
    retries: { attempts: 3, perTryTimeout: 500ms }
  - route:
    - { destination: { host: reviews, subset: v1 }, weight: 80 }
    - { destination: { host: reviews, subset: v2 }, weight: 20 }
    fault: { delay: { fixedDelay: 7s, percentage: { value: 10 } } }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: front, namespace: default }
spec:
  hosts: [shop.example.com]
  gateways: [front]
  http: [{ route: [{ destination: { host: reviews } }] }]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: front, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["shop.example.com"] }]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews, namespace: default }
spec:
  host: reviews
  trafficPolicy: { tls: { mode: ISTIO_MUTUAL }, connectionPool: { tcp: { maxConnections: 5 } } }
  subsets:
  - { name: v1, labels: { version: v1 } }
  - { name: v9, labels: { version: v9 } }
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: reviews, namespace: default }
spec:
  selector: { matchLabels: { app: reviews } }
  mtls: { mode: STRICT }
  portLevelMtls: { 9080: { mode: PERMISSIVE } }
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: default, namespace: default }
spec: { egress: [{ hosts: ["./*"] }] }
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: { name: all, namespace: istio-system }
spec: { tracing: [{ randomSamplingPercentage: 1 }] }
`;
const resources = resourcesFrom(MESH, { allowIneffective: true });
const configuration = indexConfiguration(resources);
const snapshot = buildMeshSnapshot({ resources, registry: buildRegistry({ resources }) });

function of(name: string): Description {
  const described = describeTarget({ configuration, snapshot, namespace: 'default', name });
  if (!described.found) throw new Error(`not found; there are ${described.names.join(', ')}`);
  return described.description;
}

describe('describeTarget', () => {
  it('says what applies to a workload, and what says so', () => {
    const description = of('reviews-v1');
    expect(description).toMatchObject({
      kind: 'workload',
      name: 'reviews-v1',
      pods: [{ name: 'reviews-v1-0', proxy: 'sidecar', identity: 'spiffe://cluster.local/ns/default/sa/reviews' }],
      services: [{ host: 'reviews.default.svc.cluster.local', ports: [{ number: 80, name: 'http' }] }],
      mutualTls: [
        { port: 9080, mode: 'PERMISSIVE', by: { resource: 'PeerAuthentication default/reviews', path: 'spec.portLevelMtls["9080"]' } },
        { mode: 'STRICT', by: { resource: 'PeerAuthentication default/reviews', path: 'spec.mtls' } },
      ],
      sidecar: { resource: 'Sidecar default/default' },
      telemetry: [{ resource: 'Telemetry istio-system/all' }],
    });
    expect(description.services[0]?.ports[0]?.endpoints.map(({ workload }) => workload)).toEqual(['reviews-v1', 'reviews-v2']);
  });

  it('puts rules into words, those of the host first', () =>
    expect(
      of('reviews-v1').virtualServices.map(({ resource, takesHost, gateways, rules }) => [
        resource,
        takesHost,
        gateways,
        rules.map(({ text }) => text),
      ]),
    ).toEqual([
      [
        'VirtualService default/reviews',
        true,
        ['mesh'],
        [
          'uri /r* and header end-user = jason or query q ~ x → reviews subset v2; timeout 2s, 3 retries of 500ms',
          'any request → reviews subset v1 80%, reviews subset v2 20%; delays 10% by 7s',
        ],
      ],
      ['VirtualService default/front', false, ['default/front'], ['any request → reviews']],
    ]));

  const GATEWAYS: readonly {
    readonly name: string;
    readonly match: string;
    readonly gateways?: string;
    readonly want: readonly [string, readonly string[]];
  }[] = [
    { name: 'all of the VirtualService', match: '{uri: {prefix: /}}', want: ['uri /* → answer 211', ['mesh']] },
    { name: 'none of it', match: '{gateways: [nogw]}', want: ['any request at gateway nogw → answer 211', []] },
    {
      name: 'a gateway of two ends',
      match: '{uri: {exact: /a}, gateways: [front]}',
      gateways: '[mesh, front]',
      want: ['uri = /a at gateway front → answer 211', ['default/front']],
    },
    { name: 'sidecars', match: '{gateways: [mesh]}', gateways: '[mesh, front]', want: ['any request in sidecars → answer 211', ['mesh']] },
    {
      name: 'both, by two matches',
      match: '{gateways: [mesh, front]}, {gateways: [other]}',
      gateways: '[front, mesh]',
      want: ['any request in sidecars and at gateway front or any request at gateway other → answer 211', ['default/front', 'mesh']],
    },
    {
      name: 'all where one match names none',
      match: '{gateways: [front]}, {uri: {prefix: /}}',
      gateways: '[front, mesh]',
      want: ['any request at gateway front or uri /* → answer 211', ['default/front', 'mesh']],
    },
  ];
  it.each(GATEWAYS)('says what a rule is for: $name', ({ match, gateways = '[mesh]', want }) => {
    const own = resourcesFrom(
      `${MESH.slice(0, MESH.indexOf('apiVersion: networking'))}
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: default }
spec: { hosts: [reviews], gateways: ${gateways}, http: [{ match: [${match}], directResponse: { status: 211 } }] }
`,
      { allowIneffective: true },
    );
    const described = describeTarget({
      configuration: indexConfiguration(own),
      snapshot: buildMeshSnapshot({ resources: own, registry: buildRegistry({ resources: own }) }),
      namespace: 'default',
      name: 'reviews-v1',
    });
    const rules = described.found ? described.description.virtualServices.flatMap((each) => each.rules) : [];
    expect(rules.map((rule) => [rule.text, rule.gateways])).toEqual([want]);
  });

  it('counts the endpoints of subsets', () =>
    expect(of('service/reviews').destinationRules).toMatchObject([
      {
        resource: 'DestinationRule default/reviews',
        policies: ['TLS ISTIO_MUTUAL', 'at most 5 connections'],
        subsets: [
          { name: 'v1', endpoints: 1 },
          { name: 'v9', endpoints: 0 },
        ],
      },
    ]));

  it('names problems of what it shows, and of nothing else', () => {
    const codes = of('reviews').problems.map(({ code, place }) => `${code} ${place?.resource ?? ''}`);
    expect(codes).toContain('IST0101 VirtualService default/reviews');
    expect(of('client').problems).toEqual([]);
  });

  it('finds a service where no workload has the name', () =>
    expect(describeTarget({ configuration, snapshot, namespace: 'default', name: 'reviews' })).toMatchObject({
      found: true,
      description: { kind: 'service' },
    }));

  it('says what there is where nothing has that name', () =>
    expect(describeTarget({ configuration, snapshot, namespace: 'default', name: 'reviws' })).toEqual({
      found: false,
      names: ['client', 'reviews', 'reviews-v1', 'reviews-v2'],
    }));
});
