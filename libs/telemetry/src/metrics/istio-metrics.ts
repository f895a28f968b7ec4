import { type ClusterLabels, ClusterLabelsTable } from '../cluster-labels';
import { Attributes } from '../expressions/attributes';
import { type PeerLabels, PeerTable } from '../peer';
import { expose } from './exposition';
import { familiesOf, type MetricFamily, plainFamily } from './families';
import { type CounterWorld, IstioCounter } from './istio-counter';
import { type SeriesKey } from './istio-labels';
import { type OwnBuckets } from './own-buckets';
import { compilePlan, type StatsConfig } from './plan';
import { type SeriesBudget } from './series';

/** Who this proxy is, in metric labels. */
export interface MetricsOptions {
  /** This workload's labels: `labelsOfMetadata` of its node metadata. */
  readonly self: PeerLabels;
  /** This workload's SPIFFE URI. */
  readonly principal: string;
  /** For `istio_build`. */
  readonly version: string;
  /** The proxy's node, for expressions: `id`, `metadata`. Default: nothing. */
  readonly node?: Readonly<Record<string, unknown>>;
  /** Milliseconds that never go back. Default: the process's. */
  readonly monotonicMs?: () => number;
  /** Series that have not changed for so long are forgotten when somebody scrapes. Default 15 minutes. */
  readonly expiryMs?: number;
  /** Histograms with bounds of the workload's own. Default: none. */
  readonly ownBuckets?: readonly OwnBuckets[];
  /** Bytes of text that this process' series may be printed as; streams beyond are told apart no more. Default 112 MiB. */
  readonly maxTextBytes?: number;
}

/** Host headers told apart where they name the service; beyond, and for what is no name, the service is unknown. */
const MAX_HOSTS = 300;
/** Longest name there is. Spec: RFC 1035; with a port. */
const MAX_HOST_CHARS = 253 + 6;
const EXPIRY_MS = 15 * 60_000;
/**
 * About 2,000 series of HTTP, as each is 67 lines of 0.8 KB; 7,000 of TCP, as the least a series counts is 16 KB. A page
 * of that size is a second of a core's work, in slices.
 */
const MAX_TEXT_BYTES = 112 * 1024 * 1024;
/** How often a full table looks for what it can forget. */
const SWEEP_MS = 10_000;

/** One series as {@link IstioMetrics.forEachSeries} shows it. The object is reused: read it at once. */
export interface SeriesView {
  key: SeriesKey;
  /** 0 for TCP. */
  responseCode: number;
  /** -1 when not gRPC. */
  grpcStatus: number;
  responseFlags: number;
  /** The live numbers, by `SERIES_NUMBERS`; one array for as long as the series lives. */
  numbers: Float64Array;
}

/**
 * Istio's standard metrics. Counters are kept by what configurations say, and outlive them; text is made when somebody
 * scrapes. State is the worker process's own. Spec: Istio standard metrics.
 */
