import { testKind } from '../../testing/kind-table';
import { workloadSelectorCases } from '../../testing/target-cases';

const egress = (...items: object[]): object => ({ egress: items });
const hosts = ['./*'];
/** A listener for all that the workload reaches on a port, but for what the case says. */
const onPort = (port: object, change: object = {}): object => egress({ hosts, port, ...change });
const http = { number: 9080, name: 'http', protocol: 'HTTP' };
const https = { number: 9443, name: 'https', protocol: 'HTTPS' };
const ingress = (change: object = {}): object => ({ ingress: [{ port: http, ...change }] });
const files = { serverCertificate: '/c', privateKey: '/k' };
const tls = (settings: object): object => ({ ingress: [{ port: https, tls: { mode: 'SIMPLE', ...files, ...settings } }] });
const fallback = (egressProxy: object, mode = 'ALLOW_ANY'): object => ({ outboundTrafficPolicy: { mode, egressProxy } });
const pool = {
  tcp: {
    maxConnections: 1,
    connectTimeout: '1s',
    tcpKeepalive: { probes: 1, time: '1s', interval: '1s' },
    maxConnectionDuration: '1s',
    idleTimeout: '1s',
  },
  http: {
    http1MaxPendingRequests: 1,
    http2MaxRequests: 1,
    maxRequestsPerConnection: 1,
    maxRetries: 1,
    idleTimeout: '1s',
    h2UpgradePolicy: 'UPGRADE',
    useClientProtocol: false,
    maxConcurrentStreams: 1,
    http2KeepAlive: { interval: '1s', timeout: '1s' },
  },
};

