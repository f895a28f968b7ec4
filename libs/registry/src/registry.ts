import { type AnyResource } from '@lateen/config';
import { type Service, type WorkloadInstance } from './model';
import { needsVip, type ServiceOptions, serviceOf, servicesOfEntry } from './services';
import { allocateVips, type VipAllocation } from './vip-allocation';
import { offlineWorkloads } from './workloads';

/** What a registry is built from. */
export interface RegistryInputs {
  readonly resources: readonly AnyResource[];
  /** What runs; without it, what the resources describe. */
  readonly workloads?: readonly WorkloadInstance[];
  /** What the last call returned; keeps every service's address. Default: none given out. */
  readonly vips?: VipAllocation;
  /** Default `cluster.local`. */
  readonly domain?: string;
  /** MeshConfig's `defaultServiceExportTo`. Default `*`. */
  readonly defaultExportTo?: readonly string[];
}

/** Everything that can be called, and everything that runs. */
export interface Registry {
  /** One for each host; a Kubernetes Service wins over a ServiceEntry, then the older one. In order of host name. */
  readonly services: readonly Service[];
  readonly workloads: readonly WorkloadInstance[];
  /** To hand to the next call. */
  readonly vips: VipAllocation;
  readonly domain: string;
}

/** Reads services and workloads. Pure: virtual addresses come from what was given out before. */
export function buildRegistry(inputs: RegistryInputs): Registry {
  const { resources, domain = 'cluster.local', defaultExportTo = ['*'] } = inputs;
  const options: ServiceOptions = { domain, defaultExportTo };
  const vips = allocate(resources, inputs.vips ?? {});
  const byHost = new Map<string, Service>();
  const add = (service: Service): void => {
    const known = byHost.get(service.hostname);
    if (known === undefined || wins(service, known)) byHost.set(service.hostname, service);
  };
  for (const resource of resources) {
    if (resource.kind === 'Service') {
      const { metadata, spec } = resource;
      const vip = needsVip(resource) ? (written(spec.clusterIP) ?? vips[`${metadata.namespace}/${metadata.name}`]) : undefined;
      add(serviceOf(resource, vip, options));
    } else if (resource.kind === 'ServiceEntry') {
      for (const service of servicesOfEntry(resource, options)) add(service);
    }
  }
  const services = [...byHost.values()].sort((a, b) => compare(a.hostname, b.hostname));
  return { services, workloads: inputs.workloads ?? offlineWorkloads(resources), vips, domain };
}

function allocate(resources: readonly AnyResource[], given: VipAllocation): VipAllocation {
  const keys: string[] = [];
  const taken = new Set<string>();
  for (const resource of resources) {
    if (resource.kind !== 'Service' || !needsVip(resource)) continue;
    const address = written(resource.spec.clusterIP);
    if (address === undefined) keys.push(`${resource.metadata.namespace}/${resource.metadata.name}`);
    else taken.add(address);
  }
  return allocateVips(keys, given, taken);
}

function written(clusterIP: string | undefined): string | undefined {
  return clusterIP === undefined || clusterIP === '' || clusterIP === 'None' ? undefined : clusterIP;
}

/** Spec: istio.io, ServiceEntry: a Kubernetes service is preferred, then the oldest; files have no times. */
function wins(a: Service, b: Service): boolean {
  if (a.registry !== b.registry) return a.registry === 'Kubernetes';
  const order =
    compare(a.creationTimestamp ?? '', b.creationTimestamp ?? '') || compare(a.name, b.name) || compare(a.namespace, b.namespace);
  return order < 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
