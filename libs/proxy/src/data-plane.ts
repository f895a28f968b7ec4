import { randomBytes } from 'node:crypto';
import { type Clock, type Logger, type Random } from '@lateen/base';
import { AccessLogger, expressionsReady, formatterOf, IstioMetrics, loadExpressions, type MetricsOptions } from '@lateen/telemetry';
import { type FilterChain, type HttpConnectionManager, type Listener, type Snapshot, type SocketAddress } from '@lateen/proxy-config';
import { type HttpServices, type StreamObserver } from './http/manager';
import { LogExporters } from './http/access-log/otlp-exporter';
import { GrpcStats } from './http/filters/grpc-stats';
import { setMutationFormatter } from './http/mutations';
import { reportSpan, Tracers } from './http/tracing/tracers';
import { type AcceptServices } from './listener/accept';
import { usesExpressions } from './config/uses-expressions';
import { type UnderscoreStats } from './codec/http1/underscores';
import { createHttp2Stats } from './codec/http2/http2-stats';
import { createHttpStats, type HttpStats } from './http/http-stats';
import { ByteTally } from './net/byte-tally';
import { createTcpStats, type TcpStats } from './tcp/tcp-stats';
import { type DrainRequest, type DrainSettings } from './listener/drain';
import { ListenerManager, type Unbound } from './listener/listener-manager';
import { loadOriginalDestination, type OriginalDestination } from './listener/original-destination';
import { type TcpObserver } from './tcp/tcp-proxy';
import { type ClusterRuntime } from './upstream/cluster';
import { ClusterManager } from './upstream/cluster-manager';
import { probeAnswer } from './observe/answer-probe';
import { Observer } from './observe/observer';
import { type RuleCounter } from './observe/rule-counters';
import { TlsContexts } from './upstream/tls-contexts';

/** What a data plane is made of. */
export interface DataPlaneOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Who this proxy is, in metrics. */
  readonly metrics: MetricsOptions;
  /** This proxy's `x-envoy-peer-metadata` and `-id` values. */
  readonly ownMetadata: string;
  readonly ownMetadataId: string;
  /** Who its spans are from; default: nobody in particular. */
  readonly tracing?: { readonly serviceName: string; readonly address: string; readonly zone: string };
  /** What TCP peers are told under ALPN `istio-peer-exchange`; absent: that is not offered. */
  readonly ownPeerFrame?: Buffer;
  /** For access logs. */
  readonly hostname: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Source address of upstream connections where the cluster has none. */
  readonly bindAddress?: SocketAddress;
  /** Where redirected connections wanted to go; default: the kernel's answer. */
  readonly originalDestination?: OriginalDestination;
  /** What TLS session tickets are sealed with: the same in processes that share a port. Default: this process's own. */
  readonly ticketKey?: Buffer;
  /** How connections are brought to their end. Default: as Istio has it. */
  readonly drain?: DrainSettings;
  /** How often bytes of open TCP connections are counted. Default what the configuration says, else 5000, Istio's. */
  readonly tcpReportMs?: number;
  /** Default: files and standard output. */
  readonly accessLogger?: AccessLogger;
}

/** How long a proxy that ends waits for its last spans and logs to be taken. */
const SPANS_FLUSH_MS = 2000;

/** The bytes' side of a proxy: runs whatever snapshot it was given last. */
export class DataPlane {
  readonly metrics: IstioMetrics;
  /** What is told of the traffic to the control plane, once somebody takes it. */
  readonly observer: Observer;
  private readonly grpcStats = new GrpcStats();
  private readonly clusterManager: ClusterManager;
  private readonly listenerManager: ListenerManager;
  private readonly tlsContexts: TlsContexts;
  private readonly logs: AccessLogger;
  private readonly logExporters: LogExporters;
  private readonly tracers: Tracers;
  private readonly refusalLogs = new WeakMap<Listener, StreamObserver>();
  /** By `stat_prefix`; they outlive configurations. */
  private readonly httpStats = new Map<string, { readonly stats: HttpStats; readonly bytes: ByteTally }>();
  private readonly tcpStats = new Map<string, { readonly stats: TcpStats; readonly bytes: ByteTally }>();
  private readonly http1Stats: UnderscoreStats = { dropped_headers_with_underscores: 0, requests_rejected_with_underscores_in_headers: 0 };
  private readonly http2Stats = createHttp2Stats();
  private snapshot: Snapshot | undefined;
  private newest: Snapshot | undefined;
  private draining = false;
  private failsHealth = false;
  private original: OriginalDestination | undefined;
  private originalTried = false;

