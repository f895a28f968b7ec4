/**
 * What a route configuration says, parsed and precomputed: the types the data path and `explain` share.
 * Everything here is immutable. Times are milliseconds, percentages are {@link Fraction}s, header names are lower case.
 */
import { type FormatSegment } from './substitution-format';

/** A test of one string, compiled; the parts it was made from stay readable. Spec: Envoy `StringMatcher`. */
export interface StringMatcher {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains' | 'regex';
  /** The literal, or the RE2 pattern, as configured. */
  readonly value: string;
  readonly ignoreCase: boolean;
  /** Regexes match the whole string. */
  test(value: string): boolean;
}

/** A share of requests: `numerator` in `denominator`. Spec: Envoy `FractionalPercent`. */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: 100 | 10_000 | 1_000_000;
}

/** How a route's path is tested. Queries and fragments are cut off before. Spec: Envoy `RouteMatch.path_specifier`. */
export type PathMatch =
  | { readonly kind: 'prefix'; readonly value: string; readonly caseSensitive: boolean }
  | { readonly kind: 'exact'; readonly value: string; readonly caseSensitive: boolean }
  | { readonly kind: 'separatedPrefix'; readonly value: string; readonly caseSensitive: boolean }
  | {
      readonly kind: 'regex';
      readonly matcher: StringMatcher;
      /** What every match begins with; empty: unknown. */ readonly literalPrefix: string;
    }
  /** Only CONNECT requests. */
  | { readonly kind: 'connect' };

/** A test of one request header. Several values of a header are joined with `,`. Spec: Envoy `HeaderMatcher`. */
export interface HeaderMatch {
  /** Lower case; pseudo-headers are `:authority`, `:method`, `:path`, `:scheme`. */
  readonly name: string;
  readonly value:
    | { readonly kind: 'present'; readonly present: boolean }
    | { readonly kind: 'string'; readonly matcher: StringMatcher }
    /** A decimal integer in [start, end). */
    | { readonly kind: 'range'; readonly start: number; readonly end: number };
  readonly invert: boolean;
  readonly treatMissingAsEmpty: boolean;
}

/** A test of the first value of one query parameter, as sent (not decoded). Spec: Envoy `QueryParameterMatcher`. */
export interface QueryParameterMatch {
  readonly name: string;
  readonly value: { readonly kind: 'present'; readonly present: boolean } | { readonly kind: 'string'; readonly matcher: StringMatcher };
}

/** Every condition must hold. Spec: Envoy `RouteMatch`. */
export interface RouteMatch {
  readonly path: PathMatch;
  readonly headers: readonly HeaderMatch[];
  readonly queryParameters: readonly QueryParameterMatch[];
  /** Only this share of requests; absent means all. */
  readonly fraction?: Fraction;
  /** Only requests whose content-type is gRPC's. */
  readonly grpc: boolean;
  /** What the downstream TLS connection must have: a presented client certificate, a verified one. */
  readonly tls?: { readonly presented?: boolean; readonly validated?: boolean };
}

/** One change to a set of headers. Spec: Envoy `HeaderValueOption`, `*_headers_to_remove`. */
export type HeaderMutation =
  | { readonly action: 'remove'; readonly name: string }
  | {
      readonly action: 'append' | 'addIfAbsent' | 'overwriteOrAdd' | 'overwriteIfExists';
      readonly name: string;
      /** The value when it has no operators: the common case. */
      readonly literal?: string;
      /** The value otherwise; `@lateen/telemetry` `formatterOf` turns it into a function of the stream. */
      readonly format?: readonly FormatSegment[];
      /** Add the header even when the value comes out empty. */
      readonly keepEmpty: boolean;
    };

/** Changes to both heads, in the order to apply them. */
export interface HeaderMutations {
  readonly request: readonly HeaderMutation[];
  readonly response: readonly HeaderMutation[];
}

