import { type KindTables, testKind } from '../../testing/kind-table';

const port = { number: 443, name: 'https', protocol: 'HTTPS' };
/** A Gateway with one HTTPS server that passes TLS through, but for what the case says. */
const server = (change: object): object => ({
  selector: { istio: 'ingressgateway' },
  servers: [{ port, hosts: ['*'], tls: {}, ...change }],
});
const tls = (settings: object): object => server({ tls: settings });
const plain = (change: object = {}): object => server({ port: { number: 80, name: 'http', protocol: 'HTTP' }, tls: undefined, ...change });
const files = { serverCertificate: '/cert', privateKey: '/key' };
const AT = 'spec.servers[0]';

const tables: KindTables = {
  'all fields': [
    {
      name: 'but those of one certificate',
      spec: {
        selector: { 'any text?': '*' },
        servers: [
          {
            name: 'any text?',
            port: { ...port, targetPort: 0 },
            bind: '0.0.0.0',
            hosts: ['*'],
            defaultEndpoint: 'any text?',
            tls: {
              httpsRedirect: false,
              mode: 'OPTIONAL_MUTUAL',
              caCertificates: '/ca',
              caCrl: '/crl',
              credentialName: '',
              credentialNames: [],
              caCertCredentialName: 'a',
              tlsCertificates: [{ ...files, caCertificates: '/ca' }],
              subjectAltNames: ['a'],
              verifyCertificateSpki: ['a'],
              verifyCertificateHash: ['a'],
              minProtocolVersion: 'TLSV1_2',
              maxProtocolVersion: 'TLS_AUTO',
              cipherSuites: ['', 'ALL', '@STRENGTH', 'ECDHE-RSA-AES128-SHA'],
              ecdhCurves: ['any text?'],
              insecureSkipVerify: true,
            },
          },
        ],
      },
    },
    { name: 'of one certificate', spec: tls({ mode: 'SIMPLE', ...files }) },
  ],

  servers: [
    { name: 'a plain server', spec: plain() },
    { name: 'a name with a dot', spec: plain(), metadata: { name: 'a.b' }, want: ['error invalid_name metadata.name'] },
    { name: 'no servers', spec: {}, want: ['error required_field spec.servers'] },
    {
      name: 'a port name twice',
      spec: {
        servers: [
          { port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['a.b'] },
          { port: { number: 81, name: 'http', protocol: 'HTTP' }, hosts: ['a.b'] },
        ],
      },
      want: ['error duplicate_name spec.servers[1].port.name'],
    },
    { name: 'no port', spec: { servers: [{ hosts: ['*'] }] }, want: [`error required_field ${AT}.port`] },
    { name: 'UDP', spec: plain({ port: { number: 80, name: 'http', protocol: 'udp' } }) },
    {
      name: 'an unknown protocol',
      spec: plain({ port: { number: 80, name: 'http', protocol: 'QUIC' } }),
      want: [`error unsupported_protocol ${AT}.port.protocol`],
    },
    {
      name: 'port 0',
      spec: plain({ port: { number: 0, name: 'http', protocol: 'HTTP' } }),
      want: [`error invalid_port ${AT}.port.number`],
    },
    {
      name: 'a target port',
      spec: plain({ port: { number: 80, name: 'http', protocol: 'HTTP', targetPort: 8080 } }),
      want: [`error unsupported_field ${AT}.port.targetPort`],
    },
    {
      name: 'a port without a name',
      spec: plain({ port: { number: 80, name: '', protocol: 'HTTP' } }),
      want: [`error required_field ${AT}.port.name`],
    },
    { name: 'an address to bind', spec: plain({ bind: '::1' }) },
    { name: 'a name to bind', spec: plain({ bind: 'localhost' }), want: [`error invalid_address ${AT}.bind`] },
    { name: 'a unix socket', spec: plain({ bind: 'unix:///run/s', port: { number: 0, name: 'http', protocol: 'HTTP' } }) },
    { name: 'a unix socket and a port', spec: plain({ bind: 'unix://@s' }), want: [`error invalid_port ${AT}.port.number`] },
    {
      name: 'a folder as a socket',
      spec: plain({ bind: 'unix:///run/', port: { number: 0, name: 'http', protocol: 'HTTP' } }),
      want: [`error invalid_address ${AT}.bind`],
    },
  ],
  hosts: [
    { name: 'of a namespace', spec: plain({ hosts: ['./a.b', '*/*.b', 'ns/c.d', '10.0.0.1'] }) },
    { name: 'none', spec: plain({ hosts: [] }), want: [`error required_field ${AT}.hosts`] },
    { name: 'a short name', spec: plain({ hosts: ['reviews'] }), want: [`error invalid_host ${AT}.hosts[0]`] },
    { name: 'an empty namespace', spec: plain({ hosts: ['/a.b'] }), want: [`error invalid_host ${AT}.hosts[0]`] },
    { name: 'a star inside', spec: plain({ hosts: ['*a.b'] }), want: [`error invalid_host ${AT}.hosts[0]`] },
    { name: 'another namespace form', spec: plain({ hosts: ['~/a.b'] }), want: [`error invalid_host ${AT}.hosts[0]`] },
  ],
  tls: [
    { name: 'HTTPS without tls', spec: server({ tls: undefined }), want: [`error required_field ${AT}.tls`] },
    { name: 'HTTP with redirect', spec: plain({ tls: { httpsRedirect: true } }) },
    {
      name: 'HTTP with a certificate',
      spec: plain({ tls: { mode: 'SIMPLE', credentialName: 'a' } }),
      want: [`error invalid_tls ${AT}.tls`],
    },
    {
      name: 'TCP with tls',
      spec: plain({ port: { number: 80, name: 'tcp', protocol: 'TCP' }, tls: {} }),
      want: [`error invalid_tls ${AT}.tls`],
    },
    { name: 'HTTPS with redirect', spec: tls({ httpsRedirect: true }), want: [`warning ineffective_field ${AT}.tls.httpsRedirect`] },
    { name: 'simple with files', spec: tls({ mode: 'SIMPLE', ...files }) },
    { name: 'simple with a credential', spec: tls({ mode: 'SIMPLE', credentialName: 'a' }) },
    {
      name: 'simple with nothing',
      spec: tls({ mode: 'SIMPLE' }),
      want: [`error required_field ${AT}.tls.serverCertificate`, `error required_field ${AT}.tls.privateKey`],
    },
    { name: 'mutual without a root', spec: tls({ mode: 'MUTUAL', ...files }), want: [`error required_field ${AT}.tls.caCertificates`] },
    { name: 'optional mutual with a credential', spec: tls({ mode: 'OPTIONAL_MUTUAL', credentialName: 'a' }) },
    { name: 'the mesh own', spec: tls({ mode: 'ISTIO_MUTUAL' }) },
    {
      name: 'the mesh own with a file',
      spec: tls({ mode: 'ISTIO_MUTUAL', privateKey: '/key' }),
      want: [`error invalid_tls ${AT}.tls.privateKey`],
    },
    {
      name: 'passthrough with files',
      spec: tls({ mode: 'PASSTHROUGH', caCertificates: '/ca' }),
      want: [`warning ineffective_field ${AT}.tls.caCertificates`],
    },
    { name: 'two sources', spec: tls({ mode: 'SIMPLE', credentialName: 'a', ...files }), want: [`error exclusive_fields ${AT}.tls`] },
    { name: 'two certificates', spec: tls({ mode: 'SIMPLE', tlsCertificates: [files, files] }) },
    {
      name: 'three certificates',
      spec: tls({ mode: 'SIMPLE', tlsCertificates: [files, files, files] }),
      want: [`warning ineffective_field ${AT}.tls.tlsCertificates`],
    },
    {
      name: 'half a certificate',
      spec: tls({ mode: 'SIMPLE', tlsCertificates: [{ privateKey: '/key' }] }),
      want: [`error required_field ${AT}.tls.tlsCertificates[0].serverCertificate`],
    },
    {
      name: 'a revocation list with SIMPLE',
      spec: tls({ mode: 'SIMPLE', ...files, caCrl: '/crl' }),
      want: [`error invalid_tls ${AT}.tls.caCrl`],
    },
    {
      name: 'TLS 1.0 without suites',
      spec: tls({ mode: 'SIMPLE', ...files, minProtocolVersion: 'TLSV1_0' }),
      want: [`warning weak_tls ${AT}.tls.minProtocolVersion`],
    },
    {
      name: 'an unknown suite',
      spec: tls({ mode: 'SIMPLE', ...files, cipherSuites: ['RC4', 'AES128-SHA', 'AES128-SHA'] }),
      want: [`warning unknown_cipher ${AT}.tls.cipherSuites`, `warning duplicate_cipher ${AT}.tls.cipherSuites`],
    },
  ],
  'rules that remain': [
    { name: 'a name of 64 characters', spec: plain(), metadata: { name: 'a'.repeat(64) }, want: ['error invalid_name metadata.name'] },
    { name: 'HTTP_PROXY', spec: plain({ port: { number: 80, name: 'a b', protocol: 'HTTP_PROXY' } }) },
    {
      name: 'port 65536',
      spec: plain({ port: { number: 65_536, name: 'a', protocol: 'HTTP' } }),
      want: [`error invalid_port ${AT}.port.number`],
    },
    { name: 'a host of version 6', spec: plain({ hosts: ['::1'] }), want: [`error invalid_host ${AT}.hosts[0]`] },
    { name: 'no host after a namespace', spec: plain({ hosts: ['ns/'] }), want: [`error invalid_host ${AT}.hosts[0]`] },
    { name: 'a namespace with a dot', spec: plain({ hosts: ['a.b/c.d'] }), want: [`error invalid_host ${AT}.hosts[0]`] },
    ...['serverCertificate', 'caCertificates', 'tlsCertificates', 'credentialName', 'credentialNames'].map((field) => ({
      name: `the mesh own with ${field}`,
      spec: tls({ mode: 'ISTIO_MUTUAL', [field]: field === 'tlsCertificates' ? [files] : field === 'credentialNames' ? ['a'] : 'a' }),
      want: [`error invalid_tls ${AT}.tls.${field}`],
    })),
    { name: 'the mesh own with a revocation list', spec: tls({ mode: 'ISTIO_MUTUAL', caCrl: '/crl' }) },
    {
      name: 'HTTP that redirects, with a file',
      spec: plain({ tls: { httpsRedirect: true, privateKey: '/k' } }),
      want: [`warning ineffective_field ${AT}.tls.privateKey`, `error invalid_tls ${AT}.tls`],
    },
    { name: 'mutual with a credential and a revocation list', spec: tls({ mode: 'MUTUAL', credentialName: 'a', caCrl: '/crl' }) },
    {
      name: 'passthrough with a credential and a revocation list',
      spec: tls({ mode: 'PASSTHROUGH', credentialName: 'a', caCrl: '/crl' }),
      want: [`warning ineffective_field ${AT}.tls.caCrl`, `error invalid_tls ${AT}.tls.caCrl`],
    },
    {
      name: 'a wrong port hides what TLS it needs',
      spec: server({ port: { ...port, number: 0 }, tls: undefined }),
      want: [`error invalid_port ${AT}.port.number`],
    },
    { name: 'TLS 1.1 with suites', spec: tls({ mode: 'SIMPLE', ...files, minProtocolVersion: 'TLSV1_1', cipherSuites: ['AES256-SHA'] }) },
  ],
};

testKind('Gateway', tables);
