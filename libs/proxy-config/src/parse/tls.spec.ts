import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { ClusterSchema } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { ListenerSchema } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { testAuthority } from '../testing/certificates';
import { bootstrapRegistry } from '../any-registry';
import { type DownstreamTls, type TransportSocket } from '../model';
import { parseCluster } from './cluster';
import { parseListener } from './listener';
import { parseSecret } from './secret';

const TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets';
const authority = testAuthority('parse');
const leaf = authority.leaf('a.example');
const other = authority.ecdsaLeaf('a.example');
const crl = authority.revoke();
const text = (inlineString: string) => ({ inlineString });
const certificate = { certificateChain: text(leaf.certificate), privateKey: text(leaf.privateKey) };
const anchors = { trustedCa: text(authority.certificate) };

function listenerWith(tls: object, common: object = {}) {
  const chain = {
    filters: [
      {
        name: 'tcp',
        typedConfig: {
          '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
          statPrefix: 's',
          cluster: 'c',
        },
      },
    ],
    transportSocket: {
      name: 'tls',
      typedConfig: {
        '@type': `${TYPE}.tls.v3.DownstreamTlsContext`,
        commonTlsContext: { tlsCertificates: [certificate], ...common },
        ...tls,
      },
    },
  };
  const address = { socketAddress: { address: '127.0.0.1', portValue: 1 } };
  return parseListener(
    fromJson(ListenerSchema, { name: 'l', address, filterChains: [chain] } as unknown as JsonValue, { registry: bootstrapRegistry }),
  );
}

function downstream(tls: object, common: object = {}): { readonly tls: DownstreamTls; readonly notes: readonly string[] } {
  const result = listenerWith(tls, common);
  if (!result.ok) throw new Error(result.reason);
  return { tls: result.value.filterChains[0]!.tls!, notes: result.notes.map(({ path, reason }) => `${path.split('.').at(-1)}: ${reason}`) };
}

