import { type Graph, type GraphEdge, type GraphNode } from '@lateen/observation';
import { type ClusterState } from '@lateen/xds/gen/lateen/observation_pb';
import { type MeshFacts } from './mesh-facts';
import { type Observed, observedSeconds, together } from './observed';
import { nodeId } from './reporting-proxy';
import { securityOf } from './security';
import { type Splits } from './splits';
import { STEP_MS, stepOf } from './steps';
import { NO_RATES, ratesOf, SUM } from './sums';
import { type End, endOf, partsOf, targetOf, UNKNOWN } from './target';
import { type Told, toldMs } from './told';
import { type Track, type TrackKey, type Traffic } from './traffic';

/** What a graph is made of. */
export interface GraphInputs {
  readonly traffic: Traffic;
  readonly splits: Splits;
  readonly facts: MeshFacts;
  /** Live states of a workload's clusters, by node id and cluster; of now, so only for a graph of now. */
  readonly clusterStates: ReadonlyMap<string, ReadonlyMap<string, ClusterState>>;
  /** For how long workloads' proxies have told of them, by node id. */
  readonly observed: ReadonlyMap<string, Observed>;
  /** Which times they have told of, by node id. */
  readonly told: ReadonlyMap<string, readonly Told[]>;
}

/** What one side told of an edge. */
interface Side {
  readonly numbers: Float64Array;
  readonly codes: Map<string, number>;
  readonly flags: Map<string, number>;
  readonly keys: TrackKey[];
  firstStep: number | undefined;
  /** The last one with a failure. */
  lastErrorStep: number | undefined;
  /** Of those who told it. */
  observed: Observed | undefined;
}

interface EdgeSides {
  readonly source: End;
  readonly target: End;
  readonly protocol: 'http' | 'grpc' | 'tcp';
  bySource?: Side;
  byDestination?: Side;
}

/**
 * The mesh's traffic in the `windowSeconds` that end at `atMs`. Where both sides of an edge report, the client's
 * numbers count, since it also sees what never arrived, and the server's word on who came.
 */
export function graphOf(inputs: GraphInputs, atMs: number, windowSeconds: number): Graph {
  const { facts } = inputs;
  // The step of this moment is not full yet.
  const last = stepOf(atMs) - 1;
  const first = last - Math.max(1, Math.round((windowSeconds * 1000) / STEP_MS)) + 1;
  const wholeSeconds = ((last - first + 1) * STEP_MS) / 1000;
  const sides = collectEdges(inputs, first, last);
  const nodes = new Map<string, { readonly end: End; inbound: Side | undefined; protocol: 'http' | 'grpc' | 'tcp' }>();
  for (const { workload, kind } of facts.workloads) {
    const end = endOf(workload, kind);
    nodes.set(end.id, { end, inbound: undefined, protocol: 'http' });
  }
  for (const { source, target, protocol, bySource, byDestination } of sides.values()) {
    if (!nodes.has(source.id)) nodes.set(source.id, { end: source, inbound: undefined, protocol: 'http' });
    const node = nodes.get(target.id) ?? { end: target, inbound: undefined, protocol };
    nodes.set(target.id, node);
    const counted = bySource ?? byDestination;
    if (counted === undefined) continue;
    node.inbound = merged(node.inbound, counted);
    if (protocol !== 'tcp') node.protocol = protocol;
  }
  // Nobody reports what comes to a gateway: it is what the gateway passes on or refuses.
  for (const edge of [...sides.values()]) {
    const { source, protocol, bySource } = edge;
    if (source.kind !== 'gateway' || bySource === undefined) continue;
    const node = nodes.get(source.id)!;
    node.inbound = merged(node.inbound, bySource);
    if (protocol !== 'tcp') node.protocol = protocol;
  }
  const proxied = new Set(facts.workloads.filter(({ hasProxy }) => hasProxy).map(({ workload }) => nodeId(workload)));
  const isUncounted = (id: string): boolean =>
    proxied.has(id) && toldMs(inputs.told.get(id) ?? [], first * STEP_MS, (last + 1) * STEP_MS) === 0;
  const running = new Set(facts.workloads.filter((known) => known.running).map(({ workload }) => nodeId(workload)));
  const edges = [...sides.values()].map((edge) => edgeOf(edge, { ...inputs, windowSeconds: wholeSeconds, first, last }));
  return {
    atMs,
    windowSeconds,
    nodes: [...nodes.values()].map(({ end, inbound, protocol }): GraphNode => ({
      ...end,
      group: end.workload.namespace === '' ? end.id : `${end.workload.namespace}/${end.workload.app || end.workload.name}`,
      running: running.has(end.id) || end.workload.namespace === '',
      ...(inbound === undefined && isUncounted(end.id) ? { uncounted: true as const } : {}),
      inbound:
        inbound === undefined
          ? NO_RATES
          : ratesOf(
              inbound.numbers,
              {
                seconds: observedSeconds(
                  { source: undefined, target: inputs.observed.get(end.id) ?? inbound.observed, firstStep: inbound.firstStep },
                  first,
                  last,
                ),
                windowSeconds: wholeSeconds,
                lastErrorStep: inbound.lastErrorStep,
              },
              protocol,
            ),
    })),
    edges,
  };
}

