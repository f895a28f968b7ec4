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
export function testAuthority(name: string): { readonly certificate: string; leaf(uri: string): TestCertificate } {
  const privateKey = createPrivateKey(keyPem).export({ type: 'pkcs8', format: 'pem' }).toString();
  // Signing takes most of a second here: once per name.
  const leaves = new Map<string, TestCertificate>();
  return {
    certificate: certificateOf(name, name, []),
    leaf: (uri) => {
      const leaf = leaves.get(uri) ?? {
        certificate: certificateOf(name, '', [{ type: uri.includes('://') ? 6 : 2, value: uri }]),
        privateKey,
      };
      leaves.set(uri, leaf);
      return leaf;
    },
  };
}

function certificateOf(issuer: string, subject: string, names: readonly { readonly type: number; readonly value: string }[]): string {
  const key = forge.pki.privateKeyFromPem(keyPem);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  certificate.serialNumber = `01${Math.floor(Math.random() * 1e12).toString(16)}`;
  certificate.validity.notBefore = new Date(Date.now() - 60_000);
  certificate.validity.notAfter = new Date(Date.now() + 3_600_000);
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
  return forge.pki.certificateToPem(certificate);
}
