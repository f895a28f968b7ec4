import { type AnyResource, type EnvoyConfigObjectPatch, type Finding } from '@lateen/config';
import { judgeMessage } from './judge-message';

/** What a patch's value has to be, by what it applies to. Spec: validation.md §5.8. */
const TYPES: Readonly<Record<string, string>> = {
  LISTENER: 'envoy.config.listener.v3.Listener',
  FILTER_CHAIN: 'envoy.config.listener.v3.FilterChain',
  NETWORK_FILTER: 'envoy.config.listener.v3.Filter',
  LISTENER_FILTER: 'envoy.config.listener.v3.ListenerFilter',
  HTTP_FILTER: 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter',
  ROUTE_CONFIGURATION: 'envoy.config.route.v3.RouteConfiguration',
  VIRTUAL_HOST: 'envoy.config.route.v3.VirtualHost',
  HTTP_ROUTE: 'envoy.config.route.v3.Route',
  CLUSTER: 'envoy.config.cluster.v3.Cluster',
  EXTENSION_CONFIG: 'envoy.config.core.v3.TypedExtensionConfig',
  BOOTSTRAP: 'envoy.config.bootstrap.v3.Bootstrap',
};

/**
 * Judges the values of an EnvoyFilter's patches against Envoy's own types, which `validateResource` of the
 * configuration library does not know; nothing for other kinds, and for patches that it refuses anyway.
 * @param findings what `validateResource` says of the resource.
 */
export function patchValueFindings(resource: AnyResource, findings: readonly Finding[]): readonly Finding[] {
  if (resource.kind !== 'EnvoyFilter') return [];
  const refused = new Set(findings.filter(({ severity }) => severity === 'error').map(({ path }) => path[2]));
  if (refused.has(undefined)) return [];
  return (resource.spec.configPatches ?? []).flatMap((entry, i) =>
    refused.has(i) ? [] : valueFindings(entry, ['spec', 'configPatches', i, 'patch', 'value']),
  );
}

function valueFindings({ applyTo = 'INVALID', match, patch }: EnvoyConfigObjectPatch, path: Finding['path']): readonly Finding[] {
  const type = TYPES[applyTo];
  if (type === undefined || match?.context === 'WAYPOINT' || patch?.value === undefined) return [];
  return judgeMessage(type, patch.value, path);
}
