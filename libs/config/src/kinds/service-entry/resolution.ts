import { isIp } from '../../rules/addresses';
import { checkLabels } from '../../rules/labels';
import { isFqdn } from '../../rules/names';
import { isTcp } from '../../rules/protocols';
import { each, type Place, quote, type Report, unfit } from '../../rules/report';
import { type ObjectMeta } from '../../resource';
import { checkPortMap, checkWorkloadEntry } from '../workload-entry/validate';
import { type ServiceEntrySpec, type WorkloadEntrySpec } from './schema';

type Resolution = NonNullable<ServiceEntrySpec['resolution']>;

/** What each way of finding endpoints asks of the rest. Spec: validation.md §5.4. */
export function checkResolution(report: Report, spec: ServiceEntrySpec, resolution: Resolution, metadata: ObjectMeta): void {
  const endpoints = spec.endpoints ?? [];
  switch (resolution) {
    case 'NONE':
      if (endpoints.length > 0)
        report.error(
          'exclusive_fields',
          ['spec', 'endpoints'],
          'Cannot use endpoints with resolution NONE: connections go where the client dials; expected STATIC or DNS',
        );
      if (spec.workloadSelector !== undefined)
        report.warn('ineffective_field', ['spec', 'workloadSelector'], 'workloadSelector has no effect with resolution NONE');
      return;
    case 'STATIC': {
      const portNames = portNamesOf(spec);
      each(endpoints, ['spec', 'endpoints'], (endpoint, at) => {
        checkWorkloadEntry(report, at, endpoint, { names: false });
        checkPortNames(report, at, endpoint, portNames);
        if (endpoint.address?.startsWith('unix://') === true && (spec.ports?.length ?? 0) !== 1)
          report.error(
            'invalid_address',
            [...at, 'address'],
            'Cannot use a unix socket for several ports: expected exactly one service port',
          );
      });
      return;
    }
    case 'DNS':
    case 'DNS_ROUND_ROBIN':
      checkDns(report, spec, resolution, endpoints);
      return;
    case 'DYNAMIC_DNS':
      checkDynamic(report, spec, metadata);
  }
}

function checkDns(report: Report, spec: ServiceEntrySpec, resolution: Resolution, endpoints: readonly WorkloadEntrySpec[]): void {
  if (endpoints.length === 0) {
    const bad = spec.hosts.findIndex((host) => !isFqdn(host));
    if (bad >= 0)
      report.error(
        'invalid_host',
        ['spec', 'hosts', bad],
        `Cannot look up ${quote(spec.hosts[bad])} in DNS: expected a name without wildcards, or endpoints`,
      );
  }
  if (resolution === 'DNS_ROUND_ROBIN' && endpoints.length > 1)
    report.error(
      'invalid_endpoints',
      ['spec', 'endpoints'],
      `Cannot use ${endpoints.length} endpoints with resolution DNS_ROUND_ROBIN: expected at most one`,
    );
  const portNames = portNamesOf(spec);
  each(endpoints, ['spec', 'endpoints'], (endpoint, at) => {
    const { address = '' } = endpoint;
    if (!isIp(address) && !isFqdn(address))
      report.error('invalid_address', [...at, 'address'], unfit(address, 'an address', 'an IP address or a DNS name'));
    checkLabels(report, [...at, 'labels'], endpoint.labels);
    checkPortNames(report, at, endpoint, portNames);
    checkPortMap(report, [...at, 'ports'], endpoint.ports ?? {});
  });
  if ((spec.addresses?.length ?? 0) > 0 && spec.hosts.length > 1 && spec.ports?.some(({ protocol = '' }) => isTcp(protocol)) === true) {
    report.warn(
      'ambiguous_addresses',
      ['spec', 'addresses'],
      `${spec.hosts.length} hosts share these addresses: TCP connections cannot be told apart, and all go to the first`,
    );
  }
}

function checkDynamic(report: Report, spec: ServiceEntrySpec, metadata: ObjectMeta): void {
  each(spec.hosts, ['spec', 'hosts'], (host, at) => {
    if (!host.startsWith('*'))
      report.error('invalid_host', at, `Cannot resolve ${quote(host)} dynamically: DYNAMIC_DNS is for hosts that start with "*"`);
  });
  for (const field of ['addresses', 'endpoints'] as const) {
    if ((spec[field]?.length ?? 0) > 0)
      report.error('exclusive_fields', ['spec', field], `Cannot use ${field} with resolution DYNAMIC_DNS: the request says where it goes`);
  }
  each(spec.ports, ['spec', 'ports'], ({ protocol = '' }, at) => {
    if (!['HTTP', 'HTTP2', 'GRPC', 'TLS'].includes(protocol.toUpperCase()))
      report.error(
        'unsupported_protocol',
        [...at, 'protocol'],
        unfit(protocol, 'a protocol of a DYNAMIC_DNS host', 'HTTP, HTTP2, GRPC or TLS'),
      );
  });
  const waypoint = metadata.labels['istio.io/use-waypoint'] ?? '';
  if (spec.location === 'MESH_INTERNAL' && waypoint !== '' && waypoint !== 'none') {
    report.error(
      'invalid_label',
      ['metadata', 'labels', 'istio.io/use-waypoint'],
      `Cannot put a MESH_INTERNAL host of resolution DYNAMIC_DNS behind waypoint ${quote(waypoint)}`,
    );
  }
}

function portNamesOf(spec: ServiceEntrySpec): ReadonlySet<string> {
  return new Set(spec.ports?.map(({ name }) => name));
}

function checkPortNames(report: Report, at: Place, endpoint: WorkloadEntrySpec, known: ReadonlySet<string>): void {
  for (const name of Object.keys(endpoint.ports ?? {})) {
    if (!known.has(name))
      report.error('unknown_port', [...at, 'ports', name], `Cannot use port name ${quote(name)}: the ServiceEntry has no such port`);
  }
}
