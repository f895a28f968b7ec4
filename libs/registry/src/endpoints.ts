import { type Endpoint, type Service, type ServicePort, type WorkloadInstance } from './model';

/** Finds workloads by labels without walking over all of them. */
export interface WorkloadIndex {
  /** In the order given. */
  readonly workloads: readonly WorkloadInstance[];
  /** Those of a namespace that have all of the labels, in the order given. */
  select(namespace: string, labels: Readonly<Record<string, string>>): readonly WorkloadInstance[];
}

/** Indexes workloads by namespace and by each of their labels. */
export function indexWorkloads(workloads: readonly WorkloadInstance[]): WorkloadIndex {
  const byNamespace = new Map<string, WorkloadInstance[]>();
  const byLabel = new Map<string, WorkloadInstance[]>();
  for (const workload of workloads) {
    push(byNamespace, workload.namespace, workload);
    for (const [key, value] of Object.entries(workload.labels)) push(byLabel, labelKey(workload.namespace, key, value), workload);
  }
  return {
    workloads,
    select(namespace, labels) {
      const entries = Object.entries(labels);
      if (entries.length === 0) return byNamespace.get(namespace) ?? [];
      let fewest: readonly WorkloadInstance[] | undefined;
      for (const [key, value] of entries) {
        const found = byLabel.get(labelKey(namespace, key, value)) ?? [];
        if (fewest === undefined || found.length < fewest.length) fewest = found;
      }
      return (fewest ?? []).filter((workload) => matchesLabels(workload.labels, labels));
    },
  };
}

/** Whether `labels` has every pair of `selector`. */
export function matchesLabels(labels: Readonly<Record<string, string>>, selector: Readonly<Record<string, string>>): boolean {
  for (const key in selector) if (labels[key] !== selector[key]) return false;
  return true;
}

/** Where requests to one port of a service can go: the workloads it selects, then the endpoints it lists. */
export function endpointsOf(service: Service, port: ServicePort, index: WorkloadIndex): readonly Endpoint[] {
  const endpoints: Endpoint[] = [];
  if (service.selector !== undefined) {
    for (const workload of index.select(service.namespace, service.selector)) {
      const targetPort = targetPortOf(workload, port);
      if (targetPort !== undefined) endpoints.push(workloadEndpoint(workload, targetPort));
    }
  }
  for (const declared of service.endpoints) {
    const target = declared.ports[port.name] ?? (typeof port.targetPort === 'number' ? port.targetPort : port.port);
    endpoints.push({
      address: declared.address,
      port: target,
      workloadPort: target,
      labels: declared.labels,
      namespace: service.namespace,
      workload: declared.workloadName,
      serviceAccount: declared.serviceAccount,
      locality: declared.locality,
      weight: declared.weight,
      tlsMode: declared.labels['security.istio.io/tlsMode'] === 'istio' ? 'istio' : 'disabled',
      ready: true,
      instance: undefined,
    });
  }
  return endpoints;
}

/** The workload's port behind a service port; undefined when the service names a port that the workload has not. */
export function targetPortOf(workload: WorkloadInstance, { targetPort }: ServicePort): number | undefined {
  if (typeof targetPort === 'number') return targetPort;
  return workload.ports.find(({ name }) => name === targetPort)?.containerPort;
}

function workloadEndpoint(workload: WorkloadInstance, targetPort: number): Endpoint {
  const declared = workload.ports.find(({ containerPort }) => containerPort === targetPort);
  return {
    address: workload.address,
    port: declared?.endpointPort ?? targetPort,
    workloadPort: targetPort,
    labels: workload.labels,
    namespace: workload.namespace,
    workload: workload.workload,
    serviceAccount: workload.serviceAccount,
    locality: workload.locality,
    weight: 1,
    tlsMode: workload.kind !== 'none' && (workload.labels['security.istio.io/tlsMode'] ?? 'istio') === 'istio' ? 'istio' : 'disabled',
    ready: workload.ready,
    instance: workload,
  };
}

function labelKey(namespace: string, key: string, value: string): string {
  return `${namespace}\0${key}\0${value}`;
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
