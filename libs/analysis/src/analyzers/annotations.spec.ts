import { describe, expect, it } from '@jest/globals';
import { findingsIn, summary } from '../testing/index';

const pod = (annotations: string, labels = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: default, labels: {${labels}}, annotations: {${annotations}}}\nspec: {}\n`;
const service = (annotations: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: default, annotations: {${annotations}}}\nspec: {}\n`;
const deployment = (own: string, template: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, namespace: default, annotations: {${own}}}\nspec: {template: {metadata: {annotations: {${template}}}}}\n`;
const P = 'Pod default/p metadata.annotations';
const TRAFFIC = 'traffic.sidecar.istio.io';
const invalid = (name: string, problem: string): string => `IST0125 ${P}["${name}"]: ${name}, ${problem}`;

const cases: readonly { name: string; yaml: string; want: readonly string[] }[] = [
  { name: "nothing of Istio's", yaml: pod('example.com/x: y1, prometheus.io/scrape: "true"'), want: [] },
  { name: 'a known one', yaml: pod('sidecar.istio.io/logLevel: debug'), want: [] },
  {
    name: 'a misspelt one',
    yaml: pod('sidecar.istio.io/logLevl: debug'),
    want: [`IST0108 ${P}["sidecar.istio.io/logLevl"]: sidecar.istio.io/logLevl`],
  },
  { name: "Istio's own writing", yaml: pod("sidecar.istio.io/status: '{}', istio.io/rev: default"), want: [] },
  { name: 'a suppression, anywhere', yaml: service('galley.istio.io/analyze-suppress: IST0001'), want: [] },
  {
    name: "a pod's on a Service",
    yaml: service('sidecar.istio.io/logLevel: debug'),
    want: ['IST0107 Service default/s metadata.annotations["sidecar.istio.io/logLevel"]: sidecar.istio.io/logLevel, Pod'],
  },
  {
    name: "a pod's on a Deployment itself",
    yaml: deployment('sidecar.istio.io/logLevel: debug', ''),
    want: ['IST0107 Deployment default/d metadata.annotations["sidecar.istio.io/logLevel"]: sidecar.istio.io/logLevel, Pod'],
  },
  { name: "a pod's in the template", yaml: deployment('', 'sidecar.istio.io/logLevel: debug'), want: [] },
  {
    name: 'an ingress class',
    yaml: service('kubernetes.io/ingress.class: istio'),
    want: ['IST0107 Service default/s metadata.annotations["kubernetes.io/ingress.class"]: kubernetes.io/ingress.class, Ingress'],
  },
  {
    name: 'a deprecated one',
    yaml: pod('sidecar.istio.io/inject: "true"'),
    want: [`IST0135 ${P}["sidecar.istio.io/inject"]: sidecar.istio.io/inject,  in favour of the label sidecar.istio.io/inject`],
  },
  { name: 'a deprecated one beside its label', yaml: pod('sidecar.istio.io/inject: "true"', 'sidecar.istio.io/inject: "true"'), want: [] },
  { name: 'a mode', yaml: pod('sidecar.istio.io/interceptionMode: NONE'), want: [] },
  {
    name: 'no mode',
    yaml: pod('sidecar.istio.io/interceptionMode: none'),
    want: [invalid('sidecar.istio.io/interceptionMode', '"none" is none of REDIRECT, TPROXY, NONE')],
  },
  {
    name: 'ports and ranges',
    yaml: pod(
      `${TRAFFIC}/excludeInboundPorts: "1, 2", ${TRAFFIC}/includeInboundPorts: "*", ${TRAFFIC}/includeOutboundIPRanges: "10.0.0.0/8,fd00::/8"`,
    ),
    want: [],
  },
  {
    name: 'no port',
    yaml: pod(`${TRAFFIC}/excludeInboundPorts: "1,x1"`),
    want: [invalid(`${TRAFFIC}/excludeInboundPorts`, '"x1" is not a port')],
  },
  {
    name: 'all ports where none may be',
    yaml: pod(`${TRAFFIC}/excludeOutboundPorts: "*"`),
    want: [invalid(`${TRAFFIC}/excludeOutboundPorts`, '"*" is not a port')],
  },
  {
    name: 'an address without a length',
    yaml: pod(`${TRAFFIC}/excludeOutboundIPRanges: 10.0.0.1`),
    want: [invalid(`${TRAFFIC}/excludeOutboundIPRanges`, '"10.0.0.1" is not an address range such as 10.0.0.0/8')],
  },
  { name: 'amounts', yaml: pod('sidecar.istio.io/proxyCPU: 100m, sidecar.istio.io/proxyMemory: 1.5Gi'), want: [] },
  {
    name: 'no amount',
    yaml: pod('sidecar.istio.io/proxyCPU: much'),
    want: [invalid('sidecar.istio.io/proxyCPU', '"much" is not an amount such as 100m or 128Mi')],
  },
  { name: 'settings of the proxy', yaml: pod("proxy.istio.io/config: '{holdApplicationUntilProxyStarts: true}'"), want: [] },
  {
    name: 'settings of the wrong type',
    yaml: pod("proxy.istio.io/config: '{holdApplicationUntilProxyStarts: later}'"),
    want: [invalid('proxy.istio.io/config', 'holdApplicationUntilProxyStarts: Cannot use "later" here: expected true or false')],
  },
  {
    name: 'settings that break a rule, beside an unknown one',
    yaml: pod("proxy.istio.io/config: '{conncurrency: 2, statusPort: 70000}'"),
    want: [invalid('proxy.istio.io/config', 'statusPort: Cannot use 70000 as a port: expected a number from 1 to 65535')],
  },
  {
    name: 'settings that are nested',
    yaml: pod("proxy.istio.io/config: '{tracing: {zipkin: {address: zipkin}}}'"),
    want: [invalid('proxy.istio.io/config', 'tracing.zipkin.address: Cannot use "zipkin" as an address: expected HOST:PORT')],
  },
  {
    name: 'a setting that nothing reads',
    yaml: pod("proxy.istio.io/config: '{conncurrency: 2}'"),
    want: [
      invalid(
        'proxy.istio.io/config',
        'conncurrency: Cannot read "conncurrency": no such field; did you mean "concurrency"?; it is ignored',
      ),
    ],
  },
  { name: 'no settings', yaml: pod("proxy.istio.io/config: ''"), want: [] },
  {
    name: 'settings that are no mapping',
    yaml: pod("proxy.istio.io/config: '[a]'"),
    want: [invalid('proxy.istio.io/config', 'Cannot read the settings of the proxy: expected a mapping')],
  },
  {
    name: 'settings in two documents',
    yaml: pod('proxy.istio.io/config: "a: b\\n---\\nc: d"'),
    want: [invalid('proxy.istio.io/config', 'Cannot read the settings of the proxy: it has several documents, expected one')],
  },
];

describe('annotations', () => {
  it.each(cases)('$name', ({ yaml, want }) => expect(findingsIn('annotations', yaml).map(summary)).toEqual(want));

  it('offers the annotation that was probably meant', () => {
    const [finding] = findingsIn('annotations', pod('sidecar.istio.io/logLevl: debug'));
    expect(finding?.fix?.title).toBe('Use sidecar.istio.io/logLevel');
  });
});
