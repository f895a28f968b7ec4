import { type Cause, failureKey, type Graph, type GraphEdge, type GraphNode, type RequestRecord, type Trouble } from '@lateen/observation';
import { clockTime, count, percent } from '../lib/format';
import { groupBy } from '../lib/group-by';
import { clusterParts, shortHost } from '../lib/names';
import { endedAtMs, lastFailedMs } from './ended';
import { BLACK_HOLE, isDown, titleOf, titleOfId } from './model';

/** Something that needs a person: where it is, what is seen, and why if that is known. */
export interface Problem {
  readonly node: GraphNode;
  /** `ratings-v1 is not running`, `38 % of 120 requests to ratings-v1 fail`, `... failed until 17:17:16, none since`. */
  readonly title: string;
  /** Nothing of it goes on: it stands here because the window still holds it, after what goes on. */
  readonly ended: boolean;
  readonly cause?: Cause;
  /** Workloads whose calls fail with it. */
  readonly seenBy: readonly string[];
  /** The newest request that failed for it. */
  readonly example?: RequestRecord;
}

/** What fails, deepest first: a service whose own calls fail is a victim, not a cause. What is known to be wrong is one in any case. */
export function problemsOf(graph: Graph, failed: readonly RequestRecord[], troubles: readonly Trouble[] = []): readonly Problem[] {
  const failing = graph.edges.filter((e) => e.rates.errors > 0);
  const callers = new Set(failing.map((e) => e.source));
  const problems: Problem[] = [];
  for (const node of graph.nodes) {
    const into = failing.filter((e) => e.target === node.id);
    const requests = sumOf([...into, ...answered(graph, node, failed)], (e) => e.rates.requests);
    const errors = sumOf(into, (e) => e.rates.errors);
    const trouble = troubleOf(node, troubles);
    const isRoot = errors > 0 && (!callers.has(node.id) || trouble !== undefined);
    if (!isRoot && !isDown(node) && trouble === undefined) continue;
    const own = isRoot ? failed.filter((r) => r.cause !== undefined && concerns(r, node)) : [];
    const live = liveFailures(own, graph, trouble);
    // Its own proxy knows more than its callers'.
    const told = live.length > 0 ? live : own;
    const example = told.find((r) => r.reporter === 'destination') ?? told[0];
    const until = live.length > 0 || own.length === 0 ? undefined : lastFailedMs(own);
    const state =
      trouble !== undefined
        ? [`${node.workload.name}: ${troubleWord(trouble)}`]
        : isDown(node)
          ? [`${node.workload.name} is not running`]
          : [];
    const share = isRoot
      ? [
          `${percent(errors / requests)} of ${count(requests, 'request')} to ${targetName(node, failed)} ${until === undefined ? (requests === 1 ? 'fails' : 'fail') : `failed until ${clockTime(until, false)}, none since`}`,
        ]
      : [];
    const isPast = trouble !== undefined && isOver(trouble) && live.length > 0;
    const titles = isPast ? [...share, ...state] : [...state, ...share];
    const seenBy = (trouble === undefined ? into : graph.edges.filter((e) => e.target === node.id)).map((e) => titleOfId(e.source));
    const ended = !isDown(node) && (trouble === undefined || isOver(trouble)) && (!isRoot || until !== undefined);
    problems.push({
      node,
      title: titles.join('; '),
      ended,
      cause: isPast ? example?.cause : (trouble?.cause ?? example?.cause),
      seenBy,
      example,
    });
  }
  return problems.toSorted((a, b) => Number(a.ended) - Number(b.ended) || b.seenBy.length - a.seenBy.length);
}

/** Of requests that failed, those of causes that still occur: since a trouble that is over, and not long ago. */
export function liveFailures(
  failed: readonly RequestRecord[],
  seen: Pick<Graph, 'atMs' | 'windowSeconds'>,
  trouble?: Trouble,
): readonly RequestRecord[] {
  const groups = [...groupBy(failed, failureKey).values()];
  return groups.filter((own) => endedAtMs(own, seen, trouble?.overAtMs) === undefined).flat();
}

/** Troubles without those that are over while requests to the same workload fail for something else. */
export function troublesToShow(graph: Graph, failed: readonly RequestRecord[], troubles: readonly Trouble[]): readonly Trouble[] {
  return troubles.filter((trouble) => {
    const node = graph.nodes.find((one) => troubleOf(one, [trouble]) !== undefined);
    if (!isOver(trouble) || node === undefined) return true;
    return (
      liveFailures(
        failed.filter((r) => r.cause !== undefined && concerns(r, node)),
        graph,
        trouble,
      ).length === 0
    );
  });
}

