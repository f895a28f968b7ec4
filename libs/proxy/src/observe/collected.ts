import {
  type ClusterState,
  type Gauges,
  type HeaderTally,
  type Request,
  type RuleLabels,
  type SecretState,
  type SeriesLabels,
} from '@lateen/xds/gen/lateen/observation_pb';

/** Where in a {@link CollectedSeries}' numbers what is. The buckets are Istio's durations, the last for what is above all bounds. */
export const NUMBERS = {
  count: 0,
  durationSumMs: 1,
  buckets: 2,
  bucketCount: 20,
  receivedBytes: 22,
  sentBytes: 23,
  closed: 24,
  size: 25,
} as const;

/** What one series gained. */
export interface CollectedSeries {
  /** Equal for equal labels, in every worker. */
  readonly key: string;
  /** Its `id` is set by whoever sends it. */
  readonly labels: SeriesLabels;
  /** By {@link NUMBERS}. */
  readonly numbers: Float64Array;
}

/** How often a rule was reached. */
export interface CollectedRule {
  readonly key: string;
  readonly labels: RuleLabels;
  readonly hits: number;
}

/** What one data plane has counted since it was asked last. Can be sent between processes. */
export interface Collected {
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly endMs: number;
  readonly series: readonly CollectedSeries[];
  readonly rules: readonly CollectedRule[];
  readonly clusters: readonly ClusterState[];
  readonly gauges: Gauges;
  readonly headers: readonly HeaderTally[];
  readonly secrets: readonly SecretState[];
}

/** Single requests, and how many more there were. */
export interface CollectedRequests {
  readonly requests: readonly Request[];
  readonly failuresUnsent: number;
  readonly watchedUnsent: number;
}

/** Takes what data planes observe. */
export interface ObservationSink {
  sums(collected: Collected): void;
  requests(collected: CollectedRequests): void;
  /** The data plane is gone: its gauges no longer count. */
  gone?(): void;
}

/** What is wanted of a data plane; a plain value, so that workers can be told. */
export interface ObserveSettings {
  /** Somebody takes single requests. Without, failures are only counted. */
  readonly connected: boolean;
  /** Requests that are wanted although they succeed and nobody watches; 0: none. */
  readonly samplesPerSecond: number;
  /** Every request is wanted that passes a filter; absent: failures and samples only. */
  readonly watch?: WatchSettings;
  /** Lower case. */
  readonly followedHeaders: readonly string[];
  /** Empty: no request is explained to its sender. */
  readonly explainToken: string;
}

/** Which requests somebody watches. */
export interface WatchSettings {
  readonly maxPerSecond: number;
  /** One must be passed; none: all pass. */
  readonly filters: readonly WatchFilter[];
}

/** Every field that is set must agree; empty and 0 are unset. */
export interface WatchFilter {
  readonly method: string;
  readonly path: string;
  /** 503, or 5 for 5xx. */
  readonly status: number;
  readonly failed: boolean;
  readonly headerName: string;
  readonly headerValue: string;
}

/** Nobody is there. */
export const UNOBSERVED: ObserveSettings = { connected: false, samplesPerSecond: 0, followedHeaders: [], explainToken: '' };
