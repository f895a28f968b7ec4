import { quote, Report } from '../rules/report';
import { type AnyResource, type ObjectMeta } from '../resource';
import { findKind } from './catalog';
import { type Finding, type KindDefinition } from './kind';

const GO_BOOLEANS = new Set(['1', 't', 'T', 'true', 'True', 'TRUE', '0', 'f', 'F', 'false', 'False', 'FALSE']);
const DRY_RUN = 'istio.io/dry-run';
const INTERNAL = ['internal.istio.io/webhook-always-reject', 'internal.istio.io/parents', 'internal.istio.io/parent-namespace'];

/**
 * What Istio's webhook says of a resource that its schema accepts: the rules of every kind first, which when broken
 * hide the rest, then those of its own kind. Spec: validation.md §4 and §5.
 */
export function semanticFindings(definition: KindDefinition, spec: unknown, metadata: ObjectMeta): readonly Finding[] {
  if (definition.group.endsWith('.istio.io')) {
    const common = annotationFindings(definition.kind, spec, metadata);
    if (common.length > 0) return common;
  }
  return definition.validate?.(spec as never, { metadata }) ?? [];
}

/** As `semanticFindings`, for a resource at hand; for callers that parsed with `semantics: 'skip'`. */
export function validateResource(resource: AnyResource): readonly Finding[] {
  const { apiVersion, kind, spec, metadata } = resource;
  const definition = findKind(apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '', kind);
  return definition === undefined ? [] : semanticFindings(definition, spec, metadata);
}

function annotationFindings(kind: string, spec: unknown, metadata: ObjectMeta): readonly Finding[] {
  const report = new Report();
  const at = (name: string): readonly string[] => ['metadata', 'annotations', name];
  const dryRun = metadata.annotations[DRY_RUN];
  if (dryRun !== undefined) {
    const action = (spec as { readonly action?: string }).action ?? 'ALLOW';
    if (kind !== 'AuthorizationPolicy')
      report.error('invalid_annotation', at(DRY_RUN), `Cannot dry-run ${kind}: only AuthorizationPolicy may be`);
    else if (action !== 'ALLOW' && action !== 'DENY')
      report.error('invalid_annotation', at(DRY_RUN), `Cannot dry-run action ${action}: expected ALLOW or DENY`);
    else if (!GO_BOOLEANS.has(dryRun))
      report.error('invalid_annotation', at(DRY_RUN), `Cannot use ${quote(dryRun)} as a dry run: expected "true" or "false"`);
  }
  for (const name of INTERNAL) {
    if (metadata.annotations[name] !== undefined)
      report.error('invalid_annotation', at(name), `Cannot use annotation ${name}: it is Istio's own`);
  }
  return report.findings;
}