  constructor(private readonly options: DataPlaneOptions) {
    const { clock, random, logger } = options;
    this.tlsContexts = new TlsContexts(options.ticketKey);
    this.metrics = new IstioMetrics(options.metrics);
    this.clusterManager = new ClusterManager({
      tlsContexts: this.tlsContexts,
      random,
      bindAddress: options.bindAddress,
      labelsOf: (cluster) => this.metrics.clusters.of(cluster),
    });
    this.logExporters = new LogExporters({ clock, clusters: this.clusterManager, logger });
    this.logs =
      options.accessLogger ??
      new AccessLogger({
        clock,
        random,
        context: {
          hostname: options.hostname,
          environment: options.environment,
          node: options.metrics.node,
          instance: randomBytes(9).toString('hex'),
        },
        exportTo: (service) => this.logExporters.to(service),
      });
    this.tracers = new Tracers({
      ...(options.tracing ?? { serviceName: 'unknown_service:lateen', address: '', zone: '' }),
      clock,
      random,
      logger,
      clusters: this.clusterManager,
      nodeId: options.ownMetadataId,
      version: options.metrics.version,
      environment: options.environment,
    });
    this.observer = new Observer({
      clock,
      metrics: this.metrics,
      clusters: () => this.clusterManager.all(),
      connections: () => this.listenerManager.connections,
      secrets: () => this.snapshot?.secrets.values() ?? [],
      startProbe: probeAnswer,
    });
    const http: HttpServices = {
      clusters: this.clusterManager,
      clock,
      random,
      filters: {
        random,
        peers: this.metrics.peers,
        ownMetadata: options.ownMetadata,
        ownMetadataId: options.ownMetadataId,
        ownPeerFrame: options.ownPeerFrame,
        grpcStats: this.grpcStats,
      },
      routeTable: (name) => this.snapshot?.routes.get(name),
      observersFor: (manager, listener) => this.httpObservers(manager, listener),
      tracerFor: (manager, listener) => this.tracers.tracerFor(manager, listener),
      isDraining: ({ modifyOnly }) => this.draining || (this.failsHealth && modifyOnly !== true),
      observer: this.observer,
      http1Stats: this.http1Stats,
      http2Stats: this.http2Stats,
      statsFor: (prefix) => this.httpStatsOf(prefix).stats,
      bytesFor: (prefix) => this.httpStatsOf(prefix).bytes,
      tcpStatsFor: (prefix) => this.tcpStatsOf(prefix),
    };
    setMutationFormatter((format, stream) => {
      stream.describe();
      return formatterOf(format)(stream.record);
    });
    this.listenerManager = new ListenerManager((listeners) => this.acceptServices(http, listeners), logger, options);
  }

  /**
   * Swaps a snapshot in: routes, clusters and listeners are in effect when it returns, new sockets when it resolves.
   * The first one with expressions is in effect a little later, since they are loaded first.
   */
  async apply(snapshot: Snapshot): Promise<void> {
    this.newest = snapshot;
    if (!expressionsReady() && usesExpressions(snapshot)) {
      await loadExpressions();
      // A newer one has come meanwhile.
      if (this.newest !== snapshot) return;
    }
    this.snapshot = snapshot;
    this.clusterManager.apply(snapshot);
    await this.listenerManager.apply(snapshot);
  }

  /** Live clusters, for the admin interface. */
  clusters(): Iterable<ClusterRuntime> {
    return this.clusterManager.all();
  }

  /** Open sockets, for the admin interface and tests. */
  listeners(): Iterable<{ readonly name: string; readonly address: SocketAddress }> {
    return this.listenerManager.listening();
  }

  /** Listeners whose address could not be opened yet. */
  failingListeners(): readonly Unbound[] {
    return this.listenerManager.failing();
  }

  /** More counters, by Envoy's names. */
  *stats(): Iterable<readonly [name: string, value: number]> {
    yield ['server.concurrency', 1];
    yield ['server.total_connections', this.listenerManager.connections];
    yield ['access_log.dropped', this.logs.dropped];
    yield* this.listenerManager.counters();
    yield* this.grpcStats.all();
    yield* this.tracers.counters();
    yield* this.logExporters.counters();
    for (const [name, value] of Object.entries(this.http1Stats) as [string, number][]) yield [`http1.${name}`, value];
    for (const [name, value] of Object.entries(this.http2Stats) as [string, number][]) yield [`http2.${name}`, value];
    yield* countersOf('http', this.httpStats);
    yield* countersOf('tcp', this.tcpStats);
  }

  /** Takes connections for the listener on `port` from a socket that a parent process opened. */
  adopt(port: number, socket: object): void {
    this.listenerManager.adopt(port, socket);
  }

  /** Brings connections to their end, and closes ports. */
  drainListeners(request: DrainRequest): void {
    this.listenerManager.drain(request);
  }

  /** While true, connections end with their next response. Spec: Envoy `/healthcheck/fail`. */
  failHealth(failing: boolean): void {
    this.failsHealth = failing;
  }

  /** Stops accepting, lets what is open finish for `drainMs`, closes the rest. */
  async stop(drainMs: number): Promise<void> {
    this.draining = true;
    this.listenerManager.stopAccepting();
    const end = this.options.clock.monotonicMs() + drainMs;
    while (this.listenerManager.connections > 0 && this.options.clock.monotonicMs() < end) {
      await new Promise<void>((resolve) => setTimeout(resolve, 20));
    }
    this.listenerManager.close();
    await Promise.all([this.tracers.stop(SPANS_FLUSH_MS), this.logExporters.stop(SPANS_FLUSH_MS)]);
    this.clusterManager.close();
    this.logs.flush();
  }

