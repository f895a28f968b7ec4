import { type Clock, type Random } from '@lateen/base';
import { type Route, type RouteTable, type WeightedCluster } from '@lateen/routing';
import { type StreamRecord } from '@lateen/telemetry';
import { type HttpConnectionManager, type Listener } from '@lateen/proxy-config';
import { type HeadLimits } from '../codec/http1/parse-fields';
import { type UnderscoreStats } from '../codec/http1/underscores';
import { type Http2Stats } from '../codec/http2/http2-stats';
import { type ClusterManager } from '../upstream/cluster-manager';
import { type FilterChainFor } from './filter';
import { type ByteTally } from '../net/byte-tally';
import { type TcpStats } from '../tcp/tcp-stats';
import { type HttpStats } from './http-stats';
import { type Drain } from '../listener/drain';
import { type Observer } from '../observe/observer';
import { type RuleCounter } from '../observe/rule-counters';
import { createFilterChain } from './filters';
import { type FilterContext } from './filters/context';
import { type Tracer } from './tracing/tracer';

/** Hears of each stream once, when it is over; keeps no reference to the record. */
export type StreamObserver = (record: StreamRecord) => void;

/** What every connection manager needs from its process. */
export interface HttpServices {
  readonly clusters: ClusterManager;
  readonly clock: Clock;
  readonly random: Random;
  readonly filters: FilterContext;
  /** The current table of that name; undefined when it is unknown. */
  readonly routeTable: (name: string) => RouteTable | undefined;
  /** Metrics and access logs of a connection manager. */
  readonly observersFor: (manager: HttpConnectionManager, listener: Listener) => readonly StreamObserver[];
  /** Tracing of a connection manager; undefined where it has none. */
  readonly tracerFor: (manager: HttpConnectionManager, listener: Listener) => Tracer | undefined;
  /** What is seen of each request for the control plane. */
  readonly observer: Observer;
  readonly http1Stats: UnderscoreStats;
  readonly http2Stats: Http2Stats;
  /** Counters of the managers with that `stat_prefix`. */
  readonly statsFor: (prefix: string) => HttpStats;
  /** Bytes of the connections of the managers with that `stat_prefix`. */
  readonly bytesFor: (prefix: string) => ByteTally;
  /** Counters of the TCP proxies with that `stat_prefix`, and bytes of their clients' connections. */
  readonly tcpStatsFor: (prefix: string) => { readonly stats: TcpStats; readonly bytes: ByteTally };
  /** True once connections should be closed as their streams end. */
  readonly isDraining: (listener: Listener) => boolean;
}

/** The filters of a route, and how many requests for one of its clusters were given to them. */
export interface RouteChain extends FilterChainFor {
  readonly hits: RuleCounter;
}

/** A connection manager ready to run: what a stream looks up is compiled here, once per configuration. */
export class HttpManager {
  readonly limits: HeadLimits;
  readonly observers: readonly StreamObserver[];
  readonly tracer: Tracer | undefined;
  readonly stats: HttpStats;
  readonly bytes: ByteTally;
  readonly inbound: boolean;
  readonly suppressEnvoyHeaders: boolean;
  /** Its listener was replaced or closed: connections end with the response under way. */
  retired = false;
  /** Its connections come to their end one after another. */
  drain: Drain | undefined;
  /** By route; by the cluster that was drawn where a route splits. */
  private readonly chains = new WeakMap<Route | WeightedCluster, RouteChain>();
  private readonly withoutRoute: RouteChain;

  constructor(
    readonly config: HttpConnectionManager,
    readonly listener: Listener,
    readonly services: HttpServices,
  ) {
    this.inbound = listener.direction === 'inbound';
    this.limits = {
      maxHeadBytes: config.maxRequestHeadersBytes,
      maxFields: config.maxHeadersCount,
      acceptHttp10: config.acceptHttp10,
      defaultHost: config.defaultHostForHttp10,
      underscores: config.headersWithUnderscores,
      underscoreStats: services.http1Stats,
    };
    this.observers = services.observersFor(config, listener);
    this.tracer = services.tracerFor(config, listener);
    this.stats = services.statsFor(config.statPrefix);
    this.bytes = services.bytesFor(config.statPrefix);
    this.withoutRoute = this.createChain(undefined);
    this.suppressEnvoyHeaders = config.httpFilters.some((filter) => filter.kind === 'router' && filter.suppressEnvoyHeaders);
  }

  /** Whether a connection ends with the response that is about to be sent; asked once for each. */
  get draining(): boolean {
    return this.retired || this.drain?.closes() === true || this.services.isDraining(this.listener);
  }

  /** The current routes; undefined when they are missing. */
  routes(): RouteTable | undefined {
    const source = this.config.routes;
    return source.kind === 'inline' ? source.table : this.services.routeTable(source.name);
  }

  /** Empty for inline routes. */
  get routeConfig(): string {
    const { routes } = this.config;
    return routes.kind === 'inline' ? '' : routes.name;
  }

  /** The filters of a route, without those that would do nothing on it; `drawn` of its clusters, none where it has none. */
  chainFor(route: Route | undefined, drawn?: WeightedCluster): RouteChain {
    if (route === undefined) return this.withoutRoute;
    const key = drawn ?? route;
    let found = this.chains.get(key);
    if (found === undefined) {
      found = this.createChain(route, drawn);
      this.chains.set(key, found);
    }
    return found;
  }

  private createChain(route: Route | undefined, drawn?: WeightedCluster): RouteChain {
    const { config, services } = this;
    const chain = createFilterChain(config.httpFilters, route, services.filters);
    // Rules steer clients' requests; what arrives at a sidecar has been steered.
    // What has no route is counted by the host that it asks for.
    const counted = !this.inbound && route !== undefined;
    return { ...chain, hits: counted ? services.observer.rules.ofRoute(route, { routeConfig: this.routeConfig, drawn }) : { count: 0 } };
  }
}
