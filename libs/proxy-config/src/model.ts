/**
 * The configuration the data path runs on: immutable, replaced whole, everything precomputed.
 * Times are milliseconds. A map's iteration order is the order configured. `parse*` beside this file makes it from xDS.
 */
import {
  type RouteOrigin,
  type RouteTable,
  type CorsPolicy,
  type FaultPolicy,
  type StringMatcher,
  type Unsupported,
} from '@lateen/routing';
import { type AccessLogConfig, type StatsConfig, type TracingConfig } from '@lateen/telemetry';

/** One consistent world: a stream reads it once and carries it. */
export interface Snapshot {
  /** Counts up with each change. */
  readonly version: number;
  /** By name; only those whose routes and secrets have arrived. */
  readonly listeners: ReadonlyMap<string, Listener>;
  /** By name; only those whose endpoints and secrets have arrived. */
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** By cluster name (not EDS service name); ORIGINAL_DST clusters have none. */
  readonly endpoints: ReadonlyMap<string, LoadAssignment>;
  /** RDS route tables by name; inline ones are on their connection manager. */
  readonly routes: ReadonlyMap<string, RouteTable>;
  /** By {@link SecretRef} key. */
  /** Clusters that are not in use yet, and what each waits for in words. Absent: none. */
  readonly waiting?: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, Secret>;
}

/** An IP address and port; port 0 means any. */
export interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

/** Where connections come in. Spec: Envoy `Listener`. */
export interface Listener {
  readonly name: string;
  /** What its counters are called by. Default: its address and port. */
  readonly statPrefix?: string;
  readonly address: SocketAddress;
  /** False: connections reach it only from a listener with `useOriginalDst`. */
  readonly bindToPort: boolean;
  /** Hand the connection to the listener of its original destination: exact address first, then 0.0.0.0, else keep it. */
  readonly useOriginalDst: boolean;
  readonly direction: 'inbound' | 'outbound' | 'unspecified';
  readonly listenerFilters: readonly ListenerFilter[];
  /** 0: no timeout. Default 15000. */
  readonly listenerFiltersTimeoutMs: number;
  /** After the timeout go on with what is known rather than close. */
  readonly continueOnListenerFiltersTimeout: boolean;
  readonly filterChains: readonly FilterChain[];
  readonly defaultFilterChain?: FilterChain;
  /** The chain for a connection, the default chain, or undefined: close it (flag `NR`). */
  readonly selectFilterChain: (connection: ConnectionFacts) => FilterChain | undefined;
  /** Logs of connections no chain took. */
  readonly accessLogs: readonly AccessLogConfig[];
  /** Bytes buffered per connection before reading stops. Default 1 MiB. */
  readonly perConnectionBufferLimitBytes: number;
  /** Failed health does not end its connections. Spec: Envoy `Listener.DrainType`. */
  readonly modifyOnly?: boolean;
}

/** What is known of a connection when its filter chain is chosen. */
export interface ConnectionFacts {
  /** The original destination where one was restored, else the local address. IPv4 dotted or IPv6 text. */
  readonly destinationAddress: string;
  readonly destinationPort: number;
  /** The destination is where the client was going, not merely where it was accepted. */
  readonly destinationRestored?: boolean;
  readonly sourceAddress: string;
  readonly sourcePort: number;
  /** The socket's other end, where the source is somebody it speaks for. */
  readonly direct?: SocketAddress;
  /** SNI, lower case; undefined when there is none. */
  readonly serverName: string | undefined;
  readonly transportProtocol: 'raw_buffer' | 'tls';
  /** ALPN offered, or what the HTTP inspector saw: `http/1.0`, `http/1.1`, `h2c`. */
  readonly applicationProtocols: readonly string[];
}

