import { describe, expect, it } from '@jest/globals';
import { findingsFor } from '../testing';
import { parseFiles } from '../parse/parse-files';

const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'a' }] } };
const cases: readonly { name: string; kind: string; spec: object; want?: readonly string[] }[] = [
  { name: 'a StatefulSet', kind: 'StatefulSet', spec: { template, serviceName: 'a', updateStrategy: { type: 'RollingUpdate' } } },
  { name: 'a StatefulSet without a template', kind: 'StatefulSet', spec: {}, want: ['error required_field spec.template'] },
  { name: 'a DaemonSet', kind: 'DaemonSet', spec: { template } },
  { name: 'a ReplicaSet without a template', kind: 'ReplicaSet', spec: { replicas: 0 } },
  { name: 'a Job', kind: 'Job', spec: { template, backoffLimit: 3 } },
  { name: 'Endpoints', kind: 'Endpoints', spec: { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] } },
  {
    name: 'Endpoints on port 0',
    kind: 'Endpoints',
    spec: { subsets: [{ ports: [{ port: 0 }] }] },
    want: ['error out_of_range subsets[0].ports[0].port'],
  },
  { name: 'an EndpointSlice', kind: 'EndpointSlice', spec: { addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }] } },
  { name: 'an EndpointSlice of names', kind: 'EndpointSlice', spec: { addressType: 'DNS' }, want: ['error unknown_value addressType'] },
  {
    name: 'an Ingress',
    kind: 'Ingress',
    spec: { rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'a', port: { number: 80 } } } }] } }] },
  },
  {
    name: 'an Ingress without a path type',
    kind: 'Ingress',
    spec: { rules: [{ http: { paths: [{ backend: {} }] } }] },
    want: ['error required_field spec.rules[0].http.paths[0].pathType'],
  },
  {
    name: 'a Deployment with a container without a name',
    kind: 'Deployment',
    spec: { template: { spec: { containers: [{}] } } },
    want: ['error required_field spec.template.spec.containers[0].name'],
  },
  { name: 'a Service on port 0', kind: 'Service', spec: { ports: [{ port: 0 }] }, want: ['error out_of_range spec.ports[0].port'] },
];

describe('Kubernetes kinds', () => {
  it.each([...cases])('$name', ({ kind, spec, want = [] }) => expect(findingsFor(kind, spec)).toEqual(want));
  it('say when they are not in effect', () => {
    const text = JSON.stringify({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'a' }, spec: {} });
    expect(parseFiles([{ name: 'a.json', text }]).violations.map((v) => `${v.severity} ${v.code}`)).toEqual(['warning not_yet_in_effect']);
  });
});
