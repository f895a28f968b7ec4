import { describe, expect, it } from '@jest/globals';
import { findingsIn, summary } from '../testing/index';

const service = (spec: string, metadata = 'name: web'): string => `---
apiVersion: v1
kind: Service
metadata: {${metadata}}
spec: {${spec}}
`;
const deployment = (metadata = '', labels = 'app: web'): string => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web${metadata}}
spec: {template: {metadata: {labels: {${labels}}}, spec: {containers: [{name: web, image: x}]}}}
`;
const W = 'Service default/web';

interface Case {
  readonly name: string;
  readonly yaml: string;
  readonly want: readonly string[];
}

describe('service-ports', () => {
  const cases: readonly Case[] = [
    { name: 'a protocol', yaml: service('ports: [{name: http, port: 80}]'), want: [] },
    {
      name: 'a protocol and a suffix',
      yaml: service(
        'ports: [{name: grpc-web-x, port: 80}, {name: http2-y, port: 81}, {name: redis, port: 82}, {name: http_proxy, port: 83}]',
      ),
      want: [],
    },
    {
      name: 'no protocol',
      yaml: service('ports: [{name: web, port: 80, targetPort: 8080}]'),
      want: [`IST0118 ${W} spec.ports[0].name: web, 80, 8080`],
    },
    { name: 'no name', yaml: service('ports: [{port: 80}]'), want: [`IST0118 ${W} spec.ports[0].port: , 80, 0`] },
    {
      name: 'a protocol without the dash',
      yaml: service('ports: [{name: httpweb, port: 80}]'),
      want: [`IST0118 ${W} spec.ports[0].name: httpweb, 80, 0`],
    },
    {
      name: 'appProtocol',
      yaml: service('ports: [{name: web, port: 80, appProtocol: http}, {name: x, port: 81, appProtocol: kubernetes.io/h2c}]'),
      want: [],
    },
    { name: 'UDP', yaml: service('ports: [{name: web, port: 80, protocol: UDP}]'), want: [] },
    { name: 'a port whose server speaks first', yaml: service('ports: [{name: web, port: 3306}]'), want: [] },
    { name: "Istio's own", yaml: service('ports: [{name: web, port: 80}]', 'name: web, labels: {istio: pilot}'), want: [] },
    {
      name: "a gateway controller's",
      yaml: service('ports: [{name: web, port: 80}]', 'name: web, labels: {gateway.istio.io/managed: istio.io-gateway-controller}'),
      want: [],
    },
    {
      name: 'an external name without protocol',
      yaml: service('type: ExternalName, externalName: x.com, ports: [{name: web, port: 80}]'),
      want: [`IST0150 ${W} spec.ports[0].name: `],
    },
    {
      name: 'an external name with tcp',
      yaml: service('type: ExternalName, externalName: x.com, ports: [{name: tcp, port: 80}]'),
      want: [`IST0150 ${W} spec.ports[0].name: `],
    },
    {
      name: 'an external name with http',
      yaml: service('type: ExternalName, externalName: x.com, ports: [{name: http, port: 80}]'),
      want: [],
    },
  ];
  it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn('service-ports', yaml).map(summary)).toEqual(want));
});

describe('deployment-services', () => {
  const one = service('selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]', 'name: one');
  const cases: readonly Case[] = [
    { name: 'one service', yaml: one + deployment(), want: [] },
    {
      name: 'two services that agree',
      yaml: one + service('selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]', 'name: two') + deployment(),
      want: [],
    },
    {
      name: 'one port with two protocols',
      yaml:
        one + service('selector: {app: web}, ports: [{name: x, port: 80, targetPort: 8081, protocol: UDP}]', 'name: two') + deployment(),
      want: ['IST0116 Deployment default/web metadata.name: web, 80, default/one,default/two'],
    },
    {
      name: 'one target by two ports',
      yaml: one + service('selector: {app: web}, ports: [{name: http, port: 81, targetPort: 8080}]', 'name: two') + deployment(),
      want: ['IST0137 Deployment default/web metadata.name: web, default/one,default/two, 8080, 80,81'],
    },
    {
      name: 'without a sidecar',
      yaml:
        one +
        service('selector: {app: web}, ports: [{name: http, port: 81, targetPort: 8080}]', 'name: two') +
        deployment('', "app: web, sidecar.istio.io/inject: 'false'"),
      want: [],
    },
    {
      name: 'in a namespace that wants none',
      yaml: `${one}${service('selector: {app: web}, ports: [{name: http, port: 81, targetPort: 8080}]', 'name: two')}${deployment()}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default}\n`,
      want: [],
    },
    {
      name: 'a service without a selector',
      yaml: one + service('ports: [{name: http, port: 81, targetPort: 8080}]', 'name: two') + deployment(),
      want: [],
    },
  ];
  it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn('deployment-services', yaml).map(summary)).toEqual(want));
});
