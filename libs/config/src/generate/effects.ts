import { type KindDefinition } from '../kinds/kind';

/** Told to proxies, and done by Envoy alone: the mesh's own proxy does nothing of it yet. */
const ENVOY = 'where the proxy is Envoy';

/**
 * Fields of kinds in effect that nothing reads yet, or only somewhere; with everything in them. A name without the
 * fields above it is meant wherever it stands: policies of traffic are in several places.
 */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  VirtualService: {
    'http.fault.delay.exponentialDelay': 'not yet',
    'http.fault.abort.http2Error': 'not yet',
    'tls.match.destinationSubnets': 'not yet',
    'tcp.match.destinationSubnets': 'not yet',
    'tcp.match.sourceSubnet': 'not yet',
    tls: 'at gateways',
  },
  DestinationRule: {
    'loadBalancer.localityLbSetting': 'not yet',
    'loadBalancer.zoneAwareLbSetting': 'not yet',
    'loadBalancer.backendUtilization': 'not yet',
    'loadBalancer.warmup': ENVOY,
    'loadBalancer.warmupDurationSecs': ENVOY,
    'connectionPool.tcp.idleTimeout': 'not yet',
    'connectionPool.tcp.tcpKeepalive.probes': ENVOY,
    'connectionPool.tcp.tcpKeepalive.interval': ENVOY,
    'connectionPool.http.http2KeepAlive': ENVOY,
    'outlierDetection.outlierDetectionHttpErrorCodes': 'not yet',
    'tls.caCrl': 'not yet',
    'trafficPolicy.tunnel': 'not yet',
    'trafficPolicy.retryBudget': 'not yet',
  },
  Gateway: {
    'servers.port.targetPort': 'not yet',
    'servers.tls.caCrl': 'not yet',
    'servers.tls.tlsCertificates.caCertificates': 'not yet',
    'servers.tls.verifyCertificateSpki': 'not yet',
    'servers.tls.verifyCertificateHash': 'not yet',
    'servers.tls.ecdhCurves': 'not yet',
    'servers.tls.insecureSkipVerify': 'not yet',
    'servers.defaultEndpoint': 'not yet',
    'servers.name': 'not yet',
  },
  ServiceEntry: { 'endpoints.network': 'not yet' },
  Telemetry: { targetRef: 'not yet', targetRefs: 'not yet', 'tracing.disableContextPropagation': 'not yet' },
};

/** What is read of mesh configuration, with everything in it. */
const MESH_CONFIG: readonly string[] = [
  'accessLogFile',
  'accessLogFormat',
  'accessLogEncoding',
  'connectTimeout',
  'disableEnvoyListenerLog',
  'tcpKeepalive.time',
  'defaultDestinationRuleExportTo',
  'defaultVirtualServiceExportTo',
  'defaultHttpRetryPolicy',
  'defaultProviders.accessLogging',
  'defaultProviders.metrics',
  'defaultProviders.tracing',
  'defaultConfig.tracing.customTags',
  'defaultConfig.tracing.enableIstioTags',
  'defaultConfig.tracing.maxPathTagLength',
  'defaultConfig.tracing.sampling',
  'defaultConfig.tracing.zipkin',
  'enableTracing',
  'dnsRefreshRate',
  'enableAutoMtls',
  'extensionProviders.name',
  'extensionProviders.envoyFileAccessLog',
  ...['service', 'port', 'logFormat'].map((field) => `extensionProviders.envoyOtelAls.${field}`),
  'extensionProviders.prometheus',
  ...['service', 'port', 'maxTagLength'].map((field) => `extensionProviders.opentelemetry.${field}`),
  ...['http.path', 'http.timeout', 'http.headers.name', 'http.headers.value'].map((field) => `extensionProviders.opentelemetry.${field}`),
  ...['timeout', 'initialMetadata.name', 'initialMetadata.value'].map((field) => `extensionProviders.opentelemetry.grpc.${field}`),
  ...['service', 'port', 'maxTagLength', 'enable64bitTraceId', 'path', 'timeout'].map((field) => `extensionProviders.zipkin.${field}`),
  ...['headers.name', 'headers.value', 'traceContextOption'].map((field) => `extensionProviders.zipkin.${field}`),
  'h2UpgradePolicy',
  'outboundTrafficPolicy',
  'pathNormalization',
  'proxyHttpPort',
  'proxyListenPort',
  'proxyInboundListenPort',
  'rootNamespace',
  'trustDomain',
  'trustDomainAliases',
];

/** What Envoy alone does of mesh configuration. */
const MESH_CONFIG_OF_ENVOY: readonly string[] = [
  'extensionProviders.opentelemetry.resourceDetectors',
  'extensionProviders.envoyHttpAls',
  'extensionProviders.envoyTcpAls',
  'tcpKeepalive.interval',
  'tcpKeepalive.probes',
];

/** Says of a field, by its path as the page writes it, since when the mesh does what it says. */
export type FieldEffect = (path: string) => string;

/** Of the fields of a kind. */
export function effectOf({ kind, effect, since }: Pick<KindDefinition, 'kind' | 'effect' | 'since'>): FieldEffect {
  if (effect !== 'full' || since === undefined) return () => 'not yet';
  const exceptions = Object.entries(EXCEPTIONS[kind] ?? {});
  return (path) => {
    const exception = exceptions.find(([field]) => isWithin(path, field));
    if (exception === undefined) return since;
    return exception[1] === 'not yet' ? exception[1] : `${since}, ${exception[1]}`;
  };
}

/** Of the fields of MeshConfig; one that holds others is in effect when one of them is. */
export function meshConfigEffect(path: string): string {
  const names = (fields: readonly string[]): boolean => fields.some((field) => isAtOrUnder(path, field) || isAtOrUnder(field, path));
  return names(MESH_CONFIG) ? '0.1.0' : names(MESH_CONFIG_OF_ENVOY) ? `0.1.0, ${ENVOY}` : 'not yet';
}

/** Every name above, for a test that each is a field. */
export const NAMED_FIELDS: readonly (readonly [kind: string, field: string])[] = [
  ...Object.entries(EXCEPTIONS).flatMap(([kind, fields]) => Object.keys(fields).map((field) => [kind, field] as const)),
  ...[...MESH_CONFIG, ...MESH_CONFIG_OF_ENVOY].map((field) => ['MeshConfig', field] as const),
];

/** Whether a path, without what marks lists and maps, is a field or inside it, wherever that field stands. */
function isWithin(path: string, field: string): boolean {
  const names = `.${namesOf(path)}.`;
  // A field of one name is meant at the root alone.
  return field.includes('.') ? names.includes(`.${field}.`) : names.startsWith(`.${field}.`);
}

function isAtOrUnder(path: string, field: string): boolean {
  return `${namesOf(path)}.`.startsWith(`${namesOf(field)}.`);
}

function namesOf(path: string): string {
  return path.replaceAll(/[[\]{}]/g, '');
}
