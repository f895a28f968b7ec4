import { isIp } from '../../rules/addresses';
import { checkGatewayNames } from '../../rules/destination';
import { checkExportTo } from '../../rules/export-to';
import { isJwtClaimKey } from '../../rules/http';
import { isGatewayDomain, isWildcardDomain, overlaps, withinHosts } from '../../rules/names';
import { each, quote, Report, unfit } from '../../rules/report';
import { type Finding, type ValidationContext } from '../kind';
import { checkHttpRule } from './http-rule';
import { checkTcpRule, checkTlsRule } from './l4-rules';
import { checkOrder } from './order';
import { type VirtualServiceSpec } from './schema';

/** Istio's rules for a VirtualService. Spec: validation.md §5.1. */
export function validateVirtualService(spec: VirtualServiceSpec, { metadata }: ValidationContext): readonly Finding[] {
  const report = new Report();
  const isDelegate = (spec.hosts?.length ?? 0) === 0;
  const gatewayBound = (spec.gateways?.length ?? 0) > 0 && spec.gateways?.includes('mesh') !== true;
  if (isDelegate) {
    for (const field of ['gateways', 'tls', 'tcp'] as const) {
      if ((spec[field]?.length ?? 0) > 0)
        report.error('exclusive_fields', ['spec', field], `Cannot use ${field} in a delegate: only a VirtualService with hosts may`);
    }
  }
  if ([spec.http, spec.tls, spec.tcp].every((rules) => (rules?.length ?? 0) === 0))
    report.error('required_field', ['spec'], 'Cannot use a VirtualService without rules: expected http, tls or tcp');
  checkGatewayNames(report, ['spec', 'gateways'], spec.gateways, true);
  checkHosts(report, spec, gatewayBound);
  if (!gatewayBound) refuseClaims(report, spec);
  checkExportTo(report, spec.exportTo, { namespace: metadata.namespace });
  each(spec.http, ['spec', 'http'], (rule, at) => checkHttpRule(report, at, rule, isDelegate));
  const within = withinHosts(spec.hosts ?? []);
  each(spec.tls, ['spec', 'tls'], (rule, at) => checkTlsRule(report, at, rule, spec, within));
  each(spec.tcp, ['spec', 'tcp'], (rule, at) => checkTcpRule(report, at, rule));
  checkOrder(report, spec);
  return report.findings;
}

function checkHosts(report: Report, spec: VirtualServiceSpec, gatewayBound: boolean): void {
  const hosts = spec.hosts ?? [];
  const sni = spec.tls?.some((rule) => rule.match.some((match) => match.sniHosts.length > 0)) === true;
  const before = report.errors;
  each(hosts, ['spec', 'hosts'], (host, at) => {
    const fine = gatewayBound ? isGatewayDomain(host, sni) : isWildcardDomain(host);
    if (!fine && !isIp(host))
      report.error('invalid_host', at, unfit(host, 'a host', 'a DNS name, with "*" only as its first label, or an address'));
    if (!gatewayBound && host === '*') report.error('invalid_host', at, 'Cannot take every host in the mesh: "*" is for gateways only');
  });
  if (report.errors > before) return;
  for (const [first, later] of overlaps(hosts)) {
    report.error(
      'duplicate_host',
      ['spec', 'hosts', later],
      `Cannot list host ${quote(hosts[later])}: it overlaps ${quote(hosts[first])}, listed already`,
    );
  }
}

/** Claims of a token are known where it was verified for routing: at gateways. */
function refuseClaims(report: Report, spec: VirtualServiceSpec): void {
  each(spec.http, ['spec', 'http'], (rule, at) =>
    each(rule.match, [...at, 'match'], (match, place) => {
      for (const field of ['headers', 'withoutHeaders'] as const) {
        for (const name of Object.keys(match[field] ?? {})) {
          if (isJwtClaimKey(name))
            report.error(
              'invalid_match',
              [...place, field, name],
              `Cannot match claim ${quote(name)} here: only rules bound to gateways alone may`,
            );
        }
      }
    }),
  );
}
