import { type Logger } from '@lateen/base';
import { expose } from '@lateen/telemetry';
import { type AdsClient } from '@lateen/xds/client';
import { type AdminSource, type ClusterView } from './admin/model';
import { type Snapshot } from '@lateen/proxy-config';
import { type DataPlane } from './data-plane';
import { type ObserveSettings, type ObservationSink } from './observe/collected';
import { WorkerPool, type WorkerPoolOptions } from './workers/worker-pool';

/** Where the bytes are moved: in this process, or in workers of its own. */
export interface TrafficSide extends Pick<
  AdminSource,
  'listeners' | 'stats' | 'metrics' | 'drainListeners' | 'failHealth' | 'setLogLevel'
> {
  /** The ADS client to subscribe with. */
  share(ads: AdsClient): Pick<AdsClient, 'subscribe'>;
  /** Begins; resolves when what is known by now is in effect. */
  start(): Promise<void>;
  /** Brings a snapshot into effect; where workers serve, they have their own. */
  take(snapshot: Snapshot): void;
  /** Whether a version is in effect and its listeners are open. */
  ready(version: number): boolean;
  /** Fetches the numbers that the others then tell. */
  prepare(): Promise<void>;
  clusters(snapshot: Snapshot): Iterable<ClusterView>;
  failingListeners(): ReturnType<NonNullable<AdminSource['failingListeners']>>;
  /** Hands what is observed to a sink for each process that observes. */
  observe(sinkFor: (worker: number) => ObservationSink): void;
  /** Changes what is wanted of observations. */
  configureObservation(settings: ObserveSettings): void;
  adopt(port: number, socket: object): void;
  stop(drainMs: number): Promise<void>;
}

/** Traffic in this process. */
export function inProcess(plane: DataPlane, logger: Logger): TrafficSide {
  let opening: Promise<void> = Promise.resolve();
  let opened = 0;
  return {
    share: (ads) => ads,
    start: () => opening,
    take: (snapshot) => {
      opening = plane.apply(snapshot).then(
        () => {
          // An older one may take longer to open.
          opened = Math.max(opened, snapshot.version);
        },
        (error: Error) => logger.error('Cannot put a configuration into effect', { version: snapshot.version, error: error.stack }),
      );
    },
    ready: (version) => opened >= version && plane.failingListeners().length === 0,
    prepare: () => Promise.resolve(),
    clusters: () => [...plane.clusters()].map((cluster) => ({ config: cluster.config, stats: cluster.counters(), hosts: cluster.hosts })),
    listeners: () => plane.listeners(),
    failingListeners: () => plane.failingListeners(),
    stats: () => plane.stats(),
    metrics: () => plane.metrics.expose(),
    setLogLevel: () => undefined,
    drainListeners: (request) => plane.drainListeners(request),
    failHealth: (failing) => plane.failHealth(failing),
    observe: (sinkFor) => plane.observer.start(sinkFor(0)),
    configureObservation: (settings) => plane.observer.configure(settings),
    adopt: (port, socket) => plane.adopt(port, socket),
    stop: async (drainMs) => {
      await plane.stop(drainMs);
      plane.observer.stop();
    },
  };
}

/** Traffic in worker processes. */
export function inWorkers(options: WorkerPoolOptions): TrafficSide {
  const pool = new WorkerPool(options);
  return {
    share: (ads) => pool.share(ads),
    start: () => {
      pool.start();
      return Promise.resolve();
    },
    take: () => undefined,
    ready: () => pool.ready,
    prepare: () => pool.gather(),
    clusters: (snapshot) => pool.report.clusters(snapshot),
    listeners: () => pool.report.listeners,
    failingListeners: () => pool.report.failing,
    stats: () => pool.report.stats,
    metrics: () => expose(pool.report.metrics),
    setLogLevel: (level) => pool.broadcast({ type: 'log-level', level }),
    drainListeners: (request) => pool.drainListeners(request),
    failHealth: (failing) => pool.failHealth(failing),
    observe: (sinkFor) => pool.observe(sinkFor),
    configureObservation: (settings) => pool.configureObservation(settings),
    adopt: (port, socket) => pool.adopt(port, socket),
    stop: (drainMs) => pool.stop(drainMs),
  };
}
