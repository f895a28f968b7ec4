import { type JsonObject } from '@bufbuild/protobuf';
import { type TlsOptions, type TLSSocket } from 'node:tls';
import { http1Client, request } from '../peers/client';
import { type Upstream } from '../peers/upstream';
import { typed } from '../bootstrap';
import { type Area, type Row } from '../row';
import { authority, certificate, client, identity, inline, server, trust, upstreamTls } from './tls-resources';

const OWN_WORDS = { differs: 'Envoy quotes BoringSSL, we quote OpenSSL and ourselves', differsIn: /failure=/ };

/** The upstream sees the handshake end, then the connection. */
const JUDGED_AFTER = {
  differs: 'the runtime lets a handshake end before a certificate is judged; Envoy quotes BoringSSL, we quote OpenSSL and ourselves',
  differsIn: /failure=|^bytes|^ {2}\(nothing\)/,
};

/** An upstream that says what was agreed on. */
function agreed(tls: TlsOptions = {}): Upstream {
  return {
    kind: 'tcp',
    tls: { ...identity(server), ...tls },
    on: (socket) => {
      const { name } = (socket as TLSSocket).getCipher();
      const version = (socket as TLSSocket).getProtocol();
      socket.once('data', () =>
        socket.end(`HTTP/1.1 200 OK\r\nx-tls: ${version} ${name}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`),
      );
    },
  };
}

/** A cluster with this TLS, and an upstream of its own mind. */
function row(name: string, cluster: JsonObject, upstream: TlsOptions, more: Partial<Row> = {}): Row {
  return { name, clusters: { backend: cluster }, upstreams: { backend: agreed(upstream) }, client: http1Client(request('GET /')), ...more };
}

const wanting: TlsOptions = { requestCert: true, ca: authority.certificate, rejectUnauthorized: true };
const only12: TlsOptions = { maxVersion: 'TLSv1.2' };

/** TLS that begins here: what is offered, and who is believed. */
export const tlsUpstreams: Area = {
  area: 'TLS to upstreams',
  rows: [
    row(
      'the newest version both speak',
      upstreamTls(),
      {},
      {
        differs: 'TLS 1.3 is offered unless a maximum is set: certificates of clients are not sent in the clear',
        differsIn: /x-tls:/,
      },
    ),
    row('1.3 where it is set', upstreamTls({ tls_params: { tls_maximum_protocol_version: 'TLSv1_3' } }), {}, { expect: ['TLSv1.3'] }),
    row('1.2 to who speaks no other', upstreamTls(), only12, { expect: ['x-tls: TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256'] }),
    row(
      '1.3 at least, to who speaks 1.2',
      upstreamTls({ tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' } }),
      only12,
      { ...OWN_WORDS, expect: ['flags=UF'] },
    ),
    row('ciphers: the one that is named', upstreamTls({ tls_params: { cipher_suites: ['ECDHE-RSA-AES256-GCM-SHA384'] } }), only12, {
      expect: ['ECDHE-RSA-AES256-GCM-SHA384'],
    }),
    row(
      'ciphers: none without forward secrecy by default',
      upstreamTls(),
      { ...only12, ciphers: 'AES128-GCM-SHA256:AES128-SHA' },
      { ...OWN_WORDS, expect: ['flags=UF'] },
    ),
    row(
      'curves: none but X25519 and P-256 by default',
      upstreamTls(),
      { ...only12, ecdhCurve: 'P-384' },
      { ...OWN_WORDS, expect: ['flags=UF'] },
    ),
    row(
      'curves: the one that is named',
      upstreamTls({ tls_params: { ecdh_curves: ['P-384'] } }),
      { ...only12, ecdhCurve: 'P-384' },
      { expect: ['200 OK'] },
    ),
    row(
      'a certificate of a list of others that are revoked',
      upstreamTls({ validation_context: { ...trust, crl: inline(authority.revoke(authority.leaf('x.example'))) } }),
      only12,
      { expect: ['200 OK'] },
    ),
    row('a certificate that is revoked', upstreamTls({ validation_context: { ...trust, crl: inline(authority.revoke(server)) } }), only12, {
      ...JUDGED_AFTER,
      expect: ['flags=UF', 'certificate_revoked'],
    }),
    row(
      'a certificate that has expired',
      upstreamTls(),
      { ...only12, ...identity(authority.leaf('server.example', { untilMs: Date.now() - 1000 })) },
      { ...JUDGED_AFTER, expect: ['flags=UF', 'expired'] },
    ),
    row(
      'a certificate of ours is wanted, and there is none, 1.2',
      upstreamTls(),
      { ...only12, ...wanting },
      { ...OWN_WORDS, expect: ['flags=UF', 'failure=TLS_error:_sslv3_alert_handshake_failure'] },
    ),
    row(
      'a certificate of ours is wanted, and there is none, 1.3',
      upstreamTls({ tls_params: { tls_maximum_protocol_version: 'TLSv1_3' } }),
      wanting,
      {
        differs: 'an alert after the handshake is told in the log; the handshake itself has not failed, and is not counted so',
        differsIn: /failure=|ssl\.connection_error/,
        expect: ['certificate_required'],
      },
    ),
    row(
      'a certificate of ours is wanted, and there is one, 1.3',
      upstreamTls({ tls_certificates: [certificate(client)], tls_params: { tls_maximum_protocol_version: 'TLSv1_3' } }),
      wanting,
      { expect: ['TLSv1.3'] },
    ),
    row('nothing is said but that it is TLS', { transport_socket: typed('tls', 'transport_sockets.tls.v3.UpstreamTlsContext') }, only12, {
      expect: ['200 OK'],
    }),
  ],
};
