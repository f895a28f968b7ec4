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
  for (const service of snapshot.servicesVisibleTo(namespace)) {
    const ips = addressesOf(snapshot, service);
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

function addressesOf(snapshot: MeshSnapshot, service: Service): string[] {
  if (!service.headless) return service.addresses.filter((address) => !address.includes('/'));
  const addresses = service.ports.flatMap((port) => snapshot.endpointsOf(service, port).map((endpoint) => endpoint.address));
  return [...new Set(addresses)].filter((address) => /^[0-9a-fA-F.:]+$/.test(address)).sort();
}
