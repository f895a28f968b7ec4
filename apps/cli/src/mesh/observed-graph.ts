import { type Graph, type WorkloadView } from '@lateen/observation';
import { noWorkloadIn } from './check-namespace';
import { type ObservationClient } from './observation-client';
import { resolveWorkloads } from './resolve-workload';

/** Which part of the graph is wanted. */
export interface GraphSelection {
  readonly workload?: string;
  readonly namespace?: string;
  /** Seconds. */
  readonly window: number;
}

/** The graph of the last `window` seconds: all of it, one namespace's, or a workload with its neighbours. */
export async function observedGraph(client: ObservationClient, { workload, namespace, window }: GraphSelection): Promise<Graph> {
  const graph = await client.get<Graph>('/api/graph', { window });
  if (workload === undefined && namespace === undefined) return graph;
  const ids = new Set(workload === undefined ? nodesIn(graph, namespace!) : await named(client, workload, namespace));
  const edges = graph.edges.filter(({ source, target }) => ids.has(source) || ids.has(target));
  const near = new Set([...ids, ...edges.flatMap(({ source, target }) => [source, target])]);
  return { ...graph, edges, nodes: graph.nodes.filter(({ id }) => near.has(id)) };
}

/** What runs counts, and what had traffic. Throws a `CliError` for a namespace of neither. */
function nodesIn({ nodes }: Graph, namespace: string): readonly string[] {
  const ids = nodes.filter((node) => node.workload.namespace === namespace).map(({ id }) => id);
  if (ids.length > 0) return ids;
  throw noWorkloadIn(
    namespace,
    nodes.map((node) => node.workload.namespace),
  );
}

async function named(client: ObservationClient, workload: string, namespace: string | undefined): Promise<readonly string[]> {
  const { workloads } = await client.get<{ readonly workloads: readonly WorkloadView[] }>('/api/workloads');
  return resolveWorkloads(workload, namespace, workloads).map((found) => `${found.namespace}/${found.name}`);
}
