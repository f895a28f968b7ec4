import { describe, expect, it } from '@jest/globals';
import { parseFiles } from '../../parse/parse-files';
import { formatPath } from '../../parse/path';
import { positionOf } from '../../parse/positions';
import { fieldsMissingFrom } from '../../testing/kind-table';
import { meshNetworks } from './networks';
import { meshConfigFindings, meshNetworksFindings, parseMeshConfig, readMeshConfigFile } from './parse';
import { meshConfig, MESH_CONFIG_DEFAULTS } from './schema';

interface Case {
  readonly name: string;
  readonly mesh: object;
  readonly want?: readonly string[];
}

const service = { service: 'a.b', port: 80 };
const provider = (kind: object, name = 'a'): object => ({ extensionProviders: [{ name, ...kind }] });
const authz = {
  ...service,
  timeout: '1s',
  failOpen: true,
  clearRouteCache: true,
  statusOnError: '403',
  includeRequestBodyInCheck: { maxRequestBytes: 1, allowPartialMessage: true, packAsBytes: true },
};
const grpcLog = {
  ...service,
  logName: 'a',
  filterStateObjectsToLog: ['a'],
  additionalRequestHeadersToLog: ['a'],
  additionalResponseHeadersToLog: ['a'],
  additionalResponseTrailersToLog: ['a'],
};
const headers = [{ name: 'a', value: 'b', envName: 'c' }];
const tls = {
  mode: 'MUTUAL',
  clientCertificate: '/c',
  privateKey: '/k',
  caCertificates: '/ca',
  credentialName: '',
  subjectAltNames: ['a'],
  sni: 'a',
  insecureSkipVerify: false,
  caCrl: '/crl',
};
const keepalive = { probes: 1, time: '1s', interval: '1s' };
const labels = { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] };
const remote = { address: 'a:80', tlsSettings: tls, tcpKeepalive: keepalive };
const tag = { name: 'a', defaultValue: 'b' };
const retries = {
  attempts: 1,
  perTryTimeout: '1s',
  retryOn: '5xx',
  retryRemoteLocalities: true,
  retryIgnorePreviousHosts: true,
  backoff: '1s',
};
const meshTls = { minProtocolVersion: 'TLSV1_3', cipherSuites: ['any text?'], ecdhCurves: [] };
const proxy = (change: object): object => ({ defaultConfig: change });
const tracing = (change: object): object => proxy({ tracing: change });

