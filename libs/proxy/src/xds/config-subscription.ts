import { type Clock, type Logger } from '@lateen/base';
import { TYPE_URL } from '@lateen/xds';
import {
  type AdsClient,
  type AdsSubscription,
  type ReceivedResource,
  type RejectedResource,
  type ResourceUpdate,
} from '@lateen/xds/client';
import { ClusterSchema, type Cluster as ClusterMessage } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@lateen/xds/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { type RouteTable } from '@lateen/routing';
import {
  type Listener,
  type LoadAssignment,
  parseCluster,
  type ParsedCluster,
  parseListener,
  parseLoadAssignment,
  type ParseResult,
  parseRouteConfiguration,
  parseSecret,
  type Secret,
  type SecretRef,
  type Snapshot,
} from '@lateen/proxy-config';
import { type Bootstrap } from './bootstrap';
import { clusterSecrets, listenerSecrets, routesOf } from './dependencies';
import { DnsEndpoints, type Resolve } from './dns-endpoints';
import { keep, mapValues } from './maps';
import { NamedSubscription } from './named-subscription';
import { ResourceStore, type StoredResource } from './resource-store';
import { SecretCollector, type SecretSource } from './secret-collector';
import { Warming } from './warming';

export { type SecretSource } from './secret-collector';

/** What a subscription is made of. */
export interface ConfigSubscriptionOptions {
  readonly bootstrap: Bootstrap;
  /** Absent: the static resources are all there is. Starting and stopping it is the caller's. */
  readonly ads?: Pick<AdsClient, 'subscribe'>;
  readonly secrets: SecretSource;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Resolves the names of DNS clusters; default: the system's resolver. */
  readonly resolve?: Resolve;
  /** Takes each new world, synchronously: what it is told is in effect when it returns, and acknowledged after. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
}

/** What the subscription holds, as received, for `/config_dump`. */
export interface HeldResources {
  readonly clusters: ResourceStore<typeof ClusterSchema, ParsedCluster>;
  readonly listeners: ResourceStore<typeof ListenerSchema, Listener>;
  readonly routes: ResourceStore<typeof RouteConfigurationSchema, RouteTable>;
  readonly endpoints: ResourceStore<typeof ClusterLoadAssignmentSchema, LoadAssignment>;
  readonly secrets: ResourceStore<typeof SecretSchema, Secret>;
  /** How many updates of each type were taken, and how many had something refused. */
  readonly updates: ReadonlyMap<string, UpdateCounts>;
  /** Names of clusters and listeners that wait for what they need. */
  readonly warmingClusters: readonly string[];
  readonly warmingListeners: readonly string[];
}

/** Updates of one type. */
export interface UpdateCounts {
  success: number;
  rejected: number;
}

/**
 * Follows a control plane: subscribes to clusters and listeners and to all that those name, uses each when what it
 * needs has arrived, and hands every new world over as one snapshot. When the control plane is gone, the last good
 * configuration stays. Spec: Envoy "xDS configuration API overview", warming.
 */
export class ConfigSubscription {
  readonly #options: ConfigSubscriptionOptions;
  readonly #clusters: HeldResources['clusters'];
  readonly #listeners: HeldResources['listeners'];
  readonly #routes: HeldResources['routes'];
  readonly #endpoints: HeldResources['endpoints'];
  readonly #adsSecrets: HeldResources['secrets'];
  readonly #warmClusters = new Warming<ParsedCluster>((cluster) => this.#clusterIsReady(cluster));
  readonly #warmListeners = new Warming<Listener>((listener) => this.#listenerIsReady(listener));
  readonly #secrets: SecretCollector;
  readonly #dns: DnsEndpoints;
  readonly #names: { readonly endpoints?: NamedSubscription; readonly routes?: NamedSubscription; readonly secrets?: NamedSubscription };
  readonly #wildcards: AdsSubscription[] = [];
  readonly #updates = new Map<string, UpdateCounts>();
  #snapshot: Snapshot = {
    version: 0,
    listeners: new Map(),
    clusters: new Map(),
    endpoints: new Map(),
    routes: new Map(),
    secrets: new Map(),
  };
  #isStopped = false;
  #isRefreshing = false;
  #isStale = false;

