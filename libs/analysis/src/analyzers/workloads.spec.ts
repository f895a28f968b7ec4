import { describe, expect, it } from '@jest/globals';
import { findingsIn, summary } from '../testing/index';

const namespace = (labels: string, name = 'default'): string =>
  `---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: {${labels}}}\n`;
const pod = (name: string, labels: string, rest = '', spec = 'containers: [{name: web, image: x}]', ns = 'default'): string =>
  `---\napiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: ${ns}, labels: {${labels}}${rest}}\nspec: {${spec}}\n`;
const deployment = (spec: string, meta = ''): string =>
  `---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: default${meta}}\nspec: {template: {metadata: {labels: {app: web}}, spec: {${spec}}}}\n`;
const istio = (kind: string, group: string, name: string, spec: string, ns = 'default'): string =>
  `---\napiVersion: ${group}.istio.io/v1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: ${ns}}\nspec: {${spec}}\n`;
const sidecar = (name: string, spec = 'egress: [{hosts: ["./*"]}]'): string => istio('Sidecar', 'networking', name, spec);
const telemetry = (name: string, spec: string): string => istio('Telemetry', 'telemetry', name, spec);
const policy = (spec: string, ns = 'default'): string => istio('AuthorizationPolicy', 'security', 'p', spec, ns);
const injectorValues = (text: string): string =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio-sidecar-injector, namespace: istio-system}\ndata: {values: '${text}'}\n`;

interface Case {
  readonly name: string;
  readonly yaml: string;
  readonly want: readonly string[];
}

function suite(analyzer: string, cases: readonly Case[]): void {
  describe(analyzer, () => {
    it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn(analyzer, yaml).map(summary)).toEqual(want));
  });
}

const select = (label: string): string => `workloadSelector: {labels: {${label}}}`;
suite('sidecar-selectors', [
  { name: 'one that selects a pod', yaml: pod('a', 'app: web') + sidecar('s', select('app: web')), want: [] },
  {
    name: 'one that selects none',
    yaml: pod('a', 'app: web') + sidecar('s', select('app: gone')),
    want: ['IST0101 Sidecar default/s spec.workloadSelector.labels.app: selector, app=gone'],
  },
  {
    name: 'pods of other namespaces do not count',
    yaml: pod('a', 'app: web', '', 'containers: []', 'shop') + sidecar('s', select('app: web')),
    want: ['IST0101 Sidecar default/s spec.workloadSelector.labels.app: selector, app=web'],
  },
  {
    name: 'two that select one pod',
    yaml: pod('a', 'app: web, v: a') + sidecar('s', select('app: web')) + sidecar('t', select('v: a')),
    want: [
      'IST0110 Sidecar default/s spec.workloadSelector.labels: [s t], default, a',
      'IST0110 Sidecar default/t spec.workloadSelector.labels: [s t], default, a',
    ],
  },
  {
    name: 'two without a selector',
    yaml: pod('a', 'app: web') + sidecar('s') + sidecar('t'),
    want: ['IST0111 Sidecar default/s metadata.name: [s t], default', 'IST0111 Sidecar default/t metadata.name: [s t], default'],
  },
  {
    name: 'one without a selector beside one with',
    yaml: pod('a', 'app: web') + sidecar('s') + sidecar('t', select('app: web')),
    want: [],
  },
  {
    name: 'an ambient pod',
    yaml: pod('a', 'app: web', ', annotations: {ambient.istio.io/redirection: enabled}') + sidecar('s', select('app: web')),
    want: ['IST0167 Sidecar default/s spec.workloadSelector.labels: a workload that it selects is ambient and has no sidecar'],
  },
  {
    name: 'an ambient namespace',
    yaml: namespace('istio.io/dataplane-mode: ambient') + sidecar('s'),
    want: ['IST0167 Sidecar default/s spec: the namespace is ambient, and sidecars are what a Sidecar configures'],
  },
  { name: 'Deployments count as pods', yaml: deployment('containers: []') + sidecar('s', select('app: web')), want: [] },
]);

const labels = (label: string): string => `selector: {matchLabels: {${label}}}`;
suite('telemetry-selectors', [
  { name: 'one that selects a pod', yaml: pod('a', 'app: web') + telemetry('t', labels('app: web')), want: [] },
  {
    name: 'one that selects none',
    yaml: pod('a', 'app: web') + telemetry('t', labels('app: gone')),
    want: ['IST0101 Telemetry default/t spec.selector.matchLabels.app: selector, app=gone'],
  },
  {
    name: 'two that select one pod',
    yaml: pod('a', 'app: web, v: a') + telemetry('s', labels('app: web')) + telemetry('t', labels('v: a')),
    want: [
      'IST0159 Telemetry default/s spec.selector.matchLabels: [s t], default, a',
      'IST0159 Telemetry default/t spec.selector.matchLabels: [s t], default, a',
    ],
  },
  {
    name: 'two without a selector',
    yaml: telemetry('s', '') + telemetry('t', ''),
    want: ['IST0160 Telemetry default/s metadata.name: [s t], default', 'IST0160 Telemetry default/t metadata.name: [s t], default'],
  },
  { name: 'an empty selector is one', yaml: telemetry('s', '') + telemetry('t', 'selector: {}'), want: [] },
]);

const mesh = (text: string): string =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: '${text}'}\n`;
suite('telemetry-providers', [
  {
    name: 'no provider anywhere',
    yaml: telemetry('t', 'accessLogging: [{filter: {expression: x}}]'),
    want: ['IST0157 Telemetry default/t spec.accessLogging[0]: t, default'],
  },
  { name: 'a provider of its own', yaml: telemetry('t', 'accessLogging: [{providers: [{name: envoy}]}]'), want: [] },
  {
    name: "the mesh's provider",
    yaml: mesh('{defaultProviders: {accessLogging: [envoy]}}') + telemetry('t', 'accessLogging: [{}]'),
    want: [],
  },
  { name: 'disabled', yaml: telemetry('t', 'accessLogging: [{disabled: true}]'), want: [] },
  { name: 'tracing is not considered', yaml: telemetry('t', 'tracing: [{randomSamplingPercentage: 1}]'), want: [] },
]);