const EVERYTHING: readonly object[] = [
  {
    proxyListenPort: 15_001,
    proxyInboundListenPort: 15_006,
    proxyHttpPort: 0,
    connectTimeout: '1h',
    protocolDetectionTimeout: '0s',
    tcpKeepalive: keepalive,
    ingressClass: 'istio',
    ingressService: 'a',
    ingressSelector: 'a',
    ingressControllerMode: 'STRICT',
    enableTracing: true,
    accessLogFile: '/dev/stdout',
    accessLogFormat: '%PROTOCOL%',
    accessLogEncoding: 'JSON',
    enableEnvoyAccessLogService: false,
    disableEnvoyListenerLog: false,
    outboundTrafficPolicy: { mode: 'ALLOW_ANY_DYNAMIC_DNS' },
    inboundTrafficPolicy: { mode: 'LOCALHOST' },
    configSources: [{ address: 'fs:///a', tlsSettings: tls, subscribedResources: ['SERVICE_REGISTRY'] }],
    enableAutoMtls: true,
    trustDomain: 'a.1',
    trustDomainAliases: ['b.'],
    caCertificates: [{ pem: 'a', spiffeBundleUrl: 'a', certSigners: ['a'], trustDomains: ['a'] }],
    ca: { address: 'a', tlsSettings: tls, requestTimeout: '1s', istiodSide: true },
    certificates: [{ secretName: 'a', dnsNames: ['a'] }],
    defaultServiceExportTo: ['*'],
    defaultVirtualServiceExportTo: ['.'],
    defaultDestinationRuleExportTo: ['*'],
    rootNamespace: 'istio-system',
    localityLbSetting: { enabled: true, distribute: [{ from: 'a/*', to: { 'a/b': 80, c: 20 } }] },
    zoneAwareLbSetting: { enabled: true, minClusterSize: 1, failover: [{ from: 'a', to: 'b' }], failoverPriority: ['app'] },
    dnsRefreshRate: '60s',
    h2UpgradePolicy: 'UPGRADE',
    inboundClusterStatName: '%SERVICE%',
    outboundClusterStatName: '%SERVICE%',
    serviceSettings: [{ settings: { clusterLocal: true }, hosts: ['*.a.svc.cluster.local'] }],
    serviceScopeConfigs: [{ namespaceSelector: labels, servicesSelector: labels, scope: 'GLOBAL' }],
    serviceEntryVisibility: { any: 'thing' },
    enablePrometheusMerge: true,
    defaultProviders: { metrics: ['a'], tracing: ['a'], accessLogging: ['a'] },
    discoverySelectors: [labels],
    pathNormalization: { normalization: 'MERGE_SLASHES' },
    defaultHttpRetryPolicy: retries,
    defaultTrafficPolicy: {
      connectionPool: {
        tcp: { maxConnections: 1, connectTimeout: '1s', tcpKeepalive: keepalive, maxConnectionDuration: '1s', idleTimeout: '0s' },
        http: {
          http1MaxPendingRequests: 1,
          http2MaxRequests: 1,
          maxRequestsPerConnection: 1,
          maxRetries: 1,
          idleTimeout: '1s',
          h2UpgradePolicy: 'DEFAULT',
          useClientProtocol: true,
          maxConcurrentStreams: 1,
          http2KeepAlive: { interval: '1s', timeout: '1s' },
        },
      },
      outlierDetection: {
        consecutiveErrors: 1,
        splitExternalLocalOriginErrors: true,
        consecutiveLocalOriginFailures: 1,
        consecutiveGatewayErrors: 1,
        consecutive5xxErrors: 1,
        interval: '1s',
        baseEjectionTime: '1s',
        maxEjectionPercent: 100,
        minHealthPercent: 0,
        outlierDetectionHttpErrorCodes: [500],
      },
    },
    meshMTLS: meshTls,
    tlsDefaults: { ...meshTls, ecdhCurves: ['', 'P-256', 'X25519MLKEM768'] },
    verifyCertificateAtClient: true,
  },
  { localityLbSetting: { failover: [{ from: 'a', to: 'b' }], failoverPriority: ['app'] } },
  proxy({
    configPath: './etc',
    binaryPath: '/envoy',
    customConfigFile: 'a',
    proxyBootstrapTemplatePath: 'a',
    serviceCluster: '',
    tracingServiceName: 'CANONICAL_NAME_ONLY',
    drainDuration: '45s',
    terminationDrainDuration: '0s',
    discoveryAddress: 'istiod.istio-system.svc:15012',
    discoveryRefreshDelay: '1s',
    zipkinAddress: 'any text?',
    statsdUdpAddress: '[::1]:80',
    envoyMetricsServiceAddress: '10.0.0.1:80',
    envoyMetricsService: remote,
    envoyAccessLogService: remote,
    proxyAdminPort: 15_000,
    statusPort: 15_020,
    statNameLength: 189,
    concurrency: 0,
    controlPlaneAuthPolicy: 'MUTUAL_TLS',
    interceptionMode: 'TPROXY',
    tracing: {
      customTags: { a: { literal: { value: '' } }, b: { environment: tag }, c: { header: tag }, d: { formatter: { value: 'a' } } },
      maxPathTagLength: 1,
      sampling: 100,
      tlsSettings: tls,
      enableIstioTags: true,
      zipkin: { address: '$(HOST_IP):9411' },
      lightstep: { address: 'a:80', accessToken: 'a' },
      datadog: { address: '$(HOST_IP):8126' },
      stackdriver: { any: 'thing' },
      openCensusAgent: { any: 'thing' },
    },
    proxyMetadata: { A: 'b' },
    runtimeValues: { a: 'b' },
    gatewayTopology: { numTrustedProxies: 1, forwardClientCertDetails: 'SANITIZE', proxyProtocol: {} },
    meshId: 'a',
    readinessProbe: { any: 'thing' },
    proxyStatsMatcher: { inclusionPrefixes: ['a'], inclusionSuffixes: ['a'], inclusionRegexps: ['a'] },
    holdApplicationUntilProxyStarts: true,
    image: { imageType: 'distroless' },
    privateKeyProvider: { cryptomb: { pollDelay: '2ms', fallback: true }, qat: { pollDelay: '2ms', fallback: true } },
    proxyHeaders: {
      forwardedClientCert: 'SANITIZE',
      setCurrentClientCertDetails: {},
      requestId: {},
      server: {},
      attemptCount: {},
      envoyDebugHeaders: {},
      metadataExchangeHeaders: {},
      preserveHttp1HeaderCase: true,
      xForwardedPort: {},
      xForwardedHost: {},
    },
    statsCompression: true,
    connectionSettings: { httpMaxConcurrentStreams: 1, initialStreamWindowSize: 65_535, idleTimeout: '0s', anyBufferLimitBytes: 0 },
    fileFlushInterval: '1s',
    fileFlushMinSizeKb: 64,
    caCertificatesPem: ['a'],
    extraStatTags: ['a'],
  }),
  {
    extensionProviders: [
      {
        name: 'a',
        envoyExtAuthzHttp: {
          ...authz,
          pathPrefix: '/a',
          includeHeadersInCheck: ['a'],
          includeRequestHeadersInCheck: ['a'],
          includeAdditionalHeadersInCheck: { a: 'b' },
          headersToUpstreamOnAllow: ['a'],
          headersToDownstreamOnDeny: ['a'],
          headersToDownstreamOnAllow: ['a'],
        },
      },
      { name: 'b', envoyExtAuthzGrpc: authz },
      {
        name: 'c',
        zipkin: { ...service, maxTagLength: 1, enable64bitTraceId: true, path: '/a', timeout: '1s', headers, traceContextOption: 'USE_B3' },
      },
      { name: 'd', lightstep: { ...service, accessToken: 'a', maxTagLength: 1 } },
      { name: 'e', datadog: { ...service, maxTagLength: 1 } },
      { name: 'f', stackdriver: {} },
      { name: 'g', opencensus: { ...service, context: ['B3'], maxTagLength: 1 } },
      { name: 'h', skywalking: { ...service, accessToken: 'a' } },
      {
        name: 'i',
        opentelemetry: {
          ...service,
          maxTagLength: 1,
          http: { path: '/a', timeout: '1s', headers },
          resourceDetectors: {},
          dynatraceSampler: {},
          serviceAttributeEnrichment: 'ISTIO_CANONICAL',
        },
      },
      { name: 'j', opentelemetry: { service: 'ns/a.b', port: 1, grpc: { timeout: '1s', initialMetadata: headers } } },
      { name: 'k', prometheus: {} },
      { name: 'l', envoyFileAccessLog: { path: '/dev/stdout', logFormat: { text: 'a', labels: { a: 'b' } }, omitEmptyValues: true } },
      { name: 'm', envoyHttpAls: grpcLog },
      { name: 'n', envoyTcpAls: grpcLog },
      { name: 'o', envoyOtelAls: { ...grpcLog, logFormat: { text: 'a', labels: {} } } },
      { name: 'p', sds: { ...service, name: 'a' } },
    ],
  },
];