/** Looks at a connection before its chain is chosen. */
export interface ListenerFilter {
  readonly kind: 'original_dst' | 'tls_inspector' | 'http_inspector' | 'proxy_protocol';
  /** Whether it is switched off for connections to this destination port. */
  readonly disabledOn: (destinationPort: number) => boolean;
  /** Rules of `proxy_protocol`; absent for the others. */
  readonly proxyProtocol?: ProxyProtocolRules;
}

/** Which PROXY protocol headers clients may begin with. Spec: Envoy `ProxyProtocol` listener filter. */
export interface ProxyProtocolRules {
  /** Clients may come without; else they are closed. */
  readonly allowWithout: boolean;
  readonly disallowedVersions: readonly (1 | 2)[];
}

/** What is done with connections that match. Spec: Envoy `FilterChain`. */
export interface FilterChain {
  /** Empty when it has none. */
  readonly name: string;
  readonly match: FilterChainMatch;
  /** Absent: plain bytes. */
  readonly tls?: DownstreamTls;
  /** How long the TLS handshake may take; 0: no limit. */
  readonly transportSocketConnectTimeoutMs: number;
  /** In order; the last one of a chain that serves is `http` or `tcp_proxy`. An empty chain closes the connection. */
  readonly filters: readonly NetworkFilter[];
  /** `filter_metadata.istio.config`. */
  readonly istioConfig?: string;
  /** `filter_metadata.lateen`: the TCP or TLS rule this came from. */
  readonly origin?: RouteOrigin;
}

/** Absent parts match everything. Spec: Envoy `FilterChainMatch`. */
export interface FilterChainMatch {
  readonly destinationPort?: number;
  readonly prefixRanges: readonly Cidr[];
  /** Lower case; `*.example.com` is a suffix. */
  readonly serverNames: readonly string[];
  readonly transportProtocol?: string;
  readonly applicationProtocols: readonly string[];
  readonly sourceType: 'any' | 'sameIpOrLoopback' | 'external';
  readonly sourcePrefixRanges: readonly Cidr[];
  readonly sourcePorts: readonly number[];
}

/** A network: compare with `contains`, which takes dotted IPv4 or IPv6 text. */
export interface Cidr {
  readonly text: string;
  readonly prefixLength: number;
  contains(address: string): boolean;
}

/** What runs on a connection's bytes. */
export type NetworkFilter =
  | { readonly kind: 'http'; readonly manager: HttpConnectionManager }
  | TcpProxy
  /** Istio's peer metadata over ALPN `istio-peer-exchange`. */
  | { readonly kind: 'metadata_exchange'; readonly protocol: string }
  | { readonly kind: 'istio_stats'; readonly config: IstioStatsConfig }
  | { readonly kind: 'sni_cluster' }
  /** Would protect and is not built: close the connection at once. */
  | { readonly kind: 'deny'; readonly name: string; readonly unsupported: Unsupported }
  /** Would change bytes and is not built: close the connection. */
  | { readonly kind: 'unsupported'; readonly name: string; readonly unsupported: Unsupported }
  /** Only observes or refines; left out. */
  | { readonly kind: 'ignored'; readonly name: string };

/** Bytes to one of some clusters. Spec: Envoy `TcpProxy`. */
export interface TcpProxy {
  readonly kind: 'tcp_proxy';
  readonly statPrefix: string;
  readonly clusters: readonly { readonly name: string; readonly weight: number }[];
  readonly totalWeight: number;
  /** 0: never. Default one hour. */
  readonly idleTimeoutMs: number;
  /** 0: no limit. */
  readonly maxDownstreamConnectionDurationMs: number;
  readonly maxConnectAttempts: number;
  readonly accessLogs: readonly AccessLogConfig[];
}