suite('injection', [
  {
    name: 'a decided namespace',
    yaml:
      namespace('istio-injection: enabled', 'a') +
      namespace('istio-injection: disabled', 'b') +
      namespace('istio.io/rev: canary', 'c') +
      namespace('istio.io/dataplane-mode: ambient', 'd'),
    want: [],
  },
  { name: 'an undecided one', yaml: namespace(''), want: ['IST0102 Namespace default metadata.name: default, default'] },
  { name: "Istio's own", yaml: namespace('', 'istio-system'), want: [] },
  {
    name: 'injection by default',
    yaml: injectorValues('{"sidecarInjectorWebhook": {"enableNamespacesByDefault": true}}') + namespace(''),
    want: ['IST0148 Namespace default metadata.labels: '],
  },
  {
    name: 'contradicting labels',
    yaml: namespace('istio-injection: enabled, istio.io/rev: x'),
    want: ['IST0123 Namespace default metadata.labels: [istio-injection=enabled istio.io/rev=x]'],
  },
  { name: 'disabled settles it', yaml: namespace('istio-injection: disabled, istio.io/rev: x'), want: [] },
  {
    name: 'a pod without its sidecar',
    yaml: namespace('istio-injection: enabled') + pod('a', 'app: web'),
    want: ['IST0103 Pod default/a spec.containers: default/a'],
  },
  { name: 'a pod that wants none', yaml: namespace('istio-injection: enabled') + pod('a', 'sidecar.istio.io/inject: "False"'), want: [] },
  {
    name: 'a pod with its sidecar',
    yaml: namespace('istio-injection: enabled') + pod('a', '', '', 'containers: [{name: istio-proxy, image: proxy}]'),
    want: [],
  },
  { name: "a pod on the node's network", yaml: namespace('istio-injection: enabled') + pod('a', '', '', 'hostNetwork: true'), want: [] },
  {
    name: 'a pod that is to be made',
    yaml: namespace('istio-injection: enabled') + deployment('containers: [{name: web, image: x}]'),
    want: [],
  },
]);

