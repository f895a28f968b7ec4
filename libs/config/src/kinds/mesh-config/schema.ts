import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { anyDuration, message } from '../../schema/scalars';
import {
  clientTls,
  connectionPool,
  localityLbSetting,
  outlierDetection,
  tcpKeepalive,
  zoneAwareLbSetting,
} from '../destination-rule/schema';
import { httpRetry } from '../virtual-service/schema';
import { extensionProvider } from './providers-schema';
import { lenient, proxyConfig } from './proxy-schema';

const labelSelector = lenient({
  matchLabels: z.record(z.string(), z.string()),
  matchExpressions: z.array(lenient({ key: z.string(), operator: z.string(), values: z.array(z.string()) })),
});
const mtlsVersion = z.enum(['TLS_AUTO', 'TLSV1_2', 'TLSV1_3']);
const meshTls = lenient({ minProtocolVersion: mtlsVersion, cipherSuites: z.array(z.string()), ecdhCurves: z.array(z.string()) });

/** Mesh-wide settings. Spec: Istio `MeshConfig`; unknown fields are kept and ignored, as Istio ignores them. */
export const meshConfig = lenient({
  proxyListenPort: z.int(),
  proxyInboundListenPort: z.int(),
  proxyHttpPort: z.int(),
  connectTimeout: anyDuration,
  protocolDetectionTimeout: anyDuration,
  tcpKeepalive,
  ingressClass: z.string(),
  ingressService: z.string(),
  ingressSelector: z.string(),
  ingressControllerMode: z.enum(['UNSPECIFIED', 'OFF', 'DEFAULT', 'STRICT']),
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
  dnsRefreshRate: anyDuration,
  h2UpgradePolicy: z.enum(['DO_NOT_UPGRADE', 'UPGRADE']),
  inboundClusterStatName: z.string(),
  outboundClusterStatName: z.string(),
  enablePrometheusMerge: z.boolean(),
  extensionProviders: z.array(extensionProvider),
  defaultProviders: lenient({ metrics: z.array(z.string()), tracing: z.array(z.string()), accessLogging: z.array(z.string()) }),
  pathNormalization: message({ normalization: z.enum(['DEFAULT', 'NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES']) }),
  defaultHttpRetryPolicy: httpRetry,
  defaultInboundHttpRetryPolicy: httpRetry,
  defaultTrafficPolicy: message({ connectionPool, outlierDetection }),
  meshMTLS: meshTls,
  tlsDefaults: meshTls,
  zoneAwareLbSetting,
  configSources: z.array(lenient({ address: z.string(), tlsSettings: clientTls, subscribedResources: z.array(z.string()) })),
  caCertificates: z.array(
    lenient({ pem: z.string(), spiffeBundleUrl: z.string(), certSigners: z.array(z.string()), trustDomains: z.array(z.string()) }),
  ),
  ca: lenient({ address: z.string(), tlsSettings: clientTls, requestTimeout: anyDuration, istiodSide: z.boolean() }),
  certificates: z.array(lenient({ secretName: z.string(), dnsNames: z.array(z.string()) })),
  serviceSettings: z.array(lenient({ settings: lenient({ clusterLocal: z.boolean() }), hosts: z.array(z.string()) })),
  serviceScopeConfigs: z.array(
    lenient({ namespaceSelector: labelSelector, servicesSelector: labelSelector, scope: z.enum(['LOCAL', 'GLOBAL']) }),
  ),
  serviceEntryVisibility: z.unknown(),
  discoverySelectors: z.array(labelSelector),
  verifyCertificateAtClient: z.boolean(),
  disableEnvoyListenerLog: z.boolean(),
  enableEnvoyAccessLogService: z.boolean(),
});

/** Mesh-wide settings as the user wrote them; Istio's defaults are in `MESH_CONFIG_DEFAULTS`. */
export type MeshConfig = DeepReadonly<z.output<typeof meshConfig>>;

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
