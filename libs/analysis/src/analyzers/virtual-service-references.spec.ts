import { describe, expect, it } from '@jest/globals';
import { findingsIn, summary } from '../testing/index';

const BASE = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: two, namespace: default}
spec: {selector: {app: two}, ports: [{name: http, port: 80}, {name: grpc, port: 90}]}
---
apiVersion: v1
kind: Service
metadata: {name: hidden, namespace: shop, annotations: {networking.istio.io/exportTo: '.'}}
spec: {selector: {app: hidden}, ports: [{name: http, port: 80}]}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: out, namespace: default}
spec: {hosts: [api.example.com, '*.wild.com'], ports: [{number: 443, name: tls, protocol: TLS}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: web, namespace: shop}
spec: {host: web.default.svc.cluster.local, subsets: [{name: v1, labels: {version: v1}}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: front, namespace: default}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [www.example.com, shop/inner.example.com]}]}
---
`;
const vs = (spec: string, namespace = 'default'): string => `${BASE}apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: x, namespace: ${namespace}}
spec:
  ${spec.split('\n').join('\n  ')}
`;
const route = (destination: string, rest = ''): string =>
  vs(`hosts: [www.example.com]\n${rest}http:\n- route:\n  - destination: {${destination}}`);
const X = 'VirtualService default/x';

describe('virtual-service-destinations', () => {
  const cases: readonly { name: string; yaml: string; want: readonly string[] }[] = [
    { name: 'a short host', yaml: route('host: web'), want: [] },
    { name: 'a full host', yaml: route('host: web.default.svc.cluster.local, port: {number: 80}'), want: [] },
    { name: 'an unknown host', yaml: route('host: nope'), want: [`IST0101 ${X} spec.http[0].route[0].destination.host: host, nope`] },
    {
      name: 'a host with its namespace only is taken as it is',
      yaml: route('host: web.default'),
      want: [`IST0101 ${X} spec.http[0].route[0].destination.host: host, web.default`],
    },
    {
      name: 'a host of another namespace that it keeps to itself',
      yaml: route('host: hidden.shop.svc.cluster.local'),
      want: [`IST0101 ${X} spec.http[0].route[0].destination.host: host, hidden.shop.svc.cluster.local`],
    },
    { name: 'a host of a ServiceEntry', yaml: route('host: api.example.com'), want: [] },
    { name: 'a host under a wildcard ServiceEntry', yaml: route('host: a.wild.com'), want: [] },
    {
      name: 'a port that is not there',
      yaml: route('host: web, port: {number: 81}'),
      want: [`IST0101 ${X} spec.http[0].route[0].destination.port.number: host:port, web:81`],
    },
    {
      name: 'several ports and none named',
      yaml: route('host: two'),
      want: [`IST0112 ${X} spec.http[0].route[0].destination.host: two, 80, 90`],
    },
    { name: 'several ports and one named', yaml: route('host: two, port: {number: 90}'), want: [] },
    {
      name: 'mirrors',
      yaml: vs('hosts: [web]\nhttp:\n- route: [{destination: {host: web}}]\n  mirror: {host: gone}'),
      want: [`IST0101 ${X} spec.http[0].mirror.host: mirror host, gone`],
    },
    {
      name: 'tcp and tls routes',
      yaml: vs('hosts: [web]\ntcp:\n- route: [{destination: {host: gone}}]'),
      want: [`IST0101 ${X} spec.tcp[0].route[0].destination.host: host, gone`],
    },
    {
      name: 'no Service anywhere: nothing is known',
      yaml: route('host: nope').replaceAll('kind: Service\n', 'kind: ServiceAccount\n'),
      want: [],
    },
  ];
  it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn('virtual-service-destinations', yaml).map(summary)).toEqual(want));

  it('offers the host that was probably meant', () => {
    const [finding] = findingsIn('virtual-service-destinations', route('host: wbe'));
    expect(finding?.fix).toEqual({
      title: 'Use host "web"',
      edits: [{ file: 'test.yaml', line: 39, column: 27, endColumn: 30, text: 'web' }],
    });
  });
});

describe('virtual-service-subsets', () => {
  const cases: readonly { name: string; yaml: string; want: readonly string[] }[] = [
    { name: 'a defined subset, of a rule in another namespace', yaml: route('host: web, subset: v1'), want: [] },
    {
      name: 'an unknown subset',
      yaml: route('host: web, subset: v9'),
      want: [`IST0101 ${X} spec.http[0].route[0].destination.subset: host+subset in destinationrule, web+v9`],
    },
    {
      name: 'a host without a rule',
      yaml: route('host: two, subset: v1'),
      want: [`IST0101 ${X} spec.http[0].route[0].destination.subset: host+subset in destinationrule, two+v1`],
    },
    {
      name: 'a mirror',
      yaml: vs('hosts: [web]\nhttp:\n- route: [{destination: {host: web}}]\n  mirrors: [{destination: {host: web, subset: v8}}]'),
      want: [`IST0101 ${X} spec.http[0].mirrors[0].destination.subset: mirror+subset in destinationrule, web+v8`],
    },
  ];
  it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn('virtual-service-subsets', yaml).map(summary)).toEqual(want));

  it('names the rule that defines the others', () => {
    const [finding] = findingsIn('virtual-service-subsets', route('host: web, subset: v9'));
    expect(finding?.related).toEqual([
      { position: { file: 'test.yaml', line: 25, column: 45 }, note: 'DestinationRule shop/web defines v1' },
    ]);
    expect(finding?.fix?.title).toBe('Use subset "v1"');
  });
});

describe('virtual-service-gateways', () => {
  const at = (gateways: string, host = 'www.example.com', namespace = 'default'): string =>
    vs(`hosts: [${host}]\ngateways: [${gateways}]\nhttp:\n- route: [{destination: {host: web}}]`, namespace);
  const cases: readonly { name: string; yaml: string; want: readonly string[] }[] = [
    { name: 'an existing gateway that serves the host', yaml: at('front'), want: [] },
    { name: 'with its namespace', yaml: at('default/front'), want: [] },
    { name: 'the mesh', yaml: at('mesh'), want: [] },
    {
      name: 'a missing gateway',
      yaml: at('back'),
      want: [`IST0101 ${X} spec.gateways[0]: gateway, back`, `IST0132 ${X} spec.gateways[0]: [www.example.com], default/x, default/back`],
    },
    {
      name: 'a gateway that does not serve the host',
      yaml: at('front', 'other.com'),
      want: [`IST0132 ${X} spec.gateways[0]: [other.com], default/x, default/front`],
    },
    {
      name: 'a host that the gateway serves to another namespace',
      yaml: at('front', 'inner.example.com'),
      want: [`IST0132 ${X} spec.gateways[0]: [inner.example.com], default/x, default/front`],
    },
    { name: 'a host that the gateway serves to this namespace', yaml: at('default/front', 'inner.example.com', 'shop'), want: [] },
    { name: 'a wildcard covers', yaml: at('front', "'*.example.com'"), want: [] },
    {
      name: 'an internal name',
      yaml: at('gw-istio-autogenerated-k8s-gateway~http', 'a.com').replace('gw-', 'gw~'),
      want: [`IST0165 ${X} spec.gateways[0]: default/x, gw~istio-autogenerated-k8s-gateway~http`],
    },
  ];
  it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn('virtual-service-gateways', yaml).map(summary)).toEqual(want));
});
