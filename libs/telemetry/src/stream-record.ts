import { type FailureFacts } from './cause/facts';
import { type Peer } from './peer';
import { type ClusterLabels } from './cluster-labels';

/**
 * What is known of one stream (an HTTP exchange, or a TCP connection) when it ends.
 * The data path owns and reuses the object: whoever is handed one reads it at once and keeps no reference.
 * Empty strings mean unknown and print as `-`.
 */
export interface StreamRecord {
  protocol: 'http' | 'grpc' | 'tcp';
  /** Who speaks: an inbound listener is the destination; outbound listeners and gateways are the source. */
  reporter: 'source' | 'destination';

  /** Milliseconds since the epoch. */
  startTimeMs: number;
  /** Whole exchange, in milliseconds; may have fractions. */
  durationMs: number;
  /** From the start to the last request byte, first upstream byte, last upstream byte; -1: never happened. */
  requestDurationMs: number;
  responseDurationMs: number;
  /** When the response was whole, after the beginning. */
  responseEndMs: number;

  /** `HTTP/1.1`; empty for TCP. */
  httpProtocol: string;
  method: string;
  /** As routed, query included. */
  path: string;
  authority: string;
  scheme: string;
  /** Headers other than the pseudo-headers above, by lower-case name. */
  requestHeader(name: string): string | undefined;
  responseHeader(name: string): string | undefined;
  responseTrailer(name: string): string | undefined;

  /** 0 when there was no response. */
  responseCode: number;
  /** Bits of RESPONSE_FLAG. */
  responseFlags: number;
  responseCodeDetails: string;
  connectionTerminationDetails: string;
  upstreamTransportFailureReason: string;
  /** -1 when not gRPC. */
  grpcStatus: number;
  /** gRPC messages so far; 0 when not gRPC, or not counted. */
  requestMessages: number;
  responseMessages: number;

  /** Body bytes (all bytes for TCP). */
  bytesReceived: number;
  bytesSent: number;
  /** With heads and framing, for istio_request_bytes and istio_response_bytes. */
  wireBytesReceived: number;
  wireBytesSent: number;

  routeName: string;
  /** What the route's metadata says it was made from, as Istio has it in `istio.config`. */
  routeSource: string;
  virtualHostName: string;
  /** Attempts made upstream. */
  attempts: number;

  /** Of the downstream connection: another for each of a proxy's; 0 where there is none. */
  connectionId: number;
  /** `ADDRESS:PORT` each. */
  upstreamHost: string;
  upstreamLocalAddress: string;
  /** `HTTP/2` or `HTTP/1.1`; empty where no HTTP request was sent. */
  upstreamProtocol: string;
  downstreamLocalAddress: string;
  downstreamRemoteAddress: string;
  /** The other end of the connection itself: whoever speaks for the client by the PROXY protocol. */
  downstreamDirectAddress: string;
  requestedServerName: string;
  upstreamCluster: string;

  /** TLS: empty without. */
  downstreamTlsVersion: string;
  downstreamPeerUriSan: string;
  downstreamLocalUriSan: string;
  downstreamPeerSubject: string;
  upstreamPeerUriSan: string;

  /** Mutual TLS between the peers of the mesh: downstream for an inbound stream, upstream for an outbound one. */
  mutualTls: boolean;
  /** The other side, interned by `PeerTable`; undefined when unknown. */
  peer: Peer | undefined;
  /** What Istio says of the cluster in its metadata; undefined when no cluster was chosen. */
  clusterMetadata: RecordedMetadata | undefined;
  /** The cluster's labels, interned by `ClusterLabelsTable`; undefined when no cluster was chosen. */
  cluster: ClusterLabels | undefined;
  /** Its place in a trace; undefined where no provider of traces is configured. */
  trace: RecordedTrace | undefined;
  /** What causes are told from besides; undefined where nothing failed. */
  failure: FailureFacts | undefined;
}

/** What a cluster's metadata says, of what Istio writes there. */
export interface RecordedMetadata {
  readonly services: readonly { readonly host: string; readonly name: string; readonly namespace: string }[];
  readonly subset?: string;
  /** Path of the DestinationRule. */
  readonly config?: string;
  readonly alpnOverride: boolean;
  readonly external: boolean;
}

/** What a record says of the trace it is part of. */
export interface RecordedTrace {
  /** 32 lower-case hexadecimal digits; 16 where B3 brought a short one. */
  readonly traceId: string;
  /** Whether its span is sent. */
  readonly sampled: boolean;
}

const none = (): undefined => undefined;

/** A blank record; the data path makes one per stream object and calls {@link resetStreamRecord} between uses. */
export function createStreamRecord(): StreamRecord {
  return {
    protocol: 'http',
    reporter: 'source',
    startTimeMs: 0,
    durationMs: 0,
    requestDurationMs: -1,
    responseDurationMs: -1,
    responseEndMs: -1,
    httpProtocol: '',
    method: '',
    path: '',
    authority: '',
    scheme: '',
    requestHeader: none,
    responseHeader: none,
    responseTrailer: none,
    responseCode: 0,
    responseFlags: 0,
    responseCodeDetails: '',
    connectionTerminationDetails: '',
    upstreamTransportFailureReason: '',
    grpcStatus: -1,
    requestMessages: 0,
    responseMessages: 0,
    bytesReceived: 0,
    bytesSent: 0,
    wireBytesReceived: 0,
    wireBytesSent: 0,
    routeName: '',
    routeSource: '',
    virtualHostName: '',
    attempts: 0,
    connectionId: 0,
    upstreamHost: '',
    upstreamLocalAddress: '',
    upstreamProtocol: '',
    downstreamLocalAddress: '',
    downstreamRemoteAddress: '',
    downstreamDirectAddress: '',
    requestedServerName: '',
    upstreamCluster: '',
    downstreamTlsVersion: '',
    downstreamPeerUriSan: '',
    downstreamLocalUriSan: '',
    downstreamPeerSubject: '',
    upstreamPeerUriSan: '',
    mutualTls: false,
    peer: undefined,
    clusterMetadata: undefined,
    cluster: undefined,
    trace: undefined,
    failure: undefined,
  };
}

/** Blanks what belongs to one exchange; connection facts (addresses, TLS, server name) and header accessors stay. */
export function resetStreamRecord(record: StreamRecord): void {
  record.startTimeMs = 0;
  record.durationMs = 0;
  record.requestDurationMs = -1;
  record.responseDurationMs = -1;
  record.responseEndMs = -1;
  record.method = '';
  record.path = '';
  record.authority = '';
  record.responseCode = 0;
  record.responseFlags = 0;
  record.responseCodeDetails = '';
  record.connectionTerminationDetails = '';
  record.upstreamTransportFailureReason = '';
  record.grpcStatus = -1;
  record.requestMessages = 0;
  record.responseMessages = 0;
  record.bytesReceived = 0;
  record.bytesSent = 0;
  record.wireBytesReceived = 0;
  record.wireBytesSent = 0;
  record.routeName = '';
  record.routeSource = '';
  record.virtualHostName = '';
  record.attempts = 0;
  record.upstreamHost = '';
  record.upstreamLocalAddress = '';
  record.upstreamProtocol = '';
  record.upstreamCluster = '';
  record.upstreamPeerUriSan = '';
  record.peer = undefined;
  record.clusterMetadata = undefined;
  record.cluster = undefined;
  record.trace = undefined;
  record.failure = undefined;
}
