import { isIp, isUnixPath } from '../../rules/addresses';
import { checkLabels } from '../../rules/labels';
import { isFqdn, isLabel } from '../../rules/names';
import { type Place, quote, Report, unfit } from '../../rules/report';
import { checkPort } from '../../rules/values';
import { type Finding } from '../kind';
import { type WorkloadEntrySpec } from './schema';

/** Istio's rules for a WorkloadEntry. Spec: validation.md §5.6. */
export function validateWorkloadEntry(spec: WorkloadEntrySpec): readonly Finding[] {
  const report = new Report();
  checkWorkloadEntry(report, ['spec'], spec, { names: true });
  return report.findings;
}

/**
 * A WorkloadEntry, or an endpoint written as one.
 * @param options.names whether the address may be a DNS name.
 */
export function checkWorkloadEntry(report: Report, at: Place, entry: WorkloadEntrySpec, options: { readonly names: boolean }): void {
  const { address = '', network = '', ports = {} } = entry;
  if (address === '') {
    if (network === '') {
      report.error('required_field', [...at, 'address'], 'Cannot reach a workload without an address: set address, or network');
      return;
    }
    report.warn(
      'missing_address',
      [...at, 'address'],
      `The workload has no address of its own: it is reached through a gateway of network ${quote(network)} only`,
    );
  } else if (address.startsWith('unix://')) {
    if (!isUnixPath(address.slice('unix://'.length)))
      report.error('invalid_address', [...at, 'address'], unfit(address, 'a socket', 'unix:///ABSOLUTE/PATH or unix://@NAME'));
    if (Object.keys(ports).length > 0) report.error('exclusive_fields', [...at, 'ports'], 'Cannot use ports with a unix socket');
  } else if (!isIp(address) && !(options.names && isFqdn(address))) {
    report.error(
      'invalid_address',
      [...at, 'address'],
      unfit(address, 'an address', options.names ? 'an IP address or a DNS name' : 'an IP address or unix://PATH'),
    );
  }
  checkPortMap(report, [...at, 'ports'], ports);
  checkLabels(report, [...at, 'labels'], entry.labels);
}

/** Ports of an endpoint by service port name. */
export function checkPortMap(report: Report, at: Place, ports: Readonly<Record<string, number>>): void {
  for (const [name, port] of Object.entries(ports)) {
    if (!isLabel(name))
      report.error('invalid_name', [...at, name], unfit(name, 'the name of a port', 'at most 63 letters, digits and "-"'));
    checkPort(report, [...at, name], port);
  }
}
