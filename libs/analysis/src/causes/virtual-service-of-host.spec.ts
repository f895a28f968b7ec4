import { describe, expect, it } from '@jest/globals';
import { resourcesFrom } from '@lateen/config/testing';
import { type Cause, type RequestRecord } from '@lateen/observation';
import { indexConfiguration } from '../configuration/configuration';
import { CauseContext } from './cause-context';
import { virtualServiceOfHost } from './virtual-service-of-host';

const virtualService = (name: string, hosts: string, more = '', namespace = 'default'): string => `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: ${namespace} }
spec: { hosts: [${hosts}], ${more === '' ? '' : `${more}, `}http: [{ match: [{ uri: { prefix: /only } }], route: [{ destination: { host: b } }] }] }
`;
const gateway = (name: string, servers: string, selector = 'istio: ingressgateway'): string => `
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: default }
spec: { selector: { ${selector} }, servers: [${servers}] }
`;
const plain = (port: number): string => `{ port: { number: ${port}, name: http-${port}, protocol: HTTP }, hosts: ["*"] }`;
const secure = (name: string): string =>
  `{ port: { number: 443, name: ${name}, protocol: HTTPS }, hosts: ["*"], tls: { mode: SIMPLE, credentialName: c } }`;
const GATEWAYS = gateway('g', `${plain(80)}, ${secure('https')}`) + gateway('h', `${plain(81)}, ${secure('https')}`);

/** A request at a sidecar of `default`, which came to a virtual host where one is named. */
const at = (routeConfig: string, virtualHost: string, authority = 'b', more: Partial<RequestRecord['workload']> = {}) => ({
  evidence: virtualHost === '' ? [] : [`virtual host ${virtualHost}`],
  record: { routeConfig, authority, workload: { name: 'a-v1', namespace: 'default', app: 'a', version: 'v1', ...more } },
});
const atGateway = (routeConfig: string, virtualHost: string, name = 'istio-ingressgateway') =>
  at(routeConfig, virtualHost, 'x', { name, namespace: 'istio-system' });
const B = 'b.default.svc.cluster.local:80';

const cases: readonly { readonly name: string; readonly yaml: string; readonly request: ReturnType<typeof at>; readonly want?: string }[] =
  [
    {
      name: 'at a sidecar, not one of a gateway alone',
      yaml: virtualService('aaa', '"*"', 'gateways: [g]') + virtualService('b', 'b'),
      request: at('80', B),
      want: 'b',
    },
    {
      name: 'one of the mesh and a gateway',
      yaml: virtualService('aaa', 'b', 'gateways: [g]') + virtualService('b', 'b', 'gateways: [g, mesh]'),
      request: at(B, B, 'anything'),
      want: 'b',
    },
    {
      name: 'the narrowest host, whichever comes first',
      yaml: virtualService('all', '"*"') + virtualService('wide', '"*.svc.cluster.local"') + virtualService('b', 'b'),
      request: at('80', B),
      want: 'b',
    },
    {
      name: 'the longest wildcard where none names the host',
      yaml: virtualService('all', '"*"') + virtualService('wide', '"*.default.svc.cluster.local"') + virtualService('c', 'c'),
      request: at('80', B),
      want: 'wide',
    },
    {
      name: 'the host as the namespace of the VirtualService means it',
      yaml: virtualService('other', 'b', '', 'other') + virtualService('b', 'b'),
      request: at('80', B),
      want: 'b',
    },
    {
      name: 'none that is not exported to the caller',
      yaml: virtualService('hidden', 'b.default.svc.cluster.local', 'exportTo: ["."]', 'other') + virtualService('all', '"*"'),
      request: at('80', B),
      want: 'all',
    },
    {
      name: 'by what was called, from a proxy that names no virtual host',
      yaml: virtualService('b', 'b'),
      request: at('80', '', 'B:80'),
      want: 'b',
    },
    { name: 'none of another host', yaml: virtualService('c', 'c'), request: at('80', B) },
    {
      name: 'at a gateway, one bound to a Gateway of that port',
      yaml: GATEWAYS + virtualService('of-g', '"*"', 'gateways: [g]') + virtualService('of-h', '"*"', 'gateways: [h]'),
      request: atGateway('http.81', '*:81'),
      want: 'of-h',
    },
    {
      name: 'at a gateway that listens elsewhere than its Service says',
      yaml: GATEWAYS + virtualService('of-g', '"*"', 'gateways: [default/g]') + virtualService('of-h', '"*"', 'gateways: [./h]'),
      request: atGateway('http.8081', '*:81'),
      want: 'of-h',
    },
    {
      name: 'at a gateway, none for sidecars, and the narrowest',
      yaml:
        GATEWAYS +
        virtualService('mesh', 'shop.example.com') +
        virtualService('all', '"*"', 'gateways: [g]') +
        virtualService('shop', 'shop.example.com', 'gateways: [g.default]'),
      request: atGateway('http.80', 'shop.example.com:80'),
      want: 'shop',
    },
    {
      name: 'at a gateway, by the server of its HTTPS routes',
      yaml: GATEWAYS + virtualService('of-g', '"*"', 'gateways: [g]') + virtualService('of-h', '"*"', 'gateways: [h]'),
      request: atGateway('https.443.https.h.default', '*:443'),
      want: 'of-h',
    },
    {
      name: 'at a gateway, none of a Gateway for other workloads',
      yaml:
        gateway('internal', plain(80), 'istio: internal') +
        GATEWAYS +
        virtualService('inside', '"*"', 'gateways: [internal]') +
        virtualService('of-g', '"*"', 'gateways: [g]'),
      request: atGateway('http.80', '*:80'),
      want: 'of-g',
    },
  ];

describe('the VirtualService of the virtual host that a request came to', () => {
  it.each(cases)('$name', ({ yaml, request: { evidence, record }, want }) => {
    const configuration = indexConfiguration(resourcesFrom(yaml, { allowIneffective: true, semantics: 'skip' }));
    const context = new CauseContext({ evidence } as unknown as Cause, record as RequestRecord, configuration);
    expect(virtualServiceOfHost(context)?.metadata.name).toBe(want);
  });
});