/** HTTP on a connection. Spec: Envoy `HttpConnectionManager`. */
export interface HttpConnectionManager {
  readonly kind: 'http_connection_manager';
  readonly statPrefix: string;
  /** The client is expected to speak: `auto` detects an HTTP/2 preface. */
  readonly codec: 'auto' | 'http1' | 'http2';
  readonly routes: RouteSource;
  /** In order; the last is `router`. */
  readonly httpFilters: readonly HttpFilter[];
  readonly accessLogs: readonly AccessLogConfig[];
  readonly normalizePath: boolean;
  readonly mergeSlashes: boolean;
  readonly pathWithEscapedSlashes: 'keep' | 'reject' | 'unescapeAndRedirect' | 'unescapeAndForward';
  /** The connection's address is the client's: append it to x-forwarded-for and treat the request as the edge's. */
  readonly useRemoteAddress: boolean;
  readonly xffNumTrustedHops: number;
  readonly skipXffAppend: boolean;
  readonly forwardClientCert: 'sanitize' | 'forwardOnly' | 'appendForward' | 'sanitizeSet' | 'alwaysForwardOnly';
  readonly setClientCertDetails: {
    readonly subject: boolean;
    readonly cert: boolean;
    readonly chain: boolean;
    readonly dns: boolean;
    readonly uri: boolean;
  };
  /** The `server` response header; `overwrite` replaces the upstream's, `passThrough` leaves it, `appendIfAbsent` fills it. Default `envoy`. */
  readonly serverName: string;
  readonly serverHeader: 'overwrite' | 'appendIfAbsent' | 'passThrough';
  /** Upgrade types that may be tunnelled, lower case: `websocket`. */
  readonly upgrades: ReadonlySet<string>;
  /** Send a 100-continue on rather than answer it here. */
  readonly proxy100Continue: boolean;
  /** Make an x-request-id where there is none. Default true. */
  readonly generateRequestId: boolean;
  readonly preserveExternalRequestId: boolean;
  readonly alwaysSetRequestIdInResponse: boolean;
  /** Accept HTTP/1.0 requests (else 426). */
  readonly acceptHttp10: boolean;
  /** The host of an HTTP/1.0 request that names none; absent: it is refused. */
  readonly defaultHostForHttp10?: string;
  /** What becomes of fields with an underscore in their name; absent: nothing. */
  readonly headersWithUnderscores?: 'reject' | 'drop';
  /** Trailers of HTTP/1.1 are passed on, both ways. Default: dropped. */
  readonly enableTrailers?: boolean;
  /** Added to `via` of requests and responses; absent: it is left alone. */
  readonly via?: string;
  /** Accept `GET http://host/path`. Default true. */
  readonly allowAbsoluteUrl: boolean;
  /** Take the port off the Host header before routing. */
  readonly stripHostPort: 'no' | 'matching' | 'any';
  readonly timeouts: HttpTimeouts;
  /** Largest request head in bytes. Default 60 KiB. */
  readonly maxRequestHeadersBytes: number;
  /** Default 100. */
  readonly maxHeadersCount: number;
  /** Close a connection after so many requests; 0: no limit. */
  readonly maxRequestsPerConnection: number;
  readonly http2: DownstreamHttp2Options;
  /** Absent: no tracing, and request IDs carry no decision. */
  readonly tracing?: TracingConfig;
  /** Response header `server: NAME` and such, ready as bytes to write: `server: istio-envoy\r\n`. */
  readonly serverHeaderLine: string;
}

/** Limits of an HTTP connection, 0 meaning none. */
export interface HttpTimeouts {
  /** No stream open. Default one hour. */
  readonly idleMs: number;
  /** No byte on a stream. Default five minutes. */
  readonly streamIdleMs: number;
  /** Whole request received. Default 0. */
  readonly requestMs: number;
  /** Head received. Default 0. */
  readonly requestHeadersMs: number;
  /** Between the drain notice and the close. Default 5000. */
  readonly drainMs: number;
  /** Wait for the client to close after a full response. Default 1000. */
  readonly delayedCloseMs: number;
  readonly maxConnectionDurationMs: number;
  readonly maxStreamDurationMs: number;
}

/** Where a connection manager's routes are. */
export type RouteSource =
  | { readonly kind: 'inline'; readonly table: RouteTable }
  /** Look up `snapshot.routes`. A listener is not in a snapshot before its routes are. */
  | { readonly kind: 'rds'; readonly name: string };

