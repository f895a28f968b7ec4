import { type KindTables, testKind } from '../../testing/kind-table';

const policy = (trafficPolicy: object): object => ({ host: 'reviews', trafficPolicy });
const AT = 'spec.trafficPolicy';
const outlierDetection = {};

/** Blocks that port settings have too. */
const blocks = [
  {
    outlierDetection: {
      consecutiveErrors: 0,
      splitExternalLocalOriginErrors: true,
      consecutiveLocalOriginFailures: 1,
      consecutiveGatewayErrors: 0,
      consecutive5xxErrors: 0,
      interval: '1s',
      baseEjectionTime: '1s',
      maxEjectionPercent: 100,
      minHealthPercent: 0,
      outlierDetectionHttpErrorCodes: [503],
    },
    connectionPool: {
      tcp: {
        maxConnections: 0,
        connectTimeout: '1ms',
        tcpKeepalive: { probes: 0, time: '1s', interval: '1s' },
        maxConnectionDuration: '1h',
        idleTimeout: '0s',
      },
      http: {
        http1MaxPendingRequests: 0,
        http2MaxRequests: 0,
        maxRequestsPerConnection: 0,
        maxRetries: 0,
        idleTimeout: '1s',
        h2UpgradePolicy: 'UPGRADE',
        useClientProtocol: false,
        maxConcurrentStreams: 0,
        http2KeepAlive: { interval: '1s', timeout: '1s' },
      },
    },
    tls: {
      mode: 'MUTUAL',
      clientCertificate: '/c',
      privateKey: '/k',
      caCertificates: '/ca',
      credentialName: '',
      subjectAltNames: ['any text?'],
      sni: 'any text?',
      insecureSkipVerify: false,
      caCrl: '/crl',
    },
    loadBalancer: {
      simple: 'LEAST_REQUEST',
      localityLbSetting: { enabled: false, failover: [{ from: 'a', to: 'b' }], failoverPriority: ['app'] },
      warmupDurationSecs: '10s',
      warmup: { duration: '10s', minimumPercent: 100, aggression: 0.5 },
    },
  },
  {
    outlierDetection: {},
    loadBalancer: {
      consistentHash: {
        httpCookie: { name: 'a', path: 'any text?', ttl: '-1s', attributes: [{ name: 'a', value: 'b' }] },
        ringHash: { minimumRingSize: 1 },
        minimumRingSize: 0,
      },
      zoneAwareLbSetting: { enabled: true, minClusterSize: 1, failover: [{ from: 'a', to: 'b' }], failoverPriority: ['app'] },
    },
  },
  { loadBalancer: { consistentHash: { httpHeaderName: 'any text?', maglev: { tableSize: 2 } } } },
  {
    loadBalancer: {
      consistentHash: { httpQueryParameterName: 'any text?' },
      localityLbSetting: { distribute: [{ from: 'a/*', to: { 'a/b': 100 } }] },
    },
  },
  { loadBalancer: { consistentHash: { useSourceIp: false } } },
  {
    loadBalancer: {
      backendUtilization: {
        metricNamesForComputingUtilization: ['any text?'],
        errorUtilizationPenaltyPercent: 500,
        weightStabilizationPeriod: '0s',
        weightExpirationPeriod: '0s',
        weightUpdatePeriod: '0s',
      },
    },
  },
];
const ALL_FIELDS: readonly object[] = [
  ...blocks.map((block) => ({
    ...block,
    portLevelSettings: [{ port: { number: 0 }, ...block }],
    retryBudget: { percent: 20, minRetryConcurrency: 0, budgetInterval: '0s' },
  })),
  { tunnel: { protocol: 'POST', targetHost: '::1', targetPort: 80 } },
  { proxyProtocol: { version: 'V1' } },
];

