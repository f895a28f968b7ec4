import { type Server } from 'node:net';
import { type Clock, type Logger, type Random, systemClock, systemRandom } from '@lateen/base';
import { encodePeerFrame, encodePeerMetadata, labelsOfMetadata } from '@lateen/telemetry';
import { type AdsClient } from '@lateen/xds/client';
import { startAdminServer } from './admin/admin-server';
import { type AdminSource } from './admin/model';
import { type Snapshot } from './config/model';
import { DataPlane } from './data-plane';
import { parseBootstrap } from './xds/bootstrap';
import { ConfigSubscription } from './xds/config-subscription';
import { type SecretSource } from './xds/secret-collector';

/** What a proxy starts from. */
export interface ProxyOptions {
  /** An Envoy bootstrap in its JSON form. */
  readonly bootstrap: object;
  /** Connected by the proxy once it has subscribed, and stopped with it. Absent: static resources only. */
  readonly ads?: AdsClient;
  readonly secrets: SecretSource;
  /** `level`, when it is there, is what `/logging` shows and changes. */
  readonly logger: Logger & { level?: string };
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
  adopt(port: number, server: Server): void;
  /** Takes no new connections, lets requests under way finish for `drainMs`, ends. */
  stop(drainMs: number): Promise<void>;
}

/**
 * Starts the data plane from an Envoy bootstrap: subscribes, serves each snapshot as it comes, answers on the admin
 * address. Rejects when the bootstrap cannot be used or the admin address is taken.
 */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { logger, secrets, ads, clock = systemClock, random = systemRandom } = options;
  const bootstrap = parseBootstrap(options.bootstrap);
  const metadata = bootstrap.node.metadata ?? {};
  const serviceAccount = typeof metadata['SERVICE_ACCOUNT'] === 'string' ? metadata['SERVICE_ACCOUNT'] : 'default';
  const namespace = typeof metadata['NAMESPACE'] === 'string' ? metadata['NAMESPACE'] : 'default';
  // Istio's MESH_ID is the trust domain unless somebody set another.
  const trustDomain = typeof metadata['MESH_ID'] === 'string' && metadata['MESH_ID'] !== '' ? metadata['MESH_ID'] : 'cluster.local';
  const version = typeof metadata['ISTIO_VERSION'] === 'string' ? metadata['ISTIO_VERSION'] : 'unknown';
  const plane = new DataPlane({
    clock,
    random,
    logger,
    metrics: { self: labelsOfMetadata(metadata), principal: `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`, version },
    ownMetadata: encodePeerMetadata(metadata),
    ownMetadataId: bootstrap.node.id,
    ownPeerFrame: encodePeerFrame(metadata, bootstrap.node.id),
    hostname: typeof metadata['NAME'] === 'string' ? metadata['NAME'] : bootstrap.node.id,
    environment: process.env,
    bindAddress: bootstrap.bindAddress,
  });
  let opening: Promise<void> = Promise.resolve();
  let opened = 0;
  let draining = false;
  const take = (snapshot: Snapshot): void => {
    opening = plane.apply(snapshot).then(
      () => {
        opened = snapshot.version;
      },
      (error: Error) => logger.error('Cannot put a configuration into effect', { version: snapshot.version, error: error.stack }),
    );
  };
  const subscription = new ConfigSubscription({ bootstrap, ads, secrets, clock, logger, onSnapshot: take });
  const ready = (): boolean =>
    subscription.initialized && opened >= subscription.snapshot.version && plane.failingListeners().length === 0 && !draining;
  const source: AdminSource = {
    clock,
    version,
    bootstrap: options.bootstrap,
    state: () => (draining ? 'DRAINING' : ready() ? 'LIVE' : 'INITIALIZING'),
    snapshot: () => subscription.snapshot,
    held: () => subscription.held,
    clusters: () => plane.clusters(),
    listeners: () => plane.listeners(),
    failingListeners: () => plane.failingListeners(),
    stats: () => plane.stats(),
    metrics: () => plane.metrics.expose(),
    logLevel: () => logger.level ?? 'info',
    setLogLevel: (level) => {
      if (logger.level !== undefined) logger.level = level;
    },
    drainListeners: (inboundOnly) => plane.drainListeners(inboundOnly),
    quit: options.quit ?? (() => process.kill(process.pid, 'SIGTERM')),
  };
  const admin = bootstrap.admin === undefined ? undefined : await startAdminServer(bootstrap.admin, source, logger);
  subscription.start();
  ads?.start();
  await opening;
  return {
    ready,
    adopt: (port, server) => plane.adopt(port, server),
    stop: async (drainMs) => {
      draining = true;
      subscription.stop();
      ads?.stop();
      await plane.stop(drainMs);
      await admin?.[Symbol.asyncDispose]();
    },
  };
}