const tables: Readonly<Record<string, readonly Case[]>> = {
  'all fields': [
    ...EVERYTHING.map((mesh, i) => ({ name: `document ${i}`, mesh })),
    { name: "Istio's defaults", mesh: MESH_CONFIG_DEFAULTS },
  ],
  shape: [
    { name: 'an unknown field', mesh: { trustDomian: 'a' }, want: ['warning unknown_field trustDomian'] },
    { name: 'an unknown field of a proxy', mesh: proxy({ concurency: 1 }), want: ['warning unknown_field defaultConfig.concurency'] },
    { name: 'an unknown field of a strict part', mesh: { tcpKeepalive: { x: 1 } }, want: ['warning unknown_field tcpKeepalive.x'] },
    { name: 'snake case and numbers of enums', mesh: { access_log_encoding: 1, default_config: { proxy_admin_port: '15000' } } },
    { name: 'text for a boolean', mesh: { enableAutoMtls: 'perhaps' }, want: ['error wrong_type enableAutoMtls'] },
    {
      name: 'an unknown mode',
      mesh: { outboundTrafficPolicy: { mode: 'ALLOW' } },
      want: ['error unknown_value outboundTrafficPolicy.mode'],
    },
    {
      name: 'an unknown policy',
      mesh: proxy({ controlPlaneAuthPolicy: 'TLS' }),
      want: ['error unknown_value defaultConfig.controlPlaneAuthPolicy'],
    },
  ],
  'ports and timeouts': [
    { name: 'port 0', mesh: { proxyListenPort: 0 }, want: ['error invalid_port proxyListenPort'] },
    { name: 'a connect timeout of 1 ms', mesh: { connectTimeout: '1ms' } },
    ...['0s', '1h1ms', '1.5ms', '-1s'].map((connectTimeout) => ({
      name: `a connect timeout of ${connectTimeout}`,
      mesh: { connectTimeout },
      want: ['error invalid_duration connectTimeout'],
    })),
    {
      name: 'detection of half a millisecond',
      mesh: { protocolDetectionTimeout: '500us' },
      want: ['error invalid_duration protocolDetectionTimeout'],
    },
  ],
  'trust domains and curves': [
    ...['', 'a b', '.a', 'a..b', 'a_b'].map((trustDomain) => ({
      name: `"${trustDomain}"`,
      mesh: { trustDomain },
      want: ['error invalid_trust_domain trustDomain'],
    })),
    { name: 'an empty alias', mesh: { trustDomainAliases: ['a', ''] }, want: ['error invalid_trust_domain trustDomainAliases[1]'] },
    {
      name: 'curves inside the mesh',
      mesh: { meshMTLS: { ecdhCurves: ['P-256'] } },
      want: ['error unsupported_field meshMTLS.ecdhCurves'],
    },
    {
      name: 'unknown and repeated curves',
      mesh: { tlsDefaults: { ecdhCurves: ['P-1', 'P-256', 'P-256'] } },
      want: ['warning unknown_curve tlsDefaults.ecdhCurves', 'warning duplicate_curve tlsDefaults.ecdhCurves'],
    },
    { name: 'TLS 1.1', mesh: { meshMTLS: { minProtocolVersion: 'TLSV1_1' } }, want: ['error unknown_value meshMTLS.minProtocolVersion'] },
  ],
  'policies of traffic': [
    { name: 'two kinds of locality preference', mesh: { localityLbSetting: {}, zoneAwareLbSetting: {} } },
    { name: 'failover without outlier detection', mesh: { localityLbSetting: { failoverPriority: ['app'] } } },
    {
      name: 'distribution and failover',
      mesh: { localityLbSetting: { distribute: [{ from: 'a', to: { b: 100 } }], failover: [{ from: 'a', to: 'b' }] } },
      want: ['error exclusive_fields localityLbSetting'],
    },
    {
      name: 'a topology label of zones',
      mesh: { zoneAwareLbSetting: { failoverPriority: ['topology.kubernetes.io/zone'] } },
      want: ['error invalid_locality zoneAwareLbSetting.failoverPriority[0]'],
    },
    {
      name: 'a service that is no name',
      mesh: { serviceSettings: [{ hosts: ['a', 'a_b'] }] },
      want: ['error invalid_host serviceSettings[0].hosts[1]'],
    },
    {
      name: 'an empty pool',
      mesh: { defaultTrafficPolicy: { connectionPool: {} } },
      want: ['error empty_policy defaultTrafficPolicy.connectionPool'],
    },
    { name: 'a keepalive of 0, not judged', mesh: { defaultTrafficPolicy: { connectionPool: { tcp: { tcpKeepalive: { time: '0s' } } } } } },
    {
      name: 'ejecting 101 %',
      mesh: { defaultTrafficPolicy: { outlierDetection: { maxEjectionPercent: 101, consecutiveErrors: 1 } } },
      want: ['error out_of_range defaultTrafficPolicy.outlierDetection.maxEjectionPercent'],
    },
    { name: 'inbound retries', mesh: { defaultInboundHttpRetryPolicy: { attempts: 2, retryOn: 'reset', backoff: '1s' } } },
    {
      name: 'inbound retries turned off',
      mesh: { defaultInboundHttpRetryPolicy: { attempts: 0, backoff: '1s' } },
      want: ['error ineffective_field defaultInboundHttpRetryPolicy.backoff'],
    },
    {
      name: 'inbound retries on anything',
      mesh: { defaultInboundHttpRetryPolicy: { attempts: 1, retryOn: 'any' } },
      want: ['error invalid_retry_on defaultInboundHttpRetryPolicy.retryOn'],
    },
    {
      name: 'inbound retries with what is ignored',
      mesh: { defaultInboundHttpRetryPolicy: retries },
      want: ['perTryTimeout', 'retryRemoteLocalities', 'retryIgnorePreviousHosts'].map(
        (field) => `warning ineffective_field defaultInboundHttpRetryPolicy.${field}`,
      ),
    },
  ],
  proxies: [
    ...['configPath', 'binaryPath', 'serviceCluster'].map((field) => ({
      name: `no ${field}`,
      mesh: proxy({ [field]: '' }),
      want: [`error required_field defaultConfig.${field}`],
    })),
    ...['0s', '1.5s', '10ms'].map((drainDuration) => ({
      name: `draining for ${drainDuration}`,
      mesh: proxy({ drainDuration }),
      want: ['error invalid_duration defaultConfig.drainDuration'],
    })),
    ...['', 'a', 'a:0', 'a:x', 'a_b:80', '::1:80'].map((discoveryAddress) => ({
      name: `istiod at "${discoveryAddress}"`,
      mesh: proxy({ discoveryAddress }),
      want: ['error invalid_address defaultConfig.discoveryAddress'],
    })),
    ...['proxyAdminPort', 'statusPort'].map((field) => ({
      name: `${field} 65536`,
      mesh: proxy({ [field]: 65_536 }),
      want: [`error invalid_port defaultConfig.${field}`],
    })),
    ...['statsdUdpAddress', 'envoyMetricsServiceAddress'].flatMap((field) => [
      { name: `no ${field}`, mesh: proxy({ [field]: '' }) },
      { name: `${field} without a port`, mesh: proxy({ [field]: 'a' }), want: [`error invalid_address defaultConfig.${field}`] },
    ]),
    ...['envoyMetricsService', 'envoyAccessLogService'].map((field) => ({
      name: `${field} without a port`,
      mesh: proxy({ [field]: { address: 'a' } }),
      want: [`error invalid_address defaultConfig.${field}.address`],
    })),
    {
      name: 'Zipkin without an address',
      mesh: tracing({ zipkin: {} }),
      want: ['error invalid_address defaultConfig.tracing.zipkin.address'],
    },
    {
      name: 'Datadog on no port',
      mesh: tracing({ datadog: { address: '$(HOST_IP)' } }),
      want: ['error invalid_address defaultConfig.tracing.datadog.address'],
    },
    {
      name: 'Lightstep without a token',
      mesh: tracing({ lightstep: { address: 'a:1' } }),
      want: ['error required_field defaultConfig.tracing.lightstep.accessToken'],
    },
    {
      name: 'tracing with half of TLS',
      mesh: tracing({ tlsSettings: { mode: 'MUTUAL', clientCertificate: '/c' } }),
      want: ['error required_field defaultConfig.tracing.tlsSettings.privateKey'],
    },
    {
      name: 'tracing with a ConfigMap',
      mesh: tracing({ tlsSettings: { mode: 'SIMPLE', credentialName: 'configmap://a/b' } }),
      want: ['error invalid_tls defaultConfig.tracing.tlsSettings.credentialName'],
    },
    {
      name: 'no provider of keys',
      mesh: proxy({ privateKeyProvider: {} }),
      want: ['error required_field defaultConfig.privateKeyProvider'],
    },
    ...['cryptomb', 'qat'].flatMap((kind) => [
      {
        name: `${kind} without a delay`,
        mesh: proxy({ privateKeyProvider: { [kind]: {} } }),
        want: [`error required_field defaultConfig.privateKeyProvider.${kind}.pollDelay`],
      },
      {
        name: `${kind} with a delay of 0`,
        mesh: proxy({ privateKeyProvider: { [kind]: { pollDelay: '0s' } } }),
        want: [`error required_field defaultConfig.privateKeyProvider.${kind}.pollDelay`],
      },
    ]),
    {
      name: 'addresses for ServiceEntries by hand',
      mesh: proxy({ proxyMetadata: { ISTIO_META_DNS_AUTO_ALLOCATE: 'true' } }),
      want: ['warning deprecated_field defaultConfig.proxyMetadata.ISTIO_META_DNS_AUTO_ALLOCATE'],
    },
    ...['httpMaxConcurrentStreams', 'listenerConnectionLimit', 'globalDownstreamConnectionLimit'].map((field) => ({
      name: `${field} 0`,
      mesh: proxy({ connectionSettings: { [field]: 0 } }),
      want: [`error out_of_range defaultConfig.connectionSettings.${field}`],
    })),
    {
      name: 'a small window',
      mesh: proxy({ connectionSettings: { initialStreamWindowSize: 65_534 } }),
      want: ['error out_of_range defaultConfig.connectionSettings.initialStreamWindowSize'],
    },
    {
      name: 'a negative timeout',
      mesh: proxy({ connectionSettings: { idleTimeout: '-1s' } }),
      want: ['error out_of_range defaultConfig.connectionSettings.idleTimeout'],
    },
  ],
  'formats of access logs': [
    {
      name: 'operators that proxies know',
      mesh: {
        accessLogFormat:
          '[%START_TIME(%s.%3f)%] 100%% %REQ(X-A?:PATH):3% %UPSTREAM_PEER_URI_SAN% %DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT% %UPSTREAM_CLUSTER_RAW% %METADATA(ROUTE:istio:config)% %LATEEN_CAUSE(cause)%',
      },
      want: [],
    },
    {
      name: 'an operator that none knows, once however often it is there',
      mesh: { accessLogFormat: '%NOSUCH% %UPSTREAM_CLUSTR% %NOSUCH(a)%' },
      want: ['warning unknown_operator accessLogFormat', 'warning unknown_operator accessLogFormat'],
    },
    {
      name: 'the same in JSON text',
      mesh: { accessLogEncoding: 'JSON', accessLogFormat: '{"a": "%PROTOCOLL%"}' },
      want: ['warning unknown_operator accessLogFormat'],
    },
    {
      name: 'a percent sign that starts none',
      mesh: { accessLogFormat: 'at 100% of %PROTOCOL%' },
      want: ['warning invalid_format accessLogFormat'],
    },
    {
      name: 'those of providers',
      mesh: {
        extensionProviders: [
          { name: 'f', envoyFileAccessLog: { path: '/dev/stdout', logFormat: { labels: { a: '%PROTOCOL%', b: { c: ['%NO%'] } } } } },
          { name: 'o', envoyOtelAls: { service: 'a.b', port: 1, logFormat: { text: '%NO%', labels: { a: '%NO%' } } } },
        ],
      },
      want: [
        'warning unknown_operator extensionProviders[0].envoyFileAccessLog.logFormat.labels.b.c[0]',
        'warning unknown_operator extensionProviders[1].envoyOtelAls.logFormat.text',
        'warning unknown_operator extensionProviders[1].envoyOtelAls.logFormat.labels.a',
      ],
    },
  ],
  'extension providers': [
    { name: 'without a name', mesh: provider({ prometheus: {} }, ''), want: ['warning required_field extensionProviders[0].name'] },
    { name: 'of no kind', mesh: provider({}), want: ['warning required_field extensionProviders[0]'] },
    {
      name: 'twice',
      mesh: {
        extensionProviders: [
          { name: 'a', prometheus: {} },
          { name: 'a', prometheus: {} },
        ],
      },
      want: ['warning duplicate_name extensionProviders[1].name'],
    },
    ...[
      'envoyExtAuthzHttp',
      'envoyExtAuthzGrpc',
      'zipkin',
      'datadog',
      'opencensus',
      'skywalking',
      'opentelemetry',
      'envoyOtelAls',
      'envoyHttpAls',
      'envoyTcpAls',
    ].map((kind) => ({
      name: `${kind} without a service`,
      mesh: provider({ [kind]: {} }),
      want: [`warning invalid_port extensionProviders[0].${kind}.port`, `warning invalid_host extensionProviders[0].${kind}.service`],
    })),
    {
      name: 'Lightstep without a token',
      mesh: provider({ lightstep: service }),
      want: ['warning required_field extensionProviders[0].lightstep.accessToken'],
    },
    {
      name: 'a service by a bad namespace',
      mesh: provider({ zipkin: { service: 'a_b/c.d', port: 1 } }),
      want: ['warning invalid_host extensionProviders[0].zipkin.service'],
    },
    { name: 'a service by address', mesh: provider({ zipkin: { service: '::1', port: 1 } }) },
    {
      name: 'traces by two ways',
      mesh: provider({ opentelemetry: { ...service, grpc: {}, http: {} } }),
      want: ['warning exclusive_fields extensionProviders[0].opentelemetry'],
    },
    ...['418', 'forbidden', '99'].map((statusOnError) => ({
      name: `status ${statusOnError}`,
      mesh: provider({ envoyExtAuthzGrpc: { ...service, statusOnError } }),
      want: ['warning invalid_status extensionProviders[0].envoyExtAuthzGrpc.statusOnError'],
    })),
    ...['a', '/%zz'].map((pathPrefix) => ({
      name: `prefix ${pathPrefix}`,
      mesh: provider({ envoyExtAuthzHttp: { ...service, pathPrefix } }),
      want: ['warning invalid_url extensionProviders[0].envoyExtAuthzHttp.pathPrefix'],
    })),
  ],
};
const lines = (findings: ReturnType<typeof meshConfigFindings>): readonly string[] =>
  findings.map(({ severity, code, path }) => `${severity} ${code} ${formatPath(path)}`);

