import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Server } from '@grpc/grpc-js';
import { type Clock, type Logger, type Violation } from '@lateen/base';
import { openAuthority, openTokenKeys } from '@lateen/ca';
import { type ConfigStore, openStore } from '@lateen/config';
import { type Proxy } from '@lateen/translate';
import { typeName } from '@lateen/xds';
import { addObservationService, type AdsServer, createAdsServer, GrpcFrontDoor } from '@lateen/xds/server';
import { ensureAdminToken } from './admin/admin-token';
import { anonymous, authenticator } from './identity/authenticate';
import { addCertificateService } from './identity/certificate-service';
import { ServerCertificate } from './identity/server-certificate';
import { Metrics } from './metrics/metrics';
import { AppProcesses } from './observe/app-processes';
import { Causes } from './observe/causes';
import { ChangesSince } from './observe/changes-since';
import { ensureExplainToken } from './observe/explain-token';
import { ObserveHub } from './observe/observe-hub';
import { headersToFollow } from './observe/dropped-headers';
import { LogFollower } from './observe/log-follower';
import { meshFacts } from './observe/mesh-facts';
import { RevisionFile } from './observe/revision-file';
import { Revisions } from './observe/revisions';
import { Supervisor } from './observe/supervisor';
import { SAMPLE_MS, TroubleHistory } from './observe/trouble-history';
import { troublesOf } from './observe/troubles';
import { type ControlPlaneOptions } from './options';
import { proxyOfNode } from './push/proxy-of-node';
import { PushSource, type TranslateProxy } from './push/push-source';
import { proxyName, SyncTracker } from './push/sync-tracker';
import { MeshWorld } from './world/mesh-world';

/** What `GET /events` tells. */
export interface ControlPlaneEvent {
  readonly type: 'applied' | 'deleted' | 'pushed' | 'acked' | 'rejected';
  readonly [key: string]: unknown;
}

/** Everything of a control plane but its sockets. */
export interface ControlPlane extends AsyncDisposable {
  readonly version: { readonly version: string; readonly node: string; readonly trustDomain: string };
  readonly clock: Clock;
  readonly store: ConfigStore;
  readonly world: MeshWorld;
  readonly ads: AdsServer;
  readonly sync: SyncTracker;
  readonly metrics: Metrics;
  /** What proxies report of traffic. */
  readonly observe: ObserveHub;
  /** Earlier versions of resources. */
  readonly revisions: Revisions;
  /** The local platform, when this control plane runs on one. */
  readonly supervisor: Supervisor;
  /** What it says of applications. */
  readonly apps: AppProcesses;
  /** What was wrong with workloads. */
  readonly troubleHistory: TroubleHistory;
  /** Where the built dashboard is. */
  readonly dashboard: string;
  /** What the configuration says of failures. */
  readonly causes: Causes;
  /** Which resources were changed since a request. */
  readonly changes: ChangesSince;
  readonly adminTokenFile: string;
  /** Plaintext xDS: no identity, no keys. */
  readonly plaintext: GrpcFrontDoor;
  /** xDS and certificates over TLS. */
  readonly secure: GrpcFrontDoor;
  /** A connected proxy, `POD.NAMESPACE`, as its configuration is made for it. */
  proxy(id: string): Proxy | undefined;
  /** What of the configuration is not in effect, mesh-wide and for connected proxies. */
  violations(): readonly Violation[];
  announce(event: ControlPlaneEvent): void;
  /** Calls `listener` with every later event. */
  subscribe(listener: (event: ControlPlaneEvent) => void): () => void;
}

const VERSION = '0.1.0';
const GRPC_OPTIONS = {
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.max_concurrent_streams': 1000,
  // A stream is authenticated when it opens: none outlives its token or certificate by much. Spec: istiod's MaxServerConnectionAge.
  'grpc.max_connection_age_ms': 30 * 60_000,
  'grpc.max_connection_age_grace_ms': 10_000,
};

/** Effects and translation, handed in. */
export interface ControlPlaneParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly translate: TranslateProxy;
}

