import { describe, expect, it } from '@jest/globals';
import { analyze } from '../analyze';
import { indexConfiguration } from '../configuration/configuration';
import { readConfiguration } from '../read/read-configuration';
import { summary } from '../testing/index';

/** Kinds that only the reader of analysis gives. */
function findings(analyzer: string, yaml: string): readonly string[] {
  const { resources } = readConfiguration([{ name: 'test.yaml', text: yaml }]);
  return analyze(indexConfiguration(resources), { analyzers: [analyzer] }).findings.map(summary);
}

const webhook = (name: string, hooks: string, kind = 'Mutating'): string =>
  `---\napiVersion: admissionregistration.k8s.io/v1\nkind: ${kind}WebhookConfiguration\nmetadata: {name: ${name}}\nwebhooks: [${hooks}]\n`;
const SERVICE =
  '---\napiVersion: v1\nkind: Service\nmetadata: {name: istiod, namespace: istio-system}\nspec: {ports: [{name: https, port: 443}]}\n';
const hook = (selector: string, config = 'service: {name: istiod, namespace: istio-system}'): string =>
  `{name: sidecar-injector.istio.io, clientConfig: {${config}}, namespaceSelector: {matchLabels: {${selector}}}}`;
const crd = (name: string, version: string): string =>
  `---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: ${name}, annotations: {gateway.networking.k8s.io/bundle-version: ${version}}}\nspec: {}\n`;
const networks = (registry: string): string =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {meshNetworks: '{networks: {one: {endpoints: [{fromRegistry: ${registry}}]}}}'}\n`;
const SECRET =
  '---\napiVersion: v1\nkind: Secret\nmetadata: {name: remote, namespace: istio-system, labels: {istio/multiCluster: "true"}}\nstringData: {east: x}\n';
const M = 'MutatingWebhookConfiguration';

const cases: readonly { analyzer: string; name: string; yaml: string; want: readonly string[] }[] = [
  { analyzer: 'webhooks', name: 'one injector', yaml: SERVICE + webhook('a', hook('istio-injection: enabled')), want: [] },
  {
    analyzer: 'webhooks',
    name: 'two that do not overlap',
    yaml: SERVICE + webhook('a', hook('istio.io/rev: one')) + webhook('b', hook('istio.io/rev: two')),
    want: [],
  },
  {
    analyzer: 'webhooks',
    name: 'two for one label',
    yaml: SERVICE + webhook('a', hook('istio-injection: enabled')) + webhook('b', hook('istio-injection: enabled')),
    want: ['a', 'b'].map(
      (name, i) =>
        `IST0139 ${M} ${name} webhooks[0]: Webhook sidecar-injector.istio.io overlaps with others: ${['b', 'a'][i] ?? ''}/sidecar-injector.istio.io. Pods that both take are injected twice`,
    ),
  },
  {
    analyzer: 'webhooks',
    name: 'a missing service',
    yaml: SERVICE + webhook('a', hook('istio-injection: enabled', 'service: {name: gone, namespace: istio-system}')),
    want: [
      `IST0139 ${M} a webhooks[0].clientConfig.service: Injector refers to a control plane service that does not exist: gone.istio-system`,
    ],
  },
  {
    analyzer: 'webhooks',
    name: 'an address by name',
    yaml: webhook('istio-sidecar-injector', hook('a: b', 'url: "https://istiod.example.com/inject"')),
    want: [],
  },
  {
    analyzer: 'webhooks',
    name: 'an address by number',
    yaml: webhook('istio-sidecar-injector', hook('a: b', 'url: "https://1.2.3.4:15017/inject"')),
    want: [`IST0164 ${M} istio-sidecar-injector webhooks[0].clientConfig: https://1.2.3.4:15017/inject, sidecar-injector.istio.io`],
  },
  {
    analyzer: 'webhooks',
    name: 'no address',
    yaml: webhook('istio-validator', hook('a: b', ''), 'Validating'),
    want: [
      'IST0163 ValidatingWebhookConfiguration istio-validator webhooks[0].clientConfig: , sidecar-injector.istio.io, it has neither a url nor a service',
    ],
  },
  { analyzer: 'gateway-api-crds', name: 'a new one', yaml: crd('tlsroutes.gateway.networking.k8s.io', 'v1.5.0-rc.1'), want: [] },
  {
    analyzer: 'gateway-api-crds',
    name: 'an old one',
    yaml: crd('tlsroutes.gateway.networking.k8s.io', 'v1.4.9'),
    want: [
      'IST0176 CustomResourceDefinition tlsroutes.gateway.networking.k8s.io metadata.annotations["gateway.networking.k8s.io/bundle-version"]: tlsroutes.gateway.networking.k8s.io, 1.4.9, 1.5.0',
    ],
  },
  { analyzer: 'gateway-api-crds', name: 'one of no interest', yaml: crd('httproutes.gateway.networking.k8s.io', 'v0.1.0'), want: [] },
  { analyzer: 'mesh-networks', name: 'a known registry', yaml: networks('Kubernetes') + SECRET, want: [] },
  { analyzer: 'mesh-networks', name: 'a cluster with a Secret', yaml: networks('east') + SECRET, want: [] },
  {
    analyzer: 'mesh-networks',
    name: 'an unknown one',
    yaml: networks('west') + SECRET,
    want: ['IST0126 MeshNetworks istio-system/meshnetworks data.meshNetworks: west, one'],
  },
];

describe('installation', () => {
  it.each(cases)('$analyzer: $name', ({ analyzer, yaml, want }) => expect(findings(analyzer, yaml)).toEqual(want));
});
