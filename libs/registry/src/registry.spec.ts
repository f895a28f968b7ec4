import { describe, expect, it } from '@jest/globals';
import { resourcesFrom } from '@lateen/config/testing';
import { endpointsOf, indexWorkloads } from './endpoints';
import { buildRegistry } from './registry';
import { type WorkloadInstance } from './model';

const YAML = `
apiVersion: v1
kind: Service
metadata: {name: reviews, namespace: default}
spec: {selector: {app: reviews}, ports: [{name: http, port: 9080, targetPort: web}]}
---
apiVersion: v1
kind: Service
metadata: {name: head, namespace: default}
spec: {clusterIP: None, selector: {app: reviews}, ports: [{port: 9080}]}
---
apiVersion: v1
kind: Service
metadata: {name: fixed, namespace: default}
spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: other, namespace: default}
spec: {type: ExternalName, externalName: example.com, ports: [{port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: shadow, namespace: a}
spec: {hosts: [reviews.default.svc.cluster.local, out.example.com], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP, targetPort: 81}], endpoints: [{address: 192.0.2.1, ports: {http: 82}, locality: r/z}, {address: 192.0.2.2}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: reviews-v1, namespace: default}
spec: {replicas: 2, template: {metadata: {labels: {app: reviews, version: v1}}, spec: {serviceAccountName: reviews, containers: [{name: c, ports: [{name: web, containerPort: 9081}]}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: bare, namespace: default}
spec: {template: {metadata: {labels: {app: bare, sidecar.istio.io/inject: "false"}}, spec: {containers: [{name: c}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge, namespace: default}
spec: {template: {metadata: {labels: {istio: ingressgateway}}, spec: {containers: [{name: c}]}}}
`;
const resources = resourcesFrom(YAML);
const registry = buildRegistry({ resources });
const service = (hostname: string) => {
  const found = registry.services.find((s) => s.hostname === hostname);
  if (found === undefined) throw new Error(`no ${hostname}`);
  return found;
};

describe('buildRegistry', () => {
  it('gives addresses to services that need one, past those written by hand', () => {
    expect(Object.fromEntries(registry.services.map((s) => [s.name, s.addresses]))).toEqual({
      fixed: ['10.96.0.10'],
      head: [],
      other: [],
      'out.example.com': [],
      reviews: ['10.96.0.11'],
    });
  });
  it('prefers the Kubernetes Service of a host', () => expect(service('reviews.default.svc.cluster.local').registry).toBe('Kubernetes'));
  it('knows another name for what it is', () =>
    expect(service('other.default.svc.cluster.local')).toMatchObject({ resolution: 'ALIAS', alias: 'example.com' }));
  it('places the replicas of the n-th Deployment at 10.1.n.10 and up, with the proxy each gets', () => {
    expect(registry.workloads.map(({ name, address, kind, serviceAccount }) => [name, address, kind, serviceAccount])).toEqual([
      ['reviews-v1-0', '10.1.0.10', 'sidecar', 'reviews'],
      ['reviews-v1-1', '10.1.0.11', 'sidecar', 'reviews'],
      ['bare-0', '10.1.1.10', 'none', 'default'],
      ['edge-0', '10.1.2.10', 'router', 'default'],
    ]);
  });
  it('takes the workloads that run over those the files describe', () =>
    expect(buildRegistry({ resources, workloads: [] }).workloads).toEqual([]));
});

describe('endpointsOf', () => {
  const index = indexWorkloads(registry.workloads);
  it('follows a named target port to the container', () => {
    const reviews = service('reviews.default.svc.cluster.local');
    const [port] = reviews.ports;
    expect(port && endpointsOf(reviews, port, index).map(({ address, port: p, tlsMode }) => [address, p, tlsMode])).toEqual([
      ['10.1.0.10', 9081, 'istio'],
      ['10.1.0.11', 9081, 'istio'],
    ]);
  });
  it('reads declared endpoints with their own ports', () => {
    const out = service('out.example.com');
    const [port] = out.ports;
    expect(
      port && endpointsOf(out, port, index).map(({ address, port: p, workload, locality }) => [address, p, workload, locality]),
    ).toEqual([
      ['192.0.2.1', 82, 'shadow-0', { region: 'r', zone: 'z', subZone: '' }],
      ['192.0.2.2', 81, 'shadow-1', undefined],
    ]);
  });
  it('dials the proxy where nothing is captured, and still names the workload port', () => {
    const instance: WorkloadInstance = {
      name: 'r-0',
      namespace: 'default',
      workload: 'r',
      kind: 'sidecar',
      address: '127.0.0.1',
      labels: { app: 'reviews' },
      annotations: {},
      serviceAccount: 'r',
      ports: [{ name: 'web', containerPort: 9081, endpointPort: 21_001 }],
      ready: true,
    };
    const reviews = service('reviews.default.svc.cluster.local');
    const [port] = reviews.ports;
    expect(port && endpointsOf(reviews, port, indexWorkloads([instance]))).toMatchObject([
      { address: '127.0.0.1', port: 21_001, workloadPort: 9081, tlsMode: 'istio' },
    ]);
  });
});