/** One of the clusters a route splits over. */
export interface WeightedCluster {
  readonly name: string;
  readonly weight: number;
  /** Only this cluster's own mutations followed by the route's, virtual host's and route configuration's: apply these, not the route's. */
  readonly headers: HeaderMutations;
  readonly hostRewrite?: string;
  /** The route's, with this cluster's own over it. */
  readonly perFilter: PerFilterConfig;
}

/** Which failures are tried again. Spec: Envoy `x-envoy-retry-on` and `x-envoy-retry-grpc-on`. */
export interface RetryOn {
  readonly serverError: boolean;
  readonly gatewayError: boolean;
  readonly reset: boolean;
  readonly resetBeforeRequest: boolean;
  readonly connectFailure: boolean;
  readonly envoyRatelimited: boolean;
  readonly retriable4xx: boolean;
  readonly refusedStream: boolean;
  readonly retriableStatusCodes: boolean;
  readonly retriableHeaders: boolean;
  /** gRPC status codes: `cancelled` 1, `deadline-exceeded` 4, `resource-exhausted` 8, `internal` 13, `unavailable` 14. */
  readonly grpcStatuses: readonly number[];
}

/** When and how often a request is tried again. Spec: Envoy `RetryPolicy`. */
export interface RetryPolicy {
  readonly on: RetryOn;
  /** Default 1. */
  readonly numRetries: number;
  /** 0: none of its own, the route's timeout rules. */
  readonly perTryTimeoutMs: number;
  /** 0: none. */
  readonly perTryIdleTimeoutMs: number;
  readonly retriableStatusCodes: readonly number[];
  readonly retriableHeaders: readonly HeaderMatch[];
  readonly retriableRequestHeaders: readonly HeaderMatch[];
  /** Full jitter: wait uniform in [0, base × 2^(attempt − 1)), at most max. Defaults 25 and 250. */
  readonly backOff: { readonly baseMs: number; readonly maxMs: number };
  /** Avoid hosts already tried. */
  readonly previousHosts: boolean;
  /** Tries at picking a host that was not tried yet. Default 1. */
  readonly hostSelectionMaxAttempts: number;
  /** Avoid priorities already tried, every so many attempts; absent: no such rule. */
  readonly previousPrioritiesUpdateFrequency?: number;
}

/** Where a copy of a request goes; its response is dropped. Spec: Envoy `RequestMirrorPolicy`. */
export interface MirrorPolicy {
  readonly cluster: string;
  /** Absent: every request. */
  readonly fraction?: Fraction;
  /** Append `-shadow` to the copy's authority. */
  readonly appendShadowSuffix: boolean;
}

/** What a request is hashed by for ring hash and Maglev. Spec: Envoy `RouteAction.HashPolicy`. */
export type HashPolicy = { readonly terminal: boolean } & (
  | { readonly kind: 'header'; readonly name: string }
  | {
      readonly kind: 'cookie';
      readonly name: string;
      readonly path: string;
      /** Absent: never set a cookie. 0: a session cookie. */ readonly ttlMs?: number;
    }
  | { readonly kind: 'sourceIp' }
  | { readonly kind: 'queryParameter'; readonly name: string }
  | { readonly kind: 'filterState'; readonly key: string }
);

/** Faults to inject. Spec: Envoy `HTTPFault`. */
export interface FaultPolicy {
  readonly delay?: { readonly delayMs: number; readonly fraction: Fraction };
  readonly abort?: { readonly httpStatus?: number; readonly grpcStatus?: number; readonly fraction: Fraction };
  /** The fault applies only to requests with these headers. */
  readonly headers: readonly HeaderMatch[];
  /** The fault applies only to requests for this cluster. */
  readonly upstreamCluster?: string;
  /** At most so many delayed or aborted requests at once; absent: no limit. */
  readonly maxActiveFaults?: number;
}

