import { type Series } from '@lateen/observation';
import { type MeshFacts } from './mesh-facts';
import { quantile } from './quantile';
import { nodeId } from './reporting-proxy';
import { KEPT_STEPS, STEP_MS, stepOf } from './steps';
import { SUM } from './sums';
import { type End, endOf, targetOf, UNKNOWN } from './target';
import { type Told, toldMs } from './told';
import { type Track, type Traffic } from './traffic';

/** What series are asked of: one node's inbound traffic, or one edge, by their ids in the graph. */
export type SeriesOf = { readonly node: string } | { readonly edge: string };

/** What series are made of. */
export interface SeriesInputs {
  readonly traffic: Traffic;
  readonly facts: MeshFacts;
  /** Which times workloads have told of, by node id. */
  readonly told: ReadonlyMap<string, readonly Told[]>;
}

/** Rates of less of a step would be of single requests, in milliseconds. */
const LEAST_MS = 1000;

/**
 * The last 15 minutes of a node or an edge up to `nowMs`: `perSecond`, `errorRatio`, `p50Ms`, `p90Ms`, `p99Ms`. A step that
 * nobody told of who could have is undefined.
 */
export function seriesOf({ traffic, facts, told }: SeriesInputs, of: SeriesOf, nowMs: number): readonly Series[] {
  const last = stepOf(nowMs) - 1;
  const first = last - KEPT_STEPS + 1;
  const tracks = wantedTracks(traffic, facts, of);
  const perSecond: (number | undefined)[] = [];
  const errorRatio: (number | undefined)[] = [];
  const quantiles: Record<'p50Ms' | 'p90Ms' | 'p99Ms', (number | undefined)[]> = { p50Ms: [], p90Ms: [], p99Ms: [] };
  const tellers = new Set([...tracks.map(({ key }) => nodeId(key.self)), ...('node' in of ? [of.node] : [])]);
  const times = [...tellers].flatMap((id) => told.get(id) ?? []);
  const numbers = new Float64Array(SUM.width);
  for (let step = first; step <= last; step++) {
    numbers.fill(0);
    for (const track of tracks) track.numbers.sumInto(step, step, numbers);
    // Nothing was seen where somebody looked: only that is 0.
    const lookedMs = toldMs(times, step * STEP_MS, (step + 1) * STEP_MS);
    if (lookedMs === 0) numbers.fill(0);
    const count = numbers[SUM.count]!;
    const sumMs = numbers[SUM.durationMs]!;
    const buckets = numbers.subarray(SUM.buckets, SUM.buckets + SUM.bucketCount);
    perSecond.push(lookedMs === 0 ? undefined : count / (Math.max(LEAST_MS, lookedMs) / 1000));
    errorRatio.push(count === 0 ? undefined : Math.min(1, numbers[SUM.errors]! / count));
    quantiles.p50Ms.push(quantile(buckets, 0.5, sumMs));
    quantiles.p90Ms.push(quantile(buckets, 0.9, sumMs));
    quantiles.p99Ms.push(quantile(buckets, 0.99, sumMs));
  }
  return Object.entries({ perSecond, errorRatio, ...quantiles }).map(([name, values]) => ({
    name,
    startMs: first * STEP_MS,
    stepMs: STEP_MS,
    values,
  }));
}

/** What the client told where it did, else what the server told: never both, which would count twice. */
function wantedTracks(traffic: Traffic, facts: MeshFacts, of: SeriesOf): readonly Track[] {
  const bySource: Track[] = [];
  const byDestination: Track[] = [];
  const sources = new Set<string>();
  for (const track of traffic.tracks()) {
    const { key } = track;
    const self = endOf(key.self);
    const [source, target]: readonly [End, End] =
      key.reporter === 'source' ? [self, targetOf(key, facts)] : [key.peer === undefined ? UNKNOWN : endOf(key.peer), self];
    const id = `${source.id}>${target.id}>${key.protocol}`;
    // What comes to a gateway is what it passes on.
    const comesTo = key.selfKind === 'gateway' && key.reporter === 'source' ? source.id : target.id;
    const wanted = 'edge' in of ? of.edge === id : of.node === target.id || of.node === comesTo;
    if (!wanted) continue;
    if (key.reporter === 'source') {
      bySource.push(track);
      sources.add(source.id);
    } else byDestination.push(track);
  }
  const unreported = byDestination.filter(({ key }) => !sources.has(key.peer === undefined ? UNKNOWN.id : endOf(key.peer).id));
  return [...bySource, ...unreported];
}