/** What runs on a request. Each has the name it is configured under, which per-route settings use. */
export type HttpFilter = { readonly name: string } & (
  | { readonly kind: 'router'; readonly suppressEnvoyHeaders: boolean }
  | { readonly kind: 'fault'; readonly policy?: FaultPolicy }
  | { readonly kind: 'cors'; readonly policy?: CorsPolicy }
  | { readonly kind: 'istio_stats'; readonly config: IstioStatsConfig }
  | IstioAlpn
  | PeerMetadata
  | GrpcStatsConfig
  /** gRPC-Web of browsers becomes gRPC. */
  | { readonly kind: 'grpc_web' }
  /** Would protect and is not built: answer every request 403, details `unsupported.word`. */
  | { readonly kind: 'deny'; readonly unsupported: Unsupported }
  /** Would change bytes and is not built: answer every request 503, details `unsupported.word`. */
  | { readonly kind: 'unsupported'; readonly unsupported: Unsupported }
  /** Only observes or refines; left out. */
  | { readonly kind: 'ignored' }
);

/** Counts gRPC calls. Spec: Envoy `grpc_stats`. */
export interface GrpcStatsConfig {
  readonly kind: 'grpc_stats';
  /** Which methods are counted by themselves, as methods by service; the others are counted together. */
  readonly methods: 'none' | 'all' | ReadonlyMap<string, ReadonlySet<string>>;
}

/** ALPN to offer upstream instead of the cluster's, unless the cluster's metadata says `alpn_override: "false"`. Spec: Istio `istio.alpn`. */
export interface IstioAlpn {
  readonly kind: 'istio_alpn';
  readonly http10: readonly string[];
  readonly http11: readonly string[];
  readonly http2: readonly string[];
}

/** Tells the peer who we are and learns who it is, by headers. Spec: Istio `io.istio.http.peer_metadata`. */
export interface PeerMetadata {
  readonly kind: 'peer_metadata';
  /** Read x-envoy-peer-metadata from requests, and remove it. */
  readonly downstreamDiscovery: boolean;
  /** Read it from responses, and remove it. */
  readonly upstreamDiscovery: boolean;
  /** Send it with responses. */
  readonly downstreamPropagation: boolean;
  /** Send it with requests. */
  readonly upstreamPropagation: boolean;
}

/** Spec: Istio `stats.PluginConfig`. */
export interface IstioStatsConfig extends StatsConfig {
  /** How often bytes of open TCP connections are counted; absent: the proxy's own choice. */
  readonly tcpReportMs?: number;
  /** Gateways report as `source` anyway; `serverGateway` is a waypoint. */
  readonly reporter: 'unspecified' | 'serverGateway';
}

/** Names a secret. Equal keys are the same secret. */
export interface SecretRef {
  /** `sds-grpc/default`, `ads/kubernetes://credential`, `inline/…`. */
  readonly key: string;
  readonly name: string;
  /** `sds`: from the agent beside the proxy; `ads`: from the control plane; `inline`: in the configuration. */
  readonly source: 'sds' | 'ads' | 'inline';
  /** What needs the secret waits so long for its first version, then is used without it and refuses TLS. 0: it waits for ever. */
  readonly initialFetchTimeoutMs: number;
  /** The secret itself, where `source` is `inline`. */
  readonly inline?: Secret;
}

/** What a secret holds, in PEM. */
export type Secret =
  | { readonly kind: 'certificate'; readonly name: string; readonly certificateChain: string; readonly privateKey: string }
  | {
      readonly kind: 'validation';
      readonly name: string;
      readonly trustedCa: string;
      /** Certificates that are trusted no longer. */
      readonly crl?: string;
      /** What is checked besides, with the rules of whoever names the secret. */
      readonly rules?: PeerRules;
    };

