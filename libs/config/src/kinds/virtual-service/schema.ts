import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { crd, oneOf } from '../../schema/crd-meta';
import { base64, duration, int32, maybeBoolean, maybeUint32, message, percent, stringMap, uint32 } from '../../schema/scalars';

/** At most one of the three; none means "present". `regex` is RE2 and matches the whole text. */
const stringMatch = oneOf(message({ exact: z.string(), prefix: z.string(), regex: z.string() }), 'exact', 'prefix', 'regex');

const portSelector = message({ number: uint32 });

/** A service, shared with Sidecar. */
export const destination = message({ host: z.string(), subset: z.string(), port: portSelector }).required({ host: true });

const headerOperations = message({ set: stringMap, add: stringMap, remove: z.array(z.string()) });

const headers = message({ request: headerOperations, response: headerOperations });

const httpMatchRequest = message({
  name: z.string(),
  uri: stringMatch,
  scheme: stringMatch,
  method: stringMatch,
  authority: stringMatch,
  headers: z.record(z.string(), stringMatch),
  port: uint32,
  sourceLabels: stringMap,
  gateways: z.array(z.string()),
  queryParams: z.record(z.string(), stringMatch),
  ignoreUriCase: z.boolean(),
  withoutHeaders: z.record(z.string(), stringMatch),
  sourceNamespace: z.string(),
  statPrefix: z.string(),
});

const httpRouteDestination = message({ destination, weight: int32, headers }).required({ destination: true });

const httpRedirect = oneOf(
  message({
    uri: z.string(),
    authority: z.string(),
    port: uint32,
    derivePort: z.enum(['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT']),
    scheme: z.string(),
    redirectCode: uint32,
    prefixRewrite: z.string(),
  }),
  'port',
  'derivePort',
);

const httpDirectResponse = message({
  status: uint32,
  body: oneOf(message({ string: z.string(), bytes: base64 }), 'string', 'bytes'),
}).required({ status: true });

const httpRewrite = message({
  uri: z.string(),
  authority: z.string(),
  uriRegexRewrite: message({ match: z.string(), rewrite: z.string() }),
});

/** A retry policy, shared with MeshConfig. */
export const httpRetry = message({
  attempts: int32,
  perTryTimeout: duration,
  retryOn: z.string(),
  retryRemoteLocalities: maybeBoolean,
  retryIgnorePreviousHosts: maybeBoolean,
  backoff: duration,
});

const httpFaultInjection = message({
  delay: oneOf(
    message({ percent: int32, fixedDelay: duration, exponentialDelay: duration, percentage: percent }),
    'fixedDelay',
    'exponentialDelay',
  ),
  abort: oneOf(
    message({ httpStatus: int32, grpcStatus: z.string(), http2Error: z.string(), percentage: percent }),
    'httpStatus',
    'grpcStatus',
    'http2Error',
  ),
});

const corsPolicy = message({
  allowOrigin: z.array(z.string()),
  allowOrigins: z.array(stringMatch),
  allowMethods: z.array(z.string()),
  allowHeaders: z.array(z.string()),
  exposeHeaders: z.array(z.string()),
  maxAge: duration,
  allowCredentials: maybeBoolean,
  unmatchedPreflights: z.enum(['UNSPECIFIED', 'FORWARD', 'IGNORE']),
});

const httpMirrorPolicy = message({ destination, percentage: percent }).required({ destination: true });

const httpRoute = crd(
  message({
    name: z.string(),
    match: z.array(httpMatchRequest),
    route: z.array(httpRouteDestination),
    redirect: httpRedirect,
    directResponse: httpDirectResponse,
    delegate: message({ name: z.string(), namespace: z.string() }),
    rewrite: httpRewrite,
    timeout: duration,
    retries: httpRetry,
    fault: httpFaultInjection,
    mirror: destination,
    mirrors: z.array(httpMirrorPolicy),
    mirrorPercent: maybeUint32,
    mirrorPercentage: percent,
    corsPolicy,
    headers,
  }),
  { aliases: { mirror_percent: 'mirrorPercent' } },
);

const routeDestination = message({ destination, weight: int32 }).required({ destination: true });