  constructor(options: ConfigSubscriptionOptions) {
    this.#options = options;
    const { clock, ads } = options;
    this.#clusters = new ResourceStore(
      ClusterSchema,
      ({ name }) => name,
      (message) => this.#parseCluster(message),
      clock,
    );
    this.#listeners = new ResourceStore(ListenerSchema, ({ name }) => name, parseListener, clock);
    this.#routes = new ResourceStore(RouteConfigurationSchema, ({ name }) => name, parseRouteConfiguration, clock);
    this.#endpoints = new ResourceStore(ClusterLoadAssignmentSchema, ({ clusterName }) => clusterName, parseLoadAssignment, clock);
    this.#adsSecrets = new ResourceStore(SecretSchema, ({ name }) => name, parseSecret, clock);
    this.#secrets = new SecretCollector({
      source: options.secrets,
      fromControlPlane: (name) => this.#adsSecrets.stored.get(name)?.value,
      clock,
      logger: options.logger,
      onDue: () => this.#refresh(),
      onRejected: () => void this.#countsOf(TYPE_URL.SDS).rejected++,
    });
    this.#snapshot = { ...this.#snapshot, secrets: this.#secrets.secrets };
    this.#dns = new DnsEndpoints({ clock, resolve: options.resolve, onChange: () => this.#refresh() });
    this.#names =
      ads === undefined
        ? {}
        : {
            endpoints: new NamedSubscription(ads, TYPE_URL.EDS, (update) => this.#takeEndpoints(update)),
            routes: new NamedSubscription(ads, TYPE_URL.RDS, (update) => this.#takeRoutes(update)),
            secrets: new NamedSubscription(ads, TYPE_URL.SDS, (update) => this.#takeSecrets(update)),
          };
  }

  /** The world as handed over last. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Whether the control plane has said all that is needed once: clusters, listeners, and nothing waits to be served. */
  get initialized(): boolean {
    const isTold = !this.#options.bootstrap.usesAds || (this.#updates.has(TYPE_URL.CDS) && this.#updates.has(TYPE_URL.LDS));
    return isTold && this.#warmListeners.waiting.length === 0;
  }

  /** Everything as received, for the admin interface. */
  get held(): HeldResources {
    return {
      clusters: this.#clusters,
      listeners: this.#listeners,
      routes: this.#routes,
      endpoints: this.#endpoints,
      secrets: this.#adsSecrets,
      updates: this.#updates,
      warmingClusters: this.#warmClusters.waiting,
      warmingListeners: this.#warmListeners.waiting,
    };
  }

  /**
   * Loads what is static, then subscribes. Throws when a static resource cannot be used: nothing could be served right.
   */
  start(): void {
    const { bootstrap, ads } = this.#options;
    for (const message of bootstrap.clusters)
      this.#wantCluster(message.name, required(`static cluster "${message.name}"`, this.#parseCluster(message)));
    for (const message of bootstrap.listeners)
      this.#warmListeners.want(message.name, required(`static listener "${message.name}"`, parseListener(message)));
    this.#refresh();
    if (ads === undefined) return;
    this.#wildcards.push(
      ads.subscribe(TYPE_URL.CDS, '*', (update) => this.#takeClusters(update)),
      ads.subscribe(TYPE_URL.LDS, '*', (update) => this.#takeListeners(update)),
    );
  }

  /** Ends every subscription; the last snapshot stays. */
  stop(): void {
    this.#isStopped = true;
    this.#secrets.stop();
    for (const subscription of this.#wildcards.splice(0)) subscription.close();
    this.#names.endpoints?.close();
    this.#names.routes?.close();
    this.#names.secrets?.close();
    this.#dns.stop();
  }

  #parseCluster(message: ClusterMessage): ParseResult<ParsedCluster> {
    const result = parseCluster(message);
    const { bindAddress } = this.#options.bootstrap;
    if (!result.ok || bindAddress === undefined || result.value.cluster.bindAddress !== undefined) return result;
    return { ...result, value: { ...result.value, cluster: { ...result.value.cluster, bindAddress } } };
  }

  #takeClusters(update: ResourceUpdate): readonly RejectedResource[] {
    return this.#takeWildcard(
      update,
      this.#clusters,
      (name, cluster) => this.#wantCluster(name, cluster),
      (name) => this.#removeCluster(name),
    );
  }

  #takeListeners(update: ResourceUpdate): readonly RejectedResource[] {
    return this.#takeWildcard(
      update,
      this.#listeners,
      (name, listener) => this.#warmListeners.want(name, listener),
      (name) => this.#warmListeners.remove(name),
    );
  }

  #takeWildcard<T>(
    update: ResourceUpdate,
    store: {
      take(resources: readonly ReceivedResource[]): { changed: readonly StoredResource<T>[]; rejected: readonly RejectedResource[] };
      drop(names: Iterable<string>): void;
    },
    want: (name: string, value: T) => void,
    remove: (name: string) => void,
  ): readonly RejectedResource[] {
    // What is static stays as the bootstrap has it, as in Envoy.
    const { changed, rejected } = store.take(update.changed.filter(({ name }) => !this.#isStatic(update.typeUrl, name)));
    for (const { name, value } of changed) want(name, value);
    const removed = update.removed.filter((name) => !this.#isStatic(update.typeUrl, name));
    store.drop(removed);
    for (const name of removed) remove(name);
    return this.#done(update.typeUrl, changed, rejected);
  }

  #takeEndpoints({ changed: resources }: ResourceUpdate): readonly RejectedResource[] {
    // An assignment that is gone leaves its last endpoints, as in Envoy: its cluster goes by CDS.
    const { changed, rejected } = this.#endpoints.take(resources);
    return this.#done(TYPE_URL.EDS, changed, rejected);
  }

  #takeRoutes({ changed: resources }: ResourceUpdate): readonly RejectedResource[] {
    const { changed, rejected } = this.#routes.take(resources);
    return this.#done(TYPE_URL.RDS, changed, rejected);
  }

  #takeSecrets({ changed: resources }: ResourceUpdate): readonly RejectedResource[] {
    const { changed, rejected } = this.#adsSecrets.take(resources);
    return this.#done(TYPE_URL.SDS, changed, rejected);
  }

  /** Counts an update and brings it into effect: it is acknowledged when this returns. */
  #done(typeUrl: string, changed: readonly StoredResource<unknown>[], rejected: readonly RejectedResource[]): readonly RejectedResource[] {
    const counts = this.#countsOf(typeUrl);
    if (rejected.length > 0) counts.rejected++;
    else counts.success++;
    this.#report(typeUrl, changed);
    this.#refresh();
    return rejected;
  }

  #countsOf(typeUrl: string): UpdateCounts {
    let counts = this.#updates.get(typeUrl);
    if (counts === undefined) this.#updates.set(typeUrl, (counts = { success: 0, rejected: 0 }));
    return counts;
  }

  #isStatic(typeUrl: string, name: string): boolean {
    const { clusters, listeners } = this.#options.bootstrap;
    return (typeUrl === TYPE_URL.CDS ? clusters : listeners).some((resource) => resource.name === name);
  }

  #wantCluster(name: string, parsed: ParsedCluster): void {
    this.#warmClusters.want(name, parsed);
    if (parsed.cluster.dns !== undefined && parsed.assignment !== undefined)
      this.#dns.watch(name, parsed.cluster.dns, parsed.assignment, parsed.cluster.type === 'logical_dns');
    else this.#dns.unwatch(name);
  }

  #removeCluster(name: string): void {
    this.#warmClusters.remove(name);
    this.#dns.unwatch(name);
  }

  #clusterIsReady({ cluster }: ParsedCluster): boolean {
    return this.#endpointsOf(cluster.name) !== undefined && clusterSecrets(cluster).every((ref) => this.#secrets.isSettled(ref));
  }

  #listenerIsReady(listener: Listener): boolean {
    for (const name of routesOf(listener)) if (!this.#routes.stored.has(name)) return false;
    return listenerSecrets(listener).every((ref) => this.#secrets.isSettled(ref));
  }

  /** The endpoints of a cluster; undefined while they have not arrived. ORIGINAL_DST has none, which is known at once. */
  #endpointsOf(name: string): LoadAssignment | undefined {
    const parsed = this.#warmClusters.wanted.get(name);
    if (parsed === undefined) return undefined;
    const { cluster, assignment } = parsed;
    if (cluster.type === 'original_dst') return NO_ENDPOINTS;
    if (cluster.type === 'eds') return this.#endpoints.stored.get(cluster.edsServiceName)?.value;
    return cluster.dns === undefined ? assignment : this.#dns.endpointsOf(name);
  }

  /** Brings everything in line with what is here now: names asked for, what is warm, and the snapshot. */
  #refresh(): void {
    this.#isStale = true;
    // What a refresh sets off (a secret, a snapshot's taker) may ask for another: it follows, not nests.
    if (this.#isRefreshing || this.#isStopped) return;
    this.#isRefreshing = true;
    try {
      while (this.#isStale) {
        this.#isStale = false;
        this.#askForNames();
        this.#secrets.collect();
        this.#warmClusters.settle();
        this.#warmListeners.settle();
        this.#askForNames();
        this.#emit();
      }
    } finally {
      this.#isRefreshing = false;
    }
  }

  /** Subscribes to what clusters and listeners name, in use or waiting; forgets the rest. */
  #askForNames(): void {
    const eds = new Set<string>();
    const secrets = new Map<string, SecretRef>();
    for (const { cluster } of this.#warmClusters.all()) {
      if (cluster.type === 'eds') eds.add(cluster.edsServiceName);
      for (const ref of clusterSecrets(cluster)) secrets.set(ref.key, ref);
    }
    const routes = new Set<string>();
    for (const listener of this.#warmListeners.all()) {
      for (const name of routesOf(listener)) routes.add(name);
      for (const ref of listenerSecrets(listener)) secrets.set(ref.key, ref);
    }
    this.#secrets.want(secrets);
    this.#forget(this.#endpoints, eds);
    this.#forget(this.#routes, routes);
    this.#names.endpoints?.setNames(eds);
    this.#names.routes?.setNames(routes);
    this.#names.secrets?.setNames(new Set([...secrets.values()].flatMap(({ source, name }) => (source === 'ads' ? [name] : []))));
  }

  #forget(
    store: { readonly stored: ReadonlyMap<string, unknown>; drop(names: Iterable<string>): void },
    wanted: ReadonlySet<string>,
  ): void {
    store.drop([...store.stored.keys()].filter((name) => !wanted.has(name)));
  }

  /** Hands over a new world if it differs from the last. */
  #emit(): void {
    const before = this.#snapshot;
    const clusters = keep(
      before.clusters,
      mapValues(this.#warmClusters.active, ({ cluster }) => cluster),
    );
    const endpoints = keep(before.endpoints, this.#activeEndpoints());
    const listeners = keep(before.listeners, this.#warmListeners.active);
    const routes = keep(
      before.routes,
      mapValues(this.#routes.stored, ({ value }) => value),
    );
    const { secrets } = this.#secrets;
    const waiting = keep(before.waiting ?? NOTHING, this.#waitingClusters());
    const isSame =
      clusters === before.clusters &&
      endpoints === before.endpoints &&
      listeners === before.listeners &&
      routes === before.routes &&
      waiting === (before.waiting ?? NOTHING) &&
      secrets === before.secrets;
    if (isSame) return;
    this.#snapshot = { version: before.version + 1, listeners, clusters, endpoints, routes, secrets, waiting };
    this.#options.onSnapshot(this.#snapshot);
  }

  /** The secrets that clusters wait for of which no version is in use. Endpoints come with the cluster: they are not told. */
  #waitingClusters(): ReadonlyMap<string, string> {
    const waiting = new Map<string, string>();
    for (const name of this.#warmClusters.waiting) {
      const parsed = this.#warmClusters.wanted.get(name);
      if (parsed === undefined || this.#warmClusters.active.has(name)) continue;
      const secrets = clusterSecrets(parsed.cluster).filter((ref) => !this.#secrets.isSettled(ref));
      if (secrets.length > 0) waiting.set(name, secrets.map((ref) => `secret "${ref.name}"`).join(' and '));
    }
    return waiting.size === 0 ? NOTHING : waiting;
  }

  #activeEndpoints(): ReadonlyMap<string, LoadAssignment> {
    const endpoints = new Map<string, LoadAssignment>();
    for (const [name, { cluster }] of this.#warmClusters.active) {
      const assignment = cluster.type === 'original_dst' ? undefined : (this.#endpointsOf(name) ?? this.#snapshot.endpoints.get(name));
      if (assignment !== undefined) endpoints.set(name, assignment);
    }
    return endpoints;
  }

  /** Says what is not in effect, once per version of a resource. */
  #report(typeUrl: string, changed: readonly StoredResource<unknown>[]): void {
    for (const { name, notes } of changed) {
      for (const { path, effect, reason } of notes) {
        if (effect !== 'ignored') this.#options.logger.warn(`Not in effect in "${name}": ${reason}`, { typeUrl, path, effect });
      }
    }
  }
}

const NOTHING: ReadonlyMap<string, string> = new Map();
const NO_ENDPOINTS: LoadAssignment = { clusterName: '', localities: [], overprovisioningFactor: 140 };

function required<T>(what: string, result: ParseResult<T>): T {
  if (!result.ok) throw new Error(`Cannot use ${what}: ${result.reason}`);
  return result.value;
}