/** Matches one name of a certificate. Spec: Envoy `SubjectAltNameMatcher`. */
export interface SanMatcher {
  /** `any`: whatever its type, the older form. An exact DNS name may be covered by a wildcard. */
  readonly type: 'any' | 'dns' | 'uri' | 'email' | 'ip';
  readonly matcher: StringMatcher;
}

/** What is checked of a peer's certificate besides its chain. */
export interface PeerRules {
  /** One must match one of the certificate's names; empty: any name. */
  readonly sans: readonly SanMatcher[];
  /** SHA-256 of certificates, lower-case hexadecimal. With either list the certificate must be in one of them. */
  readonly certificateHashes?: readonly string[];
  /** SHA-256 of public keys in their DER form, base64. */
  readonly spkiHashes?: readonly string[];
  /** Most certificates between the peer's and the trust anchor; absent: the runtime's 100. */
  readonly maxIntermediates?: number;
}

/** How a peer's certificate is judged. Spec: Envoy `CertificateValidationContext`. */
export interface PeerValidation extends PeerRules {
  /** Absent: no chain verification is asked for; never so where `sans` is not empty. */
  readonly trustedCa?: SecretRef;
  /** PEM. One list for every issuer of a chain, or its certificates are refused. */
  readonly crl?: string;
}

/** What both directions of TLS share. */
export interface TlsParams {
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3';
  /** OpenSSL cipher list of TLS 1.2; absent: what Envoy takes. */
  readonly ciphers?: string;
  /** OpenSSL curve list; absent: X25519 and P-256. */
  readonly ecdhCurves?: string;
  /** OpenSSL list; absent: the runtime's. */
  readonly signatureAlgorithms?: string;
}

/** TLS towards clients. Spec: Envoy `DownstreamTlsContext`. */
export interface DownstreamTls extends TlsParams {
  /** Usable when they are all in `snapshot.secrets`. */
  readonly certificates: readonly SecretRef[];
  readonly validation?: PeerValidation;
  readonly requireClientCertificate: boolean;
  /** To offer, in order of preference. */
  readonly alpnProtocols: readonly string[];
  /** Of several certificates, a client that asks for a name none has gets one as if it had asked for none; default: the first. */
  readonly fullScanOnSniMismatch?: boolean;
  /** Refuse clients that name no server. Default false. */
  readonly requireSni?: boolean;
  /** What tickets are sealed with; absent: the data plane's key. */
  readonly ticketKey?: Buffer;
  /** Give clients tickets to resume with. Default true. */
  readonly statelessResumption?: boolean;
  /** How long a session may be resumed. Default two hours. */
  readonly sessionTimeoutSeconds?: number;
}

/** TLS towards endpoints. Spec: Envoy `UpstreamTlsContext`. */
export interface UpstreamTls extends TlsParams {
  readonly certificates: readonly SecretRef[];
  readonly validation?: PeerValidation;
  readonly sni?: string;
  /** Take the SNI, and the name to verify, from the request's authority. */
  readonly autoSni: boolean;
  readonly autoSanValidation: boolean;
  readonly alpnProtocols: readonly string[];
  /** Offer the endpoint's last session on the next connection. Default true. */
  readonly resumption?: boolean;
}

/** Whether an endpoint is told who the client is, before anything else. */
export interface TellsClient {
  /** Version of the PROXY protocol header; absent: none. */
  readonly proxyProtocol?: 1 | 2;
}

/** How bytes go to an endpoint. */
export type TransportSocket =
  | ({ readonly kind: 'raw' } & TellsClient)
  | ({ readonly kind: 'tls'; readonly tls: UpstreamTls } & TellsClient)
  /** Answer 503 with this word. */
  | { readonly kind: 'unsupported'; readonly unsupported: Unsupported };

/** A transport socket for endpoints whose `envoy.transport_socket_match` metadata has all of `match`. */
export interface TransportSocketMatch {
  readonly name: string;
  readonly match: Readonly<Record<string, string>>;
  readonly socket: TransportSocket;
}

