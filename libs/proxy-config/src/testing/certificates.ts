import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';

/** A certificate and its key, in PEM. */
export interface TestCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

const { privateKey: sharedKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const keyPem = sharedKey.export({ type: 'pkcs1', format: 'pem' }).toString();

/** A certificate authority of a test's own, and a leaf for each URI or DNS name asked for. All share one key. */
export function testAuthority(name: string): {
  readonly certificate: string;
  leaf(uri: string, validity?: { readonly untilMs: number }): TestCertificate;
  /** A leaf with an elliptic key of its own. */
  ecdsaLeaf(uri: string): TestCertificate;
  /** A list of leaves that are taken back, in PEM. */
  revoke(...leaves: readonly TestCertificate[]): string;
} {
  const privateKey = createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'pem' }).toString();
  // Signing takes most of a second here: once per name.
  const leaves = new Map<string, TestCertificate>();
  return {
    certificate: certificateOf(name, name, []),
    leaf: (uri, validity) => {
      const leaf = (validity === undefined ? leaves.get(uri) : undefined) ?? {
        certificate: certificateOf(name, '', namesOf(uri), validity?.untilMs),
        privateKey,
      };
      if (validity === undefined) leaves.set(uri, leaf);
      return leaf;
    },
    ecdsaLeaf: (uri) => {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
      return {
        certificate: certificateOf(name, '', namesOf(uri), undefined, spki),
        privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
    revoke: (...revoked) => revocationList(name, revoked),
  };
}

const namesOf = (uri: string): readonly { readonly type: number; readonly value: string }[] => [
  { type: uri.includes('://') ? 6 : 2, value: uri },
];

/** Spec: RFC 5280 §5.1. */
function revocationList(issuer: string, revoked: readonly TestCertificate[]): string {
  const { Class, Type, create, oidToDer, dateToUtcTime, toDer } = forge.asn1;
  const sequence = (...parts: forge.asn1.Asn1[]): forge.asn1.Asn1 => create(Class.UNIVERSAL, Type.SEQUENCE, true, parts);
  const time = (ms: number): forge.asn1.Asn1 => create(Class.UNIVERSAL, Type.UTCTIME, false, dateToUtcTime(new Date(ms)));
  const algorithm = sequence(
    create(Class.UNIVERSAL, Type.OID, false, oidToDer(forge.pki.oids['sha256WithRSAEncryption']!).getBytes()),
    create(Class.UNIVERSAL, Type.NULL, false, ''),
  );
  const name = forge.pki.distinguishedNameToAsn1({ attributes: [{ type: forge.pki.oids['commonName']!, value: issuer }] } as never);
  const serials = revoked.map(({ certificate }) =>
    sequence(
      create(Class.UNIVERSAL, Type.INTEGER, false, forge.util.hexToBytes(forge.pki.certificateFromPem(certificate).serialNumber)),
      time(Date.now() - 1000),
    ),
  );
  const list = sequence(
    create(Class.UNIVERSAL, Type.INTEGER, false, '\x01'),
    algorithm,
    name,
    time(Date.now() - 60_000),
    time(Date.now() + 3_600_000),
    ...(serials.length === 0 ? [] : [sequence(...serials)]),
  );
  const digest = forge.md.sha256.create();
  digest.update(toDer(list).getBytes());
  const signature = forge.pki.privateKeyFromPem(keyPem).sign(digest);
  const signed = sequence(list, algorithm, create(Class.UNIVERSAL, Type.BITSTRING, false, `\0${signature}`));
  return forge.pem.encode({ type: 'X509 CRL', body: toDer(signed).getBytes() });
}

function certificateOf(
  issuer: string,
  subject: string,
  names: readonly { readonly type: number; readonly value: string }[],
  untilMs = Date.now() + 3_600_000,
  spki?: Buffer,
): string {
  const key = forge.pki.privateKeyFromPem(keyPem);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  certificate.serialNumber = `01${Math.floor(Math.random() * 1e12).toString(16)}`;
  certificate.validity.notBefore = new Date(Math.min(Date.now(), untilMs) - 60_000);
  certificate.validity.notAfter = new Date(untilMs);
  certificate.setSubject([{ name: 'commonName', value: subject || 'leaf' }]);
  certificate.setIssuer([{ name: 'commonName', value: issuer }]);
  certificate.setExtensions(
    names.length === 0
      ? [{ name: 'basicConstraints', cA: true, critical: true }]
      : [
          { name: 'subjectAltName', altNames: [...names] },
          { name: 'basicConstraints', cA: false },
        ],
  );
  certificate.sign(key, forge.md.sha256.create());
  return spki === undefined ? forge.pki.certificateToPem(certificate) : withKey(certificate, spki);
}

/** The same for a key that forge has no words for, signed again. */
function withKey(certificate: forge.pki.Certificate, spki: Buffer): string {
  const { Class, Type, create, fromDer, toDer } = forge.asn1;
  const [toSign, algorithm] = forge.pki.certificateToAsn1(certificate).value as forge.asn1.Asn1[];
  // After version, serial number, algorithm, issuer, validity and subject. Spec: RFC 5280 §4.1.
  (toSign!.value as forge.asn1.Asn1[])[6] = fromDer(spki.toString('binary'));
  const digest = forge.md.sha256.create();
  digest.update(toDer(toSign!).getBytes());
  const signature = create(Class.UNIVERSAL, Type.BITSTRING, false, `\0${forge.pki.privateKeyFromPem(keyPem).sign(digest)}`);
  const signed = create(Class.UNIVERSAL, Type.SEQUENCE, true, [toSign!, algorithm!, signature]);
  return forge.pem.encode({ type: 'CERTIFICATE', body: toDer(signed).getBytes() });
}
