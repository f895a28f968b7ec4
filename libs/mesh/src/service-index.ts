import {
  type Endpoint,
  endpointsOf,
  indexWorkloads,
  matchesLabels,
  type Service,
  type ServicePort,
  targetPortOf,
  type WorkloadIndex,
  type WorkloadInstance,
} from '@lateen/registry';
import { isVisible } from './hosts';
import { compareText } from './order';
import { type Client, type InboundPort } from './snapshot';

/** What asks about services and workloads are answered from. */
export interface ServiceIndex {
  readonly byHost: ReadonlyMap<string, Service>;
  readonly workloads: WorkloadIndex;
  visibleTo(namespace: string): readonly Service[];
  workload(namespace: string, name: string): WorkloadInstance | undefined;
  selecting(client: Client): readonly Service[];
  inboundPorts(workload: WorkloadInstance): readonly InboundPort[];
  endpointsOf(service: Service, port: ServicePort): readonly Endpoint[];
  identitiesOf(service: Service, trustDomain: string): readonly string[];
}

/** Indexes services by host and by a label they select, and workloads by name and label. */
export function indexServices(services: readonly Service[], instances: readonly WorkloadInstance[]): ServiceIndex {
  const workloads = indexWorkloads(instances);
  const byName = new Map(instances.map((workload) => [`${workload.namespace}/${workload.name}`, workload]));
  const bySelector = groupBySelector(services);
  const visible = new Map<string, readonly Service[]>();
  const endpoints = new Map<Service, Map<number, readonly Endpoint[]>>();
  const identities = new Map<Service, readonly string[]>();

  function selecting({ namespace, labels }: Client): readonly Service[] {
    const found: Service[] = [];
    for (const [key, value] of Object.entries(labels)) {
      for (const service of bySelector.get(`${namespace}\0${key}\0${value}`) ?? []) {
        if (service.selector !== undefined && matchesLabels(labels, service.selector)) found.push(service);
      }
    }
    return found.sort((a, b) => compareText(a.creationTimestamp ?? '', b.creationTimestamp ?? '') || compareText(a.hostname, b.hostname));
  }

  function endpointsFor(service: Service, port: ServicePort): readonly Endpoint[] {
    let byPort = endpoints.get(service);
    if (byPort === undefined) endpoints.set(service, (byPort = new Map()));
    let found = byPort.get(port.port);
    if (found === undefined) byPort.set(port.port, (found = endpointsOf(service, port, workloads)));
    return found;
  }

  return {
    byHost: new Map(services.map((service) => [service.hostname, service])),
    workloads,
    selecting,
    endpointsOf: endpointsFor,
    workload: (namespace, name) => byName.get(`${namespace}/${name}`),
    visibleTo(namespace) {
      let found = visible.get(namespace);
      if (found === undefined)
        visible.set(namespace, (found = services.filter(({ exportTo, namespace: owner }) => isVisible(exportTo, owner, namespace))));
      return found;
    },
    inboundPorts(workload) {
      const ports = selecting(workload).flatMap((service) =>
        service.ports.flatMap((port): readonly InboundPort[] => {
          const targetPort = targetPortOf(workload, port);
          return targetPort === undefined ? [] : [{ service, port, targetPort }];
        }),
      );
      return ports.sort((a, b) => a.targetPort - b.targetPort);
    },
    identitiesOf(service, trustDomain) {
      let found = identities.get(service);
      if (found === undefined) identities.set(service, (found = identitiesOf(service, trustDomain, endpointsFor)));
      return found;
    },
  };
}

/** Services under one pair of each selector, which every workload they select has. */
function groupBySelector(services: readonly Service[]): ReadonlyMap<string, readonly Service[]> {
  const groups = new Map<string, Service[]>();
  for (const service of services) {
    const [pair] = Object.entries(service.selector ?? {});
    if (pair === undefined) continue;
    const key = `${service.namespace}\0${pair[0]}\0${pair[1]}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [service]);
    else group.push(service);
  }
  return groups;
}

function identitiesOf(
  service: Service,
  trustDomain: string,
  endpointsFor: (service: Service, port: ServicePort) => readonly Endpoint[],
): readonly string[] {
  const accounts = new Set<string>();
  for (const port of service.ports) {
    for (const { serviceAccount, namespace } of endpointsFor(service, port)) {
      if (serviceAccount !== '') accounts.add(`spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`);
    }
  }
  return [...new Set([...[...accounts].sort(compareText), ...service.subjectAltNames])];
}