/** How hosts are picked; `@lateen/routing` implements each. */
export type LbPolicy =
  | { readonly kind: 'round_robin' }
  | { readonly kind: 'least_request'; readonly choiceCount: number }
  | { readonly kind: 'random' }
  | { readonly kind: 'ring_hash'; readonly minimumRingSize: number; readonly maximumRingSize: number }
  | { readonly kind: 'maglev'; readonly tableSize: number }
  /** ORIGINAL_DST picks by itself. */
  | { readonly kind: 'cluster_provided' };

/** Circuit-breaking limits; Infinity: none. Per worker process. Spec: Envoy `CircuitBreakers.Thresholds`, defaults 1024, retries 3. */
export interface Thresholds {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  readonly maxRetries: number;
}

/** When a host is ejected. Percentages 0–100. Spec: Envoy `OutlierDetection` with its defaults. */
export interface OutlierDetection {
  readonly consecutive5xx: number;
  readonly consecutiveGatewayFailure: number;
  readonly consecutiveLocalOriginFailure: number;
  readonly enforcingConsecutive5xx: number;
  readonly enforcingConsecutiveGatewayFailure: number;
  readonly enforcingConsecutiveLocalOriginFailure: number;
  readonly splitExternalLocalOriginErrors: boolean;
  readonly intervalMs: number;
  readonly baseEjectionTimeMs: number;
  readonly maxEjectionTimeMs: number;
  readonly maxEjectionPercent: number;
}

/** How a DNS cluster finds its endpoints. */
export interface DnsDiscovery {
  readonly refreshMs: number;
  readonly respectTtl: boolean;
  readonly family: 'auto' | 'v4' | 'v6';
  /** What is looked up, each once; addresses too. */
  readonly names: readonly string[];
}

/** A group of endpoints that can stand in for each other. Spec: Envoy `Cluster`. */
export interface Cluster {
  readonly name: string;
  /** For stats names; trailing `;` kept. Defaults to the name. */
  readonly altStatName: string;
  readonly type: 'eds' | 'static' | 'strict_dns' | 'logical_dns' | 'original_dst';
  /** EDS: the assignment's name. */
  readonly edsServiceName: string;
  /** DNS clusters. */
  readonly dns?: DnsDiscovery;
  readonly lbPolicy: LbPolicy;
  /** Below this percentage of healthy hosts all are used. 0: never. Default 50. */
  readonly panicThreshold: number;
  readonly localityWeighted: boolean;
  readonly connectTimeoutMs: number;
  readonly thresholds: Thresholds;
  /** Picks by an endpoint's `envoy.transport_socket_match` metadata; compiled from what follows. */
  readonly transportSocketFor: (endpoint: Pick<Endpoint, 'transportSocketMatch'>) => TransportSocket;
  /** Used when no match applies. */
  readonly transportSocket: TransportSocket;
  readonly transportSocketMatches: readonly TransportSocketMatch[];
  /** `downstream`: whatever the client speaks; `alpn`: what TLS agrees on. */
  readonly upstreamProtocol: 'http1' | 'http2' | 'downstream' | 'alpn';
  /** Set when requests must be answered 503 with this word. TCP through the cluster is not affected by an HTTP protocol. */
  readonly unsupported?: Unsupported;
  readonly http: UpstreamHttpOptions;
  readonly outlierDetection?: OutlierDetection;
  /** Source address of connections to endpoints. */
  readonly bindAddress?: SocketAddress;
  /** Seconds, Linux semantics; absent: none. */
  readonly tcpKeepalive?: { readonly timeSec?: number; readonly intervalSec?: number; readonly probes?: number };
  /** ORIGINAL_DST: take the destination from x-envoy-original-dst-host. */
  readonly originalDstFromHeader: boolean;
  readonly perConnectionBufferLimitBytes: number;
  readonly metadata: ClusterMetadata;
  /** Network filters towards the endpoint. */
  readonly filters: readonly NetworkFilter[];
}

