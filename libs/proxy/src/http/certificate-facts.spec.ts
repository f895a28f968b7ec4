import { describe, expect, it } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { type TLSSocket } from 'node:tls';
import { testAuthority } from '@lateen/proxy-config/testing';
import { ownFacts, peerFacts } from './certificate-facts';

const root = testAuthority('root');
const URI = 'spiffe://cluster.local/ns/default/sa/a';
const leaf = new X509Certificate(root.leaf(URI).certificate);

/** A connection whose peer presented a certificate; counts how often it was taken apart. */
function connection(certificate: Partial<X509Certificate> | undefined) {
  const seen = { read: 0 };
  const socket = {
    getPeerX509Certificate: () => certificate,
    getX509Certificate: () => certificate,
    getPeerCertificate: () => {
      seen.read++;
      return leaf.toLegacyObject();
    },
    getCertificate: () => leaf.toLegacyObject(),
  };
  return { seen, socket: socket as unknown as TLSSocket };
}

const other = (name: string, bytes = 100): Partial<X509Certificate> => ({ fingerprint256: name, raw: Buffer.alloc(bytes) });

describe('what a certificate says', () => {
  it('is nothing without one', () => {
    const { socket } = connection(undefined);
    expect([peerFacts(socket), ownFacts(socket)]).toEqual([undefined, undefined]);
  });

  it('is read once for all connections, whoever presents it', () => {
    const { seen, socket } = connection(leaf);
    const facts = peerFacts(socket);
    expect(facts).toMatchObject({ uris: [URI], hash: leaf.fingerprint256.replaceAll(':', '').toLowerCase() });
    expect(new X509Certificate(decodeURIComponent(facts!.pem)).raw.equals(leaf.raw)).toBe(true);
    expect([peerFacts(socket), ownFacts(socket)]).toEqual([facts, facts]);
    expect(peerFacts(socket)).toBe(facts);
    expect(seen.read).toBe(1);
  });

  it('is forgotten when many others came since, and not kept when it is large', () => {
    const first = connection(other('first'));
    peerFacts(first.socket);
    for (let i = 0; i < 255; i++) peerFacts(connection(other(`another ${i}`)).socket);
    peerFacts(first.socket);
    expect(first.seen.read).toBe(1);
    peerFacts(connection(other('one more')).socket);
    peerFacts(first.socket);
    expect(first.seen.read).toBe(2);
    const large = connection(other('large', 9000));
    peerFacts(large.socket);
    peerFacts(large.socket);
    expect(large.seen.read).toBe(2);
  });
});
