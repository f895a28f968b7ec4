import { type Service } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { fullName } from '../configuration/configuration';
import { push } from '../configuration/lazy';
import { matches, selectorText, type Workload } from '../configuration/workloads';

/** Ports of the gateway that Istio installs, and of the one a local mesh adds. */
const SYNTHETIC_PORTS = [80, 8080, 443, 8443, 31400, 15443];

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
    const byNamespace = new Map<string, Service[]>();
    for (const service of configuration.of('Service')) push(byNamespace, service.metadata.namespace, service);
    for (const gateway of configuration.of('Gateway')) {
      const selector = gateway.spec.selector ?? {};
      const text = selectorText(selector);
      const [key] = Object.keys(selector);
      const at = key === undefined ? ['spec'] : ['spec', 'selector', key];
      const pods = workloads.matching(selector);
      if (pods.length === 0) {
        report('IST0101', gateway, { params: ['selector', text], at });
        continue;
      }
      if (!hosts.described) continue;
      const { ports, services } = reachable(pods, byNamespace);
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

/** Ports and numeric target ports of the Services in front of pods. An unset protocol is TCP. */
function reachable(
  pods: readonly Workload[],
  byNamespace: ReadonlyMap<string, readonly Service[]>,
): { readonly ports: ReadonlySet<number>; readonly services: readonly Service[] } {
  const ports = new Set<number>();
  const services = new Set<Service>();
  for (const pod of pods) {
    if (pod.synthetic) for (const port of SYNTHETIC_PORTS) ports.add(port);
    for (const service of byNamespace.get(pod.namespace) ?? []) if (matches(pod.labels, service.spec.selector ?? {})) services.add(service);
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
