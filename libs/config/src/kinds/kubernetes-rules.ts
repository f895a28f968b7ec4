import { type AnyResource, isKind } from '../resource';
import { canonicalLabelFindings } from './deployment/canonical-labels';
import { type Finding } from './kind';
import { servicePortFindings } from './service/port-names';

/**
 * What `istioctl validate` says of Services and Deployments, beside what is refused where they are applied.
 * Those of Istio's own namespace are passed over. Warnings are advice: Istio counts them as neither error nor warning.
 * Spec: validation.md §1.4.
 */
export function validateKubernetesResource(resource: AnyResource, rootNamespace = 'istio-system'): readonly Finding[] {
  if (resource.metadata.namespace === rootNamespace) return [];
  if (isKind(resource, 'Service')) return servicePortFindings(resource.spec);
  if (isKind(resource, 'Deployment')) return canonicalLabelFindings(resource.spec);
  return [];
}