const tables: KindTables = {
  'all fields': ALL_FIELDS.map((trafficPolicy, i) => ({
    name: `document ${i}`,
    spec: {
      host: 'a',
      exportTo: ['.'],
      workloadSelector: { matchLabels: { app: 'a' } },
      trafficPolicy,
      subsets: [{ name: 'v1', labels: { version: 'v1' }, trafficPolicy }],
    },
  })),

  'host and subsets': [
    { name: 'a host alone', spec: { host: 'reviews' } },
    { name: 'every host', spec: { host: '*' } },
    { name: 'no host', spec: {}, want: ['error required_field spec.host'] },
    { name: 'a host with an underscore', spec: { host: 'a_b' }, want: ['error invalid_host spec.host'] },
    { name: 'subsets', spec: { host: 'a', subsets: [{ name: 'v1', labels: { version: 'v1' } }, { name: 'v2' }] } },
    {
      name: 'a subset twice',
      spec: { host: 'a', subsets: [{ name: 'v1' }, { name: 'v1' }] },
      want: ['error duplicate_name spec.subsets[1].name'],
    },
    { name: 'a subset with a dot', spec: { host: 'a', subsets: [{ name: 'v1.0' }] }, want: ['error invalid_name spec.subsets[0].name'] },
    {
      name: 'a label with a star',
      spec: { host: 'a', subsets: [{ name: 'v1', labels: { version: '*' } }] },
      want: ['error invalid_label spec.subsets[0].labels.version'],
    },
    {
      name: 'an empty policy of a subset',
      spec: { host: 'a', subsets: [{ name: 'v1', trafficPolicy: {} }] },
      want: ['error empty_policy spec.subsets[0].trafficPolicy'],
    },
    {
      name: 'warnings in a subset are lost',
      spec: { host: 'a', subsets: [{ name: 'v1', trafficPolicy: { outlierDetection: { consecutiveErrors: 1 } } }] },
    },
    { name: 'selected workloads, own namespace', spec: { host: 'a', workloadSelector: { matchLabels: { app: 'a' } }, exportTo: ['.'] } },
    {
      name: 'selected workloads, elsewhere',
      spec: { host: 'a', workloadSelector: { matchLabels: { app: 'a' } }, exportTo: ['*'] },
      want: ['error invalid_export_to spec.exportTo'],
    },
    {
      name: 'a selector of nothing',
      spec: { host: 'a', workloadSelector: {} },
      want: ['warning ineffective_selector spec.workloadSelector.matchLabels'],
    },
    {
      name: 'a selector with a star',
      spec: { host: 'a', workloadSelector: { matchLabels: { app: 'a*' } } },
      want: ['error invalid_selector spec.workloadSelector.matchLabels.app'],
    },
  ],
  'policies and outliers': [
    { name: 'an empty policy', spec: policy({}), want: [`error empty_policy ${AT}`] },
    {
      name: 'tunnel and PROXY protocol',
      spec: policy({ tunnel: { targetHost: 'a', targetPort: 1 }, proxyProtocol: {} }),
      want: [`error exclusive_fields ${AT}`],
    },
    {
      name: 'a tunnel by PUT',
      spec: policy({ tunnel: { protocol: 'PUT', targetHost: 'a', targetPort: 1 } }),
      want: [`error invalid_value ${AT}.tunnel.protocol`],
    },
    {
      name: 'a tunnel to nowhere',
      spec: policy({ tunnel: { targetHost: 'a_b', targetPort: 0 } }),
      want: [`error invalid_host ${AT}.tunnel.targetHost`, `error invalid_port ${AT}.tunnel.targetPort`],
    },
    { name: 'consecutive5xxErrors 0', spec: policy({ outlierDetection: { consecutive5xxErrors: 0, interval: '5s' } }) },
    {
      name: 'an interval of 0',
      spec: policy({ outlierDetection: { interval: '0s' } }),
      want: [`error invalid_duration ${AT}.outlierDetection.interval`],
    },
    {
      name: 'ejecting 101 %',
      spec: policy({ outlierDetection: { maxEjectionPercent: 101 } }),
      want: [`error out_of_range ${AT}.outlierDetection.maxEjectionPercent`],
    },
    {
      name: 'consecutiveErrors',
      spec: policy({ outlierDetection: { consecutiveErrors: 5 } }),
      want: [`warning deprecated_field ${AT}.outlierDetection.consecutiveErrors`],
    },
    {
      name: 'local failures not split',
      spec: policy({ outlierDetection: { consecutiveLocalOriginFailures: 5 } }),
      want: [`error ineffective_field ${AT}.outlierDetection.consecutiveLocalOriginFailures`],
    },
    {
      name: 'port settings without a port',
      spec: policy({ portLevelSettings: [{ tls: {} }] }),
      want: [`error required_field ${AT}.portLevelSettings[0].port`],
    },
    {
      name: 'empty port settings',
      spec: policy({ portLevelSettings: [{ port: { number: 80 } }] }),
      want: [`error empty_policy ${AT}.portLevelSettings[0]`],
    },
  ],
  'connection pools': [
    { name: 'an empty pool', spec: policy({ connectionPool: {} }), want: [`error empty_policy ${AT}.connectionPool`] },
    {
      name: 'a negative limit',
      spec: policy({ connectionPool: { http: { maxRetries: -1 } } }),
      want: [`error out_of_range ${AT}.connectionPool.http.maxRetries`],
    },
    {
      name: 'an HTTP idle timeout of 0',
      spec: policy({ connectionPool: { http: { idleTimeout: '0s' } } }),
      want: [`error invalid_duration ${AT}.connectionPool.http.idleTimeout`],
    },
    { name: 'a TCP idle timeout of 0', spec: policy({ connectionPool: { tcp: { idleTimeout: '0s' } } }) },
    {
      name: 'a TCP idle timeout of 1.5 ms',
      spec: policy({ connectionPool: { tcp: { idleTimeout: '1.5ms' } } }),
      want: [`error invalid_duration ${AT}.connectionPool.tcp.idleTimeout`],
    },
    {
      name: 'upgrade and client protocol',
      spec: policy({ connectionPool: { http: { h2UpgradePolicy: 'UPGRADE', useClientProtocol: true } } }),
      want: [`error exclusive_fields ${AT}.connectionPool.http`],
    },
    {
      name: 'half a keep-alive',
      spec: policy({ connectionPool: { http: { http2KeepAlive: { interval: '1s' } } } }),
      want: [`error required_field ${AT}.connectionPool.http.http2KeepAlive.timeout`],
    },
    {
      name: 'a connect timeout of 0',
      spec: policy({ connectionPool: { tcp: { connectTimeout: '0s' } } }),
      want: [`error invalid_duration ${AT}.connectionPool.tcp.connectTimeout`],
    },
    {
      name: 'a keepalive of 0',
      spec: policy({ connectionPool: { tcp: { tcpKeepalive: { time: '0s' } } } }),
      want: [`error invalid_duration ${AT}.connectionPool.tcp.tcpKeepalive.time`],
    },
  ],
  'load balancers': [
    { name: 'simple', spec: policy({ loadBalancer: { simple: 'ROUND_ROBIN' } }) },
    {
      name: 'simple and hash',
      spec: policy({ loadBalancer: { simple: 'ROUND_ROBIN', consistentHash: {} } }),
      want: [`error exclusive_fields ${AT}.loadBalancer`],
    },
    {
      name: 'a cookie without a name',
      spec: policy({ loadBalancer: { consistentHash: { httpCookie: { name: '' } } } }),
      want: [`error required_field ${AT}.loadBalancer.consistentHash.httpCookie.name`],
    },
    {
      name: 'a cookie attribute twice',
      spec: policy({ loadBalancer: { consistentHash: { httpCookie: { name: 'a', attributes: [{ name: 'x' }, { name: 'x' }] } } } }),
      want: [`error duplicate_name ${AT}.loadBalancer.consistentHash.httpCookie.attributes[1].name`],
    },
    {
      name: 'an old ring size',
      spec: policy({ loadBalancer: { consistentHash: { useSourceIp: true, minimumRingSize: 10 } } }),
      want: [`warning deprecated_field ${AT}.loadBalancer.consistentHash.minimumRingSize`],
    },
    {
      name: 'two ring sizes',
      spec: policy({ loadBalancer: { consistentHash: { useSourceIp: true, minimumRingSize: 10, ringHash: {} } } }),
      want: [
        `warning deprecated_field ${AT}.loadBalancer.consistentHash.minimumRingSize`,
        `error exclusive_fields ${AT}.loadBalancer.consistentHash.minimumRingSize`,
      ],
    },
    { name: 'a Maglev table', spec: policy({ loadBalancer: { consistentHash: { useSourceIp: true, maglev: { tableSize: 65_537 } } } }) },
    {
      name: 'a Maglev table that is no prime',
      spec: policy({ loadBalancer: { consistentHash: { useSourceIp: true, maglev: { tableSize: 100 } } } }),
      want: [`error out_of_range ${AT}.loadBalancer.consistentHash.maglev.tableSize`],
    },
    {
      name: 'a Maglev table too large',
      spec: policy({ loadBalancer: { consistentHash: { useSourceIp: true, maglev: { tableSize: 5_000_011 } } } }),
      want: [`error out_of_range ${AT}.loadBalancer.consistentHash.maglev.tableSize`],
    },
    {
      name: 'a Maglev table of 0',
      spec: policy({ loadBalancer: { consistentHash: { useSourceIp: true, maglev: { tableSize: 0 } } } }),
      want: [
        `error out_of_range ${AT}.loadBalancer.consistentHash.maglev.tableSize`,
        `error out_of_range ${AT}.loadBalancer.consistentHash.maglev.tableSize`,
      ],
    },
    { name: 'a warm-up', spec: policy({ loadBalancer: { warmup: { duration: '10s', aggression: 1 } } }) },
    {
      name: 'a warm-up out of range',
      spec: policy({ loadBalancer: { warmup: { duration: '0s', minimumPercent: 101, aggression: 0 } } }),
      want: ['invalid_duration', 'invalid_percent', 'out_of_range'].map(
        (code, i) => `error ${code} ${AT}.loadBalancer.warmup.${['duration', 'minimumPercent', 'aggression'][i] ?? ''}`,
      ),
    },
  ],
  locality: [
    {
      name: 'a distribution',
      spec: policy({ loadBalancer: { localityLbSetting: { distribute: [{ from: 'a/*', to: { 'a/*': 80, 'b/*': 20 } }] } } }),
    },
    {
      name: 'a distribution of 90 %',
      spec: policy({ loadBalancer: { localityLbSetting: { distribute: [{ from: 'a', to: { a: 90 } }] } } }),
      want: [`error invalid_weight ${AT}.loadBalancer.localityLbSetting.distribute[0].to`],
    },
    {
      name: 'a weight of 0',
      spec: policy({ loadBalancer: { localityLbSetting: { distribute: [{ from: 'a', to: { a: 100, b: 0 } }] } } }),
      want: [`error invalid_weight ${AT}.loadBalancer.localityLbSetting.distribute[0].to.b`],
    },
    {
      name: 'a zone under its region',
      spec: policy({ loadBalancer: { localityLbSetting: { distribute: [{ from: 'a', to: { a: 50, 'a/b': 50 } }] } } }),
      want: [`error invalid_locality ${AT}.loadBalancer.localityLbSetting.distribute[0].to`],
    },
    {
      name: 'distribute and failover',
      spec: policy({
        outlierDetection,
        loadBalancer: { localityLbSetting: { distribute: [{ from: 'a', to: { a: 100 } }], failover: [{ from: 'a', to: 'b' }] } },
      }),
      want: [`error exclusive_fields ${AT}.loadBalancer.localityLbSetting`],
    },
    { name: 'failover', spec: policy({ outlierDetection, loadBalancer: { localityLbSetting: { failover: [{ from: 'a', to: 'b' }] } } }) },
    {
      name: 'failover without outliers',
      spec: policy({ loadBalancer: { localityLbSetting: { failover: [{ from: 'a', to: 'b' }] } } }),
      want: [`warning missing_outlier_detection ${AT}.loadBalancer.localityLbSetting`],
    },
    {
      name: 'failover to itself',
      spec: policy({ outlierDetection, loadBalancer: { localityLbSetting: { failover: [{ from: 'a', to: 'a' }] } } }),
      want: [`error invalid_locality ${AT}.loadBalancer.localityLbSetting.failover[0]`],
    },
    {
      name: 'failover with a zone',
      spec: policy({ outlierDetection, loadBalancer: { localityLbSetting: { failover: [{ from: 'a/b', to: 'c' }] } } }),
      want: [`error invalid_locality ${AT}.loadBalancer.localityLbSetting.failover[0]`],
    },
    {
      name: 'failover and a topology label',
      spec: policy({
        outlierDetection,
        loadBalancer: { localityLbSetting: { failover: [{ from: 'a', to: 'b' }], failoverPriority: ['topology.kubernetes.io/zone'] } },
      }),
      want: [`error invalid_locality ${AT}.loadBalancer.localityLbSetting.failoverPriority[0]`],
    },
    {
      name: 'two kinds of preference',
      spec: policy({ loadBalancer: { localityLbSetting: {}, zoneAwareLbSetting: {} } }),
      want: [`error exclusive_fields ${AT}.loadBalancer`],
    },
  ],
  tls: [
    { name: 'the mesh own', spec: policy({ tls: { mode: 'ISTIO_MUTUAL' } }) },
    { name: 'an unknown mode', spec: policy({ tls: { mode: 'MTLS' } }), want: [`error unknown_value ${AT}.tls.mode`] },
    {
      name: 'mutual without files',
      spec: policy({ tls: { mode: 'MUTUAL' } }),
      want: [`error required_field ${AT}.tls.clientCertificate`, `error required_field ${AT}.tls.privateKey`],
    },
    { name: 'mutual with a credential', spec: policy({ tls: { mode: 'MUTUAL', credentialName: 'a' } }) },
    {
      name: 'a credential and a file',
      spec: policy({ tls: { mode: 'SIMPLE', credentialName: 'a', caCertificates: '/ca' } }),
      want: [`error invalid_tls ${AT}.tls.caCertificates`],
    },
    {
      name: 'unverified with names',
      spec: policy({ tls: { mode: 'SIMPLE', insecureSkipVerify: true, subjectAltNames: ['a'] } }),
      want: [`error invalid_tls ${AT}.tls.subjectAltNames`],
    },
    { name: 'a ConfigMap of this namespace', spec: policy({ tls: { mode: 'SIMPLE', credentialName: 'configmap://default/ca' } }) },
    {
      name: 'a ConfigMap of another namespace',
      spec: policy({ tls: { mode: 'SIMPLE', credentialName: 'configmap://other/ca' } }),
      want: [`error invalid_tls ${AT}.tls.credentialName`],
    },
    {
      name: 'a ConfigMap without a name',
      spec: policy({ tls: { credentialName: 'configmap://default' } }),
      want: [`error invalid_tls ${AT}.tls.credentialName`],
    },
  ],
  'each field by itself': [
    ...(
      [
        ['outlierDetection', { baseEjectionTime: '0s' }, 'invalid_duration', 'baseEjectionTime'],
        ['outlierDetection', { interval: '1.5ms' }, 'invalid_duration', 'interval'],
        ['outlierDetection', { maxEjectionPercent: -1 }, 'out_of_range', 'maxEjectionPercent'],
        ['outlierDetection', { minHealthPercent: 101 }, 'out_of_range', 'minHealthPercent'],
        ['connectionPool', { tcp: { maxConnections: -1 } }, 'out_of_range', 'tcp.maxConnections'],
        ['connectionPool', { tcp: { connectTimeout: '-1s' } }, 'invalid_duration', 'tcp.connectTimeout'],
        ['connectionPool', { tcp: { maxConnectionDuration: '0s' } }, 'invalid_duration', 'tcp.maxConnectionDuration'],
        ['connectionPool', { tcp: { idleTimeout: '-1s' } }, 'invalid_duration', 'tcp.idleTimeout'],
        ['connectionPool', { tcp: { tcpKeepalive: { time: '0s' } } }, 'invalid_duration', 'tcp.tcpKeepalive.time'],
        ['connectionPool', { tcp: { tcpKeepalive: { interval: '1us' } } }, 'invalid_duration', 'tcp.tcpKeepalive.interval'],
        ['connectionPool', { http: { http1MaxPendingRequests: -1 } }, 'out_of_range', 'http.http1MaxPendingRequests'],
        ['connectionPool', { http: { http2MaxRequests: -1 } }, 'out_of_range', 'http.http2MaxRequests'],
        ['connectionPool', { http: { maxRequestsPerConnection: -1 } }, 'out_of_range', 'http.maxRequestsPerConnection'],
        ['connectionPool', { http: { maxRetries: -1 } }, 'out_of_range', 'http.maxRetries'],
        ['connectionPool', { http: { maxConcurrentStreams: -1 } }, 'out_of_range', 'http.maxConcurrentStreams'],
        ['connectionPool', { http: { http2KeepAlive: { interval: '1s' } } }, 'required_field', 'http.http2KeepAlive.timeout'],
        [
          'connectionPool',
          { http: { http2KeepAlive: { interval: '0s', timeout: '1s' } } },
          'invalid_duration',
          'http.http2KeepAlive.interval',
        ],
        ['loadBalancer', { warmup: { duration: '0s' } }, 'invalid_duration', 'warmup.duration'],
        ['loadBalancer', { warmup: {} }, 'required_field', 'warmup.duration'],
        ['loadBalancer', { warmup: { duration: '1s', minimumPercent: 100.5 } }, 'invalid_percent', 'warmup.minimumPercent'],
        ['loadBalancer', { warmup: { duration: '1s', aggression: 0 } }, 'out_of_range', 'warmup.aggression'],
        [
          'loadBalancer',
          { consistentHash: { httpCookie: { name: 'a', attributes: [{ name: '' }] } } },
          'required_field',
          'consistentHash.httpCookie.attributes[0].name',
        ],
        ['tunnel', { targetHost: 'a', targetPort: 0 }, 'invalid_port', 'targetPort'],
        ['tunnel', { targetHost: '*.a', targetPort: 1 }, 'invalid_host', 'targetHost'],
        ['tunnel', { targetHost: 'a', targetPort: 1, protocol: 'connect' }, 'invalid_value', 'protocol'],
        ['proxyProtocol', { version: 'V3' }, 'unknown_value', 'version'],
        ['tls', { mode: 'MUTUAL', clientCertificate: '/c' }, 'required_field', 'privateKey'],
        ['tls', { mode: 'SIMPLE', insecureSkipVerify: true, caCertificates: '/ca' }, 'invalid_tls', 'caCertificates'],
        ['tls', { mode: 'SIMPLE', insecureSkipVerify: true, credentialName: 'a' }, 'invalid_tls', 'credentialName'],
        ['tls', { mode: 'SIMPLE', credentialName: 'a', caCrl: '/crl' }, 'invalid_tls', 'caCrl'],
        ['tls', { mode: 'MUTUAL', credentialName: 'a', privateKey: '/k' }, 'invalid_tls', 'privateKey'],
      ] as const
    ).map(([block, settings, code, field]) => ({
      name: `${block}.${field}: ${JSON.stringify(settings)}`,
      spec: policy({ [block]: settings }),
      want: [`error ${code} ${AT}.${block}.${field}`],
    })),
    {
      name: 'a Maglev table of no size',
      spec: policy({ loadBalancer: { consistentHash: { useSourceIp: true, maglev: {} } } }),
      want: Array(2).fill(`error out_of_range ${AT}.loadBalancer.consistentHash.maglev.tableSize`),
    },
    {
      name: 'a mutual credential that is not verified',
      spec: policy({ tls: { mode: 'MUTUAL', insecureSkipVerify: true, credentialName: 'a' } }),
    },
    { name: 'files of a mode that has none', spec: policy({ tls: { mode: 'DISABLE', privateKey: '/k', caCrl: '/crl' } }) },
    {
      name: 'a topology label where zones decide',
      spec: policy({ outlierDetection: {}, loadBalancer: { zoneAwareLbSetting: { failoverPriority: ['topology.istio.io/subzone'] } } }),
      want: [`error invalid_locality ${AT}.loadBalancer.zoneAwareLbSetting.failoverPriority[0]`],
    },
    {
      name: 'failover to a star',
      spec: policy({ outlierDetection: {}, loadBalancer: { localityLbSetting: { failover: [{ from: 'a', to: '*' }] } } }),
      want: [`error invalid_locality ${AT}.loadBalancer.localityLbSetting.failover[0]`],
    },
    ...(
      [
        [['*', 'a'], 1],
        [['a', '*'], 0],
        [['a/b', 'a'], 1],
        [['a/b', 'a/*'], 0],
        [['a/*', 'a/b'], 1],
        [['a/b/c', 'a/b'], 1],
        [['a/b/*', 'a/b/c'], 1],
        [['a/b/c', 'a/b/c/d'], 0],
        [['a/b/c', 'a/b/c'], 1],
        [['a//c'], 1],
        [['a*/b'], 1],
        [[''], 1],
      ] as const
    ).map(([localities, errors]) => ({
      name: `traffic from ${localities.join(' and ')}`,
      spec: policy({ loadBalancer: { localityLbSetting: { distribute: localities.map((from) => ({ from, to: { x: 100 } })) } } }),
      want: Array(errors).fill(`error invalid_locality ${AT}.loadBalancer.localityLbSetting.distribute`),
    })),
    { name: 'exported to no name', spec: { host: 'a', exportTo: ['a b'] }, want: ['error invalid_export_to spec.exportTo[0]'] },
  ],
};

testKind('DestinationRule', tables);
