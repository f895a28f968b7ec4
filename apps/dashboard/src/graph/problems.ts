import { type Cause, type Graph, type GraphEdge, type GraphNode, type RequestRecord, type Trouble } from '@lateen/observation';
import { clockTime, count, percent } from '../lib/format';
import { clusterParts, shortHost } from '../lib/names';
import { type FailureGroup, failureGroups, tellingGroup } from '../requests/failure-groups';
import { splitWords } from '../requests/split-words';
import { lastFailedMs, type Seen } from './ended';
import { BLACK_HOLE, isDown, titleOf, titleOfId } from './model';

/** Something that needs a person: where it is, what is seen, and why if that is known. */
export interface Problem {
  readonly node: GraphNode;
  /** `ratings-v1 is not running`, `38 % of 120 requests to ratings-v1 fail`, `... failed until 17:17:16, none since`. */
  readonly title: string;
  /** Nothing of it goes on: it stands here because the window still holds it, after what goes on. */
  readonly ended: boolean;
  readonly cause?: Cause;
  /** How many of the failures are due to the cause, and to what the others are; absent where all are. */
  readonly split?: string;
  /** Workloads whose calls fail with it. */
  readonly seenBy: readonly string[];
}

/** What fails, deepest first: a service whose own calls fail is a victim, not a cause. What is known to be wrong is one in any case. */
export function problemsOf(
  graph: Graph,
  failed: readonly RequestRecord[],
  troubles: readonly Trouble[] = [],
  restarting: ReadonlySet<string> = new Set(),
): readonly Problem[] {
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
    const groups = isRoot ? failureGroupsOf(node, graph, failed, trouble) : [];
    const isPast = isBehind(groups, trouble);
    const telling = tellingGroup(groups);
    const until = untilOf(groups, into, graph.atMs);
    const headline = isPast ? undefined : trouble;
    const state = restarting.has(node.id)
      ? [`${node.workload.name} is being restarted`]
      : trouble !== undefined
        ? [`${node.workload.name}: ${troubleWord(trouble)}`]
        : isDown(node)
          ? [`${node.workload.name} is not running`]
          : [];
    const share = isRoot
      ? [
          `${percent(errors / requests)} of ${count(requests, 'request')} to ${targetName(node, failed)} ${until === undefined ? (requests === 1 ? 'fails' : 'fail') : `failed until ${clockTime(until, false)}, none since`}`,
        ]
      : [];
    const titles = isPast ? [...share, ...state] : [...state, ...share];
    const seenBy = (trouble === undefined ? into : graph.edges.filter((e) => e.target === node.id)).map((e) => titleOfId(e.source));
    const ended = !isDown(node) && (trouble === undefined || isOver(trouble)) && (!isRoot || until !== undefined);
    problems.push({
      node,
      title: titles.join('; '),
      ended,
      cause: headline?.cause ?? telling?.own[0].cause,
      split: splitWords(groups, headline === undefined ? (_, group) => group === telling : (record) => failedWith(headline, record)),
      seenBy,
    });
  }
  return problems.toSorted((a, b) => Number(a.ended) - Number(b.ended) || b.seenBy.length - a.seenBy.length);
}

/** Without records of failures, such silence of the sums says that they are over. */
export const UNTOLD_QUIET_MS = 30_000;

/** When the last of a node's requests failed, if that is over; by the sums where no record is kept. */
function untilOf(groups: readonly FailureGroup[], into: readonly GraphEdge[], atMs: number): number | undefined {
  if (groups.length > 0)
    return groups.some(({ until }) => until === undefined) ? undefined : Math.max(...groups.map(({ own }) => lastFailedMs(own)));
  const last = Math.max(...into.map(({ rates }) => rates.lastErrorMs ?? Infinity));
  return atMs - last > UNTOLD_QUIET_MS ? last : undefined;
}

/** Why requests to a node failed; those of causes that go on first, then the most frequent. */
export function failureGroupsOf(
  node: GraphNode,
  graph: Pick<Graph, 'atMs' | 'windowSeconds'>,
  failed: readonly RequestRecord[],
  trouble: Trouble | undefined,
): readonly FailureGroup[] {
  const own = failed.filter((r) => r.cause !== undefined && concerns(r, node));
  return failureGroups(own, seenOf(graph, node.inbound), trouble);
}

/** The time of a graph, with how much came to what its failures are of. */
export function seenOf(
  { atMs, windowSeconds }: Pick<Graph, 'atMs' | 'windowSeconds'>,
  { perSecond }: { readonly perSecond: number },
): Seen {
  return perSecond === 0 ? { atMs, windowSeconds } : { atMs, windowSeconds, perSecond };
}

/** News of an application's end travel, in milliseconds. */
const LATE_MS = 500;

/** Whether a trouble is over, and requests failed after it for something else: that is told before it. */
export function isBehind(groups: readonly FailureGroup[], trouble: Trouble | undefined): boolean {
  const telling = tellingGroup(groups);
  return trouble?.overAtMs !== undefined && telling !== undefined && lastFailedMs(telling.own) > trouble.overAtMs + LATE_MS;
}

/** Whether a request failed while something was wrong. */
function failedWith({ sinceMs, overAtMs = Infinity }: Trouble, { startTimeMs, durationMs }: RequestRecord): boolean {
  const endedMs = startTimeMs + durationMs;
  return endedMs >= sinceMs - LATE_MS && endedMs <= overAtMs + LATE_MS;
}

/** Troubles without those that are over while requests to the same workload failed later, for something else. */
export function troublesToShow(graph: Graph, failed: readonly RequestRecord[], troubles: readonly Trouble[]): readonly Trouble[] {
  return troubles.filter((trouble) => {
    const node = graph.nodes.find((one) => troubleOf(one, [trouble]) !== undefined);
    return node === undefined || !isBehind(failureGroupsOf(node, graph, failed, trouble), trouble);
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
  if (trouble.restarting === true) return 'restarting';
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