const AUTO = 'containers: [{name: istio-proxy, image: auto}]';
suite('image-auto', [
  { name: 'a Deployment in an injected namespace', yaml: namespace('istio-injection: enabled') + deployment(AUTO), want: [] },
  {
    name: 'a Deployment in a namespace that is not injected',
    yaml: namespace('x: z') + deployment(AUTO),
    want: ['IST0146 Deployment default/web spec.template.spec.containers[0].image: Deployment, web'],
  },
  {
    name: 'a pod',
    yaml: namespace('istio-injection: enabled') + pod('a', '', '', AUTO),
    want: ['IST0147 Pod default/a spec.containers[0].image: Pod, a'],
  },
  { name: 'another image', yaml: namespace('x: z') + deployment('containers: [{name: istio-proxy, image: proxy}]'), want: [] },
]);

const VALUES = '{"global": {"hub": "hub", "tag": "1", "proxy": {"image": "proxyv2"}}}';
suite('proxy-image', [
  {
    name: 'the expected image',
    yaml:
      injectorValues(VALUES) +
      namespace('istio-injection: enabled') +
      pod('a', '', '', 'containers: [{name: istio-proxy, image: "hub/proxyv2:1"}]'),
    want: [],
  },
  {
    name: 'another one',
    yaml:
      injectorValues(VALUES) +
      namespace('istio-injection: enabled') +
      pod('a', '', '', 'containers: [{name: istio-proxy, image: "hub/proxyv2:0"}]'),
    want: ['IST0158 Namespace default metadata.labels: [a]'],
  },
  {
    name: 'no injector in the files',
    yaml: namespace('istio-injection: enabled') + pod('a', '', '', 'containers: [{name: istio-proxy, image: "hub/proxyv2:0"}]'),
    want: [],
  },
]);

suite('application-uid', [
  { name: 'another user', yaml: pod('a', '', '', 'securityContext: {runAsUser: 1000}'), want: [] },
  {
    name: 'the pod',
    yaml: pod('a', '', '', 'securityContext: {runAsUser: 1337}'),
    want: ['IST0144 Pod default/a spec.securityContext.runAsUser: '],
  },
  {
    name: 'a container of a Deployment',
    yaml: deployment('containers: [{name: web, securityContext: {runAsUser: 1337}}]'),
    want: ['IST0144 Deployment default/web spec.template.spec.containers[0].securityContext.runAsUser: '],
  },
  { name: 'the sidecar itself', yaml: pod('a', '', '', 'containers: [{name: istio-proxy, securityContext: {runAsUser: 1337}}]'), want: [] },
]);

suite('authorization-policies', [
  { name: 'a workload that matches', yaml: pod('a', 'app: web') + policy(labels('app: web')), want: [] },
  {
    name: 'none that matches',
    yaml: pod('a', 'app: web') + policy(labels('app: gone')),
    want: ['IST0127 AuthorizationPolicy default/p spec.selector.matchLabels: app=gone'],
  },
  {
    name: 'one without a sidecar',
    yaml: pod('a', 'app: web, sidecar.istio.io/inject: "false"') + policy(labels('app: web')),
    want: ['IST0127 AuthorizationPolicy default/p spec.selector.matchLabels: app=web'],
  },
  {
    name: 'a namespace without workloads',
    yaml: pod('a', 'app: web') + policy('', 'shop'),
    want: ['IST0127 AuthorizationPolicy shop/p metadata.namespace: '],
  },
  {
    name: 'the root namespace is for all',
    yaml: pod('a', 'app: web') + policy('', 'istio-system') + policy(labels('app: web'), 'istio-system'),
    want: [],
  },
  {
    name: 'a namespace that is not there',
    yaml:
      namespace('istio-injection: enabled') +
      pod('a', 'app: web') +
      policy('rules: [{from: [{source: {namespaces: [default, nope, "def*", "*"]}}]}]'),
    want: ['IST0101 AuthorizationPolicy default/p spec.rules[0].from[0].source.namespaces[1]: namespace, nope'],
  },
]);

