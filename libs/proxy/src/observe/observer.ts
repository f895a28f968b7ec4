import { create } from '@bufbuild/protobuf';
import { type Clock } from '@lateen/base';
import { type IstioMetrics, type StreamRecord } from '@lateen/telemetry';
import { GaugesSchema, type Request } from '@lateen/xds/gen/lateen/observation_pb';
import { type FilterChain, type Listener, type Secret } from '@lateen/proxy-config';
import { type RequestHead } from '../codec/head';
import { type HttpStream } from '../http/stream';
import { gather } from '../net/transport';
import { type ClusterRuntime } from '../upstream/cluster';
import { type StartProbe } from './answer-probe';
import { ClusterStates } from './cluster-states';
import { type ObservationSink, type ObserveSettings, UNOBSERVED } from './collected';
import { FollowedHeaders } from './followed-headers';
import { RateCap } from './rate-cap';
import { isFailed, reportOfConnection, reportOfStream } from './request-report';
import { RuleCounters } from './rule-counters';
import { secretStates } from './secret-states';
import { SeriesDeltas } from './series-deltas';
import { SuccessSamples } from './success-samples';
import { passes } from './watch-filter';

/** How often sums are handed on, in milliseconds. */
export const WINDOW_MS = 5000;
/** Single requests are handed on together, so late at most, in milliseconds. */
const BATCH_MS = 200;
/** Requests that wait to be handed on; beyond, they are counted only. */
const MAX_WAITING = 200;
const FAILURES_PER_SECOND = 50;

/** What an observer looks at. */
export interface ObserverOptions {
  readonly clock: Clock;
  readonly metrics: IstioMetrics;
  readonly clusters: () => Iterable<ClusterRuntime>;
  /** Open downstream connections. */
  readonly connections: () => number;
  /** What it holds now. Default: none. */
  readonly secrets?: () => Iterable<Secret>;
  /** Asks an app that is quiet whether it is there; absent: none is asked. */
  readonly startProbe?: StartProbe;
}

/**
 * The eyes of one data plane. Does nothing per request but count its rule and look whether it failed or is one of a few
 * samples, unless somebody watches; what it holds is bounded, whoever takes it or not.
 */
export class Observer {
  readonly rules = new RuleCounters();
  /** Whether the app passes headers on. */
  readonly headers = new FollowedHeaders();
  private readonly series: SeriesDeltas;
  private readonly clusterStates: ClusterStates;
  private readonly failures = new RateCap(FAILURES_PER_SECOND);
  private readonly watched = new RateCap(0);
  private readonly samples = new SuccessSamples();
  private current: ObserveSettings = UNOBSERVED;
  private waiting: Request[] = [];
  private failuresUnsent = 0;
  private watchedUnsent = 0;
  private sequence = 0;
  private sink: ObservationSink | undefined;
  private windowStart = 0;
  private cancelWindow: (() => void) | undefined;
  private cancelBatch: (() => void) | undefined;

  constructor(private readonly options: ObserverOptions) {
    this.series = new SeriesDeltas(options.metrics);
    this.clusterStates = new ClusterStates(options.startProbe ?? (() => undefined));
  }

  /** What is wanted now. */
  get settings(): ObserveSettings {
    return this.current;
  }

  /** Begins to hand on what is seen. */
  start(sink: ObservationSink): void {
    this.sink = sink;
    this.windowStart = this.options.clock.now();
    this.nextWindow();
  }

  /** Ends handing on, with what is there by now. */
  stop(): void {
    if (this.sink === undefined) return;
    this.cancelWindow?.();
    this.handOn();
    this.handOnRequests();
    this.sink = undefined;
  }

  /** Changes what is wanted. */
  configure(settings: ObserveSettings): void {
    this.current = settings;
    this.watched.set(settings.watch?.maxPerSecond ?? 0);
    this.samples.set(settings.connected ? settings.samplesPerSecond : 0);
    this.headers.configure(settings.followedHeaders, this.options.clock.monotonicMs());
    if (!settings.connected) this.waiting = [];
  }

  /** An exchange has ended; its record is complete. */
  onStream(stream: HttpStream): void {
    if (this.sink === undefined) return;
    const { record } = stream;
    const failed = isFailed(record);
    const watched = this.isWatched(record, stream.forwarding.cameForPath);
    if (failed || watched) {
      if (this.admits(failed, watched)) this.add(reportOfStream(stream, ++this.sequence, failed));
    } else if (this.isSample(stream.request)) this.add({ ...reportOfStream(stream, ++this.sequence, false), sampled: true });
  }

  /** A connection has ended, or never became one: then no chain took it. */
  onConnection(record: StreamRecord, listener: Listener, chain?: FilterChain): void {
    if (this.sink === undefined) return;
    const failed = isFailed(record);
    const watched = this.isWatched(record);
    const report = (): Request => reportOfConnection(record, { sequence: ++this.sequence, failed, listener: listener.name, chain });
    if (failed || watched) {
      if (this.admits(failed, watched)) this.add(report());
    } else if (this.isSample()) this.add({ ...report(), sampled: true });
  }

  private isWatched(record: StreamRecord, path?: string): boolean {
    const { watch } = this.current;
    return watch !== undefined && passes(watch.filters, record, path);
  }

  private isSample(request?: RequestHead): boolean {
    return this.samples.take(gather.now(), request) && this.waiting.length < MAX_WAITING;
  }

  private admits(failed: boolean, watched: boolean): boolean {
    const { connected } = this.current;
    const nowMs = this.options.clock.monotonicMs();
    const room = connected && this.waiting.length < MAX_WAITING;
    if (failed && room && this.failures.take(nowMs)) return true;
    if (watched) {
      if (room && this.watched.take(nowMs)) return true;
      if (!failed) this.watchedUnsent++;
    }
    if (failed) this.failuresUnsent++;
    if (connected) this.scheduleBatch();
    return false;
  }

  private add(request: Request): void {
    this.waiting.push(request);
    this.scheduleBatch();
  }

  private scheduleBatch(): void {
    this.cancelBatch ??= this.options.clock.after(BATCH_MS, () => this.handOnRequests());
  }

  private handOnRequests(): void {
    this.cancelBatch?.();
    this.cancelBatch = undefined;
    const { waiting: requests, failuresUnsent, watchedUnsent } = this;
    if (requests.length + failuresUnsent + watchedUnsent === 0) return;
    this.waiting = [];
    this.failuresUnsent = this.watchedUnsent = 0;
    this.sink?.requests({ requests, failuresUnsent, watchedUnsent });
  }

  private nextWindow(): void {
    this.cancelWindow = this.options.clock.after(WINDOW_MS, () => {
      this.handOn();
      this.nextWindow();
    });
  }

  private handOn(): void {
    const { clock, clusters, connections } = this.options;
    const states = this.clusterStates.collect(clusters(), clock.monotonicMs());
    const startMs = this.windowStart;
    this.windowStart = clock.now();
    this.sink?.sums({
      startMs,
      endMs: this.windowStart,
      series: this.series.collect(),
      rules: this.rules.collect(),
      clusters: states,
      gauges: create(GaugesSchema, {
        connections: connections(),
        activeRequests: states.reduce((sum, { activeRequests }) => sum + activeRequests, 0),
        residentBytes: process.memoryUsage.rss(),
      }),
      headers: this.headers.collect(clock.monotonicMs()),
      secrets: secretStates(this.options.secrets?.() ?? []),
    });
    if (this.failuresUnsent + this.watchedUnsent > 0) this.handOnRequests();
  }
}
