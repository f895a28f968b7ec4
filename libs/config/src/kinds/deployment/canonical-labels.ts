import { Report } from '../../rules/report';
import { type Finding } from '../kind';
import { type DeploymentSpec } from './schema';

const NAMES = ['service.istio.io/canonical-name', 'app.kubernetes.io/name', 'app'];
const REVISIONS = ['service.istio.io/canonical-revision', 'app.kubernetes.io/version', 'version'];

/**
 * Pods without a canonical service or revision: telemetry calls both unknown. Istio prints as much, and neither refuses
 * nor warns; advice of `validate` alone. Spec: validation.md §1.4.
 */
export function canonicalLabelFindings(spec: DeploymentSpec): readonly Finding[] {
  const report = new Report();
  const at = ['spec', 'template', 'metadata', 'labels'];
  const labels = spec.template.metadata?.labels ?? {};
  for (const [what, names] of [
    ['service', NAMES],
    ['revision', REVISIONS],
  ] as const) {
    if (names.every((name) => labels[name] === undefined))
      report.warn(
        'missing_label',
        at,
        `The pods have no canonical ${what}, which metrics and traces name: set one of the labels ${names.join(', ')}`,
      );
  }
  return report.findings;
}