describe.each(Object.entries(tables))('MeshConfig: %s', (_, cases) => {
  it.each([...cases])('$name', ({ mesh, want = [] }) => expect(lines(meshConfigFindings(JSON.stringify(mesh)))).toEqual(want));
});

it('MeshConfig: every field is in a document that is accepted', () =>
  expect(fieldsMissingFrom(meshConfig, [...EVERYTHING, { defaultInboundHttpRetryPolicy: retries }])).toEqual([]));

it.each(['', '# nothing', 'null', '{}'])('MeshConfig: nothing is said by %j', (text) => {
  expect(meshConfigFindings(text)).toEqual([]);
  expect(parseMeshConfig(text)).toEqual({ meshConfig: {}, findings: [] });
});

it.each([
  ['[', 'invalid_yaml'],
  ['- a', 'wrong_type'],
  ['a: 1\na: 2', 'duplicate_key'],
  ['a: *b', 'invalid_alias'],
  ['['.repeat(1000), 'too_deep'],
  ['a: 1\n---\nb: 2', 'invalid_yaml'],
])('MeshConfig: %j is refused', (text, code) => expect(meshConfigFindings(text).map((finding) => finding.code)).toEqual([code]));

describe('MeshNetworks', () => {
  const network = (change: object): object => ({ networks: { n: change } });
  const full = network({
    endpoints: [{ fromCidr: '10.0.0.0/8' }, { fromRegistry: 'Kubernetes' }],
    gateways: [
      { registryServiceName: 'a.b', port: 80, locality: 'a/b' },
      { address: 'a.b', port: 80 },
      { address: '::1', port: 80 },
    ],
  });
  const cases: readonly (readonly [string, object, readonly string[]])[] = [
    ['all fields', full, []],
    ['none', {}, []],
    ['an unknown field', { netwroks: {} }, ['warning unknown_field netwroks']],
    ['no range', network({ endpoints: [{ fromCidr: 'a' }] }), ['error invalid_address networks.n.endpoints[0].fromCidr']],
    ['no registry', network({ endpoints: [{ fromRegistry: 'a.b' }] }), ['error invalid_name networks.n.endpoints[0].fromRegistry']],
    [
      'no service',
      network({ gateways: [{ registryServiceName: '*.a', port: 1 }] }),
      ['error invalid_host networks.n.gateways[0].registryServiceName'],
    ],
    ['no address', network({ gateways: [{ address: 'a b', port: 1 }] }), ['error invalid_address networks.n.gateways[0].address']],
    ['no port', network({ gateways: [{ address: 'a' }] }), ['error invalid_port networks.n.gateways[0].port']],
  ];
  it.each(cases)('%s', (_, networks, want) => expect(lines(meshNetworksFindings(JSON.stringify(networks)))).toEqual(want));
  it('every field is in a document that is accepted', () => expect(fieldsMissingFrom(meshNetworks, [full])).toEqual([]));
});

