import { type JsonObject } from '@bufbuild/protobuf';
import { type TestCertificate, testAuthority } from '@lateen/proxy-config/testing';
import { typed } from '../bootstrap';

/** Whom the rows' proxies trust. */
export const authority = testAuthority('differential');
/** Shown unless a row says otherwise. */
export const server = authority.leaf('server.example');
/** A client that is trusted. */
export const client = authority.leaf('spiffe://cluster.local/ns/a/sa/client');
/** A client that is not. */
export const stranger = testAuthority('stranger').leaf('spiffe://cluster.local/ns/a/sa/stranger');

/** Why a client of TLS 1.3 is given no second ticket. The line that says whether it was. */
export const NOT_PROLONGED = {
  differs: 'a session that is resumed is not prolonged: its ticket is not renewed, and stays good for the time it had',
  differsIn: /^session/,
};

/** PEM in place. */
export const inline = (text: string): JsonObject => ({ inline_string: text });

/** A certificate with its key. */
export const certificate = ({ certificate: chain, privateKey }: TestCertificate): JsonObject => ({
  certificate_chain: inline(chain),
  private_key: inline(privateKey),
});

/** A certificate for Node's TLS. */
export const identity = ({ certificate: cert, privateKey: key }: TestCertificate): { readonly cert: string; readonly key: string } => ({
  cert,
  key,
});

/** A validation context that trusts {@link authority}. */
export const trust: JsonObject = { trusted_ca: inline(authority.certificate) };

/** TLS that ends here: more of its common part, and of itself. */
export function downstream(common: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return typed('tls', 'transport_sockets.tls.v3.DownstreamTlsContext', {
    common_tls_context: { tls_certificates: [certificate(server)], ...common },
    ...more,
  });
}

/** TLS that begins here, as more of a cluster. */
export function upstreamTls(common: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return {
    transport_socket: typed('tls', 'transport_sockets.tls.v3.UpstreamTlsContext', {
      common_tls_context: { validation_context: trust, ...common },
      ...more,
    }),
  };
}
