import { type PortTrafficPolicy, type Subset, type TrafficPolicy } from '@lateen/config';
import { type MergedDestinationRule } from '@lateen/mesh';

/** What applies to one cluster, port-level settings and subsets worked in. */
export type ClusterPolicy = Omit<TrafficPolicy, 'portLevelSettings'>;

/**
 * The policy of a rule for one port of its host, and of one of its subsets there.
 * A port's own settings replace the four blocks that a port can have, whole; a subset's blocks then replace those.
 * Spec: Istio `portLevelSettings`, `Subset.trafficPolicy`.
 */
export function policyFor(rule: MergedDestinationRule | undefined, port: number, subset?: Subset): ClusterPolicy {
  return layer(layer({}, rule?.trafficPolicy, port), subset?.trafficPolicy, port);
}

function layer(base: ClusterPolicy, over: TrafficPolicy | undefined, port: number): ClusterPolicy {
  if (over === undefined) return base;
  const { portLevelSettings, ...blocks } = over;
  const merged = { ...base, ...defined(blocks) };
  const ofPort = portLevelSettings?.find((settings) => settings.port?.number === port);
  return ofPort === undefined ? merged : { ...merged, ...portBlocks(ofPort) };
}

function portBlocks({ connectionPool, loadBalancer, outlierDetection, tls }: PortTrafficPolicy): ClusterPolicy {
  return { connectionPool, loadBalancer, outlierDetection, tls };
}

function defined(policy: ClusterPolicy): ClusterPolicy {
  return Object.fromEntries(Object.entries(policy).filter(([, block]) => block !== undefined));
}