const tlsMatchAttributes = message({
  sniHosts: z.array(z.string()),
  destinationSubnets: z.array(z.string()),
  port: uint32,
  sourceLabels: stringMap,
  gateways: z.array(z.string()),
  sourceNamespace: z.string(),
}).required({ sniHosts: true });

const tlsRoute = message({ match: z.array(tlsMatchAttributes), route: z.array(routeDestination) }).required({ match: true });

const l4MatchAttributes = message({
  destinationSubnets: z.array(z.string()),
  port: uint32,
  sourceSubnet: z.string(),
  sourceLabels: stringMap,
  gateways: z.array(z.string()),
  sourceNamespace: z.string(),
});

const tcpRoute = message({ match: z.array(l4MatchAttributes), route: z.array(routeDestination) });

/** The `spec` of a VirtualService. Spec: networking.istio.io VirtualService. */
export const virtualServiceSpec = message({
  hosts: z.array(z.string()),
  gateways: z.array(z.string()),
  http: z.array(httpRoute),
  tls: z.array(tlsRoute),
  tcp: z.array(tcpRoute),
  exportTo: z.array(z.string()),
});

/** Routing rules for hosts. `gateways` unset means `mesh`; no `hosts` means a delegate. */
export type VirtualServiceSpec = DeepReadonly<z.output<typeof virtualServiceSpec>>;
/** At most one of `exact`, `prefix`, `regex`; none of them means the value is only required to be present. */
export type StringMatch = DeepReadonly<z.output<typeof stringMatch>>;
/** A service, by short or full name, with an optional subset and port. */
export type Destination = DeepReadonly<z.output<typeof destination>>;
/** Header operations of one direction; `set` before `add` before `remove`. */
export type HeaderOperations = DeepReadonly<z.output<typeof headerOperations>>;
/** Header operations on the request and on the response. */
export type Headers = DeepReadonly<z.output<typeof headers>>;
/** Conditions that all have to hold. */
export type HTTPMatchRequest = DeepReadonly<z.output<typeof httpMatchRequest>>;
/** A weighted destination. An unset weight is 0, unless it is the only one. */
export type HTTPRouteDestination = DeepReadonly<z.output<typeof httpRouteDestination>>;
/** A redirect; the code is 301 by default. */
export type HTTPRedirect = DeepReadonly<z.output<typeof httpRedirect>>;
/** A fixed answer. `body.bytes` is base64. */
export type HTTPDirectResponse = DeepReadonly<z.output<typeof httpDirectResponse>>;
/** A rewrite of path or authority before forwarding. */
export type HTTPRewrite = DeepReadonly<z.output<typeof httpRewrite>>;
/** A retry policy; `attempts: 0` turns retries off. */
export type HTTPRetry = DeepReadonly<z.output<typeof httpRetry>>;
/** A delay and an abort, each for a share of requests; an unset percentage is all of them. */
export type HTTPFaultInjection = DeepReadonly<z.output<typeof httpFaultInjection>>;
/** Cross-origin resource sharing. */
export type CorsPolicy = DeepReadonly<z.output<typeof corsPolicy>>;
/** A shadow destination and its share; an unset percentage is all requests. */
export type HTTPMirrorPolicy = DeepReadonly<z.output<typeof httpMirrorPolicy>>;
/** One HTTP rule; the first rule that matches wins. */
export type HTTPRoute = DeepReadonly<z.output<typeof httpRoute>>;
/** A weighted destination of a TLS or TCP rule. */
export type RouteDestination = DeepReadonly<z.output<typeof routeDestination>>;
/** Conditions on an undecrypted TLS connection. */
export type TLSMatchAttributes = DeepReadonly<z.output<typeof tlsMatchAttributes>>;
/** One rule for undecrypted TLS. */
export type TLSRoute = DeepReadonly<z.output<typeof tlsRoute>>;
/** Conditions on an opaque connection. */
export type L4MatchAttributes = DeepReadonly<z.output<typeof l4MatchAttributes>>;
/** One rule for opaque TCP. */
export type TCPRoute = DeepReadonly<z.output<typeof tcpRoute>>;
