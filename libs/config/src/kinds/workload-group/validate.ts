import { checkLabels } from '../../rules/labels';
import { each, type Place, Report, unfit } from '../../rules/report';
import { checkPort, checkRange } from '../../rules/values';
import { type Finding } from '../kind';
import { type WorkloadGroupSpec } from './schema';

type Probe = NonNullable<WorkloadGroupSpec['probe']>;

/** Istio's rules for a WorkloadGroup. Spec: validation.md §5.7. */
export function validateWorkloadGroup(spec: WorkloadGroupSpec): readonly Finding[] {
  const report = new Report();
  checkLabels(report, ['spec', 'metadata', 'labels'], spec.metadata?.labels);
  if (report.errors === 0 && spec.probe !== undefined) checkProbe(report, ['spec', 'probe'], spec.probe);
  return report.findings;
}

function checkProbe(report: Report, at: Place, probe: Probe): void {
  for (const field of ['periodSeconds', 'initialDelaySeconds', 'timeoutSeconds', 'successThreshold', 'failureThreshold'] as const)
    checkRange(report, [...at, field], probe[field], 0);
  const { httpGet, tcpSocket, exec } = probe;
  if (httpGet !== undefined) {
    checkPort(report, [...at, 'httpGet', 'port'], httpGet.port);
    if (!['', 'HTTP', 'HTTPS'].includes(httpGet.scheme ?? ''))
      report.error('invalid_value', [...at, 'httpGet', 'scheme'], unfit(httpGet.scheme, 'a scheme', 'HTTP or HTTPS'));
    each(httpGet.httpHeaders, [...at, 'httpGet', 'httpHeaders'], ({ name = '' }, place) => {
      if (!/^[-A-Za-z0-9]+$/.test(name))
        report.error('invalid_header', [...place, 'name'], unfit(name, 'a header name', 'letters, digits and "-"'));
    });
  } else if (tcpSocket !== undefined) {
    checkPort(report, [...at, 'tcpSocket', 'port'], tcpSocket.port);
  } else if (exec !== undefined) {
    if (exec.command.length === 0) report.error('required_field', [...at, 'exec', 'command'], 'Cannot run an empty command');
  } else {
    report.error('required_field', at, 'Cannot probe without a method: expected httpGet, tcpSocket or exec');
  }
}
