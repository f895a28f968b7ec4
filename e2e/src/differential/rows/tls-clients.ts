import { type JsonObject } from '@bufbuild/protobuf';
import { type ConnectionOptions, type SecureVersion } from 'node:tls';
import { tlsClient } from '../peers/tls-client';
import { type Area, type Row } from '../row';
import { authority, client, downstream, identity, inline, stranger, trust } from './tls-resources';

const revoked = authority.leaf('spiffe://cluster.local/ns/a/sa/revoked');
const expired = authority.leaf('spiffe://cluster.local/ns/a/sa/old', { untilMs: Date.now() - 1000 });
const required: JsonObject = { require_client_certificate: true };
const withList: JsonObject = { validation_context: { ...trust, crl: inline(authority.revoke(revoked)) } };
const matching = (matcher: JsonObject): JsonObject => ({
  validation_context: { ...trust, match_typed_subject_alt_names: [{ san_type: 'URI', matcher }] },
});

const NO_ALERT = {
  differs: 'the runtime lets a handshake end before a certificate is judged: the connection is closed without an alert that says why',
  differsIn: /^alert/,
};

/** The same in both versions: the client of TLS 1.3 has finished its handshake when it is judged. */
function both(name: string, tls: JsonObject, options: ConnectionOptions, more: Partial<Row> = {}): readonly Row[] {
  return (['TLSv1.2', 'TLSv1.3'] as const).map((maxVersion: SecureVersion) => ({
    name: `${name}, ${maxVersion}`,
    tls,
    client: tlsClient({ ...options, maxVersion }),
    ...more,
  }));
}

/** Clients that show certificates, and what becomes of them. */
export const tlsClients: Area = {
  area: 'TLS clients',
  rows: [
    ...both('required, and a good one', downstream({ validation_context: trust }, required), identity(client), { expect: ['200 OK'] }),
    ...both('required, and none', downstream({ validation_context: trust }, required), {}),
    ...both("required, and a stranger's", downstream({ validation_context: trust }, required), identity(stranger), NO_ALERT),
    ...both('required, and an expired one', downstream({ validation_context: trust }, required), identity(expired), NO_ALERT),
    ...both('optional, and a good one', downstream({ validation_context: trust }), identity(client), { expect: ['200 OK'] }),
    ...both('optional, and none', downstream({ validation_context: trust }), {}, { expect: ['200 OK'] }),
    ...both("optional, and a stranger's", downstream({ validation_context: trust }), identity(stranger), NO_ALERT),
    ...both('not asked for, and one is there', downstream(), identity(client), { expect: ['200 OK'] }),
    ...both(
      "untrusted ones are let in, and a stranger's",
      downstream({ validation_context: { ...trust, trust_chain_verification: 'ACCEPT_UNTRUSTED' } }, required),
      identity(stranger),
      { differs: 'whoever is untrusted is refused, whatever is said of it: the setting is not in effect' },
    ),
    ...both('a list of others that are revoked', downstream(withList, required), identity(client), { expect: ['200 OK'] }),
    ...both('one that is revoked', downstream(withList, required), identity(revoked), NO_ALERT),
    ...both('one that is revoked, where none is required', downstream(withList), identity(revoked), NO_ALERT),
    ...both('none, where lists are kept and none is required', downstream(withList), {}, { expect: ['200 OK'] }),
    ...both(
      'a name that begins as expected',
      downstream(matching({ prefix: 'spiffe://cluster.local/ns/a/' }), required),
      identity(client),
      { expect: ['200 OK'] },
    ),
    ...both('a name that is not expected', downstream(matching({ exact: 'spiffe://other' }), required), identity(client), NO_ALERT),
    ...both(
      'a pattern that is found but does not match whole',
      downstream(matching({ safe_regex: { regex: 'client' } }), required),
      identity(client),
      NO_ALERT,
    ),
    ...both(
      'another certificate than the pinned',
      downstream({ validation_context: { ...trust, verify_certificate_hash: ['00'.repeat(32)] } }, required),
      identity(client),
      NO_ALERT,
    ),
    ...both(
      'SNI is wanted, and none',
      downstream({}, { require_sni: true }),
      {},
      { differs: "who must name a server is refused without, which Envoy's setting does not do" },
    ),
    ...both('SNI is wanted, and there', downstream({}, { require_sni: true }), { servername: 'server.example' }, { expect: ['200 OK'] }),
  ],
};
