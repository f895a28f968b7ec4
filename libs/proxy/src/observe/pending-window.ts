import { create } from '@bufbuild/protobuf';
import {
  type ClusterState,
  type Gauges,
  GaugesSchema,
  type HeaderTally,
  type RuleHits,
  RuleHitsSchema,
  type RuleLabels,
  type SecretState,
  type SeriesLabels,
  type SeriesSum,
  SeriesSumSchema,
  type Window,
  WindowSchema,
} from '@lateen/xds/gen/lateen/observation_pb';
import { type Collected, NUMBERS } from './collected';

/** Series and rules that wait to be told; what is new beyond is counted as lost. */
const MAX_KEYS = 10_000;

interface Sums {
  startMs: number;
  readonly series: Map<string, { readonly labels: SeriesLabels; readonly numbers: Float64Array }>;
  readonly rules: Map<string, { readonly labels: RuleLabels; hits: number }>;
  readonly headers: Map<string, HeaderTally>;
  failuresUnsent: number;
  watchedUnsent: number;
}

/**
 * Sums on their way to the control plane, of all workers together. They add up until they are taken, at most one
 * window at a time; a window that was not acknowledged goes back among those that wait. So what was counted arrives
 * once, whatever connections and control planes do in between.
 */
export class PendingWindow {
  private waiting = emptySums();
  private onTheWay: { readonly sequence: number; readonly sums: Sums } | undefined;
  private sequence = 0;
  private endMs = 0;
  private clusters = new Map<number, readonly ClusterState[]>();
  private gauges = new Map<number, Gauges>();
  /** Workers hold the same. */
  private secrets: readonly SecretState[] = [];
  /** Ids that this stream's other end knows labels by. */
  private readonly ids = new Map<string, number>();
  /** Series and rules that were left out because there were too many. */
  dropped = 0;

  /** Adds what one data plane has collected; `worker` tells them apart. */
  add(collected: Collected, worker = 0): void {
    const { waiting } = this;
    if (waiting.startMs === 0) waiting.startMs = collected.startMs;
    this.endMs = collected.endMs;
    for (const { key, labels, numbers } of collected.series) this.addSeries(waiting, key, labels, numbers);
    for (const { key, labels, hits } of collected.rules) this.addRule(waiting, key, labels, hits);
    for (const tally of collected.headers) addHeader(waiting, tally);
    this.clusters.set(worker, collected.clusters);
    this.gauges.set(worker, collected.gauges);
    this.secrets = collected.secrets;
  }

  /** Counts single requests that nobody was sent. */
  addUnsent(failures: number, watched: number): void {
    this.waiting.failuresUnsent += failures;
    this.waiting.watchedUnsent += watched;
  }

  /** A worker is gone, and its gauges with it. */
  forgetWorker(worker: number): void {
    this.clusters.delete(worker);
    this.gauges.delete(worker);
  }

  /** What waits as one window; undefined when there is nothing, or one is on its way. */
  take(): Window | undefined {
    if (this.onTheWay !== undefined || this.waiting.startMs === 0) return undefined;
    const sums = this.waiting;
    this.waiting = emptySums();
    this.onTheWay = { sequence: ++this.sequence, sums };
    const labels: SeriesLabels[] = [];
    const ruleLabels: RuleLabels[] = [];
    return create(WindowSchema, {
      sequence: this.sequence,
      startMs: sums.startMs,
      endMs: this.endMs,
      sums: [...sums.series].map(([key, { labels: of, numbers }]) => sumOf(this.idOf(`s${key}`, of, labels), numbers)),
      labels,
      ruleHits: [...sums.rules].map(([key, { labels: of, hits }]): RuleHits =>
        create(RuleHitsSchema, { id: this.idOf(`r${key}`, of, ruleLabels), hits }),
      ),
      ruleLabels,
      headers: [...sums.headers.values()],
      clusters: mergeClusters([...this.clusters.values()]),
      gauges: mergeGauges([...this.gauges.values()]),
      secrets: [...this.secrets],
      failuresUnsent: sums.failuresUnsent,
      watchedUnsent: sums.watchedUnsent,
    });
  }

  /** The control plane has every window up to `sequence`. */
  acknowledge(sequence: number): void {
    if (this.onTheWay?.sequence === sequence) this.onTheWay = undefined;
  }