export class IstioMetrics {
  readonly peers = new PeerTable();
  readonly clusters = new ClusterLabelsTable();
  readonly #options: MetricsOptions;
  readonly #attributes: Attributes;
  readonly #world: CounterWorld;
  readonly #counters = new Map<string, IstioCounter>();
  readonly #hosts = new Map<string, Map<ClusterLabels, ClusterLabels>>();
  #seriesCount = 0;
  #textBytes = 0;
  /** Something found no room, and nothing has been let go of since. */
  #closed = false;
  #overflowed = { series: 0, hosts: 0 };
  #sweptAtMs = -Infinity;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#attributes = new Attributes({ node: options.node ?? {} });
    this.#world = {
      self: { ...options.self, principal: options.principal },
      unknownPeer: this.peers.unknown,
      noCluster: this.clusters.of({ name: 'unknown', metadata: { services: [] } }),
      withHost: (cluster, host) => this.#withHost(cluster, host),
      budget: this.#budget(),
    };
  }

  /**
   * The counter of a configuration; equal configurations have one. Expressions must be loaded where rules have any.
   */
  counter({ disableHostHeaderFallback, metrics }: StatsConfig): IstioCounter {
    const key = JSON.stringify([disableHostHeaderFallback, metrics]);
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      counter = new IstioCounter(this.#world, compilePlan(metrics, this.#attributes, this.#options.ownBuckets), !disableHostHeaderFallback);
      this.#counters.set(key, counter);
    }
    return counter;
  }

  /** Calls back with every series: labels in parts, numbers as they stand. */
  forEachSeries(visit: (series: SeriesView) => void): void {
    let view: SeriesView | undefined;
    for (const counter of this.#counters.values()) {
      for (const { key, responseCode, grpcStatus, responseFlags, numbers } of counter.series()) {
        if (view === undefined) view = { key, responseCode, grpcStatus, responseFlags, numbers };
        else Object.assign(view, { key, responseCode, grpcStatus, responseFlags, numbers });
        visit(view);
      }
    }
  }

  /** All series as Prometheus text, in slices that are made as they are asked for; stale ones are forgotten before. */
  async *expose(): AsyncGenerator<string, void, undefined> {
    yield* expose(await this.families());
  }

  /** What {@link expose} prints, for another process to print. */
  async families(): Promise<readonly MetricFamily[]> {
    this.#sweep();
    this.#forgetHosts();
    return [...(await familiesOf([...this.#counters.values()])), ...this.#own()];
  }

  #own(): readonly MetricFamily[] {
    const { series, hosts } = this.#overflowed;
    return [
      plainFamily({ name: 'istio_build', help: 'What this proxy is built from.', type: 'gauge', alike: true }, [
        { labels: { component: 'proxy', tag: this.#options.version }, value: 1 },
      ]),
      plainFamily({ name: 'lateen_metrics_series', help: "Series of Istio's metrics held by this proxy.", type: 'gauge' }, [
        { labels: {}, value: this.#seriesCount },
      ]),
      plainFamily({ name: 'lateen_metrics_text_bytes', help: 'What these series are printed as, about.', type: 'gauge' }, [
        { labels: {}, value: this.#textBytes },
      ]),
      plainFamily(
        {
          name: 'lateen_metrics_overflow_total',
          help: 'Streams, and reports of connections, that a bound keeps from being told apart.',
          type: 'counter',
        },
        [
          { labels: { bound: 'series' }, value: series },
          { labels: { bound: 'hosts' }, value: hosts },
        ],
      ),
    ];
  }

  #expire(): void {
    const now = this.#world.budget.now();
    this.#sweptAtMs = now;
    for (const counter of this.#counters.values()) counter.expire(now - (this.#options.expiryMs ?? EXPIRY_MS));
  }

  /** Forgets stale series and what held them. Never while a stream's set is in somebody's hands. */
  #sweep(): void {
    this.#expire();
    for (const counter of this.#counters.values()) counter.prune();
  }

  /** Forgets hosts that no series names. Never while a stream is being counted: its labels may be about to name one. */
  #forgetHosts(): void {
    const named = new Set<ClusterLabels>();
    for (const counter of this.#counters.values()) for (const { key } of counter.series()) named.add(key.cluster);
    for (const [host, byCluster] of this.#hosts) {
      for (const [cluster, labels] of byCluster) {
        if (named.has(labels)) continue;
        byCluster.delete(cluster);
        this.clusters.forget(labels);
      }
      if (byCluster.size === 0) this.#hosts.delete(host);
    }
  }

  #budget(): SeriesBudget {
    const { monotonicMs = () => performance.now(), maxTextBytes = MAX_TEXT_BYTES } = this.#options;
    const isDue = (): boolean => this.#closed && monotonicMs() - this.#sweptAtMs >= SWEEP_MS;
    return {
      now: monotonicMs,
      full: () => {
        if (isDue()) this.#sweep();
        return this.#closed;
      },
      take: (bytes) => {
        // The stream's set is in somebody's hands: only series may go.
        if (isDue()) this.#expire();
        if (this.#closed || this.#textBytes + bytes > maxTextBytes) {
          this.#closed = true;
          return false;
        }
        this.#seriesCount++;
        this.#textBytes += bytes;
        return true;
      },
      give: (bytes) => {
        // A series of the overflow takes no room, and leaves none.
        if (bytes === 0) return;
        this.#seriesCount--;
        this.#textBytes -= bytes;
        this.#closed = false;
      },
      overflowed: () => void this.#overflowed.series++,
    };
  }

  #withHost(cluster: ClusterLabels, host: string): ClusterLabels {
    let byCluster = this.#hosts.get(host);
    if (byCluster === undefined) {
      if (this.#hosts.size >= MAX_HOSTS || host.length > MAX_HOST_CHARS) {
        this.#overflowed.hosts++;
        return cluster;
      }
      this.#hosts.set(host, (byCluster = new Map()));
    }
    let labels = byCluster.get(cluster);
    if (labels === undefined) byCluster.set(cluster, (labels = this.clusters.withHost(cluster, host)));
    return labels;
  }
}