/** Whether what was wrong is so no more. */
export function isOver({ overAtMs }: Trouble): boolean {
  return overAtMs !== undefined;
}

/** Beside what went nowhere, what the same clients sent to workloads of the services they asked for: all are requests to these. */
function answered({ nodes, edges }: Graph, node: GraphNode, failed: readonly RequestRecord[]): readonly GraphEdge[] {
  if (node.id !== BLACK_HOLE) return [];
  const services = servicesAsked(node, failed);
  const clients = new Set(edges.filter((e) => e.target === node.id && e.rates.errors > 0).map((e) => e.source));
  const ids = new Set(nodes.filter(({ id, workload }) => id !== node.id && services.includes(workload.app)).map(({ id }) => id));
  return edges.filter((e) => ids.has(e.target) && clients.has(e.source));
}

function sumOf(edges: readonly GraphEdge[], value: (edge: GraphEdge) => number): number {
  return edges.reduce((sum, e) => sum + value(e), 0);
}

/** What is wrong with a node's workload. One that does not answer goes first, what is over last. */
export function troubleOf({ workload }: GraphNode, troubles: readonly Trouble[]): Trouble | undefined {
  const own = troubles.filter(({ workload: of }) => of.name === workload.name && of.namespace === workload.namespace);
  return own.find(({ cause }) => cause.code === 'app_not_answering') ?? own.find((one) => !isOver(one)) ?? own[0];
}

/** What is wrong with whom an edge calls. */
export function troubleAt({ target }: GraphEdge, { nodes }: Pick<Graph, 'nodes'>, troubles: readonly Trouble[]): Trouble | undefined {
  const called = nodes.find(({ id }) => id === target);
  return called === undefined ? undefined : troubleOf(called, troubles);
}

/** What is wrong now with whom a request that failed was for. */
export function troubleBehind(record: RequestRecord, troubles: readonly Trouble[]): Trouble | undefined {
  return troubles.find(({ workload }) => concerns(record, { id: `${workload.namespace}/${workload.name}`, workload }));
}

/** A few words for a box. */
export function troubleWord(trouble: Trouble): string {
  if (trouble.cause.code === 'app_not_answering') return 'does not answer';
  return isOver(trouble) ? 'app ended, is back' : 'app ended';
}

/** Failures of the time that a graph shows. Records come a moment after sums. */
export function failuresWithin(
  failed: readonly RequestRecord[],
  { atMs, windowSeconds }: Pick<Graph, 'atMs' | 'windowSeconds'>,
): readonly RequestRecord[] {
  return failed.filter((r) => r.startTimeMs > atMs - windowSeconds * 1_000 - SLACK_MS && r.startTimeMs < atMs + SLACK_MS);
}

/** Sums are of whole steps of five seconds. */
const SLACK_MS = 5_000;

/** Whether a record tells of a call to a node, or of one that it served. */
export function concerns(record: RequestRecord, node: Pick<GraphNode, 'id' | 'workload'>): boolean {
  const { name, namespace, app } = node.workload;
  if (node.id === BLACK_HOLE) return record.reporter === 'source' && isNowhere(record);
  if (record.reporter === 'destination') return record.workload.name === name && record.workload.namespace === namespace;
  if (record.peer !== undefined && record.peer.name !== '') return record.peer.name === name && record.peer.namespace === namespace;
  const host = clusterParts(record.cluster).host || hostOf(record);
  return [app, name].some(
    (service) => service !== '' && (host === service || host.startsWith(`${service}.`) || host.startsWith(`${service}:`)),
  );
}

/** The service that was asked for: its virtual host's, else the authority. `reviews.default.svc.cluster.local`. */
function hostOf({ virtualHost, authority }: RequestRecord): string {
  return (virtualHost === '' ? authority : virtualHost).replace(/:\d+$/, '');
}

/** No cluster took it: the route names none that exists, or there was no route. */
function isNowhere({ cluster }: RequestRecord): boolean {
  return cluster === '' || cluster === 'BlackHoleCluster';
}

/** What people call a node; for what goes nowhere, the services that were asked for. */
function targetName(node: GraphNode, failed: readonly RequestRecord[]): string {
  if (node.id !== BLACK_HOLE) return titleOf(node);
  const services = servicesAsked(node, failed);
  return services.length === 0 ? 'an unknown destination' : services.join(', ');
}

function servicesAsked(node: GraphNode, failed: readonly RequestRecord[]): readonly string[] {
  return [...new Set(failed.filter((r) => concerns(r, node)).map((r) => shortHost(hostOf(r))))];
}
