import { describe, expect, it } from '@jest/globals';
import { findingsIn, summary } from '../testing/index';

const vs = (name: string, spec: string, namespace = 'default'): string => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: ${namespace}}
spec: {${spec}, http: [{route: [{destination: {host: web}}]}]}
`;
const conflict = (name: string, names: string, host: string): string =>
  `IST0109 VirtualService default/${name} metadata.name: ${names}, ${host}`;

const cases: readonly { name: string; yaml: string; want: readonly string[] }[] = [
  { name: 'one VirtualService', yaml: vs('a', 'hosts: [web]'), want: [] },
  { name: 'two for different hosts', yaml: vs('a', 'hosts: [web]') + vs('b', 'hosts: [api]'), want: [] },
  {
    name: 'two for one host, short and full',
    yaml: vs('a', 'hosts: [web]') + vs('b', 'hosts: [web.default.svc.cluster.local]'),
    want: [
      conflict('a', 'default/a,default/b', '*/web.default.svc.cluster.local'),
      conflict('b', 'default/a,default/b', '*/web.default.svc.cluster.local'),
    ],
  },
  { name: 'the same short host in two namespaces', yaml: vs('a', 'hosts: [web]') + vs('b', 'hosts: [web]', 'shop'), want: [] },
  { name: 'one of them for a gateway only', yaml: vs('a', 'hosts: [web]') + vs('b', 'hosts: [web], gateways: [front]'), want: [] },
  {
    name: 'one of them for a gateway and the mesh',
    yaml: vs('a', 'hosts: [web]') + vs('b', 'hosts: [web], gateways: [front, mesh]'),
    want: [
      conflict('a', 'default/a,default/b', '*/web.default.svc.cluster.local'),
      conflict('b', 'default/a,default/b', '*/web.default.svc.cluster.local'),
    ],
  },
  {
    name: 'a wildcard beside an exact host, both for everybody',
    yaml: vs('a', "hosts: ['*.example.com']") + vs('b', 'hosts: [x.example.com]'),
    want: [],
  },
  {
    name: 'a wildcard for everybody beside an exact host for the own namespace',
    yaml: vs('a', "hosts: ['*.example.com']") + vs('b', 'hosts: [x.example.com], exportTo: ["."]'),
    want: [conflict('a', 'default/a,default/b', 'default/x.example.com'), conflict('b', 'default/a,default/b', 'default/x.example.com')],
  },
  {
    name: 'in different scopes',
    yaml: vs('a', 'hosts: [x.example.com], exportTo: ["."]') + vs('b', 'hosts: [x.example.com], exportTo: ["."]', 'shop'),
    want: [],
  },
];

describe('virtual-service-hosts', () => {
  it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn('virtual-service-hosts', yaml).map(summary)).toEqual(want));
});
