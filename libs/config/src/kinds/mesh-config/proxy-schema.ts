import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { anyDuration } from '../../schema/scalars';
import { clientTls, tcpKeepalive } from '../destination-rule/schema';

/** A message of mesh configuration: every field optional, others kept and ignored, as Istio ignores them. */
export function lenient<S extends z.ZodRawShape>(shape: S): z.ZodObject<{ [K in keyof S]: z.ZodOptional<S[K]> }, z.core.$loose> {
  return z.looseObject(shape).partial() as unknown as z.ZodObject<{ [K in keyof S]: z.ZodOptional<S[K]> }, z.core.$loose>;
}

/** A message that is Envoy's, Kubernetes' or too new to be known field by field: taken as it is. */
export const open = z.looseObject({});

const texts = z.array(z.string());
const textMap = z.record(z.string(), z.string());
const remoteService = lenient({ address: z.string(), tlsSettings: clientTls, tcpKeepalive });
const privateKeyPolling = lenient({ pollDelay: anyDuration, fallback: z.boolean() });
const tagSource = lenient({ name: z.string(), defaultValue: z.string() });

const tracing = lenient({
  zipkin: lenient({ address: z.string() }),
  lightstep: lenient({ address: z.string(), accessToken: z.string() }),
  datadog: lenient({ address: z.string() }),
  stackdriver: open,
  openCensusAgent: open,
  customTags: z.record(
    z.string(),
    lenient({
      literal: lenient({ value: z.string() }),
      environment: tagSource,
      header: tagSource,
      formatter: lenient({ value: z.string() }),
    }),
  ),
  maxPathTagLength: z.int(),
  sampling: z.number(),
  tlsSettings: clientTls,
  enableIstioTags: z.boolean(),
});

/** Defaults of every proxy. Spec: Istio `ProxyConfig` of mesh configuration. */
export const proxyConfig = lenient({
  configPath: z.string(),
  binaryPath: z.string(),
  customConfigFile: z.string(),
  proxyBootstrapTemplatePath: z.string(),
  serviceCluster: z.string(),
  tracingServiceName: z.enum(['APP_LABEL_AND_NAMESPACE', 'CANONICAL_NAME_ONLY', 'CANONICAL_NAME_AND_NAMESPACE']),
  drainDuration: anyDuration,
  terminationDrainDuration: anyDuration,
  discoveryAddress: z.string(),
  discoveryRefreshDelay: anyDuration,
  zipkinAddress: z.string(),
  statsdUdpAddress: z.string(),
  envoyMetricsServiceAddress: z.string(),
  envoyMetricsService: remoteService,
  envoyAccessLogService: remoteService,
  proxyAdminPort: z.int(),
  statusPort: z.int(),
  statNameLength: z.int(),
  concurrency: z.int(),
  controlPlaneAuthPolicy: z.enum(['NONE', 'MUTUAL_TLS']),
  interceptionMode: z.enum(['REDIRECT', 'TPROXY', 'NONE']),
  tracing,
  proxyMetadata: textMap,
  runtimeValues: textMap,
  gatewayTopology: lenient({ numTrustedProxies: z.int(), forwardClientCertDetails: z.string(), proxyProtocol: open }),
  meshId: z.string(),
  readinessProbe: open,
  proxyStatsMatcher: lenient({ inclusionPrefixes: texts, inclusionSuffixes: texts, inclusionRegexps: texts }),
  holdApplicationUntilProxyStarts: z.boolean(),
  image: lenient({ imageType: z.string() }),
  privateKeyProvider: lenient({ cryptomb: privateKeyPolling, qat: privateKeyPolling }),
  proxyHeaders: lenient({
    forwardedClientCert: z.string(),
    setCurrentClientCertDetails: open,
    requestId: open,
    server: open,
    attemptCount: open,
    envoyDebugHeaders: open,
    metadataExchangeHeaders: open,
    preserveHttp1HeaderCase: z.boolean(),
    xForwardedPort: open,
    xForwardedHost: open,
  }),
  statsCompression: z.boolean(),
  connectionSettings: open,
  fileFlushInterval: anyDuration,
  fileFlushMinSizeKb: z.int(),
  caCertificatesPem: texts,
  extraStatTags: texts,
});

/** Settings of proxies as the user wrote them. */
export type ProxyConfig = DeepReadonly<z.output<typeof proxyConfig>>;
