import { type ConsistentHashLB } from '@lateen/config';
import { type ResolvedDestination } from './destinations';
import { clientOf, type ProxyInputs } from './inputs';

/**
 * The consistent hash that the DestinationRule in effect asks for: the subset's for the port, the subset's,
 * the port's, the host's, the first that there is. Spec: Istio `LoadBalancerSettings.consistentHash`.
 */
export function destinationHash(
  { snapshot, proxy }: ProxyInputs,
  { host, port, subset }: ResolvedDestination,
): ConsistentHashLB | undefined {
  const rule = snapshot.destinationRuleFor(clientOf(proxy), host);
  if (rule === undefined) return undefined;
  const ofSubset = rule.subsets.find(({ name }) => name === subset && subset !== '')?.trafficPolicy;
  const atPort = (policy: typeof ofSubset) => policy?.portLevelSettings?.find((p) => p.port?.number === port);
  return (
    atPort(ofSubset)?.loadBalancer?.consistentHash ??
    ofSubset?.loadBalancer?.consistentHash ??
    atPort(rule.trafficPolicy)?.loadBalancer?.consistentHash ??
    rule.trafficPolicy?.loadBalancer?.consistentHash
  );
}
