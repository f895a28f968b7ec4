import { generateKeyPairSync, sign } from 'node:crypto';
import { bits, context, extension, integer, oid, OIDS, fromDer, sequence, set, subjectAltName, toDer, toPem } from '../x509/asn1';

/** A fresh private key and the request to certify it. */
export interface KeyAndCsr {
  /** PKCS #8 PEM. */
  readonly privateKeyPem: string;
  /** PKCS #10 PEM. */
  readonly csrPem: string;
}

/**
 * Makes an ECDSA P-256 key and a signing request for it. `uri` is put in as subject alternative name for signers that
 * want one; ours takes the name from whoever asks, never from the request.
 * Spec: RFC 2986.
 */
export function createKeyAndCsr(uri?: string): KeyAndCsr {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = fromDer(publicKey.export({ type: 'spki', format: 'der' }));
  const extensions =
    uri === undefined
      ? []
      : [sequence(oid(OIDS.extensionRequest), set(sequence(extension(OIDS.subjectAltName, true, subjectAltName([uri])))))];
  const info = sequence(integer(Buffer.of(0)), sequence(), spki, context(0, extensions));
  const signature = sign('sha256', toDer(info), privateKey);
  const request = sequence(info, sequence(oid(OIDS.ecdsaWithSha256)), bits(signature));
  return {
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    csrPem: toPem('CERTIFICATE REQUEST', toDer(request)),
  };
}