/** Opens the state directory and builds the control plane from what is there. Nothing listens when this resolves. */
export async function createControlPlane(
  options: ControlPlaneOptions,
  { clock, logger, translate }: ControlPlaneParts,
): Promise<ControlPlane> {
  const { state, trustDomain, clusterId } = options;
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const adminTokenFile = join(state, 'admin-token');
  ensureAdminToken(adminTokenFile);
  const authority = openAuthority(join(state, 'ca'), { trustDomain, clock });
  const tokenKeys = openTokenKeys(join(state, 'tokens'));
  const store = await openStore(join(state, 'config'), { clock, logger });
  const metrics = new Metrics({ version: VERSION, clock, store });
  const world = new MeshWorld({
    ...options,
    store,
    clock,
    logger,
    onChange: (change) => metrics.world.changed(change),
    onBuilt: (times) => metrics.world.joined(times),
  });
  metrics.authority.rootExpires(authority.rootNotAfterMs);
  metrics.world.current(world.current, clock.now());
  // Before the pushes of the same world, so that their times have a beginning.
  world.subscribe((current) => metrics.world.current(current, clock.now()));

  const source = new PushSource({
    world,
    translate,
    clusterId,
    logger,
    clock,
    onFailure: () => metrics.xds.failed(),
    onBuilt: (client, times) => metrics.xds.built(client, times),
  });
  const ads = createAdsServer({ source, clock, logger });
  metrics.xds.follow(ads);
  metrics.conflicts.follow({ snapshot: () => world.current.snapshot, conflicts: () => source.conflicts });
  const sync = new SyncTracker(ads, clock);

  const listeners = new Set<(event: ControlPlaneEvent) => void>();
  const announce = (event: ControlPlaneEvent): void => {
    for (const listener of listeners) listener(event);
  };
  ads.subscribe((event) => {
    if (event.kind !== 'pushed' && event.kind !== 'acked' && event.kind !== 'rejected') return;
    const { kind, client, typeUrl, ...rest } = event;
    announce({ type: kind, proxy: proxyName(client), resourceType: typeName(typeUrl), ...rest });
  });

  const isRegistered = (namespace: string, pod: string): boolean =>
    world.workloads.some((w) => w.namespace === namespace && w.name === pod);
  const authenticate = authenticator({ tokenKeys, trustDomain: () => world.current.snapshot.trustDomain, clock, isRegistered });
  const plaintextServer = new Server(GRPC_OPTIONS);
  ads.addTo(plaintextServer, anonymous);
  const secureServer = new Server(GRPC_OPTIONS);
  ads.addTo(secureServer, authenticate);
  addCertificateService(secureServer, {
    authority,
    authenticate,
    logger,
    onRequest: () => metrics.authority.asked(),
    onOutcome: (outcome) => metrics.authority.answered(outcome),
  });
  const supervisor = new Supervisor(options.supervisorSocket);
  const apps = new AppProcesses(() => supervisor.status());
  const changes = new ChangesSince(store, clock);
  const causes = new Causes({
    clock,
    resources: store.list(),
    changedSince: (ref, sinceMs) => changes.of(ref, sinceMs),
    ends: () => apps.ends,
    serves: ({ namespace, workload }, host, subset) =>
      meshFacts(world.current.snapshot)
        .workloadsOf(host, subset)
        .some((one) => one.name === workload && one.namespace === namespace),
  });
  world.subscribe(() => {
    causes.configure(store.list());
    changes.joined();
  });
  const observe = new ObserveHub({
    clock,
    world,
    clusterId,
    maxBytes: options.observeBytes,
    told: (record) => causes.told(record),
    explainToken: ensureExplainToken(join(state, 'explain-token')),
  });
  const revisionFile = new RevisionFile({ path: join(state, 'revisions.jsonl'), clock, logger });
  const revisions = new Revisions({
    store,
    clock,
    generation: () => world.current.generation,
    onChanged: (ref) => observe.observatory.reached.restart(ref, clock.now()),
    kept: await revisionFile.read(),
    onKept: (kept) => revisionFile.writeSoon(kept),
  });
  observe.follow(headersToFollow({ store }));
  world.subscribe(() => observe.follow(headersToFollow({ store })));
  const logs = new LogFollower({ supervisor, clock, logger, onLine: (line) => observe.observatory.log(line) });
  logs.start();
  addObservationService(secureServer, { authenticate, taker: observe, logger });
  const certificate = new ServerCertificate(authority, clock);
  const plaintext = new GrpcFrontDoor(plaintextServer, logger);
  const secure = new GrpcFrontDoor(secureServer, logger, certificate.material);
  certificate.keepFresh((material) => secure.replaceTls(material));

  const troubleHistory = new TroubleHistory();
  const sample = async (): Promise<void> => {
    // Without a supervisor, or while it does not answer, what proxies tell is still known.
    const status = await apps.refresh().catch(() => undefined);
    const silent = observe.observatory.silentApps();
    const nowMs = clock.now();
    const any = silent.length > 0 || status?.workloads.some(({ processes }) => processes.some(({ exits }) => (exits?.length ?? 0) > 0));
    // Mostly nothing is wrong: then no configuration is read for it.
    const { snapshot } = world.current;
    troubleHistory.note(any === true ? troublesOf({ snapshot, configuration: causes.configuration, silent, status, nowMs }) : [], nowMs);
  };
  let stopped = false;
  let cancelSample: () => void = () => undefined;
  const sampleLater = (): void => {
    if (stopped) return;
    cancelSample = clock.after(SAMPLE_MS, () => void sample().finally(sampleLater));
  };
  sampleLater();

  return {
    version: { version: VERSION, node: process.version, trustDomain },
    clock,
    store,
    world,
    ads,
    sync,
    metrics,
    observe,
    revisions,
    supervisor,
    apps,
    troubleHistory,
    dashboard: options.dashboard,
    causes,
    changes,
    adminTokenFile,
    plaintext,
    secure,
    proxy: (id) => {
      // A proxy that reconnected may have left a stream behind that has not ended: the newest counts.
      const client = ads.clients().findLast(({ state: { client: own } }) => proxyName(own) === id)?.state.client;
      return client === undefined ? undefined : proxyOfNode(client.node, client.caller, world.current.snapshot, clusterId);
    },
    violations: () => [...world.current.snapshot.violations, ...source.violations],
    announce,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    [Symbol.asyncDispose]: async () => {
      certificate.stop();
      stopped = true;
      cancelSample();
      observe.close();
      revisions.close();
      changes.close();
      await revisionFile.flush();
      logs.stop();
      plaintext.close();
      secure.close();
      plaintextServer.forceShutdown();
      secureServer.forceShutdown();
      world.close();
      await store.close();
    },
  };
}
