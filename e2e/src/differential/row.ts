import { type JsonObject } from '@bufbuild/protobuf';
import { type Client } from './peers/client';
import { type Upstream } from './peers/upstream';

/** One thing both proxies must do alike. States only what differs from a listener that sends everything to `backend`. */
export interface Row {
  /** A sentence, no other row's. */
  readonly name: string;
  /** Routes of the one virtual host. Protobuf JSON, as everything below that is an object. Default: all paths to `backend`. */
  readonly routes?: readonly JsonObject[];
  /** More of the virtual host. */
  readonly virtualHost?: JsonObject;
  /** More of the route configuration; its `virtual_hosts` replace the one. */
  readonly routeConfiguration?: JsonObject;
  /** More of the connection manager. */
  readonly manager?: JsonObject;
  /** HTTP filters before the router. Default: none. */
  readonly httpFilters?: readonly JsonObject[];
  /** More of the listener; its `filter_chains` replace the one with the connection manager. */
  readonly listener?: JsonObject;
  /** The listener's one chain decrypts: its transport socket. */
  readonly tls?: JsonObject;
  /** TCP proxy in place of HTTP: more of its configuration. */
  readonly tcp?: JsonObject;
  /**
   * More of a cluster, by the name of its upstream; a cluster without upstreams has only what is here.
   * `endpoints` is more of each endpoint, `weights` their weights.
   */
  readonly clusters?: Readonly<Record<string, JsonObject>>;
  /** What stands behind each cluster: one endpoint, or several. Default: `backend` answers 200 `ok`. */
  readonly upstreams?: Readonly<Record<string, Upstream | readonly Upstream[]>>;
  readonly client: Client;
  /** Parts of lines of the outcome that must be there whoever is looking: what makes the row worth something without Envoy. */
  readonly expect?: readonly string[];
  /** Why we are not as Envoy is. The row then asserts that we are not, so that the reason cannot outlive the difference. */
  readonly differs?: string;
  /** The lines that differ for that reason; all others are equal. Default: any. */
  readonly differsIn?: RegExp;
}

/** Rows about one part of the proxy. */
export interface Area {
  readonly area: string;
  readonly rows: readonly Row[];
}
