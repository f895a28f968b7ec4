import { create } from '@bufbuild/protobuf';
import { type MeshSnapshot } from '@lateen/mesh';
import { type Service } from '@lateen/registry';
import { type NameTable, NameTableSchema } from '@lateen/xds/gen/istio/nds_pb';

/**
 * The names that an agent in `namespace` answers itself: every visible service by its addresses, a headless one by
 * its endpoints'.
 * Spec: Istio NameTable.
 */
export function nameTable(snapshot: MeshSnapshot, namespace: string): NameTable {
  const table: Record<string, { ips: string[]; registry: string; shortname: string; namespace: string }> = {};
  const services = [...snapshot.servicesVisibleTo(namespace)];
  const automatic = automaticAddresses(services.filter(needsAddress).map(({ hostname }) => hostname));
  for (const service of services) {
    const assigned = automatic.get(service.hostname);
    const ips = assigned === undefined ? addressesOf(snapshot, service) : [assigned];
    if (ips.length === 0) continue;
    const kubernetes = service.registry === 'Kubernetes';
    table[service.hostname] = {
      ips,
      registry: service.registry,
      shortname: kubernetes ? service.name : '',
      namespace: kubernetes ? service.namespace : '',
    };
  }
  return create(NameTableSchema, { table });
}

/** A host outside the mesh that has no address of its own: without one its name could not be called. */
function needsAddress({ registry, addresses, hostname, headless }: Service): boolean {
  return registry !== 'Kubernetes' && !headless && addresses.length === 0 && !hostname.startsWith('*');
}

/** Addresses of 240.240.0.0/16 but the first and the last. */
const AUTOMATIC = 65_534;

/**
 * An address for each host, by a hash of its name so that others coming and going do not move it; where two meet, the
 * later one in order of names goes on to the next free. They are never routed: the sidecar captures the connection and
 * goes by port, Host header or server name.
 * Spec: Istio DNS auto allocation, 240.240.0.0/16.
 */
function automaticAddresses(hosts: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<number>();
  const result = new Map<string, string>();
  for (const host of [...hosts].sort().slice(0, AUTOMATIC)) {
    let offset = hash(host) % AUTOMATIC;
    while (taken.has(offset)) offset = (offset + 1) % AUTOMATIC;
    taken.add(offset);
    result.set(host, `240.240.${(offset + 1) >> 8}.${(offset + 1) & 255}`);
  }
  return result;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

function addressesOf(snapshot: MeshSnapshot, service: Service): string[] {
  if (!service.headless) return service.addresses.filter((address) => !address.includes('/'));
  const addresses = service.ports.flatMap((port) => snapshot.endpointsOf(service, port).map((endpoint) => endpoint.address));
  return [...new Set(addresses)].filter((address) => /^[0-9a-fA-F.:]+$/.test(address)).sort();
}
