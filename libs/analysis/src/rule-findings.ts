import { type AnyResource, type Finding, GATEWAY_API_KINDS, validateResource } from '@lateen/config';
import { patchValueFindings } from './envoy/patch-values';

/**
 * Everything that the rules of its kind say of a resource that its schema accepts: those of the configuration library,
 * those of the Gateway API's kinds, and what Envoy's own types say of an EnvoyFilter.
 */
export function ruleFindings(resource: AnyResource): readonly Finding[] {
  const own = validateResource(resource);
  if (resource.kind === 'EnvoyFilter') return [...own, ...patchValueFindings(resource, own)];
  const slash = resource.apiVersion.indexOf('/');
  const definition = GATEWAY_API_KINDS.find(
    ({ group, kind }) => kind === resource.kind && group === resource.apiVersion.slice(0, Math.max(0, slash)),
  );
  return definition === undefined ? own : [...own, ...(definition.validate?.(resource.spec as never, resource) ?? [])];
}
