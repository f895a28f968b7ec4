import { type Clock } from '@lateen/base';
import { type Cluster, type Endpoint, type Snapshot, type SocketAddress } from '@lateen/proxy-config';
import { type DrainRequest } from '../listener/drain';
import { type HeldResources } from '../xds/config-subscription';

/** How far a proxy has come. Spec: envoy.admin.v3.ServerInfo.State. */
export type ServerState = 'LIVE' | 'DRAINING' | 'PRE_INITIALIZING' | 'INITIALIZING';

/** The live side of an endpoint, as the admin interface reads it. */
export interface HostView {
  readonly endpoint: Endpoint;
  /** Requests and connections under way. */
  readonly active: number;
  /** By outlier detection. */
  readonly ejected: boolean;
  readonly requests: number;
  readonly failures: number;
}

/** The live side of a cluster; the data path's own object fits. */
export interface ClusterView {
  readonly config: Cluster;
  /** Counters by Envoy's names, all numbers. */
  readonly stats: object;
  readonly hosts: ReadonlyMap<string, HostView>;
}

/** What the admin interface shows and does. Everything is read when asked for. */
export interface AdminSource {
  readonly clock: Clock;
  readonly version: string;
  /** The bootstrap as given, for `/config_dump`. */
  readonly bootstrap: object;
  /** Fetches what the rest then tells, where that is in other processes. */
  prepare?(): Promise<void>;
  state(): ServerState;
  snapshot(): Snapshot;
  held(): HeldResources;
  clusters(): Iterable<ClusterView>;
  /** Listeners with an open socket. */
  listeners(): Iterable<{ readonly name: string; readonly address: SocketAddress }>;
  /** Listeners whose address could not be opened yet, and why. */
  failingListeners?(): Iterable<{ readonly name: string; readonly address: SocketAddress; readonly error: string }>;
  /** More counters and gauges, by Envoy's names: `http.STAT.downstream_rq_total`. */
  stats(): Iterable<readonly [name: string, value: number]>;
  /** Istio's metrics as Prometheus text, in slices that are made as they are asked for. */
  metrics(): AsyncIterable<string>;
  /** Whether the stream to the control plane is open; undefined without one. */
  adsConnected?(): boolean | undefined;
  /** Level of the log, and how to change it. */
  logLevel(): string;
  setLogLevel(level: string): void;
  /** Brings connections to their end, and closes ports. */
  drainListeners(request: DrainRequest): void;
  /** Whether clients are told to go, one response after another, until it is taken back. */
  failHealth(failing: boolean): void;
  /** Ends the process in good order. */
  quit(): void;
}

/** What one path of the admin interface answers. */
export interface AdminReply {
  readonly status: number;
  readonly contentType: string;
  /** Whole, or in slices: each is asked for when there is room for it on the connection. */
  readonly body: string | AsyncIterable<string>;
}

/** A path of the admin interface. */
export interface AdminHandler {
  readonly help: string;
  /** Changes something: POST only. */
  readonly mutates?: boolean;
  readonly handle: (query: URLSearchParams, source: AdminSource) => AdminReply | Promise<AdminReply>;
}

/** A reply of plain text. */
export const text = (body: string, status = 200): AdminReply => ({ status, contentType: 'text/plain; charset=UTF-8', body });

/** A reply of indented JSON. */
export const json = (value: unknown): AdminReply => ({
  status: 200,
  contentType: 'application/json',
  body: `${JSON.stringify(value, undefined, 1)}\n`,
});
