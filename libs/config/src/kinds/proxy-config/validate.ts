import { checkPolicySelector } from '../../rules/labels';
import { Report } from '../../rules/report';
import { checkRange } from '../../rules/values';
import { type Finding } from '../kind';
import { type ProxyConfigSpec } from './schema';

/** Istio's rules for the resource ProxyConfig. Spec: validation.md §5.9. */
export function validateProxyConfig(spec: ProxyConfigSpec): readonly Finding[] {
  const report = new Report();
  checkPolicySelector(report, ['spec', 'selector'], spec.selector);
  checkRange(report, ['spec', 'concurrency'], spec.concurrency, 0);
  return report.findings;
}