  private acceptServices(http: HttpServices, listeners: ListenerManager): AcceptServices {
    return {
      http,
      tlsContexts: this.tlsContexts,
      originalDestination: () => this.originalDestination(),
      listenerAt: (destination) => listeners.at(destination),
      tcpObserverFor: (chain, listener) => this.tcpObserver(chain, listener),
      logRefused: (listener, record) => {
        this.refusalLog(listener)(record);
        const { responseCodeDetails, requestedServerName } = record;
        if (responseCodeDetails === 'filter_chain_not_found' && listener.direction !== 'inbound')
          this.observer.rules.withoutChain(listener, requestedServerName);
        this.observer.onConnection(record, listener);
      },
    };
  }

  private refusalLog(listener: Listener): StreamObserver {
    let log = this.refusalLogs.get(listener);
    if (log === undefined) this.refusalLogs.set(listener, (log = this.logs.compile(listener.accessLogs)));
    return log;
  }

  private httpStatsOf(prefix: string): { readonly stats: HttpStats; readonly bytes: ByteTally } {
    let found = this.httpStats.get(prefix);
    if (found === undefined) this.httpStats.set(prefix, (found = withBytes(createHttpStats())));
    return found;
  }

  private tcpStatsOf(prefix: string): { readonly stats: TcpStats; readonly bytes: ByteTally } {
    let found = this.tcpStats.get(prefix);
    if (found === undefined) this.tcpStats.set(prefix, (found = withBytes(createTcpStats())));
    return found;
  }

  private originalDestination(): OriginalDestination | undefined {
    if (!this.originalTried) {
      this.originalTried = true;
      try {
        this.original = this.options.originalDestination ?? loadOriginalDestination();
      } catch (error) {
        this.options.logger.warn('Cannot restore original destinations: connections are taken for what they were accepted as', {
          error: (error as Error).message,
        });
      }
    }
    return this.original;
  }

  private httpObservers(manager: HttpConnectionManager, _listener: Listener): readonly StreamObserver[] {
    const observers: StreamObserver[] = [];
    for (const filter of manager.httpFilters) {
      if (filter.kind !== 'istio_stats') continue;
      const counter = this.metrics.counter(filter.config);
      observers.push((record) => counter.observe(record));
    }
    if (manager.accessLogs.length > 0) observers.push(this.logs.compile(manager.accessLogs));
    if (manager.tracing?.provider !== undefined) observers.push(reportSpan);
    return observers;
  }

  private tcpObserver(chain: FilterChain, listener: Listener): TcpObserver {
    const { filters } = chain;
    const stats = filters.flatMap((filter) => (filter.kind === 'istio_stats' ? [filter.config] : []));
    const counters = stats.map((config) => this.metrics.counter(config));
    const proxy = filters.find((filter) => filter.kind === 'tcp_proxy');
    const log = proxy === undefined || proxy.accessLogs.length === 0 ? undefined : this.logs.compile(proxy.accessLogs);
    return {
      routed: this.connectionCounter(chain, listener),
      reportMs: this.options.tcpReportMs ?? stats[0]?.tcpReportMs ?? 5000,
      opened: (record) => {
        for (const counter of counters) counter.tcpOpened(record);
      },
      report: (record, sent, received) => {
        for (const counter of counters) counter.tcpReport(record, sent, received);
      },
      closed: (record) => {
        for (const counter of counters) counter.tcpClosed(record);
        log?.(record);
        this.observer.onConnection(record, listener, chain);
      },
    };
  }

  /** Counts a chain's connections by the cluster that was drawn. Rules steer clients; what arrives at a sidecar has been steered. */
  private connectionCounter(chain: FilterChain, listener: Listener): TcpObserver['routed'] {
    if (listener.direction === 'inbound') return () => undefined;
    const counters = new Map<string, RuleCounter>();
    for (const filter of chain.filters)
      if (filter.kind === 'tcp_proxy')
        for (const { name } of filter.clusters) counters.set(name, this.observer.rules.ofChain(chain, listener, name));
    return (cluster) => {
      const counter = counters.get(cluster);
      if (counter !== undefined) counter.count++;
    };
  }
}

/** Counters with the tally that keeps two of them. */
function withBytes<S extends { downstream_cx_rx_bytes_total: number; downstream_cx_tx_bytes_total: number }>(
  stats: S,
): { readonly stats: S; readonly bytes: ByteTally } {
  const bytes = new ByteTally((received, sent) => {
    stats.downstream_cx_rx_bytes_total += received;
    stats.downstream_cx_tx_bytes_total += sent;
  });
  return { stats, bytes };
}

function* countersOf(
  family: string,
  all: ReadonlyMap<string, { readonly stats: object; readonly bytes: ByteTally }>,
): Iterable<readonly [name: string, value: number]> {
  for (const [prefix, { stats, bytes }] of all) {
    bytes.settle();
    for (const [name, value] of Object.entries(stats) as [string, number][]) yield [`${family}.${prefix}.${name}`, value];
  }
}
