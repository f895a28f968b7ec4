import { fromBinary } from '@bufbuild/protobuf';
import { type Logger, systemClock, systemRandom } from '@lateen/base';
import { SecretSchema, type Secret } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { type DataPlane } from '../data-plane';
import { createDataPlane } from '../create-data-plane';
import { parseBootstrap } from '../xds/bootstrap';
import { ConfigSubscription } from '../xds/config-subscription';
import { type ObserveSettings } from '../observe/collected';
import { type SecretSource } from '../xds/secret-collector';
import { type ToParent, type ToWorker, type WorkerReport } from './messages';
import { AdsReplica } from './shared-ads';
import { WORKER_MARK } from './worker-pool';

/** Whether this process was started as a worker. */
export function isWorker(): boolean {
  return process.env[WORKER_MARK] === '1' && process.send !== undefined;
}

/** How often a worker looks whether it still serves all it should, in milliseconds. */
const STATE_MS = 20;

/**
 * The whole life of a worker: runs what its parent passes on, answers for its numbers, ends when told or when the
 * parent is gone. Signals are the parent's business.
 */
export function runWorker(createLogger: (level: string) => Logger & { level?: string }): void {
  const say = (message: ToParent): void => void process.send?.(message);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.on('unhandledRejection', (reason) => {
    say({ type: 'failed', error: reason instanceof Error ? (reason.stack ?? reason.message) : String(reason) });
    process.exit(70);
  });
  const secrets = new ParentSecrets(say);
  const ads = new AdsReplica();
  let running: RunningWorker | undefined;
  process.on('message', (message: ToWorker, handle: unknown) => {
    switch (message.type) {
      case 'start':
        running = start(message, createLogger(message.logLevel), ads, secrets, say);
        return;
      case 'update':
        ads.take(message);
        return;
      case 'secrets':
        secrets.take(message.secrets);
        return;
      case 'adopt':
        if (typeof handle === 'object' && handle !== null) running?.plane.adopt(message.port, handle);
        return;
      case 'report':
        if (running !== undefined) void reportOf(running.plane).then((report) => say({ type: 'report', id: message.id, report }));
        return;
      case 'observe':
        running?.observe(message.settings);
        return;
      case 'log-level':
        running?.setLogLevel(message.level);
        return;
      case 'drain-listeners':
        running?.plane.drainListeners(message.request);
        return;
      case 'fail-health':
        running?.plane.failHealth(message.failing);
        return;
      case 'stop':
        void (running?.stop(message.drainMs) ?? Promise.resolve()).then(() => process.exit(0));
    }
  });
  say({ type: 'hello' });
}

interface RunningWorker {
  readonly plane: DataPlane;
  setLogLevel(level: string): void;
  observe(settings: ObserveSettings): void;
  stop(drainMs: number): Promise<void>;
}

function start(
  { bootstrap: json, ticketKey, drain }: Extract<ToWorker, { type: 'start' }>,
  logger: Logger & { level?: string },
  ads: AdsReplica,
  secrets: SecretSource,
  say: (message: ToParent) => void,
): RunningWorker {
  const bootstrap = parseBootstrap(json);
  const plane = createDataPlane(bootstrap, { clock: systemClock, random: systemRandom, logger, ticketKey: Buffer.from(ticketKey), drain });
  let opened = 0;
  let observing = false;
  let said = false;
  const subscription = new ConfigSubscription({
    bootstrap,
    ads,
    secrets,
    clock: systemClock,
    logger,
    onSnapshot: (snapshot) => {
      plane.apply(snapshot).then(
        () => (opened = Math.max(opened, snapshot.version)), // an older one may take longer to open
        (error: Error) => say({ type: 'failed', error: error.stack ?? error.message }),
      );
    },
  });
  subscription.start();
  const timer = setInterval(() => {
    const ready = subscription.initialized && opened >= subscription.snapshot.version && plane.failingListeners().length === 0;
    if (ready === said) return;
    said = ready;
    say({ type: 'state', ready });
  }, STATE_MS);
  return {
    plane,
    setLogLevel: (level) => {
      if (logger.level !== undefined) logger.level = level;
    },
    observe: (settings) => {
      plane.observer.configure(settings);
      if (observing) return;
      observing = true;
      plane.observer.start({
        sums: (sums) => say({ type: 'observed', sums }),
        requests: (requests) => say({ type: 'observed-requests', requests }),
      });
    },
    stop: async (drainMs) => {
      clearInterval(timer);
      subscription.stop();
      await plane.stop(drainMs);
      plane.observer.stop();
    },
  };
}

async function reportOf(plane: DataPlane): Promise<WorkerReport> {
  return {
    clusters: [...plane.clusters()].map((cluster) => ({
      name: cluster.config.name,
      stats: cluster.counters(),
      hosts: [...cluster.hosts.values()].map(({ key, active, ejected, requests, failures }) => ({
        key,
        active,
        ejected,
        requests,
        failures,
      })),
    })),
    stats: [...plane.stats()],
    metrics: await plane.metrics.families(),
    listeners: [...plane.listeners()],
    failing: plane.failingListeners().map(({ name, address, error }) => ({ name, address, error })),
    residentBytes: process.memoryUsage.rss(),
  };
}

/** Secrets of the agent in the parent process: asked for once by name, and sent again when they change. */
class ParentSecrets implements SecretSource {
  private readonly held = new Map<string, Secret | undefined>();
  private readonly listeners = new Set<() => void>();

  constructor(private readonly say: (message: ToParent) => void) {}

  get(name: string): Secret | undefined {
    if (!this.held.has(name)) {
      this.held.set(name, undefined);
      this.say({ type: 'want-secret', name });
    }
    return this.held.get(name);
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Takes what the parent has sent. */
  take(secrets: Extract<ToWorker, { type: 'secrets' }>['secrets']): void {
    for (const [name, value] of secrets) this.held.set(name, value === undefined ? undefined : fromBinary(SecretSchema, value));
    for (const listener of this.listeners) listener();
  }
}
