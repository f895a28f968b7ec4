import { type Graph, type Rates, type RequestRecord, type Trouble } from '@lateen/observation';
import { type FailureGroup, failureGroups } from '../requests/failure-groups';
import { failuresOf } from './edge-failures';
import { failureGroupsOf, seenOf, troubleAt, troubleOf, UNTOLD_QUIET_MS } from './problems';

/** Ids of nodes and edges that had failures in a graph's time, none of which go on. */
export function mendedIn(graph: Graph, failed: readonly RequestRecord[], troubles: readonly Trouble[]): ReadonlySet<string> {
  const mended = new Set<string>();
  for (const edge of graph.edges)
    if (
      edge.rates.errors > 0 &&
      isOverBy(failureGroups(failuresOf(edge, failed), seenOf(graph, edge.rates), troubleAt(edge, graph, troubles)), edge.rates, graph.atMs)
    )
      mended.add(edge.id);
  for (const node of graph.nodes) {
    if (node.inbound.errors === 0) continue;
    const goesOn = graph.edges.some((edge) => edge.target === node.id && edge.rates.errors > 0 && !mended.has(edge.id));
    const groups = failureGroupsOf(node, graph, failed, troubleOf(node, troubles));
    if (!goesOn && isOverBy(groups, node.inbound, graph.atMs)) mended.add(node.id);
  }
  return mended;
}

/** By what is kept of single failures; by the sums where nothing is. */
function isOverBy(groups: readonly FailureGroup[], { lastErrorMs = Infinity }: Rates, atMs: number): boolean {
  return groups.length > 0 ? groups.every(({ until }) => until !== undefined) : atMs - lastErrorMs > UNTOLD_QUIET_MS;
}
