import forge from 'node-forge';

const { asn1 } = forge;

/** A node of an ASN.1 tree, as node-forge has it. */
export type Node = forge.asn1.Asn1;

/** Object identifiers this library reads or writes, dotted. Spec: RFC 5280, RFC 5480, RFC 5758. */
export const OIDS = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  ecdsaWithSha384: '1.2.840.10045.4.3.3',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  ed25519: '1.3.101.112',
  organization: '2.5.4.10',
  commonName: '2.5.4.3',
  extensionRequest: '1.2.840.113549.1.9.14',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** SEQUENCE of the given nodes. */
export function sequence(...children: readonly Node[]): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, [...children]);
}

/** SET of the given nodes. */
export function set(...children: readonly Node[]): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, [...children]);
}

/** OBJECT IDENTIFIER. */
export function oid(dotted: string): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OID, false, asn1.oidToDer(dotted).getBytes());
}

/** INTEGER from its big-endian bytes, which must be positive and minimal. */
export function integer(bytes: Buffer): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.INTEGER, false, bytes.toString('binary'));
}

/** BOOLEAN true. */
export function booleanTrue(): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.BOOLEAN, false, '\xff');
}

/** OCTET STRING of bytes. */
export function octets(bytes: Buffer): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OCTETSTRING, false, bytes.toString('binary'));
}

/** BIT STRING with no unused bits. */
export function bits(bytes: Buffer, unusedBits = 0): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.BITSTRING, false, String.fromCharCode(unusedBits) + bytes.toString('binary'));
}

/** UTF8String. */
export function utf8(text: string): Node {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.UTF8, false, forge.util.encodeUtf8(text));
}

/** A point in time: UTCTime up to 2049, GeneralizedTime after. Spec: RFC 5280 §4.1.2.5. */
export function time(unixMs: number): Node {
  const date = new Date(unixMs);
  return date.getUTCFullYear() < 2050
    ? asn1.create(asn1.Class.UNIVERSAL, asn1.Type.UTCTIME, false, asn1.dateToUtcTime(date))
    : asn1.create(asn1.Class.UNIVERSAL, asn1.Type.GENERALIZEDTIME, false, asn1.dateToGeneralizedTime(date));
}

/** A context-specific tag around nodes (constructed) or bytes (primitive). */
export function context(tag: number, value: readonly Node[] | string): Node {
  return typeof value === 'string'
    ? asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag as forge.asn1.Type, false, value)
    : asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag as forge.asn1.Type, true, [...value]);
}

/** A tree as DER bytes. */
export function toDer(node: Node): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'binary');
}

/** DER bytes as a tree; throws on anything malformed or left over. Bit strings stay bytes. */
export function fromDer(der: Buffer): Node {
  // The types know only the older boolean; a signature that looks like ASN.1 must not be taken apart.
  const parse = asn1.fromDer as unknown as (
    bytes: forge.util.ByteStringBuffer,
    options: { strict: boolean; parseAllBytes: boolean; decodeBitStrings: boolean },
  ) => Node;
  return parse(forge.util.createBuffer(der.toString('binary')), { strict: true, parseAllBytes: true, decodeBitStrings: false });
}

/** The children of a constructed node; throws when it has none. */
export function childrenOf(node: Node | undefined, what: string): readonly Node[] {
  if (node === undefined || !Array.isArray(node.value)) throw new Error(`${what} is not a sequence`);
  return node.value;
}

/** The bytes of a primitive node; throws when it is constructed. */
export function bytesOf(node: Node | undefined, what: string): Buffer {
  if (node === undefined || typeof node.value !== 'string') throw new Error(`${what} has no bytes`);
  return Buffer.from(node.value, 'binary');
}

/** The dotted form of an OBJECT IDENTIFIER node. */
export function oidOf(node: Node | undefined, what: string): string {
  return asn1.derToOid(forge.util.createBuffer(bytesOf(node, what).toString('binary')));
}

/** One extension of a certificate or a request. Spec: RFC 5280 §4.1. */
export function extension(id: string, critical: boolean, value: Node): Node {
  return critical ? sequence(oid(id), booleanTrue(), octets(toDer(value))) : sequence(oid(id), octets(toDer(value)));
}

/** SubjectAltName of URIs and DNS names. Spec: RFC 5280 §4.2.1.6. */
export function subjectAltName(uris: readonly string[], dnsNames: readonly string[] = [], ips: readonly Buffer[] = []): Node {
  return sequence(
    ...uris.map((uri) => context(6, forge.util.encodeUtf8(uri))),
    ...dnsNames.map((name) => context(2, name)),
    ...ips.map((ip) => context(7, ip.toString('binary'))),
  );
}

/** DER as PEM with 64 columns. */
export function toPem(label: string, der: Buffer): string {
  return `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;
}

/** The first block of `label` in PEM text, as DER; undefined when there is none. */
export function fromPem(label: string, pem: string): Buffer | undefined {
  const body = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(pem)?.[1];
  return body === undefined ? undefined : Buffer.from(body.replace(/\s/g, ''), 'base64');
}
