import { type Graph, type GraphEdge, type GraphNode, type Trouble } from '@lateen/observation';
import { rate } from '../lib/format';
import { groupBy } from '../lib/group-by';
import { type BoxState } from './box-words';
import { type CallEdge } from './flow-edge';
import { type FrameNode, type WorkloadNode } from './flow-node';
import { type Layout } from './layout';
import { groupsOf, isFound, titleOf } from './model';
import { isOver, troubleOf, troubleWord } from './problems';

/** What xyflow draws. */
export interface Flow {
  readonly nodes: readonly (WorkloadNode | FrameNode)[];
  readonly edges: readonly CallEdge[];
}

/** How the viewer looks at a graph, and what is known of it beside its numbers. */
export interface FlowView {
  readonly find: string;
  readonly selected: string;
  readonly down: boolean;
  readonly troubles?: readonly Trouble[];
  /** Ids of nodes and edges none of whose failures go on. */
  readonly mended?: ReadonlySet<string>;
  /** Ids of nodes whose restart was asked for here and is not done. */
  readonly restarting?: ReadonlySet<string>;
}

/** Joins numbers and places. Parts that look as before are the same objects as before, so only what changed is drawn. */
export function flowOf(graph: Pick<Graph, 'nodes' | 'edges'>, layout: Layout, view: FlowView, before?: Flow): Flow {
  const old = new Map<string, WorkloadNode | FrameNode | CallEdge>(
    [...(before?.nodes ?? []), ...(before?.edges ?? [])].map((part) => [part.id, part]),
  );
  const keep = <T extends WorkloadNode | FrameNode | CallEdge>(part: T): T => {
    const known = old.get(part.id);
    return known !== undefined && JSON.stringify(known) === JSON.stringify(part) ? (known as T) : part;
  };
  const stateOf = new Map(graph.nodes.map((n) => [n.id, boxState(n, view)]));
  const found = new Set(graph.nodes.filter((n) => isFound(n, view.find)).map((n) => n.id));
  const frames = groupsOf(graph.nodes).flatMap(({ id, title, nodes }) => {
    const box = layout.frames[id];
    if (box === undefined) return [];
    const { x, y, width, height } = box;
    const dimmed = !nodes.some((n) => found.has(n.id));
    return [keep<FrameNode>({ id: `frame:${id}`, type: 'frame', position: { x, y }, width, height, zIndex: -1, data: { title, dimmed } })];
  });
  const boxes = graph.nodes.flatMap((node) => {
    const box = layout.nodes[node.id];
    if (box === undefined) return [];
    const { x, y, width, height } = box;
    const data = {
      node,
      title: boxTitle(node, layout),
      selected: view.selected === `n:${node.id}`,
      dimmed: !found.has(node.id),
      down: view.down,
      traffic: trafficIn(node, graph.edges),
      state: stateOf.get(node.id),
      mended: view.mended?.has(node.id) === true,
    };
    return [keep<WorkloadNode>({ id: node.id, type: 'workload', position: { x, y }, width, height, data })];
  });
  const place = labelPlaces(graph.edges, view.down);
  const edges = graph.edges.flatMap((edge) => {
    if (layout.nodes[edge.source] === undefined || layout.nodes[edge.target] === undefined) return [];
    const dimmed = !found.has(edge.source) && !found.has(edge.target);
    return [
      keep<CallEdge>({
        id: edge.id,
        type: 'call',
        source: edge.source,
        target: edge.target,
        data: {
          edge,
          troubled: stateOf.get(edge.target) !== undefined,
          mended: view.mended?.has(edge.id) === true,
          at: place(edge),
          selected: view.selected === `e:${edge.id}`,
          dimmed,
          down: view.down,
        },
      }),
    ];
  });
  return { nodes: [...frames, ...boxes], edges };
}

/** What is known to be wrong with a node's workload. */
function boxState(node: GraphNode, { troubles = [], restarting }: FlowView): BoxState | undefined {
  const trouble = troubleOf(node, troubles);
  if (restarting?.has(node.id) === true || trouble?.restarting === true) return { text: 'restarting', tone: 'warn' };
  return trouble === undefined ? undefined : { text: troubleWord(trouble), tone: isOver(trouble) ? 'calm' : 'bad' };
}

/** A version inside its app's frame, the workload elsewhere. */
function boxTitle(node: GraphNode, layout: Layout): string {
  const { group, workload } = node;
  if (layout.frames[group] !== undefined && workload.version !== '' && workload.version !== 'latest') return workload.version;
  return titleOf(node);
}

/** Labels of a fan stand where its lines are apart: near the many ends. */
function labelPlaces(edges: readonly GraphEdge[], down: boolean): (edge: GraphEdge) => number {
  // Side by side, labels need the room that boxes have.
  const off = down ? 0.2 : 0.1;
  const out = groupBy(edges, (e) => e.source);
  const into = groupBy(edges, (e) => e.target);
  return ({ source, target }) => {
    const [leaving, arriving] = [out.get(source)?.length ?? 1, into.get(target)?.length ?? 1];
    if (leaving === arriving) return 0.5;
    return leaving > arriving ? 0.5 + off : 0.5 - off;
  };
}

/** What a node receives; of a gateway, whose clients have no proxy, what it passes on. */
function trafficIn(node: GraphNode, edges: readonly GraphEdge[]): string {
  if (node.inbound.requests > 0) return rate(node.inbound.perSecond);
  if (node.uncounted === true) return 'not counted yet';
  const out = edges.filter((e) => e.source === node.id).reduce((sum, e) => sum + e.rates.perSecond, 0);
  return node.kind === 'gateway' && out > 0 ? `passes on ${rate(out)}` : 'no requests in';
}
