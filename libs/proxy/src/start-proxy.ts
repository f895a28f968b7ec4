import { availableParallelism } from 'node:os';
import { type Clock, type Logger, type Random, systemClock, systemRandom } from '@lateen/base';
import { randomUUID } from 'node:crypto';
import { type AdsClient, type ObservationChannel } from '@lateen/xds/client';
import { startAdminServer } from './admin/admin-server';
import { type AdminSource } from './admin/model';
import { type DrainSettings } from './listener/drain';
import { createDataPlane, versionOf } from './create-data-plane';
import { Reporter } from './observe/reporter';
import { parseBootstrap } from './xds/bootstrap';
import { ConfigSubscription } from './xds/config-subscription';
import { type SecretSource } from './xds/secret-collector';
import { inProcess, inWorkers, type TrafficSide } from './traffic-side';

/** What a proxy starts from. */
export interface ProxyOptions {
  /** An Envoy bootstrap in its JSON form. */
  readonly bootstrap: object;
  /** Connected by the proxy once it has subscribed, and stopped with it. Absent: static resources only. */
  readonly ads?: AdsClient;
  readonly secrets: SecretSource;
  /** Where to tell what is observed; started and stopped by the proxy. Absent: nobody is told. */
  readonly observations?: ObservationChannel;
  /** `level`, when it is there, is what `/logging` shows and changes. */
  readonly logger: Logger & { level?: string };
  /** Worker processes that share the ports: 1 (default) serves in this process, 0 is one per core. Spec: Istio `ProxyConfig.concurrency`. */
  readonly concurrency?: number;
  /** How `/drain_listeners` brings connections to their end. Default: 45 s, with the next response. Spec: Envoy `--drain-time-s`, `--drain-strategy`. */
  readonly drain?: DrainSettings;
  readonly clock?: Clock;
  readonly random?: Random;
  /** What `/quitquitquit` does. Default: SIGTERM to this process. */
  readonly quit?: () => void;
}

/** A proxy that serves. */
export interface RunningProxy {
  /** Whether it has its configuration and all its listeners are open; an address that is taken is tried again. */
  ready(): boolean;
  /** Takes connections for the listener on `port` from a socket that a parent process opened; it is closed with the proxy. */
  adopt(port: number, socket: object): void;
  /** Takes no new connections, lets requests under way finish for `drainMs`, ends. */
  stop(drainMs: number): Promise<void>;
}

/**
 * Starts the data plane from an Envoy bootstrap: subscribes, serves each snapshot as it comes, answers on the admin
 * address. Rejects when the bootstrap cannot be used or the admin address is taken.
 */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { logger, secrets, ads, drain, clock = systemClock, random = systemRandom } = options;
  const bootstrap = parseBootstrap(options.bootstrap);
  const workers = options.concurrency === 0 ? availableParallelism() : (options.concurrency ?? 1);
  const traffic: TrafficSide =
    workers === 1
      ? inProcess(createDataPlane(bootstrap, { clock, random, logger, drain }), logger)
      : inWorkers({ count: workers, bootstrap: options.bootstrap, secrets, logger, drain });
  let draining = false;
  let failsHealth = false;
  const subscription = new ConfigSubscription({
    bootstrap,
    ads: ads === undefined ? undefined : traffic.share(ads),
    secrets,
    clock,
    logger,
    onSnapshot: (snapshot) => traffic.take(snapshot),
  });
  const ready = (): boolean => subscription.initialized && traffic.ready(subscription.snapshot.version) && !draining && !failsHealth;
  const source: AdminSource = {
    clock,
    version: versionOf(bootstrap),
    bootstrap: options.bootstrap,
    prepare: () => traffic.prepare(),
    state: () => (draining || failsHealth ? 'DRAINING' : ready() ? 'LIVE' : 'INITIALIZING'),
    snapshot: () => subscription.snapshot,
    held: () => subscription.held,
    clusters: () => traffic.clusters(subscription.snapshot),
    listeners: () => traffic.listeners(),
    failingListeners: () => traffic.failingListeners(),
    stats: () => traffic.stats(),
    metrics: () => traffic.metrics(),
    adsConnected: () => ads?.state.connected,
    logLevel: () => logger.level ?? 'info',
    setLogLevel: (level) => {
      if (logger.level !== undefined) logger.level = level;
      traffic.setLogLevel(level);
    },
    drainListeners: (request) => traffic.drainListeners(request),
    failHealth: (failing) => {
      failsHealth = failing;
      traffic.failHealth(failing);
    },
    quit: options.quit ?? (() => process.kill(process.pid, 'SIGTERM')),
  };
  const reporter =
    options.observations === undefined
      ? undefined
      : new Reporter({
          channel: options.observations,
          nodeId: bootstrap.node.id,
          instance: randomUUID(),
          version: versionOf(bootstrap),
          configure: (settings) => traffic.configureObservation(settings),
        });
  const admin = bootstrap.admin === undefined ? undefined : await startAdminServer(bootstrap.admin, source, logger);
  subscription.start();
  ads?.start();
  await traffic.start();
  if (reporter !== undefined) {
    traffic.observe((worker) => reporter.sinkFor(worker));
    reporter.start();
  }
  return {
    ready,
    adopt: (port, socket) => traffic.adopt(port, socket),
    stop: async (drainMs) => {
      draining = true;
      subscription.stop();
      ads?.stop();
      await traffic.stop(drainMs);
      reporter?.stop();
      await admin?.[Symbol.asyncDispose]();
    },
  };
}
