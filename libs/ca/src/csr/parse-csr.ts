import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { bytesOf, childrenOf, fromDer, fromPem, OIDS, oidOf, toDer } from '../x509/asn1';

/** What a signing request comes to: a key to certify, or why it cannot be. */
export type CsrResult = { readonly ok: true; readonly publicKey: KeyObject } | { readonly ok: false; readonly message: string };

/** Larger requests are refused unread: an RSA 4096 request with every extension has under 3 KB. */
const MAX_CSR_BYTES = 16 * 1024;

const SIGNATURES: Readonly<Record<string, string | null>> = {
  [OIDS.ecdsaWithSha256]: 'sha256',
  [OIDS.ecdsaWithSha384]: 'sha384',
  [OIDS.sha256WithRsa]: 'sha256',
  [OIDS.ed25519]: null,
};

/**
 * Reads a PEM signing request and checks that whoever made it holds the key. Names and extensions in it are ignored.
 * Takes ECDSA P-256 and P-384, RSA from 2048 bits, Ed25519. Hostile input gets a message, never an exception.
 * Spec: RFC 2986.
 */
export function parseCsr(pem: string): CsrResult {
  if (pem.length > MAX_CSR_BYTES) return refuse(`it has ${pem.length} bytes, more than ${MAX_CSR_BYTES}`);
  const der = fromPem('CERTIFICATE REQUEST', pem) ?? fromPem('NEW CERTIFICATE REQUEST', pem);
  if (der === undefined) return refuse('it is not a PEM block "CERTIFICATE REQUEST"');
  try {
    const [info, algorithm, signature] = childrenOf(fromDer(der), 'the request');
    const spki = childrenOf(info, 'the request info')[2];
    if (info === undefined || spki === undefined) return refuse('it holds no public key');
    const publicKey = createPublicKey({ key: toDer(spki), format: 'der', type: 'spki' });
    const weak = weakness(publicKey);
    if (weak !== undefined) return refuse(weak);
    const signatureOid = oidOf(childrenOf(algorithm, 'the signature algorithm')[0], 'the signature algorithm');
    const digest = SIGNATURES[signatureOid];
    if (digest === undefined) return refuse(`its signature algorithm ${signatureOid} is not taken`);
    const [unusedBits, ...rest] = bytesOf(signature, 'the signature');
    if (unusedBits !== 0) return refuse('its signature is not whole bytes');
    if (!verify(digest, toDer(info), publicKey, Buffer.from(rest))) return refuse('its signature is not made with its key');
    return { ok: true, publicKey };
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

/** Why a key is not good enough; undefined when it is. */
function weakness(key: KeyObject): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ec')
    return ['prime256v1', 'secp384r1'].includes(details?.namedCurve ?? '')
      ? undefined
      : `its curve ${details?.namedCurve} is not P-256 or P-384`;
  if (type === 'rsa')
    return (details?.modulusLength ?? 0) >= 2048 ? undefined : `its RSA key has ${details?.modulusLength} bits, fewer than 2048`;
  return type === 'ed25519' ? undefined : `its key type ${type} is not taken`;
}

function refuse(why: string): CsrResult {
  return { ok: false, message: `Cannot use the signing request: ${why}` };
}