suite('policy-selectors', [
  { name: 'an ordinary pod', yaml: pod('a', 'app: web') + policy(labels('app: web')), want: [] },
  {
    name: 'a pod of a gateway',
    yaml: pod('a', 'app: web, gateway.networking.k8s.io/gateway-name: front') + policy(labels('app: web')),
    want: ['IST0166 AuthorizationPolicy default/p spec.selector: front'],
  },
  {
    name: 'by reference',
    yaml:
      pod('a', 'app: web, gateway.networking.k8s.io/gateway-name: front') +
      policy('targetRef: {kind: Gateway, group: gateway.networking.k8s.io, name: front}'),
    want: [],
  },
]);

const filter = (patches: string, rest = ''): string =>
  `---\napiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: f, namespace: default}\nspec: {${rest}configPatches: [${patches}]}\n`;
const patch = (applyTo: string, operation: string): string => `{applyTo: ${applyTo}, patch: {operation: ${operation}, value: {name: x}}}`;
const F = 'EnvoyFilter default/f spec.configPatches[0].patch.operation: ';
suite('envoy-filters', [
  { name: 'first', yaml: filter(patch('HTTP_FILTER', 'INSERT_FIRST')), want: [] },
  { name: 'before another', yaml: filter(patch('HTTP_FILTER', 'INSERT_BEFORE')), want: [`IST0151 ${F}`] },
  { name: 'with a priority', yaml: filter(patch('HTTP_FILTER', 'INSERT_BEFORE'), 'priority: 10, '), want: [] },
  {
    name: 'twice is said once',
    yaml: filter(`${patch('HTTP_FILTER', 'INSERT_BEFORE')}, ${patch('HTTP_FILTER', 'INSERT_AFTER')}`),
    want: [`IST0151 ${F}`],
  },
  { name: 'a replaced cluster', yaml: filter(patch('CLUSTER', 'REPLACE')), want: [`IST0152 ${F}`] },
  { name: 'an added route', yaml: filter(patch('HTTP_ROUTE', 'ADD')), want: [`IST0153 ${F}`] },
  { name: 'a removed route', yaml: filter(patch('HTTP_ROUTE', 'REMOVE')), want: [`IST0154 ${F}`] },
  {
    name: 'relative to one of some versions only',
    yaml: filter(
      `{applyTo: HTTP_FILTER, match: {proxy: {proxyVersion: "1"}}, patch: {operation: INSERT_FIRST, value: {name: x}}}, ${patch('HTTP_FILTER', 'INSERT_AFTER')}`,
    ),
    want: ['IST0155 EnvoyFilter default/f spec.configPatches[1].patch.operation: '],
  },
]);

const authentication = istio('RequestAuthentication', 'security', 'r', 'jwtRules: []');
suite('jwks-uri', [
  {
    name: 'an istiod that fetches from anywhere',
    yaml: authentication + deployment('containers: [{name: d}]', ', labels: {app: istiod}'),
    want: ['IST0175 Deployment default/web spec.template.spec.containers: 1, default/r'],
  },
  {
    name: 'one that does not',
    yaml:
      authentication +
      deployment('containers: [{name: d, env: [{name: BLOCKED_CIDRS_IN_JWKS_URIS, value: 10.0.0.0/8}]}]', ', labels: {app: istiod}'),
    want: [],
  },
  { name: 'no istiod', yaml: authentication + deployment('containers: [{name: d}]'), want: [] },
  { name: 'no RequestAuthentication', yaml: deployment('containers: [{name: d}]', ', labels: {app: istiod}'), want: [] },
]);

const GATEWAY = istio(
  'Gateway',
  'networking',
  'front',
  'selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]',
);
const claims = istio(
  'VirtualService',
  'networking',
  'x',
  'hosts: [a.com], gateways: [front], http: [{match: [{headers: {"@request.auth.claims.sub": {exact: me}}}], route: [{destination: {host: web}}]}]',
);
suite('jwt-claim-routes', [
  {
    name: 'a gateway that checks no tokens',
    yaml: GATEWAY + claims + pod('gw', 'istio: ingressgateway'),
    want: ['IST0149 VirtualService default/x spec.http[0].match[0]: @request.auth.claims.sub, default/front, gw'],
  },
  {
    name: 'one that does',
    yaml:
      GATEWAY +
      claims +
      pod('gw', 'istio: ingressgateway') +
      istio('RequestAuthentication', 'security', 'r', labels('istio: ingressgateway')),
    want: [],
  },
  {
    name: 'by the root namespace',
    yaml: GATEWAY + claims + pod('gw', 'istio: ingressgateway') + istio('RequestAuthentication', 'security', 'r', '', 'istio-system'),
    want: [],
  },
]);

