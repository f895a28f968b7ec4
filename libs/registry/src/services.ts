import { type Service as ServiceResource, type ServiceEntry, type WorkloadEntrySpec } from '@lateen/config';
import { type DeclaredEndpoint, type Locality, type Resolution, type Service, type ServicePort } from './model';
import { protocolNamed, protocolOf } from './protocol';

/** What services are read with. */
export interface ServiceOptions {
  /** Of Kubernetes names: `cluster.local`. */
  readonly domain: string;
  /** Of services that say nothing themselves. */
  readonly defaultExportTo: readonly string[];
}

/** The full host name of a Kubernetes Service. */
export function serviceHostname(name: string, namespace: string, domain: string): string {
  return `${name}.${namespace}.svc.${domain}`;
}

/**
 * A Kubernetes Service.
 * @param vip its virtual address, where the YAML gives none; undefined for headless and ExternalName services.
 */
export function serviceOf({ metadata, spec, origin }: ServiceResource, vip: string | undefined, options: ServiceOptions): Service {
  const headless = spec.clusterIP === 'None';
  const alias = spec.type === 'ExternalName' ? spec.externalName : undefined;
  const exportTo = (metadata.annotations['networking.istio.io/exportTo'] ?? '')
    .split(',')
    .map((s) => s.trim())
    .filter((s) => s !== '');
  return {
    hostname: serviceHostname(metadata.name, metadata.namespace, options.domain),
    name: metadata.name,
    namespace: metadata.namespace,
    addresses: vip === undefined ? [] : [vip],
    ports: (spec.ports ?? []).map(({ name, port, targetPort, protocol, appProtocol }): ServicePort => ({
      name: name ?? '',
      port,
      targetPort: targetPort ?? port,
      protocol: protocolOf({ port, name, appProtocol, transport: protocol }),
    })),
    resolution: alias !== undefined ? 'ALIAS' : headless ? 'NONE' : 'STATIC',
    headless,
    meshExternal: false,
    exportTo: exportTo.length > 0 ? exportTo : options.defaultExportTo,
    selector: Object.keys(spec.selector ?? {}).length === 0 ? undefined : spec.selector,
    labels: metadata.labels,
    subjectAltNames: [],
    registry: 'Kubernetes',
    endpoints: [],
    ...(alias === undefined ? {} : { alias }),
    creationTimestamp: metadata.creationTimestamp,
    origin,
  };
}

/** Whether a Kubernetes Service has a virtual address. */
export function needsVip({ spec }: ServiceResource): boolean {
  return spec.clusterIP !== 'None' && spec.type !== 'ExternalName';
}

/** The services of a ServiceEntry, one for each host. */
export function servicesOfEntry({ metadata, spec, origin }: ServiceEntry, options: ServiceOptions): readonly Service[] {
  const resolution: Resolution = spec.resolution ?? 'NONE';
  const endpoints = (spec.endpoints ?? []).map((endpoint, i) => declaredEndpoint(endpoint, `${metadata.name}-${i}`));
  return spec.hosts.map((hostname) => ({
    hostname,
    name: hostname,
    namespace: metadata.namespace,
    addresses: spec.addresses ?? [],
    ports: (spec.ports ?? []).map(({ name, number, protocol, targetPort }): ServicePort => ({
      name,
      port: number,
      targetPort: targetPort ?? number,
      protocol: protocol === undefined ? protocolOf({ port: number, name }) : (protocolNamed(protocol) ?? 'auto'),
    })),
    resolution,
    headless: false,
    meshExternal: (spec.location ?? 'MESH_EXTERNAL') === 'MESH_EXTERNAL',
    exportTo: spec.exportTo === undefined || spec.exportTo.length === 0 ? options.defaultExportTo : spec.exportTo,
    selector: spec.workloadSelector?.labels,
    labels: metadata.labels,
    subjectAltNames: spec.subjectAltNames ?? [],
    registry: 'External' as const,
    endpoints: endpoints.length === 0 && isDns(resolution) && !hostname.includes('*') ? [hostItself(hostname, metadata.name)] : endpoints,
    creationTimestamp: metadata.creationTimestamp,
    origin,
  }));
}

function isDns(resolution: Resolution): boolean {
  return resolution === 'DNS' || resolution === 'DNS_ROUND_ROBIN';
}

/** Without endpoints, a DNS service resolves its own host name. */
function hostItself(hostname: string, workloadName: string): DeclaredEndpoint {
  return { address: hostname, ports: {}, labels: {}, locality: undefined, weight: 1, serviceAccount: '', workloadName };
}

function declaredEndpoint(spec: WorkloadEntrySpec, workloadName: string): DeclaredEndpoint {
  return {
    address: spec.address ?? '',
    ports: spec.ports ?? {},
    labels: spec.labels ?? {},
    locality: spec.locality === undefined ? undefined : localityOf(spec.locality),
    weight: spec.weight ?? 1,
    serviceAccount: spec.serviceAccount ?? '',
    workloadName,
  };
}

/** Reads `region/zone/subzone`; what is left out is empty. */
export function localityOf(text: string): Locality {
  const [region = '', zone = '', subZone = ''] = text.split('/');
  return { region, zone, subZone };
}