function collectEdges({ traffic, facts, clusterStates, observed }: GraphInputs, first: number, last: number): Map<string, EdgeSides> {
  const edges = new Map<string, EdgeSides>();
  const numbers = new Float64Array(SUM.width);
  const count = new Float64Array(1);
  for (const track of traffic.tracks()) {
    numbers.fill(0);
    track.numbers.sumInto(first, last, numbers);
    const { key } = track;
    const quiet = numbers[SUM.count] === 0 && numbers[SUM.receivedBytes] === 0 && numbers[SUM.sentBytes] === 0;
    // What only ends is counted: calls that wait are traffic too.
    if (quiet && !(key.reporter === 'source' && waits(clusterStates, key))) continue;
    const [source, target] = endsOf(track, facts);
    const id = `${source.id}>${target.id}>${key.protocol}`;
    let edge = edges.get(id);
    if (edge === undefined) edges.set(id, (edge = { source, target, protocol: key.protocol }));
    const side = key.reporter === 'source' ? (edge.bySource ??= emptySide()) : (edge.byDestination ??= emptySide());
    for (let i = 0; i < numbers.length; i++) side.numbers[i]! += numbers[i]!;
    side.keys.push(key);
    side.firstStep = earlier(side.firstStep, track.numbers.firstOf(first, last, SUM.count));
    side.lastErrorStep = later(side.lastErrorStep, track.numbers.lastOf(first, last, SUM.errors));
    side.observed = together(side.observed, observed.get(nodeId(key.self)));
    for (const [outcome, steps] of track.outcomes) {
      count[0] = 0;
      steps.sumInto(first, last, count);
      if (count[0] === 0) continue;
      const [code = '0', flags = ''] = outcome.split(' ');
      addTo(side.codes, code, count[0]);
      for (const flag of flags.split(',')) if (flag !== '') addTo(side.flags, flag, count[0]);
    }
  }
  return edges;
}

function waits(states: GraphInputs['clusterStates'], { self, cluster }: TrackKey): boolean {
  return (states.get(nodeId(self))?.get(cluster)?.waiting ?? 0) > 0;
}

function endsOf({ key }: Track, facts: MeshFacts): readonly [source: End, target: End] {
  const self = endOf(key.self, key.selfKind === 'gateway' ? 'gateway' : 'workload');
  if (key.reporter === 'source') return [self, key.rest ? endOf(key.peer ?? key.self) : targetOf(key, facts)];
  return [key.peer === undefined ? UNKNOWN : endOf(key.peer, kindOf(key.peer, facts)), self];
}

function kindOf(workload: End['workload'], facts: MeshFacts): End['kind'] {
  return facts.workloads.find((known) => nodeId(known.workload) === nodeId(workload))?.kind ?? 'workload';
}

/** What an edge is told from beside its own numbers: the graph's inputs, and the steps it is of. */
interface EdgeInputs extends Omit<GraphInputs, 'traffic'> {
  readonly windowSeconds: number;
  readonly first: number;
  readonly last: number;
}

