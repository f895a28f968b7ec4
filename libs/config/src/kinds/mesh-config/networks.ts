import { z } from 'zod';
import { isIp, isSubnet } from '../../rules/addresses';
import { isFqdn, isLabel } from '../../rules/names';
import { each, Report, unfit } from '../../rules/report';
import { checkPort } from '../../rules/values';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { type Finding } from '../kind';
import { lenient } from './proxy-schema';

/** The networks of a mesh, by name. Spec: Istio `MeshNetworks`. */
export const meshNetworks = lenient({
  networks: z.record(
    z.string(),
    lenient({
      endpoints: z.array(lenient({ fromCidr: z.string(), fromRegistry: z.string() })),
      gateways: z.array(lenient({ registryServiceName: z.string(), address: z.string(), port: z.int(), locality: z.string() })),
    }),
  ),
});

/** Which endpoints are in which network, and the gateways into it. */
export type MeshNetworks = DeepReadonly<z.output<typeof meshNetworks>>;

/** Istio's rules for networks. Spec: validation.md §6.4. */
export function validateMeshNetworks(spec: MeshNetworks): readonly Finding[] {
  const report = new Report();
  for (const [name, { endpoints, gateways }] of Object.entries(spec.networks ?? {})) {
    const at = ['networks', name];
    each(endpoints, [...at, 'endpoints'], ({ fromCidr, fromRegistry }, place) => {
      if (fromCidr !== undefined && !isSubnet(fromCidr))
        report.error(
          'invalid_address',
          [...place, 'fromCidr'],
          unfit(fromCidr, 'a range of addresses', 'an IP address with an optional prefix length'),
        );
      if (fromRegistry !== undefined && !isLabel(fromRegistry))
        report.error('invalid_name', [...place, 'fromRegistry'], unfit(fromRegistry, 'a registry', 'at most 63 letters, digits and "-"'));
    });
    each(gateways, [...at, 'gateways'], ({ registryServiceName, address, port }, place) => {
      if (registryServiceName !== undefined && !isFqdn(registryServiceName))
        report.error(
          'invalid_host',
          [...place, 'registryServiceName'],
          unfit(registryServiceName, 'a gateway', 'the DNS name of a service'),
        );
      if (address !== undefined && !isIp(address) && !isFqdn(address))
        report.error('invalid_address', [...place, 'address'], unfit(address, 'the address of a gateway', 'an IP address or a DNS name'));
      checkPort(report, [...place, 'port'], port);
    });
  }
  return report.findings;
}
