import { type StreamRecord } from '../stream-record';

/** What a proxy knows of a failed stream beyond its record. Made only for streams that failed; absent parts are unknown. */
export interface FailureFacts {
  /** How long the connection that broke had carried nothing before this request; absent: it was new, or none was used. */
  readonly idleMs?: number;
  /** Whether that connection had TLS. */
  readonly encrypted?: boolean;
  /** A response head had begun when it broke. */
  readonly responseBegun?: boolean;
  /** What the peer was found to do wrong, in the codec's words. */
  readonly violation?: string;
  /** Limits in effect, 0 meaning none. */
  readonly limits?: FailureLimits;
  /** Endpoints of the cluster; `ejected` by outlier detection. */
  readonly endpoints?: { readonly total: number; readonly usable: number; readonly ejected: number };
  /** What a circuit breaker bounds, by field of `connectionPool`: how many there may be, and how many there were. */
  readonly circuit?: readonly { readonly field: string; readonly limit: number; readonly used: number }[];
  /** Names that the cluster's endpoints are looked up by; absent: they are not looked up. */
  readonly lookedUp?: readonly string[];
  /** Why each earlier attempt was given up, first to last. */
  readonly tries?: readonly string[];
  /** The cluster that was wanted where the proxy has none of that name. */
  readonly wantedCluster?: string;
  /** What that cluster waits for where the proxy has been told of it. */
  readonly waitsFor?: string;
  /** The table that was asked for a route, and the virtual host that took the Host header; empty: none did. */
  readonly routeTable?: string;
  readonly virtualHost?: string;
  /** How long an injected delay holds a request. */
  readonly faultDelayMs?: number;
  /** What a connection that was refused began with. */
  readonly transportProtocol?: 'raw_buffer' | 'tls';
}

/** Limits on a stream in milliseconds; 0: none. */
export interface FailureLimits {
  /** The route's for the whole response. */
  readonly routeMs: number;
  readonly perTryMs: number;
  readonly connectMs: number;
  /** How long the pool keeps a connection that carries nothing. */
  readonly poolIdleMs: number;
  readonly streamIdleMs: number;
}

/** What a cause is found from: a record, or as much of one as somebody else has. */
export type CauseFacts = Pick<
  StreamRecord,
  | 'protocol'
  | 'reporter'
  | 'durationMs'
  | 'requestDurationMs'
  | 'responseDurationMs'
  | 'method'
  | 'path'
  | 'authority'
  | 'responseCode'
  | 'responseFlags'
  | 'responseCodeDetails'
  | 'connectionTerminationDetails'
  | 'upstreamTransportFailureReason'
  | 'grpcStatus'
  | 'routeName'
  | 'virtualHostName'
  | 'attempts'
  | 'upstreamHost'
  | 'upstreamCluster'
  | 'downstreamLocalAddress'
  | 'downstreamRemoteAddress'
  | 'requestedServerName'
> & { readonly failure?: FailureFacts | undefined };
