import { describe, expect, it } from '@jest/globals';
import { analyze } from './analyze';
import { indexConfiguration } from './configuration/configuration';
import { readConfiguration } from './read/read-configuration';
import { summary } from './testing/index';

/** Codes that are about style, and come with nearly every folder. */
const NOT_HERE = ['IST0102', 'IST0118', 'IST0133'];

const meta = (name: string): string => {
  const [namespace, own] = name.includes('/') ? name.split('/') : ['default', name];
  return `metadata: {name: ${own ?? ''}, namespace: ${namespace ?? ''}}`;
};
const istio = (kind: string, name: string, spec: string, group = 'networking'): string =>
  `---\napiVersion: ${group}.istio.io/v1\nkind: ${kind}\n${meta(name)}\nspec: {${spec}}\n`;
const service = (name: string, spec = 'ports: [{name: http, port: 80}]', app = name.split('/').pop() ?? ''): string =>
  `---\napiVersion: v1\nkind: Service\n${meta(name)}\nspec: {selector: {app: ${app}}, ${spec}}\n`;
const deployment = (name: string, labels = `app: ${name.split('/').pop() ?? ''}`): string =>
  `---\napiVersion: apps/v1\nkind: Deployment\n${meta(name)}\nspec: {selector: {matchLabels: {${labels}}}, template: {metadata: {labels: {${labels}}}, spec: {containers: [{name: app, image: app}]}}}\n`;
const vs = (name: string, spec: string): string => istio('VirtualService', name, spec);
const to = (host: string, rest = ''): string => `http: [{route: [{destination: {host: ${host}${rest}}}]}]`;
const gateway = (name: string, hosts: string, selector = 'istio: ingressgateway'): string =>
  istio('Gateway', name, `selector: {${selector}}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [${hosts}]}]`);
const WEB = service('web') + deployment('web');