/** How a connection of HTTP/2 is asked for a sign of life. Spec: Envoy `KeepaliveSettings`. */
export interface Http2Keepalive {
  /** Between PINGs; 0: none at intervals. */
  readonly intervalMs: number;
  /** How long the peer may say nothing after a PING. */
  readonly timeoutMs: number;
  /** 0–100 of the interval that chance may add to it. Default 15. */
  readonly jitterPercent: number;
  /** A PING goes ahead of a new stream when nothing has come for so long; 0: none does. Towards endpoints alone. */
  readonly idleIntervalMs: number;
}

/** What HTTP/2 clients are granted. Spec: Envoy `Http2ProtocolOptions`. */
export interface DownstreamHttp2Options {
  /** Default 1024. */
  readonly maxConcurrentStreams: number;
  /** What a client may send on a stream ahead of its reader. Default 256 KiB. */
  readonly initialStreamWindowBytes: number;
  /** Extended CONNECT, for WebSocket (RFC 8441). Default false. */
  readonly allowConnect: boolean;
  /** Absent: clients are not asked whether they are there. */
  readonly keepalive?: Http2Keepalive;
}

/** Spec: Envoy `HttpProtocolOptions`. 0 means no limit. */
export interface UpstreamHttpOptions {
  /** Streams at once on an HTTP/2 connection, however many the endpoint allows. Default 1024. */
  readonly maxConcurrentStreams: number;
  /** What an endpoint may send on a stream ahead of its reader. Default 256 KiB. */
  readonly initialStreamWindowBytes: number;
  /** Of HTTP/2; absent: endpoints are not asked whether they are there. */
  readonly keepalive?: Http2Keepalive;
  /** Default one hour. */
  readonly idleTimeoutMs: number;
  readonly maxConnectionDurationMs: number;
  readonly maxRequestsPerConnection: number;
  /** Fields of a response's head. Default 100. */
  readonly maxHeadersCount?: number;
  /** Trailers of HTTP/1.1 are passed on, both ways. Default: dropped. */
  readonly enableTrailers?: boolean;
}

/** `filter_metadata.istio` of a cluster. */
export interface ClusterMetadata {
  readonly services: readonly { readonly host: string; readonly name: string; readonly namespace: string }[];
  readonly subset?: string;
  /** False: the istio.alpn filter leaves this cluster alone. */
  readonly alpnOverride: boolean;
  /** Outside the mesh. */
  readonly external: boolean;
  /** Path of the DestinationRule. */
  readonly config?: string;
}

/** A cluster's endpoints. Spec: Envoy `ClusterLoadAssignment`. */
export interface LoadAssignment {
  readonly clusterName: string;
  readonly localities: readonly LocalityEndpoints[];
  /** 1.4 as a percentage: 140 by default. */
  readonly overprovisioningFactor: number;
}

/** Endpoints of one locality and priority. */
export interface LocalityEndpoints {
  readonly locality: { readonly region: string; readonly zone: string; readonly subZone: string };
  /** 0 is tried first. */
  readonly priority: number;
  /** 0 when unset: no locality weighting. */
  readonly weight: number;
  readonly endpoints: readonly Endpoint[];
}

/** One address that serves. */
export interface Endpoint {
  /** An IP address, or a host name in DNS clusters, or a path of a unix socket with port 0. */
  readonly address: string;
  readonly port: number;
  /** `address:port`, IPv6 in brackets: the key of live state. */
  readonly key: string;
  readonly hostname?: string;
  /** At least 1. */
  readonly weight: number;
  readonly health: 'healthy' | 'unhealthy' | 'degraded' | 'draining';
  /** `envoy.transport_socket_match` metadata. */
  readonly transportSocketMatch: Readonly<Record<string, string>>;
  /** `istio.workload`: `workload;ns;canonical;revision;cluster`. */
  readonly workload?: string;
}
