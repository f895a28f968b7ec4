import { type Service } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { type Configuration, fullName } from '../configuration/configuration';
import { selectorText, type Workload } from '../configuration/workloads';

/** Ports of the gateway that Istio installs, and of the one a local mesh adds. */
const SYNTHETIC_PORTS = [80, 8080, 443, 8443, 31400, 15443];

/** Selectors of gateways that come with Istio's installation or its chart, not with the files of those who use them. */
const INSTALLED = new Set(['istio=egressgateway', 'istio=eastwestgateway', 'istio=ingress', 'istio=egress']);

/**
 * Gateways select pods, and their ports are ports of a Service in front of these.
 * Spec: IST0101 selector, IST0162.
 */
export const gatewayPorts = defineAnalyzer({
  name: 'gateway-ports',
  description: 'Gateways select pods, and a Service has their ports',
  inputs: ['Gateway', 'Pod', 'Deployment', 'Service'],
  codes: ['IST0101', 'IST0162'],
  analyze(configuration, report) {
    const { workloads, hosts } = configuration;
    if (!workloads.described) return;
    // Most Gateways select the same pods.
    const bySelector = new Map<string, Reachable>();
    for (const gateway of configuration.of('Gateway')) {
      const selector = gateway.spec.selector ?? {};
      const text = selectorText(selector);
      const [key] = Object.keys(selector);
      const at = key === undefined ? ['spec'] : ['spec', 'selector', key];
      const pods = workloads.matching(selector);
      if (pods.length === 0) {
        if (INSTALLED.has(text)) continue;
        report('IST0101', gateway, { params: ['selector', text], at });
        continue;
      }
      if (!hosts.described) continue;
      const found = bySelector.get(text) ?? reachable(pods, configuration);
      bySelector.set(text, found);
      const { ports, services } = found;
      (gateway.spec.servers ?? []).forEach(({ port }, i) => {
        if (ports.has(port.number)) return;
        report('IST0162', gateway, {
          params: [port.number, text],
          at: ['spec', 'servers', i, 'port', 'number'],
          istioAt: at,
          related: services.slice(0, 10).map((service) => ({
            resource: service,
            path: ['spec', 'ports'],
            note: `Service ${fullName(service)} has the ports ${(service.spec.ports ?? []).map((p) => p.port).join(', ')}`,
          })),
        });
      });
    }
  },
});

interface Reachable {
  readonly ports: ReadonlySet<number>;
  readonly services: readonly Service[];
}

/** Ports and numeric target ports of the Services in front of pods. An unset protocol is TCP. */
function reachable(pods: readonly Workload[], { services: table }: Configuration): Reachable {
  const ports = new Set<number>();
  const services = new Set<Service>();
  for (const namespace of new Set(pods.map((pod) => pod.namespace)))
    for (const service of table.unselective(namespace)) services.add(service);
  for (const pod of pods) {
    if (pod.from === 'assumption') for (const port of SYNTHETIC_PORTS) ports.add(port);
    for (const service of table.selecting(pod.labels, pod.namespace)) services.add(service);
  }
  for (const { spec } of services) {
    for (const { port, targetPort, protocol = 'TCP' } of spec.ports ?? []) {
      if (protocol !== 'TCP') continue;
      ports.add(port);
      if (typeof targetPort === 'number') ports.add(targetPort);
    }
  }
  return { ports, services: [...services] };
}
