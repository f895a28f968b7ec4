import { checkExportTo } from '../../rules/export-to';
import { checkLabels, checkPolicySelector } from '../../rules/labels';
import { isLabel, isWildcardDomain } from '../../rules/names';
import { each, quote, Report, unfit } from '../../rules/report';
import { type Finding, type ValidationContext } from '../kind';
import { type DestinationRuleSpec } from './schema';
import { checkTrafficPolicy } from './traffic-policy';

/** Istio's rules for a DestinationRule. Spec: validation.md §5.2. */
export function validateDestinationRule(spec: DestinationRuleSpec, { metadata }: ValidationContext): readonly Finding[] {
  const report = new Report();
  const { namespace } = metadata;
  if (!isWildcardDomain(spec.host))
    report.error('invalid_host', ['spec', 'host'], unfit(spec.host, 'a host', 'a DNS name, with "*" only as its first label'));
  checkTrafficPolicy(report, ['spec', 'trafficPolicy'], spec.trafficPolicy, namespace);
  const names = new Set<string>();
  each(spec.subsets, ['spec', 'subsets'], (subset, at) => {
    if (names.has(subset.name)) report.error('duplicate_name', [...at, 'name'], `Cannot define subset ${quote(subset.name)} twice`);
    names.add(subset.name);
    if (!isLabel(subset.name))
      report.error('invalid_name', [...at, 'name'], unfit(subset.name, 'the name of a subset', 'at most 63 letters, digits and "-"'));
    checkLabels(report, [...at, 'labels'], subset.labels);
    const own = report.findings.length;
    checkTrafficPolicy(report, [...at, 'trafficPolicy'], subset.trafficPolicy, namespace);
    report.dropWarnings(own);
  });
  checkExportTo(report, spec.exportTo, { namespace, onlyOwn: spec.workloadSelector !== undefined });
  checkPolicySelector(report, ['spec', 'workloadSelector'], spec.workloadSelector);
  return report.findings;
}
