import { type DestinationRule, isKind } from '@lateen/config';
import { type MergedDestinationRule, resolveHost } from '@lateen/mesh';
import { type HopContext, resourceOf } from './context';

/** An outbound cluster's name in its parts: `outbound|9080|v1|reviews.default.svc.cluster.local`. */
export interface ClusterName {
  readonly port: number;
  readonly subset: string;
  readonly host: string;
}

/** Undefined for a cluster that is not of a service's port. */
export function parseClusterName(name: string): ClusterName | undefined {
  const [direction, port, subset = '', host] = name.split('|');
  return direction === 'outbound' && host !== undefined ? { port: Number(port), subset, host } : undefined;
}

/** The DestinationRules of a host as one, as the proxy sees them. */
export function mergedRule({ mesh, proxy }: HopContext, host: string): MergedDestinationRule | undefined {
  return mesh.destinationRuleFor({ namespace: proxy.namespace, labels: proxy.labels }, host);
}

/** Several rules for a host are one: which of them has a subset. */
export function writtenSubset(
  { resources, mesh }: HopContext,
  { namespace, host }: MergedDestinationRule,
  subset: string,
): { readonly resource: DestinationRule; readonly index: number } | undefined {
  for (const resource of resources) {
    if (!isKind(resource, 'DestinationRule') || resource.metadata.namespace !== namespace) continue;
    if (resolveHost(resource.spec.host, namespace, mesh.domain) !== host) continue;
    const index = (resource.spec.subsets ?? []).findIndex(({ name }) => name === subset);
    if (index >= 0) return { resource, index };
  }
  return undefined;
}

type Policy = NonNullable<DestinationRule['spec']['trafficPolicy']>;
/** Blocks of a traffic policy that a port may have of its own. */
type Block = 'tls' | 'connectionPool';

/** A block of a traffic policy, and where it is written. */
export interface Setting<B extends Block> {
  readonly resource: DestinationRule;
  readonly value: NonNullable<Policy[B]>;
  readonly path: string;
}

/** The block in effect for a cluster: the subset's for the port, the subset's, the port's, the rule's. */
export function settingOf<B extends Block>(context: HopContext, { host, port, subset }: ClusterName, block: B): Setting<B> | undefined {
  const merged = mergedRule(context, host);
  if (merged === undefined) return undefined;
  const ofSubset = subset === '' ? undefined : writtenSubset(context, merged, subset);
  const ofRule = resourceOf(context, 'DestinationRule', merged.namespace, merged.name);
  const places: { readonly resource: DestinationRule; readonly policy: Policy | undefined; readonly path: string }[] = [];
  if (ofSubset !== undefined) {
    const policy = ofSubset.resource.spec.subsets?.[ofSubset.index]?.trafficPolicy;
    places.push({ resource: ofSubset.resource, policy, path: `spec.subsets[${ofSubset.index}].trafficPolicy` });
  }
  if (ofRule !== undefined) places.push({ resource: ofRule, policy: merged.trafficPolicy, path: 'spec.trafficPolicy' });
  for (const { resource, policy, path } of places) {
    const i = (policy?.portLevelSettings ?? []).findIndex((settings) => settings.port?.number === port);
    // A port's settings replace the whole of the blocks that a port may have.
    const from = i >= 0 ? policy?.portLevelSettings?.[i] : policy;
    const value = from?.[block];
    if (value !== undefined)
      return { resource, value: value as NonNullable<Policy[B]>, path: `${path}${i >= 0 ? `.portLevelSettings[${i}]` : ''}.${block}` };
    if (i >= 0) return undefined;
  }
  return undefined;
}
