import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { crd, oneOf } from '../../schema/crd-meta';
import { anyDuration, duration, int32, maybeBoolean, maybeUint32, message, stringMap, uint32 } from '../../schema/scalars';
import { policySelector } from '../../schema/shared';

/** Probes on an idle connection. */
export const tcpKeepalive = message({ probes: uint32, time: duration, interval: duration });

const tcpSettings = message({
  maxConnections: int32,
  connectTimeout: duration,
  tcpKeepalive,
  maxConnectionDuration: duration,
  idleTimeout: anyDuration,
});

const httpSettings = message({
  http1MaxPendingRequests: int32,
  http2MaxRequests: int32,
  maxRequestsPerConnection: int32,
  maxRetries: int32,
  idleTimeout: duration,
  h2UpgradePolicy: z.enum(['DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE']),
  useClientProtocol: z.boolean(),
  maxConcurrentStreams: int32,
  http2KeepAlive: message({ interval: duration, timeout: duration }),
});

/** Connection limits, shared with MeshConfig. */
export const connectionPool = message({ tcp: tcpSettings, http: httpSettings });

const failover = message({ from: z.string(), to: z.string() });

/** Locality preference, shared with MeshConfig. */
export const localityLbSetting = message({
  distribute: z.array(message({ from: z.string(), to: z.record(z.string(), uint32) })),
  failover: z.array(failover),
  failoverPriority: z.array(z.string()),
  enabled: maybeBoolean,
});

/** Preference for the zone of the client, shared with MeshConfig. */
export const zoneAwareLbSetting = message({
  enabled: maybeBoolean,
  minClusterSize: crd(uint32, { keywords: { minimum: 1, nullable: true } }),
  failover: z.array(failover),
  failoverPriority: z.array(z.string()),
});

const consistentHash = oneOf(
  oneOf(
    message({
      httpHeaderName: z.string(),
      httpCookie: message({
        name: z.string(),
        path: z.string(),
        ttl: anyDuration,
        attributes: z.array(message({ name: z.string(), value: z.string() }).required({ name: true })),
      }).required({ name: true }),
      useSourceIp: z.boolean(),
      httpQueryParameterName: z.string(),
      ringHash: message({ minimumRingSize: z.int().min(0) }),
      maglev: message({ tableSize: z.int().min(0) }),
      minimumRingSize: z.int().min(0),
    }),
    'httpHeaderName',
    'httpCookie',
    'useSourceIp',
    'httpQueryParameterName',
  ),
  'ringHash',
  'maglev',
);

const loadBalancer = oneOf(
  message({
    simple: z.enum(['UNSPECIFIED', 'LEAST_CONN', 'RANDOM', 'PASSTHROUGH', 'ROUND_ROBIN', 'LEAST_REQUEST']),
    consistentHash,
    localityLbSetting,
    zoneAwareLbSetting,
    warmupDurationSecs: duration,
    warmup: message({
      duration,
      minimumPercent: crd(z.number(), { keywords: { minimum: 0, maximum: 100, nullable: true } }),
      aggression: crd(z.number(), { keywords: { minimum: 0, nullable: true } }),
    }).required({ duration: true }),
    backendUtilization: message({
      metricNamesForComputingUtilization: z.array(z.string()),
      errorUtilizationPenaltyPercent: uint32,
      weightStabilizationPeriod: anyDuration,
      weightExpirationPeriod: anyDuration,
      weightUpdatePeriod: anyDuration,
    }),
  }),
  'simple',
  'consistentHash',
  'backendUtilization',
);

/** Passive health checks, shared with MeshConfig. */
export const outlierDetection = message({
  consecutiveErrors: int32,
  splitExternalLocalOriginErrors: z.boolean(),
  consecutiveLocalOriginFailures: maybeUint32,
  consecutiveGatewayErrors: maybeUint32,
  consecutive5xxErrors: maybeUint32,
  interval: duration,
  baseEjectionTime: duration,
  maxEjectionPercent: int32,
  minHealthPercent: int32,
  outlierDetectionHttpErrorCodes: z.array(crd(uint32, { keywords: { minimum: 100, maximum: 599 } })),
});

/** TLS towards an upstream, shared with MeshConfig. */
export const clientTls = message({
  mode: z.enum(['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL']),
  clientCertificate: z.string(),
  privateKey: z.string(),
  caCertificates: z.string(),
  credentialName: z.string(),
  subjectAltNames: z.array(z.string()),
  sni: z.string(),
  insecureSkipVerify: maybeBoolean,
  caCrl: z.string(),
});

const portTrafficPolicy = message({ port: message({ number: uint32 }), loadBalancer, connectionPool, outlierDetection, tls: clientTls });

const trafficPolicy = message({
  loadBalancer,
  connectionPool,
  outlierDetection,
  tls: clientTls,
  portLevelSettings: crd(z.array(portTrafficPolicy), { keywords: { maxItems: 4096 } }),
  tunnel: message({ protocol: z.string(), targetHost: z.string(), targetPort: uint32 }).required({ targetHost: true, targetPort: true }),
  proxyProtocol: message({ version: z.enum(['V1', 'V2']) }),
  retryBudget: message({
    percent: crd(z.number(), { keywords: { minimum: 0, maximum: 100, nullable: true } }),
    minRetryConcurrency: uint32,
    budgetInterval: anyDuration,
  }),
});

const subset = message({ name: z.string(), labels: stringMap, trafficPolicy }).required({ name: true });

/** The `spec` of a DestinationRule. Spec: networking.istio.io DestinationRule. */
export const destinationRuleSpec = message({
  host: z.string(),
  trafficPolicy,
  subsets: z.array(subset),
  exportTo: z.array(z.string()),
  workloadSelector: policySelector,
}).required({ host: true });

/** Policies for traffic to a host, after routing. */
export type DestinationRuleSpec = DeepReadonly<z.output<typeof destinationRuleSpec>>;
/** Load balancing, pools, outlier detection and TLS; `portLevelSettings` replace whole blocks for their port. */
export type TrafficPolicy = DeepReadonly<z.output<typeof trafficPolicy>>;
/** The policy of one port. */
export type PortTrafficPolicy = DeepReadonly<z.output<typeof portTrafficPolicy>>;
/** A named share of a host's endpoints, by labels. */
export type Subset = DeepReadonly<z.output<typeof subset>>;
/** Connection limits and timeouts. */
export type ConnectionPoolSettings = DeepReadonly<z.output<typeof connectionPool>>;
/** The TCP part of a connection pool. */
export type TCPSettings = DeepReadonly<z.output<typeof tcpSettings>>;
/** The HTTP part of a connection pool. */
export type HTTPSettings = DeepReadonly<z.output<typeof httpSettings>>;
/** Which endpoint a request gets. `simple` unset or UNSPECIFIED is LEAST_REQUEST. */
export type LoadBalancerSettings = DeepReadonly<z.output<typeof loadBalancer>>;
/** Hashing by header, cookie, source address or query parameter. */
export type ConsistentHashLB = DeepReadonly<z.output<typeof consistentHash>>;
/** Preference for near endpoints. */
export type LocalityLoadBalancerSetting = DeepReadonly<z.output<typeof localityLbSetting>>;
/** Passive health checks. */
export type OutlierDetection = DeepReadonly<z.output<typeof outlierDetection>>;
/** TLS towards the upstream. An unset mode is DISABLE. */
export type ClientTLSSettings = DeepReadonly<z.output<typeof clientTls>>;
