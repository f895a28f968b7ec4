import { type PeerCertificate, type TLSSocket } from 'node:tls';
import { subjectAltNames } from '../upstream/judge-peer';

/** What a certificate says of whoever presented it. */
export interface CertificateFacts {
  /** The most specific part first. Spec: RFC 2253. */
  readonly subject: string;
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly hash: string;
  /** URL-encoded PEM. */
  readonly pem: string;
}

/** Certificates that are remembered; workloads come back with theirs. */
const REMEMBERED = 256;
/** A larger one is read anew each time. */
const REMEMBERED_BYTES = 8 * 1024;
/** By fingerprint, the one that was read first in front. */
const remembered = new Map<string, CertificateFacts>();

/** Reads the certificate that the client presented; undefined without. */
export function peerFacts(socket: TLSSocket): CertificateFacts | undefined {
  return factsOf(socket.getPeerX509Certificate(), () => socket.getPeerCertificate());
}

/** Reads the certificate that we presented; undefined without. */
export function ownFacts(socket: TLSSocket): CertificateFacts | undefined {
  return factsOf(socket.getX509Certificate(), () => socket.getCertificate() as PeerCertificate);
}

/** One certificate's connections share what it says: that is a kilobyte, and a tenth of a millisecond to read. */
function factsOf(
  certificate: { readonly fingerprint256: string; readonly raw: Buffer } | undefined,
  read: () => PeerCertificate,
): CertificateFacts | undefined {
  if (certificate === undefined) return undefined;
  const { fingerprint256, raw } = certificate;
  const known = remembered.get(fingerprint256);
  if (known !== undefined) return known;
  const legacy = read();
  const names = subjectAltNames(legacy);
  const facts: CertificateFacts = {
    subject: subjectText(legacy.subject as unknown as Readonly<Record<string, string | string[]>>),
    uris: names.uri,
    dnsNames: names.dns,
    hash: fingerprint256.replaceAll(':', '').toLowerCase(),
    pem: encodeURIComponent(pemOf(raw)),
  };
  if (raw.length <= REMEMBERED_BYTES) remember(fingerprint256, facts);
  return facts;
}

function remember(fingerprint: string, facts: CertificateFacts): void {
  remembered.set(fingerprint, facts);
  if (remembered.size <= REMEMBERED) return;
  const [oldest] = remembered.keys();
  remembered.delete(oldest!);
}

function pemOf(raw: Buffer): string {
  const lines = raw
    .toString('base64')
    .replace(/(.{64})/g, '$1\n')
    .trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function subjectText(subject: Readonly<Record<string, string | string[]>> | undefined): string {
  return Object.entries(subject ?? {})
    .flatMap(([key, value]) => (Array.isArray(value) ? value : [value]).map((v) => `${key}=${v}`))
    .reverse()
    .join(',');
}
