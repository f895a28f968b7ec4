import { type Random } from '@lateen/base';
import { type ForwardAction, type WeightedCluster } from './model';

/**
 * One of a route's clusters, by weight. Undefined where a header names the cluster, or where all weights are 0.
 * Spec: Envoy `WeightedCluster`.
 */
export function pickCluster(action: ForwardAction, random: Random): WeightedCluster | undefined {
  const { clusters } = action;
  if (clusters.length === 1) return clusters[0];
  return pickWeighted(clusters, action.totalWeight, random);
}

/** One of some weighted things; undefined when the total is 0. */
export function pickWeighted<T extends { readonly weight: number }>(
  items: readonly T[],
  totalWeight: number,
  random: Random,
): T | undefined {
  let point = Math.floor(random.next() * totalWeight);
  for (const item of items) {
    if (point < item.weight) return item;
    point -= item.weight;
  }
  return undefined;
}