const entry = (name: string, ports: string, rest = ''): string =>
  istio('ServiceEntry', 'networking', name, `hosts: [db.com], ports: [${ports}]${rest}`);
suite('service-entry-addresses', [
  { name: 'HTTP', yaml: entry('e', '{number: 80, name: http, protocol: HTTP}'), want: [] },
  {
    name: 'TCP without addresses',
    yaml: entry('e', '{number: 5432, name: tcp, protocol: TCP}'),
    want: ['IST0134 ServiceEntry default/e spec.ports[0].name: '],
  },
  { name: 'TCP with addresses', yaml: entry('e', '{number: 5432, name: tcp, protocol: TCP}', ', addresses: [10.0.0.1]'), want: [] },
  {
    name: 'with automatic addresses',
    yaml:
      mesh('{defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true", ISTIO_META_DNS_AUTO_ALLOCATE: "true"}}}') +
      entry('e', '{number: 5432, name: tcp, protocol: TCP}'),
    want: [],
  },
]);

const conflict = (name: string): string =>
  `IST0177 ServiceEntry default/${name} spec.ports[0].protocol: default/a, default/b, db.com, 80, HTTP, TCP`;
suite('service-entry-protocols', [
  {
    name: 'one protocol in two ways of writing',
    yaml: entry('a', '{number: 80, name: x, protocol: HTTP}') + entry('b', '{number: 80, name: x, protocol: http}'),
    want: [],
  },
  {
    name: 'two protocols',
    yaml: entry('a', '{number: 80, name: x, protocol: HTTP}') + entry('b', '{number: 80, name: x, protocol: TCP}'),
    want: [conflict('a'), conflict('b')],
  },
  {
    name: 'of different ports',
    yaml: entry('a', '{number: 80, name: x, protocol: HTTP}') + entry('b', '{number: 81, name: x, protocol: TCP}'),
    want: [],
  },
  {
    name: 'in different namespaces',
    yaml:
      entry('a', '{number: 80, name: x, protocol: HTTP}', ', exportTo: [one]') +
      entry('b', '{number: 80, name: x, protocol: TCP}', ', exportTo: [two]'),
    want: [],
  },
  {
    name: 'in one namespace and for all',
    yaml: entry('a', '{number: 80, name: x, protocol: HTTP}', ', exportTo: [one]') + entry('b', '{number: 80, name: x, protocol: TCP}'),
    want: [conflict('a'), conflict('b')],
  },
]);

const rule = (name: string, spec: string): string => istio('DestinationRule', 'networking', name, spec);
const R = 'DestinationRule default/r';
suite('destination-rule-certificates', [
  { name: 'a CA', yaml: rule('r', 'host: a.com, trafficPolicy: {tls: {mode: SIMPLE, caCertificates: /ca}}'), want: [] },
  {
    name: 'no CA',
    yaml: rule('r', 'host: a.com, trafficPolicy: {tls: {mode: SIMPLE}}'),
    want: [`IST0128 ${R} spec.trafficPolicy.tls.mode: default/r, default, SIMPLE, a.com`],
  },
  {
    name: 'for a port',
    yaml: rule('r', 'host: a.com, trafficPolicy: {portLevelSettings: [{port: {number: 443}, tls: {mode: MUTUAL}}]}'),
    want: [`IST0129 ${R} spec.trafficPolicy.portLevelSettings[0].tls.mode: default/r, default, MUTUAL, a.com, number:443`],
  },
  { name: 'mesh mTLS', yaml: rule('r', 'host: a.com, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}'), want: [] },
  {
    name: 'a credential of selected workloads',
    yaml: rule('r', 'host: a.com, workloadSelector: {matchLabels: {a: b}}, trafficPolicy: {tls: {mode: SIMPLE, credentialName: c}}'),
    want: [],
  },
  {
    name: 'a credential alone',
    yaml: rule('r', 'host: a.com, trafficPolicy: {tls: {mode: SIMPLE, credentialName: c}}'),
    want: [`IST0128 ${R} spec.trafficPolicy.tls.mode: default/r, default, SIMPLE, a.com`],
  },
]);

