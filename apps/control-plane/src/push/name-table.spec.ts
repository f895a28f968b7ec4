import { describe, expect, it } from '@jest/globals';
import { parseFiles } from '@lateen/config';
import { buildMeshSnapshot, type MeshSnapshot } from '@lateen/mesh';
import { buildRegistry, type WorkloadInstance } from '@lateen/registry';
import { nameTable } from './name-table';

const pod: WorkloadInstance = {
  name: 'db-0',
  namespace: 'shop',
  workload: 'db',
  kind: 'sidecar',
  address: '10.0.0.7',
  labels: { app: 'db' },
  annotations: {},
  serviceAccount: 'db',
  ports: [{ containerPort: 3306 }],
  ready: true,
};

function snapshotOf(text: string): MeshSnapshot {
  const { resources, violations } = parseFiles([{ name: 'a', text }]);
  expect(violations).toEqual([]);
  return buildMeshSnapshot({ resources, registry: buildRegistry({ resources, workloads: [pod] }) });
}

/** Host names to addresses. */
const ips = (text: string, namespace = 'shop'): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(Object.entries(nameTable(snapshotOf(text), namespace).table).map(([name, info]) => [name, info.ips]));

describe('nameTable', () => {
  it.each([
    {
      name: 'a service by its virtual address',
      text: '{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {ports: [{port: 80}]}}',
      want: { 'web.shop.svc.cluster.local': ['10.96.0.10'] },
    },
    {
      name: 'a headless service by its endpoints',
      text: '{apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {clusterIP: None, ports: [{port: 3306}], selector: {app: db}}}',
      want: { 'db.shop.svc.cluster.local': ['10.0.0.7'] },
    },
    {
      name: 'a headless service without endpoints not at all',
      text: '{apiVersion: v1, kind: Service, metadata: {name: none, namespace: shop}, spec: {clusterIP: None, ports: [{port: 1}], selector: {app: none}}}',
      want: {},
    },
    {
      name: 'no CIDR as an address',
      text: '{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e, namespace: shop}, spec: {hosts: [out.example], addresses: [192.0.2.1, 198.51.100.0/24], ports: [{number: 80, name: http, protocol: HTTP}], resolution: NONE}}',
      want: { 'out.example': ['192.0.2.1'] },
    },
    {
      name: 'an address of its own for a host that has none, the same whoever else is there',
      text: ['a.example', 'b.example']
        .map(
          (host) =>
            `{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: ${host[0]}, namespace: shop}, spec: {hosts: [${host}], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}}`,
        )
        .join('\n---\n'),
      want: { 'a.example': ['240.240.65.177'], 'b.example': ['240.240.2.236'] },
    },
    {
      name: 'nothing another namespace keeps to itself',
      text: "{apiVersion: v1, kind: Service, metadata: {name: own, namespace: other, annotations: {networking.istio.io/exportTo: '.'}}, spec: {ports: [{port: 80}]}}",
      want: {},
    },
  ])('has $name', ({ text, want }) => expect(ips(text)).toEqual(want));
});