interface Case {
  readonly name: string;
  readonly yaml: string;
  readonly want: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'a root VirtualService with delegates in the namespaces of teams',
    yaml:
      WEB +
      gateway('istio-system/front', '"*.example.com"') +
      vs(
        'istio-system/root',
        'hosts: [www.example.com], gateways: [front], http: [{match: [{uri: {prefix: /web}}], delegate: {name: web, namespace: default}}]',
      ) +
      vs('web', to('web')),
    want: [],
  },
  {
    name: 'a gateway of another namespace that gives the team its hosts',
    yaml:
      service('team/web') +
      gateway('istio-system/front', '"team/*.example.com"') +
      vs('team/web', `hosts: [a.example.com], gateways: [istio-system/front], ${to('web')}`),
    want: [],
  },
  {
    name: 'one that gives them to another team',
    yaml:
      service('team/web') +
      gateway('istio-system/front', '"other/*.example.com"') +
      vs('team/web', `hosts: [a.example.com], gateways: [istio-system/front], ${to('web')}`),
    want: ['IST0132 VirtualService team/web spec.gateways[0]: [a.example.com], team/web, istio-system/front'],
  },
  {
    name: "a short name is of the VirtualService's own namespace",
    yaml: service('shop/web') + service('api') + vs('x', `hosts: [api], ${to('web')}`),
    want: ['IST0101 VirtualService default/x spec.http[0].route[0].destination.host: host, web'],
  },
  {
    name: 'a name with a namespace alone is no host of Kubernetes to Istio',
    yaml: service('shop/web') + service('api') + vs('x', `hosts: [api], ${to('web.shop')}`),
    want: ['IST0101 VirtualService default/x spec.http[0].route[0].destination.host: host, web.shop'],
  },
  {
    name: 'services of a team whose files are elsewhere',
    yaml: WEB + vs('x', `hosts: [web], ${to('api.payments.svc.cluster.local')}`),
    want: [],
  },
  {
    name: 'a misspelt namespace',
    yaml: WEB + service('payments/api') + vs('x', `hosts: [web], ${to('api.paymets.svc.cluster.local')}`),
    want: ['IST0101 VirtualService default/x spec.http[0].route[0].destination.host: host, api.paymets.svc.cluster.local'],
  },
  {
    name: 'traffic out through the egress gateway, as the guides have it',
    yaml:
      WEB +
      istio(
        'ServiceEntry',
        'cnn',
        'hosts: [edition.cnn.com], resolution: DNS, location: MESH_EXTERNAL, ports: [{number: 80, name: http-port, protocol: HTTP}]',
      ) +
      gateway('istio-egressgateway', 'edition.cnn.com', 'istio: egressgateway') +
      istio('DestinationRule', 'egress', 'host: istio-egressgateway.istio-system.svc.cluster.local, subsets: [{name: cnn}]') +
      vs(
        'through',
        'hosts: [edition.cnn.com], gateways: [istio-egressgateway, mesh], http: [{match: [{gateways: [mesh], port: 80}], route: [{destination: {host: istio-egressgateway.istio-system.svc.cluster.local, subset: cnn, port: {number: 80}}}]}, {match: [{gateways: [istio-egressgateway], port: 80}], route: [{destination: {host: edition.cnn.com, port: {number: 80}}}]}]',
      ),
    want: [],
  },
  {
    name: 'a host under the wildcard of a ServiceEntry',
    yaml:
      WEB +
      istio(
        'ServiceEntry',
        'google',
        'hosts: ["*.googleapis.com"], resolution: NONE, location: MESH_EXTERNAL, ports: [{number: 443, name: tls, protocol: TLS}]',
      ) +
      vs(
        'maps',
        'hosts: [maps.googleapis.com], tls: [{match: [{sniHosts: [maps.googleapis.com]}], route: [{destination: {host: maps.googleapis.com, port: {number: 443}}}]}]',
      ),
    want: [],
  },
  {
    name: 'a ServiceEntry that stays in its namespace',
    yaml:
      WEB +
      istio(
        'ServiceEntry',
        'shop/api',
        'hosts: [api.example.com], exportTo: ["."], resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]',
      ) +
      vs('x', `hosts: [web], ${to('api.example.com')}`),
    want: ['IST0101 VirtualService default/x spec.http[0].route[0].destination.host: host, api.example.com'],
  },
  {
    name: 'virtual machines beside pods: a ServiceEntry with a selector, and subsets on its WorkloadEntries',
    yaml:
      WEB +
      istio(
        'ServiceEntry',
        'vm',
        'hosts: [vm.example.com], resolution: STATIC, location: MESH_INTERNAL, workloadSelector: {labels: {app: vm}}, ports: [{number: 80, name: http, protocol: HTTP}]',
      ) +
      istio('WorkloadEntry', 'vm-1', 'address: 10.0.0.1, labels: {app: vm, version: v1}') +
      istio(
        'DestinationRule',
        'vm',
        'host: vm.example.com, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]',
      ),
    want: ['IST0173 DestinationRule default/vm spec.subsets[1].labels: v2'],
  },
  {
    name: 'a DestinationRule in the namespace of administrators',
    yaml:
      service('web') +
      deployment('web', 'app: web, version: v1') +
      istio('DestinationRule', 'istio-system/web', 'host: web.default.svc.cluster.local, subsets: [{name: v1, labels: {version: v1}}]') +
      vs('web', `hosts: [web], ${to('web', ', subset: v1')}`),
    want: [],
  },
  {
    name: 'a DestinationRule for everything in the mesh',
    yaml: WEB + istio('DestinationRule', 'istio-system/all', 'host: "*.local", trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}'),
    want: [],
  },
  {
    name: 'one for everything in a domain of nobody',
    yaml: WEB + istio('DestinationRule', 'all', 'host: "*.example.org", trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}'),
    want: ['IST0174 DestinationRule default/all spec.host: *.example.org'],
  },
  {
    name: 'one Sidecar for the mesh, one for a namespace, one for a workload',
    yaml:
      WEB +
      istio('Sidecar', 'istio-system/default', 'egress: [{hosts: ["./*", "istio-system/*"]}]') +
      istio('Sidecar', 'default/default', 'egress: [{hosts: ["./*"]}]') +
      istio('Sidecar', 'default/web', 'workloadSelector: {labels: {app: web}}, egress: [{hosts: ["./*"]}]'),
    want: [],
  },
  {
    name: 'an ExternalName service with and without a protocol',
    yaml:
      WEB +
      '---\napiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {type: ExternalName, externalName: db.example.com, ports: [{name: tcp-db, port: 5432}]}\n' +
      '---\napiVersion: v1\nkind: Service\nmetadata: {name: old}\nspec: {type: ExternalName, externalName: old.example.com, ports: [{port: 9999}]}\n',
    want: ['IST0150 Service default/old spec.ports[0].port: '],
  },
  {
    name: 'the mesh and a gateway, each with a VirtualService for one host',
    yaml:
      WEB +
      gateway('front', 'web.default.svc.cluster.local') +
      vs('a', `hosts: [web], ${to('web')}`) +
      vs('b', `hosts: [web.default.svc.cluster.local], gateways: [front], ${to('web')}`),
    want: [],
  },
  {
    name: 'two VirtualServices of one host behind a gateway are merged',
    yaml:
      WEB +
      gateway('front', 'www.example.com') +
      vs('a', `hosts: [www.example.com], gateways: [front], http: [{match: [{uri: {prefix: /a}}], route: [{destination: {host: web}}]}]`) +
      vs('b', `hosts: [www.example.com], gateways: [front], http: [{match: [{uri: {prefix: /b}}], route: [{destination: {host: web}}]}]`),
    want: [],
  },
  {
    name: 'private VirtualServices of one host in two namespaces',
    yaml:
      service('a/web') +
      service('b/web') +
      vs('a/web', `hosts: [web], exportTo: ["."], ${to('web')}`) +
      vs('b/web', `hosts: [web], exportTo: ["."], ${to('web')}`),
    want: [],
  },
  {
    name: 'a policy for a waypoint or a gateway of the Gateway API',
    yaml:
      WEB +
      istio(
        'AuthorizationPolicy',
        'shop/allow',
        'targetRefs: [{kind: Gateway, group: gateway.networking.k8s.io, name: waypoint}], rules: [{}]',
        'security',
      ),
    want: [],
  },
  {
    name: 'a policy for a workload that opts out of the mesh',
    yaml:
      service('web') +
      deployment('web', 'app: web, sidecar.istio.io/inject: "false"') +
      istio('AuthorizationPolicy', 'allow', 'selector: {matchLabels: {app: web}}, rules: [{}]', 'security'),
    want: ['IST0127 AuthorizationPolicy default/allow spec.selector.matchLabels: app=web'],
  },
  {
    name: 'a canary of two Deployments, a header for testers first',
    yaml:
      service('web') +
      deployment('web-v1', 'app: web, version: v1') +
      deployment('web-v2', 'app: web, version: v2') +
      istio('DestinationRule', 'web', 'host: web, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]') +
      vs(
        'web',
        'hosts: [web], http: [{match: [{headers: {end-user: {exact: jason}}}], route: [{destination: {host: web, subset: v2}}]}, {route: [{destination: {host: web, subset: v1}, weight: 90}, {destination: {host: web, subset: v2}, weight: 10}]}]',
      ),
    want: [],
  },
  {
    name: 'a headless service in front of a StatefulSet',
    yaml:
      service('db', 'clusterIP: None, ports: [{name: tcp-db, port: 5432}]') +
      deployment('db').replace('kind: Deployment', 'kind: StatefulSet') +
      istio('DestinationRule', 'db', 'host: db.default.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}'),
    want: [],
  },
  {
    name: 'several ports and none named',
    yaml: service('web', 'ports: [{name: http, port: 80}, {name: http-admin, port: 81}]') + vs('web', `hosts: [web], ${to('web')}`),
    want: ['IST0112 VirtualService default/web spec.http[0].route[0].destination.host: web, 80, 81'],
  },
  {
    name: 'gateways between clusters',
    yaml:
      WEB +
      istio(
        'Gateway',
        'istio-system/cross-network',
        'selector: {istio: eastwestgateway}, servers: [{port: {number: 15443, name: tls, protocol: TLS}, tls: {mode: AUTO_PASSTHROUGH}, hosts: ["*.local"]}]',
      ),
    want: [],
  },
];

describe('configurations as they are in the world', () => {
  it.each(cases)('$name', ({ yaml, want }) => {
    const { resources, findings, parseErrors } = readConfiguration([{ name: 'test.yaml', text: yaml }]);
    expect(parseErrors).toEqual([]);
    const all = analyze(indexConfiguration(resources), {}, findings).findings.filter(({ code }) => !NOT_HERE.includes(code));
    expect(all.map(summary)).toEqual(want);
  });
});
