import { describe, expect, it } from '@jest/globals';
import { formatPath } from '../parse/path';
import { resourcesFrom } from '../testing';
import { validateKubernetesResource } from './kubernetes-rules';

function found(kind: string, spec: object, namespace = 'default'): readonly string[] {
  const apiVersion = kind === 'Deployment' ? 'apps/v1' : 'v1';
  const text = JSON.stringify({ apiVersion, kind, metadata: { name: 'a', namespace }, spec });
  return resourcesFrom(text)
    .flatMap((resource) => validateKubernetesResource(resource))
    .map(({ severity, code, path }) => `${severity} ${code} ${formatPath(path)}`);
}
const ports = (port: object): object => ({ ports: [{ port: 80, ...port }] });
const NAME = 'spec.ports[0].name';

describe('Services', () => {
  const cases: readonly (readonly [string, object, readonly string[]])[] = [
    ['no spec', {}, []],
    ['a protocol as the name', ports({ name: 'http' }), []],
    ['a protocol and more', ports({ name: 'GRPC-web' }), []],
    ['gRPC-Web and more', ports({ name: 'grpc-web-a' }), []],
    ['another name', ports({ name: 'metrics' }), [`error unsupported_protocol ${NAME}`]],
    ['a protocol without its separator', ports({ name: 'httpmetrics' }), [`error unsupported_protocol ${NAME}`]],
    ['no name', ports({}), [`error required_field ${NAME}`]],
    ['another name, of UDP', ports({ name: 'dns', protocol: 'udp' }), []],
    ['an appProtocol', ports({ appProtocol: 'Http2' }), []],
    ['an appProtocol beside any name', ports({ name: 'metrics', appProtocol: 'tcp' }), []],
    [
      "Kubernetes' own appProtocol",
      ports({ name: 'http', appProtocol: 'kubernetes.io/h2c' }),
      ['error unsupported_protocol spec.ports[0].appProtocol'],
    ],
  ];
  it.each(cases)('%s', (_, spec, want) => expect(found('Service', spec)).toEqual(want));
  it("of Istio's own namespace", () => expect(found('Service', ports({}), 'istio-system')).toEqual([]));
});

describe('Deployments', () => {
  const AT = 'spec.template.metadata.labels';
  const cases: readonly (readonly [string, object, readonly string[]])[] = [
    ['app and version', { app: 'a', version: 'v1' }, []],
    ['the recommended labels', { 'app.kubernetes.io/name': 'a', 'app.kubernetes.io/version': 'v1' }, []],
    ['the canonical labels', { 'service.istio.io/canonical-name': 'a', 'service.istio.io/canonical-revision': 'v1' }, []],
    ['app alone', { app: 'a' }, [`warning missing_label ${AT}`]],
    ['version alone', { version: 'a' }, [`warning missing_label ${AT}`]],
    ['none', {}, [`warning missing_label ${AT}`, `warning missing_label ${AT}`]],
  ];
  it.each(cases)('%s', (_, labels, want) => expect(found('Deployment', { template: { metadata: { labels } } })).toEqual(want));
  it("of Istio's own namespace", () => expect(found('Deployment', { template: {} }, 'istio-system')).toEqual([]));
});

it('other kinds are not judged', () => expect(found('Pod', {})).toEqual([]));