function edgeOf(edge: EdgeSides, inputs: EdgeInputs): GraphEdge {
  const { facts, clusterStates, observed, windowSeconds } = inputs;
  const { source, target, protocol } = edge;
  const side = edge.bySource ?? edge.byDestination ?? emptySide();
  const split = splitOf(edge, inputs);
  const health = healthOf(edge, clusterStates);
  return {
    id: `${source.id}>${target.id}>${protocol}`,
    source: source.id,
    target: target.id,
    protocol,
    rates: ratesOf(
      side.numbers,
      {
        windowSeconds,
        lastErrorStep: side.lastErrorStep,
        seconds: observedSeconds(
          { source: observed.get(source.id), target: observed.get(target.id), firstStep: side.firstStep },
          inputs.first,
          inputs.last,
        ),
      },
      protocol,
    ),
    security: securityOf(edge.byDestination?.keys ?? [], edge.bySource?.keys ?? [], { source, target, facts }),
    ...(split === undefined ? {} : { split }),
    ...(health === undefined ? {} : { health }),
    codes: rounded(side.codes),
    flags: rounded(side.flags),
  };
}

/**
 * The share of a rule's split that goes over an edge, beside what its client really sent over it of all that rule
 * matched. Of the services an edge is for, the first of which a rule really split something counts.
 */
function splitOf(edge: EdgeSides, { facts, splits, first, last }: EdgeInputs): GraphEdge['split'] {
  let unmeasured: GraphEdge['split'];
  for (const host of hostsOf(edge)) {
    const configured = facts.splitOf(host, edge.target.workload, edge.protocol);
    if (configured === undefined) continue;
    const { share, subset, of, ...where } = configured;
    const measured = splits.shareOf({ source: edge.source.id, rule: of, host, subset }, first, last);
    if (measured !== undefined) return { configured: share, measured: measured.share, measuredOf: measured.of, ...where };
    // A rule for sidecars may well not be for a gateway.
    if (edge.source.kind !== 'gateway') unmeasured ??= { configured: share, ...where };
  }
  return unmeasured;
}

function hostsOf({ bySource }: EdgeSides): ReadonlySet<string> {
  const hosts = new Set((bySource?.keys ?? []).map(({ cluster }) => partsOf(cluster).host));
  hosts.delete('');
  return hosts;
}

function healthOf({ source, bySource }: EdgeSides, states: GraphInputs['clusterStates']): GraphEdge['health'] {
  const own = states.get(source.id);
  if (own === undefined || bySource === undefined) return undefined;
  const names = new Set(bySource.keys.map(({ cluster }) => cluster));
  const found = [...names].flatMap((name) => own.get(name) ?? []);
  if (found.length === 0) return undefined;
  const sum = (of: (state: ClusterState) => number): number => found.reduce((total, state) => total + of(state), 0);
  return {
    endpoints: sum((s) => s.endpoints),
    healthy: sum((s) => s.healthy),
    ejected: sum((s) => s.ejected),
    circuitOpen: found.some((s) => s.circuitOpen),
    waiting: sum((s) => s.waiting),
  };
}

function emptySide(): Side {
  return {
    numbers: new Float64Array(SUM.width),
    codes: new Map(),
    flags: new Map(),
    keys: [],
    firstStep: undefined,
    lastErrorStep: undefined,
    observed: undefined,
  };
}

function merged(a: Side | undefined, b: Side): Side {
  const sum = emptySide();
  for (let i = 0; i < sum.numbers.length; i++) sum.numbers[i] = (a?.numbers[i] ?? 0) + b.numbers[i]!;
  sum.firstStep = earlier(a?.firstStep, b.firstStep);
  sum.lastErrorStep = later(a?.lastErrorStep, b.lastErrorStep);
  sum.observed = together(a?.observed, b.observed);
  return sum;
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a;
}

function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}

function addTo(map: Map<string, number>, key: string, value: number): void {
  map.set(key, (map.get(key) ?? 0) + value);
}

function rounded(map: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...map].map(([key, value]) => [key, Math.max(1, Math.round(value))]));
}
