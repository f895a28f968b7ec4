import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { type Scope } from './result';

/** Refuses a chain and a key that no handshake could be made with: what is served now is better. Messages quote neither. */
export function checkKeyPair(certificateChain: string, privateKey: string, scope: Scope): void {
  try {
    createSecureContext({ cert: certificateChain, key: privateKey });
    // A key of another kind goes beside the certificate, not with it.
    if (!new X509Certificate(certificateChain).checkPrivateKey(createPrivateKey(privateKey))) throw new Error('key type mismatch');
  } catch (cause) {
    scope.fail(`is no certificate chain with its private key: ${reasonOf(cause)}`, cause);
  }
}

/** Refuses trust anchors that the library would pass over without a word, and with them everybody they vouch for. */
export function checkTrustAnchors(pem: string, scope: Scope): void {
  const begun = pem.match(BEGIN)?.length ?? 0;
  const blocks = pem.match(BLOCK) ?? [];
  if (begun === 0) scope.fail('holds no certificate in PEM');
  if (blocks.length !== begun) scope.fail('holds a certificate that is not whole');
  for (const [i, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch (cause) {
      scope.fail(`holds a certificate that cannot be read, number ${i + 1}: ${reasonOf(cause)}`, cause);
    }
  }
}

const BEGIN = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g;
const BLOCK = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

/** The library's word for it: `key values mismatch`. */
function reasonOf(cause: unknown): string {
  const { reason, message } = cause as { readonly reason?: string; readonly message: string };
  return reason ?? message.split(':').at(-1)!;
}
