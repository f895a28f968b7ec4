import { type Graph, type GraphEdge, type GraphNode } from '@lateen/observation';
import { groupBy } from '../lib/group-by';

/** What the viewer asked to see of the graph. */
export interface GraphFilter {
  /** Part of a workload's, app's or namespace's name; empty finds all. */
  readonly find: string;
  /** Leaves out edges that carried nothing in the window, and nodes that then stand alone. */
  readonly hideIdle: boolean;
  /** Leaves out what has no errors. */
  readonly hideHealthy: boolean;
  /** Namespaces to leave out. */
  readonly hiddenNamespaces: readonly string[];
}

/** The graph without what the filter hides. `find` hides nothing: it is for the eye. */
export function visibleGraph(graph: Graph, filter: GraphFilter): Pick<Graph, 'nodes' | 'edges'> {
  const shown = new Set(graph.nodes.filter((n) => !filter.hiddenNamespaces.includes(n.workload.namespace)).map((n) => n.id));
  const edges = graph.edges.filter(
    (e) => shown.has(e.source) && shown.has(e.target) && !(filter.hideIdle && isIdle(e)) && !(filter.hideHealthy && e.rates.errors === 0),
  );
  const touched = new Set(edges.flatMap((e) => [e.source, e.target]));
  const narrowed = filter.hideIdle || filter.hideHealthy;
  return { edges, nodes: graph.nodes.filter((n) => shown.has(n.id) && (!narrowed || touched.has(n.id))) };
}

/** Whether an edge carried nothing in the window. */
export function isIdle({ rates }: GraphEdge): boolean {
  return rates.requests === 0 && (rates.bytesPerSecond ?? 0) === 0;
}

/** Whether a node answers to what the viewer looks for. */
export function isFound({ workload, id }: GraphNode, find: string): boolean {
  const wanted = find.trim().toLowerCase();
  if (wanted === '') return true;
  return [id, workload.name, workload.app, workload.namespace, workload.version].some((text) => text.toLowerCase().includes(wanted));
}

/** Whether a workload ought to run and does not. A service that no single workload stands for is none. */
export function isDown({ kind, running }: GraphNode): boolean {
  return !running && kind !== 'service';
}

/** Those nodes that are workloads: not what stands for outside, or for nowhere. */
export function workloadsOf({ nodes }: Pick<Graph, 'nodes'>): readonly GraphNode[] {
  return nodes.filter(({ kind, id }) => (kind === 'workload' || kind === 'gateway') && !(id in SPECIAL));
}

/** The node of requests that no cluster took. */
export const BLACK_HOLE = 'black-hole';

/** What people call a node. */
export function titleOf({ id, workload }: GraphNode): string {
  return workload.name === '' || id in SPECIAL ? titleOfId(id) : workload.name;
}

/** The same of an id alone: `reviews-v1` of `default/reviews-v1`. */
export function titleOfId(id: string): string {
  return SPECIAL[id] ?? id.slice(id.indexOf('/') + 1);
}

const SPECIAL: Readonly<Record<string, string>> = { [BLACK_HOLE]: 'nowhere', passthrough: 'outside the mesh', unknown: 'unknown client' };

/** Nodes of one app, in the order of their versions. */
export interface AppGroup {
  readonly id: string;
  readonly title: string;
  readonly nodes: readonly GraphNode[];
}

/** The apps of a graph. */
export function groupsOf(nodes: readonly GraphNode[]): readonly AppGroup[] {
  const groups = groupBy(nodes, (n) => (n.group === '' ? n.id : n.group));
  return [...groups].map(([id, own]) => ({
    id,
    title: own[0]?.workload.app || (own[0] === undefined ? id : titleOf(own[0])),
    nodes: own.toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true })),
  }));
}

/** Changes exactly when the layout has to. */
export function topologyKey({ nodes, edges }: Pick<Graph, 'nodes' | 'edges'>): string {
  return [...nodes.map((n) => `${n.group}|${n.id}`).toSorted(), ...edges.map((e) => `${e.source}>${e.target}`).toSorted()].join('\n');
}