describe('what a listener says of its TLS', () => {
  const cases: readonly { name: string; tls?: object; common?: object; want: object; notes?: readonly string[] }[] = [
    { name: 'sessions by default', want: {} },
    { name: 'no tickets', tls: { disableStatelessSessionResumption: true }, want: { statelessResumption: false } },
    { name: 'how long a session lasts', tls: { sessionTimeout: '90s' }, want: { sessionTimeoutSeconds: 90 } },
    {
      name: 'what seals tickets',
      tls: { sessionTicketKeys: { keys: [text('k'.repeat(80)), text('l'.repeat(80))] } },
      want: { ticketKey: Buffer.from('k'.repeat(80)) },
      notes: ['sessionTicketKeys: tickets sealed with any key but the first are not taken'],
    },
    { name: 'names are wanted', tls: { requireSni: true }, want: { requireSni: true } },
    { name: 'all certificates are looked through', tls: { fullScanCertsOnSniMismatch: true }, want: { fullScanOnSniMismatch: true } },
    {
      name: 'secrets in files of SDS',
      common: { tlsCertificateSdsSecretConfigs: [{ name: 's', sdsConfig: { pathConfigSource: { path: '/sds.json' } } }] },
      want: { certificates: [{ source: 'sds', name: 's' }, { source: 'inline' }] },
      notes: ['pathConfigSource: the file is not read: the agent is asked for the secret by its name'],
    },
    {
      name: 'ciphers and curves that are known here',
      common: { tlsParams: { cipherSuites: ['[ECDHE-RSA-AES128-GCM-SHA256|ROT13]'], ecdhCurves: ['P-256', 'Q-256'] } },
      want: { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', ecdhCurves: 'P-256' },
      notes: ['cipherSuites: "ROT13" is not known here', 'ecdhCurves: "Q-256" is not known here'],
    },
    {
      name: 'signature algorithms',
      common: { tlsParams: { signatureAlgorithms: ['ecdsa_secp256r1_sha256', 'rsa_pss_rsae_sha256'] } },
      want: { signatureAlgorithms: 'ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256' },
    },
    {
      name: 'who is let in',
      common: {
        validationContext: {
          ...anchors,
          crl: text(crl),
          maxVerifyDepth: 2,
          verifyCertificateHash: [Array(32).fill('AB').join(':')],
          verifyCertificateSpki: [Buffer.alloc(32).toString('base64')],
          matchTypedSubjectAltNames: [
            { sanType: 'URI', matcher: { prefix: 'spiffe://' } },
            { sanType: 'DNS', matcher: { exact: 'a' } },
            { sanType: 'IP_ADDRESS', matcher: { exact: '::1' } },
            { sanType: 'EMAIL', matcher: { suffix: '@a' } },
          ],
        },
      },
      want: {
        validation: {
          crl,
          maxIntermediates: 2,
          certificateHashes: ['ab'.repeat(32)],
          spkiHashes: [Buffer.alloc(32).toString('base64')],
          sans: [{ type: 'uri' }, { type: 'dns' }, { type: 'ip' }, { type: 'email' }],
        },
      },
    },
  ];
  it.each(cases)('$name', ({ tls = {}, common = {}, want, notes = [] }) => {
    const parsed = downstream(tls, common);
    expect(parsed.tls).toMatchObject(want);
    expect(parsed.notes).toEqual(notes);
  });

  const validation = (context: object) => ({ validationContext: { ...anchors, ...context } });
  const refused: readonly { name: string; tls?: object; common?: object; want: RegExp }[] = [
    { name: 'a ticket key that is too short', tls: { sessionTicketKeys: { keys: [text('short')] } }, want: /too short/ },
    {
      name: 'a certificate that is none',
      common: { tlsCertificates: [{ ...certificate, certificateChain: text('x') }] },
      want: /tlsCertificates\[0\]: is no certificate chain/,
    },
    {
      name: 'the key of another',
      common: { tlsCertificates: [{ ...certificate, privateKey: text(other.privateKey) }] },
      want: /private key: /,
    },
    { name: 'anchors that are none', common: { validationContext: { trustedCa: text('x') } }, want: /trustedCa: holds no certificate/ },
    { name: 'no cipher that is known', common: { tlsParams: { cipherSuites: ['ROT13'] } }, want: /none of ROT13 is known here/ },
    { name: 'no curve that is known', common: { tlsParams: { ecdhCurves: ['Q-256'] } }, want: /none of Q-256/ },
    { name: 'a list that is none', common: validation({ crl: text('x') }), want: /crl: is no revocation list/ },
    { name: 'a list without anchors', common: { validationContext: { crl: text(crl) } }, want: /no trusted CA/ },
    { name: 'a list in a file', common: validation({ crl: { filename: '/crl' } }), want: /only inline data/ },
    { name: 'a hash that is none', common: validation({ verifyCertificateHash: ['00'] }), want: /no SHA-256/ },
    { name: 'a key that is none', common: validation({ verifyCertificateSpki: ['AAAA'] }), want: /no SHA-256/ },
    {
      name: 'names of another type',
      common: validation({ matchTypedSubjectAltNames: [{ sanType: 'OTHER_NAME', matcher: { exact: 'a' }, oid: '1.2' }] }),
      want: /cannot be read/,
    },
    { name: 'names of no type', common: validation({ matchTypedSubjectAltNames: [{ matcher: { exact: 'a' } }] }), want: /cannot be read/ },
    {
      name: 'anchors of a provider',
      common: validation({ caCertificateProviderInstance: { instanceName: 'x' } }),
      want: /providers are not known/,
    },
    { name: 'a validator of its own', common: validation({ customValidatorConfig: { name: 'x' } }), want: /would protect/ },
  ];
  it.each(refused)('is refused: $name', ({ tls = {}, common = {}, want }) => {
    const result = listenerWith(tls, common);
    expect(result.ok ? 'accepted' : result.reason).toMatch(want);
  });
});

describe('trust anchors by SDS', () => {
  const parse = (context: object) =>
    parseSecret(fromJson(SecretSchema, { name: 'ROOTCA', validationContext: { ...anchors, ...context } } as unknown as JsonValue));

  it('bring their lists and rules along', () =>
    expect(parse({ crl: text(crl), matchTypedSubjectAltNames: [{ sanType: 'URI', matcher: { exact: 'a' } }] })).toMatchObject({
      ok: true,
      value: { kind: 'validation', trustedCa: authority.certificate, crl, rules: { sans: [{ type: 'uri' }] } },
    }));

  it('alone are anchors alone', () =>
    expect(parse({})).toEqual({ ok: true, value: { kind: 'validation', name: 'ROOTCA', trustedCa: authority.certificate }, notes: [] }));
});

describe('what a cluster says of its sockets', () => {
  function socketOf(transportSocket: object): TransportSocket {
    const json = { name: 'c', type: 'STATIC', transportSocket } as unknown as JsonValue;
    const result = parseCluster(fromJson(ClusterSchema, json, { registry: bootstrapRegistry }));
    if (!result.ok) throw new Error(result.reason);
    return result.value.cluster.transportSocket;
  }
  const tls = (changes: object = {}) => ({
    name: 'tls',
    typedConfig: { '@type': `${TYPE}.tls.v3.UpstreamTlsContext`, commonTlsContext: {}, ...changes },
  });
  const bare = { name: 'tls', typedConfig: { '@type': `${TYPE}.tls.v3.UpstreamTlsContext` } };
  const raw = { name: 'raw', typedConfig: { '@type': `${TYPE}.raw_buffer.v3.RawBuffer` } };
  const telling = (config: object | undefined, inner: object) => ({
    name: 'pp',
    typedConfig: { '@type': `${TYPE}.proxy_protocol.v3.ProxyProtocolUpstreamTransport`, ...(config && { config }), transportSocket: inner },
  });

  it.each([
    { name: 'version 1 unless said', socket: telling(undefined, raw), want: { kind: 'raw', proxyProtocol: 1 } },
    { name: 'version 2', socket: telling({ version: 'V2' }, raw), want: { kind: 'raw', proxyProtocol: 2 } },
    { name: 'then TLS', socket: telling({ version: 'V2' }, tls()), want: { kind: 'tls', proxyProtocol: 2 } },
    { name: 'nothing but that it is TLS', socket: bare, want: { kind: 'tls', tls: { certificates: [] } } },
    { name: 'no sessions', socket: tls({ maxSessionKeys: 0 }), want: { kind: 'tls', tls: { resumption: false } } },
  ])('$name', ({ socket, want }) => expect(socketOf(socket)).toMatchObject(want));

  it('is refused: several certificates', () =>
    expect(() => socketOf(tls({ commonTlsContext: { tlsCertificates: [certificate, certificate] } }))).toThrow(/has 2 certificates/));
});
