import { isSubnet } from '../../rules/addresses';
import { checkExportTo } from '../../rules/export-to';
import { checkWorkloadSelector } from '../../rules/labels';
import { isLabel, isPartialWildcard, isWildcardDomain } from '../../rules/names';
import { isHttp, isProtocol, isTls, PROTOCOLS } from '../../rules/protocols';
import { each, quote, Report, unfit } from '../../rules/report';
import { checkPort } from '../../rules/values';
import { type Finding, type ValidationContext } from '../kind';
import { checkResolution } from './resolution';
import { type ServiceEntrySpec } from './schema';

/** Istio's rules for a ServiceEntry. Spec: validation.md §5.4. */
export function validateServiceEntry(spec: ServiceEntrySpec, { metadata }: ValidationContext): readonly Finding[] {
  const report = new Report();
  if (!checkWorkloadSelector(report, spec.workloadSelector)) return report.findings;
  const resolution = spec.resolution ?? 'NONE';
  if (spec.workloadSelector !== undefined && (spec.endpoints?.length ?? 0) > 0) {
    report.error(
      'exclusive_fields',
      ['spec', 'endpoints'],
      'Cannot list endpoints and select them: set only one of workloadSelector and endpoints',
    );
  }
  checkHosts(report, spec.hosts, resolution === 'DYNAMIC_DNS');
  checkAddresses(report, spec);
  checkPorts(report, spec);
  const autoAllocated = resolution !== 'NONE' && metadata.labels['networking.istio.io/enable-autoallocate-ip']?.toLowerCase() !== 'false';
  if (
    (spec.addresses?.length ?? 0) === 0 &&
    !autoAllocated &&
    spec.ports?.some(({ protocol = '' }) => protocol === '' || protocol === 'TCP') === true
  ) {
    report.warn(
      'missing_address',
      ['spec', 'addresses'],
      'TCP ports without addresses take the traffic of every service on those ports: set addresses',
    );
  }
  checkExportTo(report, spec.exportTo, { namespace: metadata.namespace, mayBeNone: true });
  if (resolution !== 'NONE' && spec.hosts.length > 1) {
    const odd = spec.ports?.findIndex(({ protocol = '' }) => !isHttp(protocol) && !isTls(protocol)) ?? -1;
    if (odd >= 0)
      report.error(
        'unsupported_protocol',
        ['spec', 'ports', odd, 'protocol'],
        `Cannot tell ${spec.hosts.length} hosts apart on a port of protocol ${quote(spec.ports?.[odd]?.protocol ?? '')}: expected a protocol of HTTP, or HTTPS or TLS`,
      );
  }
  checkResolution(report, spec, resolution, metadata);
  return report.findings;
}

function checkHosts(report: Report, hosts: readonly string[], dynamic: boolean): void {
  if (hosts.length === 0) report.error('required_field', ['spec', 'hosts'], 'Cannot use a ServiceEntry without hosts');
  each(hosts, ['spec', 'hosts'], (host, at) => {
    if (host === '*') report.error('invalid_host', at, 'Cannot add every host: "*" is not allowed');
    else if (!isWildcardDomain(host))
      report.error('invalid_host', at, unfit(host, 'a host', 'a DNS name, with "*" only as its first label'));
    else if (!dynamic && isPartialWildcard(host))
      report.warn('partial_wildcard', at, `Host ${quote(host)} is no whole wildcard: clients will not find it; expected "*." and a domain`);
  });
}

function checkAddresses(report: Report, spec: ServiceEntrySpec): void {
  const resolution = spec.resolution ?? 'NONE';
  each(spec.addresses, ['spec', 'addresses'], (address, at) => {
    if (!isSubnet(address))
      report.error('invalid_address', at, unfit(address, 'an address', 'an IP address with an optional prefix length'));
    else if (address.includes('/') && resolution !== 'NONE' && resolution !== 'STATIC') {
      report.error(
        'invalid_address',
        at,
        `Cannot use range ${quote(address)} with resolution ${resolution}: expected NONE or STATIC, or single addresses`,
      );
    }
  });
}

function checkPorts(report: Report, spec: ServiceEntrySpec): void {
  const names = new Set<string>();
  const numbers = new Set<number>();
  each(spec.ports, ['spec', 'ports'], ({ name, number, protocol = '', targetPort = 0 }, at) => {
    if (names.has(name)) report.error('duplicate_name', [...at, 'name'], `Cannot name two ports ${quote(name)}`);
    if (numbers.has(number)) report.error('duplicate_port', [...at, 'number'], `Cannot use port ${number} twice`);
    names.add(name);
    numbers.add(number);
    if (!isLabel(name))
      report.error('invalid_name', [...at, 'name'], unfit(name, 'the name of a port', 'at most 63 letters, digits and "-"'));
    checkPort(report, [...at, 'number'], number);
    if (protocol !== '' && !isProtocol(protocol))
      report.error('unsupported_protocol', [...at, 'protocol'], unfit(protocol, 'a protocol', [...PROTOCOLS].join(', ')));
    if (targetPort !== 0) checkPort(report, [...at, 'targetPort'], targetPort);
  });
}