testKind(
  'Sidecar',
  {
    'the whole': [
      { name: 'nothing', spec: {}, want: ['error required_field spec'] },
      { name: 'a selector alone', spec: { workloadSelector: { labels: { app: 'a' } } }, want: ['error required_field spec'] },
      ...workloadSelectorCases(egress({ hosts }), egress({ hosts: [] })),
      { name: 'limits of all that comes in', spec: { inboundConnectionPool: pool } },
      { name: 'empty limits', spec: { inboundConnectionPool: {} }, want: ['error empty_policy spec.inboundConnectionPool'] },
      {
        name: 'a negative limit',
        spec: { inboundConnectionPool: { http: { maxRetries: -1 } } },
        want: ['error out_of_range spec.inboundConnectionPool.http.maxRetries'],
      },
    ],
    'hosts of egress': [
      { name: 'of each namespace form', spec: egress({ hosts: ['./*', 'istio-system/*', '~/a.b', '~ns/a.b', '*/*.c'] }) },
      { name: 'none', spec: egress({ hosts: [] }), want: ['error required_field spec.egress[0].hosts'] },
      { name: 'not written', spec: egress({}), want: ['error required_field spec.egress[0].hosts'] },
      { name: 'without a namespace', spec: egress({ hosts: ['a.b'] }), want: ['error invalid_host spec.egress[0].hosts[0]'] },
      { name: 'an empty namespace', spec: egress({ hosts: ['/a.b'] }), want: ['error invalid_host spec.egress[0].hosts[0]'] },
      { name: 'a namespace that is no name', spec: egress({ hosts: ['a_b/a.b'] }), want: ['error invalid_host spec.egress[0].hosts[0]'] },
      { name: 'an empty name', spec: egress({ hosts: ['./'] }), want: ['error invalid_host spec.egress[0].hosts[0]'] },
      { name: 'a short name', spec: egress({ hosts: ['./a'] }), want: ['error invalid_host spec.egress[0].hosts[0]'] },
      { name: 'half a wildcard', spec: egress({ hosts: ['./*a.b'] }), want: ['error invalid_host spec.egress[0].hosts[0]'] },
      { name: 'an address', spec: egress({ hosts: ['./10.0.0.1'] }), want: ['error invalid_host spec.egress[0].hosts[0]'] },
      { name: 'one twice', spec: egress({ hosts: ['a/b.c', 'a/b.c'] }), want: ['warning redundant_host spec.egress[0].hosts[1]'] },
      {
        name: 'one after its namespace',
        spec: egress({ hosts: ['./*', 'default/a.b'] }),
        want: ['warning redundant_host spec.egress[0].hosts[1]'],
      },
      {
        name: 'a namespace after one of it',
        spec: egress({ hosts: ['a/b.c', 'a/*'] }),
        want: ['warning redundant_host spec.egress[0].hosts[1]'],
      },
      { name: 'one twice, left out', spec: egress({ hosts: ['~a/b.c', '~a/b.c'] }) },
      { name: 'one in two items', spec: egress({ hosts: ['a/*'], port: { number: 80 } }, { hosts: ['a/*'] }) },
      { name: 'everything and more', spec: egress({ hosts: ['*/*', 'a/*'] }), want: ['warning redundant_host spec.egress[0].hosts'] },
    ],
    'ports of egress': [
      {
        name: 'a port',
        spec: onPort({ number: 80, name: 'http', protocol: 'http', targetPort: 0 }, { bind: '127.0.0.1', captureMode: 'NONE' }),
      },
      { name: 'no name and no protocol', spec: onPort({ number: 80, name: '', protocol: '' }) },
      { name: 'the rest last', spec: egress({ hosts, port: { number: 80 } }, { hosts }) },
      { name: 'the rest first', spec: egress({ hosts }, { hosts, port: { number: 80 } }), want: ['error invalid_order spec.egress[0]'] },
      { name: 'the rest twice', spec: egress({ hosts }, { hosts }), want: ['error invalid_order spec.egress[0]'] },
      {
        name: 'a target port',
        spec: onPort({ number: 80, targetPort: 81 }),
        want: ['error unsupported_field spec.egress[0].port.targetPort'],
      },
      { name: 'a name that is none', spec: onPort({ number: 80, name: 'a b' }), want: ['error invalid_name spec.egress[0].port.name'] },
      {
        name: 'an unknown protocol',
        spec: onPort({ number: 80, protocol: 'QUIC' }),
        want: ['error unsupported_protocol spec.egress[0].port.protocol'],
      },
      { name: 'a number too large', spec: onPort({ number: 65_536 }), want: ['error invalid_port spec.egress[0].port.number'] },
      {
        name: 'a number twice',
        spec: egress({ hosts, port: { number: 80 } }, { hosts, port: { number: 80 } }),
        want: ['error duplicate_port spec.egress[1].port.number'],
      },
      { name: 'a name to bind', spec: onPort({ number: 80 }, { bind: 'localhost' }), want: ['error invalid_address spec.egress[0].bind'] },
      {
        name: 'a socket and a port',
        spec: onPort({ number: 80 }, { bind: 'unix:///s' }),
        want: ['error invalid_address spec.egress[0].bind'],
      },
      { name: 'a socket', spec: onPort({ number: 0 }, { bind: 'unix:///s', captureMode: 'DEFAULT' }) },
      { name: 'an abstract socket', spec: onPort({}, { bind: 'unix://@s', captureMode: 'NONE' }) },
      { name: 'port 0 without a socket', spec: onPort({}), want: ['error invalid_address spec.egress[0].bind'] },
      { name: 'a folder as a socket', spec: onPort({}, { bind: 'unix:///s/' }), want: ['error invalid_address spec.egress[0].bind'] },
      {
        name: 'a socket twice',
        spec: egress({ hosts, port: {}, bind: 'unix:///s' }, { hosts, port: {}, bind: 'unix:///s' }),
        want: ['error duplicate_port spec.egress[1].bind'],
      },
      {
        name: 'a captured socket',
        spec: onPort({}, { bind: 'unix:///s', captureMode: 'IPTABLES' }),
        want: ['error exclusive_fields spec.egress[0].captureMode'],
      },
    ],
    ingress: [
      {
        name: 'a listener',
        spec: ingress({
          port: { ...http, targetPort: 0 },
          defaultEndpoint: '127.0.0.1:8080',
          bind: '0.0.0.0',
          captureMode: 'IPTABLES',
          connectionPool: pool,
        }),
      },
      ...['0.0.0.0:80', '[::1]:80', '[::]:80', ':80', 'unix:///s', 'unix://@s'].map((defaultEndpoint) => ({
        name: `the workload on ${defaultEndpoint}`,
        spec: ingress({ defaultEndpoint }),
      })),
      ...['10.0.0.1:80', 'localhost:80', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:65536', '127.0.0.1:http', 'unix://s', 'unix:///s/'].map(
        (defaultEndpoint) => ({
          name: `the workload on ${defaultEndpoint}, refused`,
          spec: ingress({ defaultEndpoint }),
          want: ['error invalid_address spec.ingress[0].defaultEndpoint'],
        }),
      ),
      { name: 'no port', spec: { ingress: [{}] }, want: ['error required_field spec.ingress[0].port'] },
      { name: 'port 0', spec: ingress({ port: { protocol: 'HTTP' } }), want: ['error invalid_port spec.ingress[0].port.number'] },
      {
        name: 'a target port',
        spec: ingress({ port: { ...http, targetPort: 1 } }),
        want: ['error unsupported_field spec.ingress[0].port.targetPort'],
      },
      {
        name: 'a name that is none',
        spec: ingress({ port: { ...http, name: 'a.b' } }),
        want: ['error invalid_name spec.ingress[0].port.name'],
      },
      {
        name: 'an unknown protocol',
        spec: ingress({ port: { ...http, protocol: 'X' } }),
        want: ['error unsupported_protocol spec.ingress[0].port.protocol'],
      },
      { name: 'no protocol', spec: ingress({ port: { number: 80 } }) },
      {
        name: 'a port twice',
        spec: { ingress: [{ port: http }, { port: http }] },
        want: ['error duplicate_port spec.ingress[1].port.number'],
      },
      { name: 'a name to bind', spec: ingress({ bind: 'localhost' }), want: ['error invalid_address spec.ingress[0].bind'] },
      { name: 'a socket to bind', spec: ingress({ bind: 'unix:///s' }), want: ['error invalid_address spec.ingress[0].bind'] },
      { name: 'empty limits', spec: ingress({ connectionPool: {} }), want: ['error empty_policy spec.ingress[0].connectionPool'] },
      {
        name: 'HTTP limits on TCP',
        spec: ingress({ port: { number: 80, protocol: 'TCP' }, connectionPool: { http: {} } }),
        want: ['warning ineffective_field spec.ingress[0].connectionPool.http'],
      },
    ],
    'TLS of ingress': [
      {
        name: 'with files',
        spec: tls({
          mode: 'MUTUAL',
          httpsRedirect: false,
          caCertificates: '/ca',
          caCrl: '/crl',
          credentialName: '',
          credentialNames: [],
          caCertCredentialName: 'a',
          tlsCertificates: [],
          subjectAltNames: [],
          verifyCertificateSpki: ['a'],
          verifyCertificateHash: ['a'],
          minProtocolVersion: 'TLSV1_2',
          maxProtocolVersion: 'TLSV1_3',
          cipherSuites: ['AES128-SHA'],
          ecdhCurves: ['P-256'],
          insecureSkipVerify: false,
        }),
      },
      { name: 'with a name', spec: tls({ subjectAltNames: ['a'] }), want: ['error unsupported_field spec.ingress[0].tls.subjectAltNames'] },
      { name: 'with a redirect', spec: tls({ httpsRedirect: true }), want: ['error unsupported_field spec.ingress[0].tls.httpsRedirect'] },
      {
        name: 'with a credential',
        spec: { ingress: [{ port: https, tls: { mode: 'SIMPLE', credentialName: 'a' } }] },
        want: ['error unsupported_field spec.ingress[0].tls.credentialName'],
      },
      {
        name: 'with credentials',
        spec: { ingress: [{ port: https, tls: { mode: 'SIMPLE', credentialNames: ['a'] } }] },
        want: ['error unsupported_field spec.ingress[0].tls.credentialNames'],
      },
      {
        name: 'with several certificates',
        spec: { ingress: [{ port: https, tls: { mode: 'SIMPLE', tlsCertificates: [{ ...files, caCertificates: '/ca' }] } }] },
        want: ['error unsupported_field spec.ingress[0].tls.tlsCertificates'],
      },
      ...['ISTIO_MUTUAL', 'AUTO_PASSTHROUGH'].map((mode) => ({
        name: `of mode ${mode}`,
        spec: { ingress: [{ port: https, tls: { mode } }] },
        want: ['error invalid_tls spec.ingress[0].tls.mode'],
      })),
      {
        name: 'on HTTP',
        spec: ingress({ tls: { mode: 'SIMPLE', ...files } }),
        want: ['error unsupported_protocol spec.ingress[0].port.protocol'],
      },
      { name: 'without a key', spec: tls({ privateKey: '' }), want: ['error required_field spec.ingress[0].tls.privateKey'] },
      {
        name: 'of version 1.0',
        spec: tls({ minProtocolVersion: 'TLSV1_0' }),
        want: ['warning weak_tls spec.ingress[0].tls.minProtocolVersion'],
      },
    ],
    'traffic to nowhere known': [
      { name: 'refused', spec: { outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } } },
      { name: 'by a proxy', spec: fallback({ host: 'a.b', subset: 'v1', port: { number: 80 } }) },
      {
        name: 'of the mode of MeshConfig',
        spec: { outboundTrafficPolicy: { mode: 3 } },
        want: ['error unknown_value spec.outboundTrafficPolicy.mode'],
      },
      {
        name: 'of the mode of MeshConfig, by name',
        spec: { outboundTrafficPolicy: { mode: 'ALLOW_ANY_DYNAMIC_DNS' } },
        want: ['error unknown_value spec.outboundTrafficPolicy.mode'],
      },
      {
        name: 'by a proxy and refused',
        spec: fallback({ host: '*' }, 'REGISTRY_ONLY'),
        want: ['error exclusive_fields spec.outboundTrafficPolicy.egressProxy'],
      },
      {
        name: 'by a proxy, no mode',
        spec: { outboundTrafficPolicy: { egressProxy: { host: 'a' } } },
        want: ['error exclusive_fields spec.outboundTrafficPolicy.egressProxy'],
      },
      {
        name: 'by a proxy without a port',
        spec: fallback({ host: 'a.b' }),
        want: ['error required_field spec.outboundTrafficPolicy.egressProxy.port'],
      },
      {
        name: 'by a wildcard',
        spec: fallback({ host: '*.b', port: { number: 80 } }),
        want: ['error invalid_host spec.outboundTrafficPolicy.egressProxy.host'],
      },
      {
        name: 'by a proxy on port 0',
        spec: fallback({ host: 'a.b', port: {} }),
        want: ['error invalid_port spec.outboundTrafficPolicy.egressProxy.port.number'],
      },
      {
        name: 'by a subset that is no name',
        spec: fallback({ host: 'a.b', subset: 'v.1', port: { number: 80 } }),
        want: ['error invalid_name spec.outboundTrafficPolicy.egressProxy.subset'],
      },
    ],
  },
  ['.ingress[].tls.tlsCertificates[]'],
);