/** Cross-origin rules, as header values ready to send. Spec: Envoy `CorsPolicy`. */
export interface CorsPolicy {
  readonly allowOrigins: readonly StringMatcher[];
  readonly allowMethods?: string;
  readonly allowHeaders?: string;
  readonly exposeHeaders?: string;
  /** Seconds, as text. */
  readonly maxAge?: string;
  readonly allowCredentials: boolean;
  /** A preflight that asks whether it may reach a private network is told so. Spec: Private Network Access. */
  readonly allowPrivateNetworkAccess?: boolean;
  readonly filterEnabled: Fraction;
  /** Whether a preflight from an origin that is not allowed goes upstream. Default true. */
  readonly forwardNotMatchingPreflights: boolean;
}

/** What a route (or virtual host, or weighted cluster) changes about HTTP filters; absent: the filter's own. */
export interface PerFilterConfig {
  readonly fault?: FaultPolicy;
  readonly cors?: CorsPolicy;
  /** Names of filters switched off here. */
  readonly disabled?: ReadonlySet<string>;
}

/** How the upstream's `:authority` is made. Absent: as received. */
export type HostRewrite =
  | { readonly kind: 'literal'; readonly value: string }
  | { readonly kind: 'header'; readonly name: string }
  /** The endpoint's host name, of a DNS cluster. */
  | { readonly kind: 'auto' };

/** How far a gRPC client's word about its time, `grpc-timeout`, is taken. */
export interface GrpcTimeLimit {
  /** However long it says; 0: no bound. */
  readonly maxMs: number;
  /** Taken off what it says, where something is left. */
  readonly offsetMs: number;
}

/** Sends the request on. Spec: Envoy `RouteAction`. */
export interface ForwardAction {
  readonly kind: 'forward';
  /** One cluster or a split; empty when `clusterHeader` names it. Use {@link pickCluster}. */
  readonly clusters: readonly WeightedCluster[];
  readonly totalWeight: number;
  readonly clusterHeader?: string;
  /** Answered when the cluster does not exist: 503, 404 or 500. */
  readonly clusterNotFoundStatus: number;
  /** The whole exchange until the response ends; 0: none. Default 15000. */
  readonly timeoutMs: number;
  /** Absent: the connection manager's stream idle timeout. 0: none. */
  readonly idleTimeoutMs?: number;
  /** Absent: not set. 0: no limit. */
  readonly maxStreamDurationMs?: number;
  /** What a gRPC client says of its time bounds its stream. Spec: Envoy `grpc_timeout_header_max`, `grpc_timeout_header_offset`. */
  readonly grpcStreamTimeout?: GrpcTimeLimit;
  /** What a gRPC client says of its time is the timeout, and endpoints are told so. Spec: Envoy `max_grpc_timeout`, `grpc_timeout_offset`. */
  readonly grpcTimeout?: GrpcTimeLimit;
  readonly retry?: RetryPolicy;
  /** Makes the upstream path from the downstream path (query included). Absent: unchanged. */
  readonly rewritePath?: (path: string) => string;
  readonly hostRewrite?: HostRewrite;
  readonly appendXForwardedHost: boolean;
  readonly mirrors: readonly MirrorPolicy[];
  readonly hashPolicies: readonly HashPolicy[];
  /** Upgrade types switched on or off here, lower case; absent: the connection manager's. */
  readonly upgrades: ReadonlyMap<string, boolean>;
  /**
   * CONNECT ends here: its content goes to the cluster as TCP, with a PROXY header of that version first; so does that of
   * POST with `post`. Absent: it is sent on.
   */
  readonly connectTcp?: { readonly proxyProtocol?: 1 | 2; readonly post?: true };
  /** Set when the route asks for something that would change bytes and is not built: answer 503 with this details word. */
  readonly unsupported?: Unsupported;
}

/** Answers with a redirection. Spec: Envoy `RedirectAction`. */
export interface RedirectAction {
  readonly kind: 'redirect';
  readonly status: 301 | 302 | 303 | 307 | 308;
  /** The `location` of a request: `scheme` is the downstream's, `authority` its Host, `path` as received. */
  readonly location: (scheme: string, authority: string, path: string) => string;
}

