import { type JsonObject } from '@bufbuild/protobuf';
import { typed } from '../bootstrap';
import { http1Client, http1ClientOver, http2ClientWith, request, tcpClientOver, tcpClient } from '../peers/client';
import { http1, tcp } from '../peers/upstream';
import { type Area, type Row } from '../row';
import { authority, certificate, client, downstream, identity, server, stranger, trust, upstreamTls } from './tls-resources';

const OWN_WORDS = 'Envoy quotes BoringSSL, we quote OpenSSL and ourselves';
const other = authority.leaf('other.example');
const get = request('GET /');
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A client that presents itself, to a listener that wants to know. */
function mutual(name: string, manager: JsonObject, ...fields: readonly string[]): Row {
  return {
    name,
    tls: downstream({ validation_context: trust }, { require_client_certificate: true }),
    manager,
    client: http1ClientOver(identity(client), request('GET /', ...fields)),
  };
}

const details = { set_current_client_cert_details: { subject: true, uri: true, dns: true } };
const toServer = identity(server);
const bySni = (...chains: readonly JsonObject[]): JsonObject => ({
  listener_filters: [typed('envoy.filters.listener.tls_inspector', 'filters.listener.tls_inspector.v3.TlsInspector')],
  filter_chains: [...chains],
});

/** TLS that ends here, begins here, or passes by its name. */
export const tls: Area = {
  area: 'TLS',
  rows: [
    {
      differs: 'a client of HTTP/2 is told in its own words to come back with HTTP/1.1',
      name: 'HTTP/2 where HTTP/1.1 was agreed on',
      tls: downstream({ alpn_protocols: ['h2', 'http/1.1'] }),
      client: http2ClientWith({ tls: { ALPNProtocols: ['http/1.1'] } }, {}),
      expect: ['alpn=http/1.1', 'goaway'],
    },
    {
      name: 'TLS ends here',
      tls: downstream({}),
      client: http1ClientOver({ servername: 'server.example' }, get),
      expect: ['200 OK', 'x-forwarded-proto: https'],
    },
    {
      name: 'TLS 1.2 at most',
      tls: downstream({ tls_params: { tls_maximum_protocol_version: 'TLSv1_2' } }),
      client: http1ClientOver({}, get),
      expect: ['TLSv1.2'],
    },
    {
      name: 'TLS 1.3 at least, a client of 1.2',
      tls: downstream({ tls_params: { tls_minimum_protocol_version: 'TLSv1_3' } }),
      client: http1ClientOver({ maxVersion: 'TLSv1.2' }, get),
      expect: ['tls refused'],
    },
    {
      name: 'HTTP/2 by ALPN',
      tls: downstream({ alpn_protocols: ['h2', 'http/1.1'] }),
      client: http2ClientWith({ tls: { ALPNProtocols: ['h2', 'http/1.1'] } }, {}),
      expect: ['alpn=h2', ':status: 200'],
    },
    {
      name: 'HTTP/1.1 by ALPN',
      tls: downstream({ alpn_protocols: ['h2', 'http/1.1'] }),
      client: http1ClientOver({ ALPNProtocols: ['http/1.1'] }, get),
      expect: ['alpn=http/1.1'],
    },
    {
      differs: 'a handshake without a protocol in common ends (RFC 7301 §3.2), unless a TLS inspector has seen what the client offers',
      name: 'ALPN that nobody shares',
      tls: downstream({ alpn_protocols: ['h2'] }),
      client: http1ClientOver({ ALPNProtocols: ['foo'] }, get),
    },
    { name: 'plain bytes where TLS is expected', tls: downstream({}), client: http1Client({ send: get, wait: 'close' }) },
    { ...mutual('a client certificate that is wanted and there', {}), expect: ['200 OK'] },
    {
      name: 'a client certificate that is wanted and not there',
      tls: downstream({ validation_context: trust }, { require_client_certificate: true }),
      client: http1ClientOver({ maxVersion: 'TLSv1.2' }, { send: get, wait: 'close' }),
    },
    {
      name: 'a client certificate of a stranger',
      tls: downstream({ validation_context: trust }, { require_client_certificate: true }),
      client: http1ClientOver({ maxVersion: 'TLSv1.2', ...identity(stranger) }, { send: get, wait: 'close' }),
    },
    {
      name: 'a client certificate of another name',
      tls: downstream(
        { validation_context: { ...trust, match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { exact: 'spiffe://other' } }] } },
        { require_client_certificate: true },
      ),
      client: http1ClientOver({ maxVersion: 'TLSv1.2', ...identity(client) }, { send: get, wait: 'close' }),
    },
    { name: 'a client certificate that is not wanted', tls: downstream({ validation_context: trust }), client: http1ClientOver({}, get) },
    mutual('XFCC is taken away', {}, 'x-forwarded-client-cert: By=x'),
    mutual('XFCC is forwarded only', { forward_client_cert_details: 'FORWARD_ONLY', ...details }, 'x-forwarded-client-cert: By=x'),
    mutual('XFCC is appended', { forward_client_cert_details: 'APPEND_FORWARD', ...details }, 'x-forwarded-client-cert: By=x'),
    mutual('XFCC is appended to nothing', { forward_client_cert_details: 'APPEND_FORWARD', ...details }),
    mutual('XFCC is made anew', { forward_client_cert_details: 'SANITIZE_SET', ...details }, 'x-forwarded-client-cert: By=x'),
    mutual('XFCC with little asked', { forward_client_cert_details: 'SANITIZE_SET' }),
    mutual('XFCC is always forwarded', { forward_client_cert_details: 'ALWAYS_FORWARD_ONLY', ...details }, 'x-forwarded-client-cert: By=x'),
    {
      name: 'chains by SNI',
      listener: bySni(
        { filter_chain_match: { server_names: ['server.example'] }, filters: ['@http'], transport_socket: downstream({}) },
        {
          filter_chain_match: { server_names: ['*.other.example'] },
          filters: ['@http'],
          transport_socket: downstream({ tls_certificates: [certificate(other)] }),
        },
      ),
      client: async (port) =>
        (await http1ClientOver({ servername: 'server.example' }, get)(port)) +
        (await http1ClientOver({ servername: 'a.other.example' }, get)(port)),
    },
    {
      name: 'SNI that no chain takes',
      listener: bySni({ filter_chain_match: { server_names: ['server.example'] }, filters: ['@http'], transport_socket: downstream({}) }),
      client: http1ClientOver({ servername: 'nobody.example' }, { send: get, wait: 'close' }),
    },
    {
      name: 'no SNI where chains have names',
      listener: bySni({ filter_chain_match: { server_names: ['server.example'] }, filters: ['@http'], transport_socket: downstream({}) }),
      client: http1ClientOver({}, { send: get, wait: 'close' }),
    },
    {
      name: 'TLS passes by its SNI',
      tcp: {},
      listener: bySni({ filter_chain_match: { server_names: ['server.example'] }, filters: ['@tcp'] }),
      upstreams: { backend: { kind: 'http1', replies: [ok], tls: toServer } },
      client: http1ClientOver({ servername: 'server.example' }, get),
      expect: ['200 OK', 'sni=server.example'],
    },
    {
      name: 'TLS that begins here',
      clusters: { backend: upstreamTls({}, { sni: 'server.example' }) },
      upstreams: { backend: { kind: 'http1', replies: [ok], tls: toServer } },
      client: http1Client(get),
      expect: ['200 OK'],
    },
    {
      name: 'TLS that begins here with a certificate of ours',
      clusters: { backend: upstreamTls({ tls_certificates: [certificate(client)] }) },
      upstreams: {
        backend: {
          kind: 'http1',
          replies: [ok],
          tls: { ...toServer, requestCert: true, ca: authority.certificate, rejectUnauthorized: true },
        },
      },
      client: http1Client(get),
      expect: ['200 OK'],
    },
    {
      differs: OWN_WORDS,
      differsIn: /failure=/,
      name: 'an upstream of a stranger',
      clusters: { backend: upstreamTls({}) },
      upstreams: { backend: { kind: 'http1', replies: [ok], tls: identity(stranger) } },
      client: http1Client(get),
      expect: ['503', 'flags=UF'],
    },
    {
      differs: OWN_WORDS,
      differsIn: /failure=/,
      name: 'an upstream of another name',
      clusters: {
        backend: upstreamTls({
          validation_context: { ...trust, match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'other.example' } }] },
        }),
      },
      upstreams: { backend: { kind: 'http1', replies: [ok], tls: toServer } },
      client: http1Client(get),
      expect: ['503', 'flags=UF'],
    },
    {
      name: 'an upstream of the right name',
      clusters: {
        backend: upstreamTls({
          validation_context: { ...trust, match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { suffix: '.example' } }] },
        }),
      },
      upstreams: { backend: { kind: 'http1', replies: [ok], tls: toServer } },
      client: http1Client(get),
      expect: ['200 OK'],
    },
    {
      differs: 'another library says hello in another way',
      differsIn: /^bytes/,
      name: 'an upstream that speaks plain bytes',
      clusters: { backend: upstreamTls({}) },
      upstreams: { backend: http1(ok) },
      client: http1Client(get),
      expect: ['503', 'flags=UF'],
    },
    {
      name: 'bytes over TLS that ends here',
      tcp: {},
      tls: downstream({}),
      upstreams: { backend: tcp((socket) => void socket.on('data', (bytes) => socket.write(bytes))) },
      client: tcpClientOver({}, { send: 'ping', until: 'ping' }),
      expect: ['ping'],
    },
    {
      name: 'bytes over TLS that begins here',
      tcp: {},
      clusters: { backend: upstreamTls({}) },
      upstreams: { backend: { kind: 'tcp', tls: toServer, on: (socket) => void socket.on('data', (bytes) => socket.write(bytes)) } },
      client: tcpClient({ send: 'ping', until: 'ping' }),
      expect: ['ping'],
    },
  ],
};
