import { type Graph, type GraphEdge, type GraphNode } from '@lateen/observation';
import { percent } from './numbers';
import { plain } from './plain';

/** What to call a node: `reviews-v1`, `team/orders`, `www.example.com (external)`. */
export function nodeText({ id, kind, workload }: Pick<GraphNode, 'id' | 'kind' | 'workload'>): string {
  switch (kind) {
    case 'workload':
    case 'gateway':
      return plain(workload.namespace === 'default' ? workload.name : `${workload.namespace}/${workload.name}`);
    case 'external':
      return `${plain(id.replace(/^external\//, ''))} (external)`;
    case 'unknown':
      return 'unknown';
    case 'service':
      return `${plain(workload.name === '' ? id : workload.name)} (service)`;
  }
}

/** Names of nodes by id. */
export function nodeNames(graph: Graph): ReadonlyMap<string, string> {
  return new Map(graph.nodes.map((node) => [node.id, nodeText(node)]));
}

/** Whether an edge is encrypted and by whom proved: `mTLS`, `plaintext`, `mixed`. */
export function securityText({ security }: GraphEdge): string {
  switch (security.mutualTls) {
    case 'yes':
      return 'mTLS';
    case 'no':
      return 'plaintext';
    case 'mixed':
      return 'mixed';
    case 'unknown':
      return '-';
  }
}

/** Measured shares of fewer requests say of how many. */
const FEW = 30;

/** `20% (19% measured)`; `20% (25% of 8 measured)`; `20%` while nothing came to its rule; empty without a split. */
export function splitText({ split }: GraphEdge): string {
  if (split === undefined) return '';
  if (split.measured === undefined) return percent(split.configured);
  const of = split.measuredOf === undefined || split.measuredOf >= FEW ? '' : ` of ${split.measuredOf}`;
  return `${percent(split.configured)} (${percent(split.measured, split.measuredOf)}${of} measured)`;
}

/** Whether an edge begins or ends at one of these workloads: names, apps, or `NAMESPACE/NAME`. */
export function touches({ source, target }: GraphEdge, ids: ReadonlySet<string>): boolean {
  return ids.has(source) || ids.has(target);
}