  /** A new stream, whose other end had windows up to `sequence`: what it did not get waits again, labels are unknown to it. */
  restart(sequence: number): void {
    this.ids.clear();
    this.acknowledge(sequence);
    if (this.onTheWay === undefined) return;
    const { sums } = this.onTheWay;
    this.onTheWay = undefined;
    const { waiting } = this;
    waiting.startMs = sums.startMs;
    for (const [key, { labels, numbers }] of sums.series) this.addSeries(waiting, key, labels, numbers);
    for (const [key, { labels, hits }] of sums.rules) this.addRule(waiting, key, labels, hits);
    for (const tally of sums.headers.values()) addHeader(waiting, tally);
    this.addUnsent(sums.failuresUnsent, sums.watchedUnsent);
  }

  private idOf<L extends { id: number }>(key: string, labels: L, news: L[]): number {
    let id = this.ids.get(key);
    if (id === undefined) {
      this.ids.set(key, (id = this.ids.size + 1));
      news.push({ ...labels, id });
    }
    return id;
  }

  private addSeries(sums: Sums, key: string, labels: SeriesLabels, numbers: Float64Array): void {
    const there = sums.series.get(key);
    if (there !== undefined) for (let i = 0; i < NUMBERS.size; i++) there.numbers[i]! += numbers[i]!;
    else if (sums.series.size >= MAX_KEYS) this.dropped++;
    else sums.series.set(key, { labels, numbers: numbers.slice() });
  }

  private addRule(sums: Sums, key: string, labels: RuleLabels, hits: number): void {
    const there = sums.rules.get(key);
    if (there !== undefined) there.hits += hits;
    else if (sums.rules.size >= MAX_KEYS) this.dropped++;
    else sums.rules.set(key, { labels, hits });
  }
}

function emptySums(): Sums {
  return { startMs: 0, series: new Map(), rules: new Map(), headers: new Map(), failuresUnsent: 0, watchedUnsent: 0 };
}

function addHeader({ headers }: Sums, tally: HeaderTally): void {
  const key = `${tally.header}\n${tally.towards}`;
  const there = headers.get(key);
  if (there === undefined) {
    if (headers.size < MAX_KEYS) headers.set(key, { ...tally });
    return;
  }
  there.received += tally.received;
  there.calls += tally.calls;
  there.forwarded += tally.forwarded;
  there.unclear += tally.unclear;
}

function sumOf(id: number, numbers: Float64Array): SeriesSum {
  const { count, durationSumMs, buckets, bucketCount, receivedBytes, sentBytes, closed } = NUMBERS;
  const durationBuckets = numbers.subarray(buckets, buckets + bucketCount);
  return create(SeriesSumSchema, {
    id,
    count: numbers[count],
    durationSumMs: numbers[durationSumMs],
    durationBuckets: durationBuckets.some((n) => n > 0) ? [...durationBuckets] : [],
    receivedBytes: numbers[receivedBytes],
    sentBytes: numbers[sentBytes],
    closed: numbers[closed],
  });
}

/** Limits and ejections are each worker's own: endpoints are as many as anyone sees, healthy where nobody says otherwise. */
function mergeClusters(reports: readonly (readonly ClusterState[])[]): ClusterState[] {
  const merged = new Map<string, ClusterState>();
  for (const state of reports.flat()) {
    const there = merged.get(state.name);
    if (there === undefined) {
      merged.set(state.name, { ...state });
      continue;
    }
    there.endpoints = Math.max(there.endpoints, state.endpoints);
    there.healthy = Math.min(there.healthy, state.healthy);
    there.ejected = Math.max(there.ejected, state.ejected);
    there.circuitOpen ||= state.circuitOpen;
    mergeSilence(there, state);
    there.activeRequests += state.activeRequests;
    there.connections += state.connections;
    for (const endpoint of state.unwell) if (!there.unwell.some(({ address }) => address === endpoint.address)) there.unwell.push(endpoint);
  }
  return [...merged.values()];
}

/** It answers when it answers one of the workers that ask it. */
function mergeSilence(there: ClusterState, state: ClusterState): void {
  const [asked, other] = [there.silentMs > 0, state.silentMs > 0];
  there.unresponsive = asked && other ? there.unresponsive && state.unresponsive : there.unresponsive || state.unresponsive;
  there.silentMs = asked && other ? Math.min(there.silentMs, state.silentMs) : Math.max(there.silentMs, state.silentMs);
  there.waiting += state.waiting;
}

function mergeGauges(gauges: readonly Gauges[]): Gauges {
  const sum = (of: (gauges: Gauges) => number): number => gauges.reduce((total, one) => total + of(one), 0);
  return create(GaugesSchema, {
    connections: sum((g) => g.connections),
    activeRequests: sum((g) => g.activeRequests),
    residentBytes: sum((g) => g.residentBytes),
  });
}
