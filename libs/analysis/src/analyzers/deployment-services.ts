import { type Service } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { fullName } from '../configuration/configuration';
import { push } from '../configuration/lazy';
import { listNames } from '../messages/list-names';

/**
 * Services of one Deployment agree about ports.
 * Spec: IST0116: one service port with several protocols; IST0137: one target port reached by several service ports.
 */
export const deploymentServices = defineAnalyzer({
  name: 'deployment-services',
  description: 'Services of a Deployment agree about its ports',
  inputs: ['Deployment', 'Service', 'Namespace'],
  codes: ['IST0116', 'IST0137'],
  analyze(configuration, report) {
    for (const workload of configuration.workloads.all) {
      const { resource } = workload;
      if (
        resource.kind !== 'Deployment' ||
        !workload.inMesh ||
        resource.metadata.labels['gateway.istio.io/managed'] === 'istio.io-mesh-controller'
      )
        continue;
      const services = configuration.services.selecting(workload.labels, workload.namespace);
      if (services.length === 0) continue;
      for (const { port, services: involved } of protocolConflicts(services)) {
        report('IST0116', resource, {
          params: [resource.metadata.name, port, listNames(involved.map(fullName).sort(), ',')],
          at: ['metadata', 'name'],
          related: placesOf(involved),
        });
      }
      for (const conflict of targetConflicts(services)) {
        const names = conflict.services.map(fullName);
        report('IST0137', resource, {
          params: [resource.metadata.name, listNames([...new Set(names)], ','), conflict.target, conflict.ports.join(',')],
          at: ['metadata', 'name'],
          related: placesOf(conflict.services),
        });
      }
    }
  },
});

function placesOf(services: readonly Service[]) {
  return [...new Set(services)]
    .slice(0, 10)
    .map((service) => ({ resource: service, path: ['spec', 'ports'], note: `Service ${fullName(service)}` }));
}

function protocolConflicts(services: readonly Service[]): readonly { readonly port: number; readonly services: readonly Service[] }[] {
  const byPort = new Map<number, { service: Service; protocol: string }[]>();
  for (const service of services)
    for (const { port, protocol } of service.spec.ports ?? []) push(byPort, port, { service, protocol: protocol ?? 'TCP' });
  return [...byPort]
    .filter(([, uses]) => new Set(uses.map(({ protocol }) => protocol)).size > 1)
    .map(([port, uses]) => ({ port, services: [...new Set(uses.map(({ service }) => service))] }));
}

function targetConflicts(
  services: readonly Service[],
): readonly { readonly target: string; readonly ports: readonly number[]; readonly services: readonly Service[] }[] {
  const byTarget = new Map<string, Map<number, Service>>();
  for (const service of services) {
    for (const { port, targetPort } of service.spec.ports ?? []) {
      const target = String(targetPort === undefined || targetPort === 0 ? port : targetPort);
      const ports = byTarget.get(target) ?? new Map<number, Service>();
      byTarget.set(target, ports.set(port, service));
    }
  }
  return [...byTarget]
    .filter(([, ports]) => ports.size > 1)
    .map(([target, ports]) => {
      const sorted = [...ports].sort(([a], [b]) => a - b);
      return { target, ports: sorted.map(([port]) => port), services: sorted.map(([, service]) => service) };
    });
}
