import { type Clock, type Logger, type Random } from '@lateen/base';
import { type Any } from '@bufbuild/protobuf/wkt';
import { type Node } from '../gen/envoy/config/core/v3/base_pb';

/** How a client proves who it is and whom it talks to. Each function is asked anew for every connection, so a rotated certificate or token is taken up by the next one. */
export interface AdsClientTls {
  /** PEM of the root that the server's certificate must chain to. */
  readonly rootCertPem: () => string;
  /** The name expected in the server's certificate. */
  readonly serverName?: string;
  /** The client's certificate, PEM, leaf first; undefined while there is none. */
  readonly identity?: () => { readonly certChainPem: string; readonly privateKeyPem: string } | undefined;
  /** A bearer token; undefined while there is none. */
  readonly token?: () => string | undefined;
}

/** Where an AdsClient connects, as whom. */
export interface AdsClientOptions {
  /** `HOST:PORT` or `unix:PATH`. */
  readonly target: string;
  /** Absent: plaintext. */
  readonly tls?: AdsClientTls;
  readonly node: Node;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The first wait after a lost stream, doubled up to maxMs, half of it random. Default 100 and 10,000 ms. */
  readonly backoff?: { readonly initialMs: number; readonly maxMs: number };
}

/** One resource as it came, still packed. */
export interface ReceivedResource {
  readonly name: string;
  readonly version: string;
  readonly any: Any;
}

/** One response: what is new or changed, and what no longer exists. */
export interface ResourceUpdate {
  readonly typeUrl: string;
  readonly changed: readonly ReceivedResource[];
  readonly removed: readonly string[];
}

/** Why one resource of an update cannot be used; its last good version stays in use. */
export interface RejectedResource {
  readonly name: string;
  readonly reason: string;
}

/** Takes an update and says what of it cannot be used; nothing or an empty list accepts it whole. */
export type UpdateHandler = (update: ResourceUpdate) => readonly RejectedResource[] | void;

/** One type's subscription. */
export interface AdsSubscription {
  /** Replaces the names asked for; no effect on a wildcard. */
  setNames(names: Iterable<string>): void;
  /** Ends it: the server is told, the handler is not called again. */
  close(): void;
}

/** Connected: a stream is open and the server has answered on it. */
export interface AdsClientState {
  readonly connected: boolean;
  readonly connectedAtMs?: number;
  readonly lastError?: string;
}
