import { KINDS, parseFiles } from '@lateen/config';
import { describe, expect, it } from '@jest/globals';
import { analyze } from '../analyze';
import { indexConfiguration } from '../configuration/configuration';
import { readConfiguration } from '../read/read-configuration';
import { summary } from '../testing/index';

const GATEWAY = (hostname: string): string => `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: front, namespace: default}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP${hostname}}]}
`;
const VS = `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: v, namespace: default}
spec: {hosts: [a.com], gateways: [front], http: [{route: [{destination: {host: web}}]}]}
`;

function findings(yaml: string): readonly string[] {
  const { resources } = readConfiguration([{ name: 'test.yaml', text: yaml }]);
  return analyze(indexConfiguration(resources), { analyzers: ['virtual-service-gateways'] }).findings.map(summary);
}

const read = 'gatewayApi' in parseFiles([]) || KINDS.some(({ group }) => group === 'gateway.networking.k8s.io');

(read ? describe : describe.skip)('gateways of the Gateway API', () => {
  it.each([
    { name: 'one that takes every host', yaml: GATEWAY('') + VS, want: [] },
    { name: 'one for the host', yaml: GATEWAY(', hostname: "*.com"') + VS, want: [] },
    {
      name: 'one for another host',
      yaml: GATEWAY(', hostname: b.com') + VS,
      want: ['IST0132 VirtualService default/v spec.gateways[0]: [a.com], default/v, default/front'],
    },
  ])('$name', ({ yaml, want }) => expect(findings(yaml)).toEqual(want));
});
