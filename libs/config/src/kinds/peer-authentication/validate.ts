import { checkPolicySelector } from '../../rules/labels';
import { Report, unfit } from '../../rules/report';
import { type Finding } from '../kind';
import { type PeerAuthenticationSpec } from './schema';

/** Istio's rules for a PeerAuthentication. Spec: validation.md §5.10. */
export function validatePeerAuthentication(spec: PeerAuthenticationSpec): readonly Finding[] {
  const report = new Report();
  checkPolicySelector(report, ['spec', 'selector'], spec.selector);
  if (spec.portLevelMtls === undefined) return report.findings;
  const at = ['spec', 'portLevelMtls'];
  const ports = Object.keys(spec.portLevelMtls);
  if (ports.length === 0) report.error('required_field', at, 'Cannot use an empty portLevelMtls: leave it out');
  else if (Object.keys(spec.selector?.matchLabels ?? {}).length === 0)
    report.error('required_field', ['spec', 'selector'], 'Cannot set mTLS by port for every workload: portLevelMtls needs a selector');
  for (const port of ports) {
    if (!/^\d{1,10}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
      report.error('invalid_port', [...at, port], unfit(port, 'a port', 'a number from 1 to 65535'));
  }
  return report.findings;
}
