import { X509Certificate } from 'node:crypto';

/** What a certificate says of itself. */
export interface CertificateFacts {
  /** Hexadecimal, lower case. */
  readonly serial: string;
  /** Its alternative names without their types; its subject, as `CN=a, O=b`, where it has none. */
  readonly names: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Every certificate of a PEM text, in order; throws an Error for one that cannot be read. Spec: RFC 5280 §4.1. */
export function certificateFacts(pem: string): readonly CertificateFacts[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []).map((block) => {
    const { serialNumber, subjectAltName, subject, validFrom, validTo } = new X509Certificate(block);
    return {
      serial: serialNumber.toLowerCase(),
      names: subjectAltName === undefined ? [subject.split('\n').reverse().join(', ')] : subjectAltName.split(', ').map(withoutType),
      notBeforeMs: Date.parse(validFrom),
      notAfterMs: Date.parse(validTo),
    };
  });
}

function withoutType(name: string): string {
  return name.replace(/^(URI|DNS|IP Address|email):/, '');
}
