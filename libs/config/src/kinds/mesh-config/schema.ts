import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { duration, message } from '../../schema/scalars';
import { connectionPool, localityLbSetting, outlierDetection, tcpKeepalive } from '../destination-rule/schema';
import { httpRetry } from '../virtual-service/schema';

/** Defaults of every proxy. Spec: Istio `ProxyConfig`; read leniently, as Istio reads it. */
const proxyConfig = z
  .looseObject({
    configPath: z.string(),
    binaryPath: z.string(),
    serviceCluster: z.string(),
    drainDuration: duration,
    terminationDrainDuration: duration,
    discoveryAddress: z.string(),
    proxyAdminPort: z.int(),
    statusPort: z.int(),
    statNameLength: z.int(),
    concurrency: z.int(),
    controlPlaneAuthPolicy: z.string(),
    interceptionMode: z.enum(['REDIRECT', 'TPROXY', 'NONE']),
    proxyMetadata: z.record(z.string(), z.string()),
    gatewayTopology: z.looseObject({
      numTrustedProxies: z.int().optional(),
      forwardClientCertDetails: z.string().optional(),
      proxyProtocol: z.looseObject({}).optional(),
    }),
    meshId: z.string(),
    holdApplicationUntilProxyStarts: z.boolean(),
    tracing: z.looseObject({}),
    proxyStatsMatcher: z.looseObject({
      inclusionPrefixes: z.array(z.string()).optional(),
      inclusionSuffixes: z.array(z.string()).optional(),
      inclusionRegexps: z.array(z.string()).optional(),
    }),
    proxyHeaders: z.looseObject({}),
    caCertificatesPem: z.array(z.string()),
    extraStatTags: z.array(z.string()),
  })
  .partial();

/** Mesh-wide settings. Spec: Istio `MeshConfig`; unknown fields are kept and ignored, as Istio ignores them. */
export const meshConfig = z
  .looseObject({
    proxyListenPort: z.int(),
    proxyInboundListenPort: z.int(),
    proxyHttpPort: z.int(),
    connectTimeout: duration,
    protocolDetectionTimeout: duration,
    tcpKeepalive,
    ingressClass: z.string(),
    ingressService: z.string(),
    ingressSelector: z.string(),
    ingressControllerMode: z.string(),
    enableTracing: z.boolean(),
    accessLogFile: z.string(),
    accessLogFormat: z.string(),
    accessLogEncoding: z.enum(['TEXT', 'JSON']),
    defaultConfig: proxyConfig,
    outboundTrafficPolicy: message({ mode: z.enum(['REGISTRY_ONLY', 'ALLOW_ANY', 'ALLOW_ANY_DYNAMIC_DNS']) }),
    inboundTrafficPolicy: message({ mode: z.enum(['PASSTHROUGH', 'LOCALHOST']) }),
    enableAutoMtls: z.boolean(),
    trustDomain: z.string(),
    trustDomainAliases: z.array(z.string()),
    defaultServiceExportTo: z.array(z.string()),
    defaultVirtualServiceExportTo: z.array(z.string()),
    defaultDestinationRuleExportTo: z.array(z.string()),
    rootNamespace: z.string(),
    localityLbSetting,
    dnsRefreshRate: duration,
    h2UpgradePolicy: z.enum(['DO_NOT_UPGRADE', 'UPGRADE']),
    inboundClusterStatName: z.string(),
    outboundClusterStatName: z.string(),
    enablePrometheusMerge: z.boolean(),
    extensionProviders: z.array(z.looseObject({ name: z.string().optional() })),
    defaultProviders: z.looseObject({
      metrics: z.array(z.string()).optional(),
      tracing: z.array(z.string()).optional(),
      accessLogging: z.array(z.string()).optional(),
    }),
    pathNormalization: message({ normalization: z.enum(['DEFAULT', 'NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES']) }),
    defaultHttpRetryPolicy: httpRetry,
    defaultInboundHttpRetryPolicy: httpRetry,
    defaultTrafficPolicy: message({ connectionPool, outlierDetection }),
    meshMTLS: z.looseObject({ minProtocolVersion: z.string().optional(), cipherSuites: z.array(z.string()).optional() }),
    tlsDefaults: z.looseObject({
      minProtocolVersion: z.string().optional(),
      cipherSuites: z.array(z.string()).optional(),
      ecdhCurves: z.array(z.string()).optional(),
    }),
    disableEnvoyListenerLog: z.boolean(),
    enableEnvoyAccessLogService: z.boolean(),
  })
  .partial();

/** Mesh-wide settings as the user wrote them; Istio's defaults are in `MESH_CONFIG_DEFAULTS`. */
export type MeshConfig = DeepReadonly<z.output<typeof meshConfig>>;
/** Settings of proxies as the user wrote them. */
export type ProxyConfig = DeepReadonly<z.output<typeof proxyConfig>>;

/**
 * What Istio takes where the user says nothing, for the fields that have a value.
 * Spec: Istio `mesh.DefaultMeshConfig`.
 */
export const MESH_CONFIG_DEFAULTS = {
  proxyListenPort: 15_001,
  proxyInboundListenPort: 15_006,
  proxyHttpPort: 0,
  connectTimeout: '10s',
  protocolDetectionTimeout: '0s',
  enableTracing: true,
  accessLogFile: '',
  accessLogFormat: '',
  accessLogEncoding: 'TEXT',
  outboundTrafficPolicy: { mode: 'ALLOW_ANY' },
  inboundTrafficPolicy: { mode: 'PASSTHROUGH' },
  enableAutoMtls: true,
  trustDomain: 'cluster.local',
  trustDomainAliases: [],
  defaultServiceExportTo: ['*'],
  defaultVirtualServiceExportTo: ['*'],
  defaultDestinationRuleExportTo: ['*'],
  rootNamespace: 'istio-system',
  localityLbSetting: { enabled: true },
  dnsRefreshRate: '60s',
  h2UpgradePolicy: 'DO_NOT_UPGRADE',
  enablePrometheusMerge: true,
  defaultProviders: {},
  pathNormalization: { normalization: 'DEFAULT' },
} as const satisfies MeshConfig;