/** Answers from configuration. Spec: Envoy `DirectResponseAction`. */
export interface DirectResponseAction {
  readonly kind: 'directResponse';
  readonly status: number;
  readonly body: string;
}

/** What a route does. */
export type RouteAction = ForwardAction | RedirectAction | DirectResponseAction;

/** A well-formed feature that is not built. `word` goes where a request is answered because of it. */
export interface Unsupported {
  /** snake_case, for `%RESPONSE_CODE_DETAILS%`: `http2_upstream_unsupported`. */
  readonly word: string;
  /** One sentence for people. */
  readonly reason: string;
}

/** Which rule of which VirtualService a route, or a filter chain for TCP, was made from. Only proxies that say `lateen.origins` are told. */
export interface RouteOrigin {
  /** The VirtualService that has the rule: `/apis/networking.istio.io/v1/namespaces/NAMESPACE/virtual-service/NAME`. A delegate's own. */
  readonly config: string;
  /** `http[1]`, `tls[0]`, `tcp[0]`. */
  readonly rule: string;
  /** `match[0]`; absent for a rule without conditions. */
  readonly match?: string;
}

/** A route and all it inherits, ready to run. */
export interface Route {
  readonly name: string;
  readonly match: RouteMatch;
  readonly action: RouteAction;
  /** This route's mutations, then the virtual host's, then the route configuration's. A weighted cluster brings its own list. */
  readonly headers: HeaderMutations;
  readonly perFilter: PerFilterConfig;
  /** Span and `x-envoy-decorator-operation` name. */
  readonly decorator?: string;
  /** `filter_metadata.istio.config`: the VirtualService this came from. */
  readonly istioConfig?: string;
  /** `filter_metadata.lateen`: the rule this came from. Routes of one rule and match share it. */
  readonly origin?: RouteOrigin;
  /** Names the route's statistics, when set. */
  readonly statPrefix?: string;
  readonly virtualHost: VirtualHost;
}

/** Hosts and their routes, in order. Spec: Envoy `VirtualHost`. */
export interface VirtualHost {
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes: readonly Route[];
  /** `all`: plain requests are redirected to https. */
  readonly requireTls: 'none' | 'all' | 'externalOnly';
  /** Set `x-envoy-attempt-count` upstream. */
  readonly includeRequestAttemptCount: boolean;
  readonly includeAttemptCountInResponse: boolean;
  /** Bodies up to so many bytes are kept for retries; absent: the connection manager's. */
  readonly retryBufferBytes?: number;
}

/** A route configuration as data: what {@link compileRouteTable} compiles. Routes come without their virtual host. */
export interface RouteConfig {
  readonly name: string;
  readonly virtualHosts: readonly VirtualHostConfig[];
  readonly ignorePortInHostMatching: boolean;
}

/** A virtual host before compilation; mutations and per-filter settings are merged already. */
export type VirtualHostConfig = Omit<VirtualHost, 'routes'> & { readonly routes: readonly RouteDraft[] };

/** A route before it knows its virtual host. */
export type RouteDraft = Omit<Route, 'virtualHost'>;

/** What matching reads of a request. The data path passes its own byte-backed object; nothing is copied. */
export interface RequestView {
  readonly method: string;
  /** Path and query, normalized. */
  readonly path: string;
  /** The Host header, as received. */
  readonly authority: string;
  /** `http` or `https`. */
  readonly scheme: string;
  /** By lower-case name, several values joined with `,`; undefined when absent. Never asked for pseudo-headers. */
  header(name: string): string | undefined;
  /** The lines of a header one by one, when the view can tell them apart. */
  headerLines?(name: string): readonly string[];
  /** Whether the downstream connection has TLS, presented a client certificate, and had it verified. */
  readonly tlsPresented?: boolean;
  readonly tlsValidated?: boolean;
}
