import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bits,
  context,
  extension,
  fromDer,
  integer,
  type Node,
  octets,
  oid,
  OIDS,
  sequence,
  set,
  subjectAltName,
  time,
  toDer,
  toPem,
  utf8,
  childrenOf,
  booleanTrue,
} from './asn1';

/** Everything a certificate says. */
export interface CertificateTemplate {
  readonly publicKey: KeyObject;
  /** Whose signature it carries. */
  readonly issuer: Signer;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** The holder's name; a workload has none but its URI. */
  readonly organization?: string;
  /** Tells two holders of one organization apart. */
  readonly commonName?: string;
  readonly uris?: readonly string[];
  readonly dnsNames?: readonly string[];
  /** Four or sixteen bytes each. */
  readonly ips?: readonly Buffer[];
  /** May sign certificates itself. */
  readonly ca?: boolean;
}

/** A key that signs, and the name it signs as. */
export interface Signer {
  readonly key: KeyObject;
  /** The issuer's Name; absent for a certificate that signs itself. */
  readonly subject?: Node;
}

/** Makes and signs an X.509 v3 certificate; PEM. Spec: RFC 5280; SPIFFE X509-SVID for the URI forms. */
export function createCertificate(template: CertificateTemplate): string {
  const { publicKey, issuer } = template;
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = sequence(...signatureAlgorithm(issuer.key));
  const subject = nameOf(template);
  const tbs = sequence(
    context(0, [integer(Buffer.of(2))]),
    integer(serialNumber()),
    algorithm,
    issuer.subject ?? subject,
    sequence(time(template.notBeforeMs), time(template.notAfterMs)),
    subject,
    fromDer(spki),
    context(3, [sequence(...extensions(template, subject))]),
  );
  const digest = issuer.key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  return toPem('CERTIFICATE', toDer(sequence(tbs, algorithm, bits(sign(digest, toDer(tbs), issuer.key)))));
}

/** The subject of a certificate, to sign as its holder. */
export function subjectOf(certificateDer: Buffer): Node {
  const tbs = childrenOf(childrenOf(fromDer(certificateDer), 'the certificate')[0], 'the certificate body');
  // The version is optional; what follows is serial, algorithm, issuer, validity, subject.
  const subject = tbs[tbs[0]?.tagClass === 128 ? 5 : 4];
  if (subject === undefined) throw new Error('Cannot read the certificate: it has no subject');
  return subject;
}

function extensions(template: CertificateTemplate, subject: Node): readonly Node[] {
  const { uris = [], dnsNames = [], ips = [], ca = false } = template;
  const named = Array.isArray(subject.value) && subject.value.length > 0;
  return [
    // Bits from the left: digitalSignature 0, keyEncipherment 2, keyCertSign 5, cRLSign 6.
    extension(OIDS.keyUsage, true, ca ? bits(Buffer.of(0b0000_0110), 1) : bits(Buffer.of(0b1010_0000), 5)),
    ...(ca ? [] : [extension(OIDS.extKeyUsage, false, sequence(oid(OIDS.serverAuth), oid(OIDS.clientAuth)))]),
    extension(OIDS.basicConstraints, true, ca ? sequence(booleanTrue()) : sequence()),
    extension(OIDS.subjectKeyIdentifier, false, octets(keyIdentifier(template.publicKey))),
    // The only name there is must be understood. Spec: RFC 5280 §4.2.1.6.
    ...(uris.length + dnsNames.length + ips.length === 0
      ? []
      : [extension(OIDS.subjectAltName, !named, subjectAltName(uris, dnsNames, ips))]),
  ];
}

/** SHA-1 of the public key, as a name for it. Spec: RFC 5280 §4.2.1.2. */
function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

function signatureAlgorithm(key: KeyObject): readonly Node[] {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return [oid(OIDS.ecdsaWithSha256)];
    case 'rsa':
      return [oid(OIDS.sha256WithRsa), fromDer(Buffer.of(5, 0))];
    case 'ed25519':
      return [oid(OIDS.ed25519)];
    default:
      throw new Error(`Cannot sign with a key of type "${key.asymmetricKeyType}": EC, RSA or Ed25519 was expected`);
  }
}

function nameOf({ organization, commonName }: CertificateTemplate): Node {
  const part = (id: string, text: string | undefined): readonly Node[] => (text === undefined ? [] : [set(sequence(oid(id), utf8(text)))]);
  return sequence(...part(OIDS.organization, organization), ...part(OIDS.commonName, commonName));
}

/** 127 random bits, positive and without leading zeros. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}