describe('places in the ConfigMap', () => {
  const configMap = (data: string): string =>
    `# a comment\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n${data}`;
  const found = (data: string): readonly string[] =>
    parseFiles([{ name: 'a.yaml', text: configMap(data) }]).violations.map(
      ({ severity, code, path, message, position }) =>
        `${position?.line ?? 0}:${position?.column ?? 0} ${severity} ${code} ${path} (${message.split(': ')[0] ?? ''})`,
    );
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'in a block',
      '  mesh: |-\n    # first\n    trustDomain: ""\n\n    defaultConfig:\n      drainDuration: 1.5s\n    enableAutoMtls: true\n',
      ['12:7 error invalid_duration data.mesh (defaultConfig.drainDuration)', '9:5 error invalid_trust_domain data.mesh (trustDomain)'],
    ],
    [
      'in a block that is indented by hand',
      '  mesh: |2\n      trustDomain: ""\n',
      ['8:7 error invalid_trust_domain data.mesh (trustDomain)'],
    ],
    [
      'of networks',
      '  meshNetworks: |\n    networks:\n      a:\n        gateways:\n        - address: a\n',
      ['11:11 error invalid_port data.meshNetworks (networks.a.gateways[0].port)'],
    ],
    ['in quotes: the entry', `  mesh: "trustDomain: ''"\n`, ['7:3 error invalid_trust_domain data.mesh (trustDomain)']],
    ['in a folded block: the entry', '  mesh: >\n    trustDomain: ""\n', ['7:3 error invalid_trust_domain data.mesh (trustDomain)']],
    [
      'of text that does not read: the entry',
      '  mesh: |\n    [\n',
      ['7:3 error invalid_yaml data.mesh (Cannot read the mesh configuration)'],
    ],
  ];
  it.each(cases)('%s', (_, data, want) => expect(found(data)).toEqual(want));

  it('of a block with lines that end in CR and LF', () => {
    const text = configMap('  mesh: |\n    a: 1\n    trustDomain: ""\n').replaceAll('\n', '\r\n');
    expect(
      parseFiles([{ name: 'a.yaml', text }]).violations.map(({ position }) => `${position?.line ?? 0}:${position?.column ?? 0}`),
    ).toEqual(['8:5', '9:5']);
  });
  it('from the resource, later', () => {
    const [resource] = parseFiles([{ name: 'a.yaml', text: configMap('  mesh: |\n    trustDomain: ""\n') }], {
      semantics: 'skip',
    }).resources;
    if (resource === undefined) throw new Error('nothing was parsed');
    expect(positionOf(resource, ['data', 'mesh', 'trustDomain'])).toEqual({ file: 'a.yaml', line: 8, column: 5 });
  });
});

describe('a file', () => {
  it('gives its configuration, and warnings with their places', () => {
    const { meshConfig: mesh, violations } = readMeshConfigFile({
      name: 'mesh.yaml',
      text: '# mine\ntrustDomain: a\ndefaultConfig:\n  colour: red\n',
    });
    expect(mesh).toMatchObject({ trustDomain: 'a' });
    expect(violations).toMatchObject([
      { severity: 'warning', code: 'unknown_field', path: 'defaultConfig.colour', position: { file: 'mesh.yaml', line: 4, column: 3 } },
    ]);
  });
  it('with an error gives none', () => {
    const { meshConfig: mesh, violations } = readMeshConfigFile({ name: 'mesh.yaml', text: 'connectTimeout: 0s\n' });
    expect(mesh).toBeUndefined();
    expect(violations).toMatchObject([{ code: 'invalid_duration', position: { line: 1, column: 1 } }]);
  });
});