const SERVICE =
  '---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: default}\nspec: {selector: {app: web}, ports: [{name: http, port: 80}]}\n';
suite('destination-rule-hosts', [
  {
    name: 'a known host and subset',
    yaml: SERVICE + pod('a', 'app: web, version: v1') + rule('r', 'host: web, subsets: [{name: v1, labels: {version: v1}}]'),
    want: [],
  },
  { name: 'an unknown host', yaml: SERVICE + rule('r', 'host: wob'), want: [`IST0174 ${R} spec.host: wob`] },
  {
    name: 'a subset that nothing has',
    yaml: SERVICE + pod('a', 'app: web, version: v1') + rule('r', 'host: web, subsets: [{name: v2, labels: {version: v2}}]'),
    want: [`IST0173 ${R} spec.subsets[0].labels: v2`],
  },
  {
    name: 'labels of nodes',
    yaml: SERVICE + pod('a', 'app: web') + rule('r', 'host: web, subsets: [{name: z, labels: {topology.kubernetes.io/zone: z}}]'),
    want: [],
  },
  {
    name: 'no workloads: nothing is known',
    yaml: SERVICE + rule('r', 'host: web, subsets: [{name: v2, labels: {version: v2}}]'),
    want: [],
  },
  {
    name: 'labels of listed endpoints',
    yaml:
      SERVICE +
      pod('a', 'app: web') +
      istio('ServiceEntry', 'networking', 'e', 'hosts: [x.com], ports: [], endpoints: [{address: 1.1.1.1, labels: {v: a}}]') +
      rule('r', 'host: x.com, subsets: [{name: a, labels: {v: a}}]'),
    want: [],
  },
]);

suite('deprecated', [
  {
    name: 'a percentage',
    yaml: istio('VirtualService', 'networking', 'x', 'hosts: [web], http: [{fault: {delay: {fixedDelay: 1s, percentage: {value: 1}}}}]'),
    want: [],
  },
  {
    name: 'a percent',
    yaml: istio('VirtualService', 'networking', 'x', 'hosts: [web], http: [{fault: {delay: {fixedDelay: 1s, percent: 1}}}]'),
    want: [
      'IST0002 VirtualService default/x spec.http[0].fault.delay.percent: use HTTPRoute.fault.delay.percentage in place of HTTPRoute.fault.delay.percent',
    ],
  },
  {
    name: 'an egress proxy',
    yaml: sidecar('s', 'outboundTrafficPolicy: {egressProxy: {host: x}}'),
    want: ['IST0002 Sidecar default/s spec.outboundTrafficPolicy.egressProxy: outboundTrafficPolicy.egressProxy of a Sidecar is ignored'],
  },
  {
    name: 'a provider that is gone',
    yaml: mesh('{extensionProviders: [{name: ls, lightstep: {service: x}}]}') + telemetry('t', 'tracing: [{providers: [{name: ls}]}]'),
    want: [
      'IST0002 Telemetry default/t spec.tracing[0].providers[0].name: provider ls is of type lightstep, which is gone: use opentelemetry',
    ],
  },
]);

const subset = istio('VirtualService', 'networking', 'w', 'hosts: [web], http: [{route: [{destination: {host: web, subset: v1}}]}]');
suite('ingress-rules', [
  {
    name: 'a gateway that sends to a host whose subset is chosen in the mesh',
    yaml:
      subset +
      istio('VirtualService', 'networking', 'v', 'hosts: [a.com], gateways: [front], http: [{route: [{destination: {host: web}}]}]'),
    want: ['IST0140 VirtualService default/v spec.http[0].route[0].destination.host: default/w, default/v'],
  },
  {
    name: 'a gateway that chooses itself',
    yaml:
      subset +
      istio(
        'VirtualService',
        'networking',
        'v',
        'hosts: [a.com], gateways: [front], http: [{route: [{destination: {host: web, subset: v2}}]}]',
      ),
    want: [],
  },
  {
    name: 'no gateway',
    yaml: subset + istio('VirtualService', 'networking', 'v', 'hosts: [a.com], http: [{route: [{destination: {host: web}}]}]'),
    want: [],
  },
]);
