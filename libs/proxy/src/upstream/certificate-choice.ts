import { X509Certificate } from 'node:crypto';
import { type PeerCertificate } from 'node:tls';
import { subjectAltNames } from './judge-peer';

/** What a choice between certificates looks at. */
export interface Choosable {
  /** DNS names it was made out to, or its common name where it has no alternative names at all. Lower case. */
  readonly names: readonly string[];
  /** Its key is one of an elliptic curve. */
  readonly ecdsa: boolean;
}

/** Reads the first certificate of a chain in PEM. Throws when there is none. */
export function choosable(certificateChain: string): Choosable {
  const certificate = new X509Certificate(certificateChain);
  const legacy = certificate.toLegacyObject() as unknown as PeerCertificate;
  const commonName = legacy.subject?.CN as string | readonly string[] | undefined;
  const names = legacy.subjectaltname === undefined ? [commonName ?? []].flat() : subjectAltNames(legacy).dns;
  return { names: names.map((name) => name.toLowerCase()), ecdsa: certificate.publicKey.asymmetricKeyType === 'ec' };
}

/**
 * Which of a listener's certificates a client is shown: by the exact name it asks for, then by a wildcard's, then the
 * first of all. Of those with the name one with an ECDSA key goes before one with an RSA key, for clients that can.
 * Spec: Envoy "Certificate selection".
 */
export class CertificateChoice {
  private readonly byName = new Map<string, Pair>();

  /** `scanAll`: a name that no certificate has is as none. Spec: Envoy `full_scan_certs_on_sni_mismatch`. */
  constructor(
    private readonly all: readonly Choosable[],
    private readonly scanAll: boolean,
  ) {
    for (const [index, { names, ecdsa }] of all.entries())
      for (const name of names) {
        const pair = this.byName.get(name) ?? {};
        this.byName.set(name, ecdsa ? { ...pair, ecdsa: pair.ecdsa ?? index } : { ...pair, rsa: pair.rsa ?? index });
      }
  }

  /** The certificate for clients of which nothing is known but that they ask for no name. Everybody takes RSA keys. */
  get unasked(): number {
    return this.firstOf(false) ?? 0;
  }

  /**
   * The certificates for a client that asks for `serverName`, by their indexes: the one for clients that take ECDSA
   * keys, and after it the one for those that do not, if that is another. One or two.
   */
  for(serverName: string): readonly number[] {
    const fallbacks = this.fallbacks(serverName);
    const forAny = fallbacks.map(({ ecdsa, rsa }) => ecdsa ?? rsa).find((index) => index !== undefined) ?? 0;
    if (!this.all[forAny]!.ecdsa) return [forAny];
    const forRsa = fallbacks.map(({ rsa }) => rsa).find((index) => index !== undefined);
    return forRsa === undefined ? [forAny] : [forAny, forRsa];
  }

  private fallbacks(serverName: string): readonly Pair[] {
    const first: Pair = this.all[0]!.ecdsa ? { ecdsa: 0 } : { rsa: 0 };
    const any: Pair = { ecdsa: this.firstOf(true), rsa: this.firstOf(false) };
    const name = serverName.toLowerCase();
    const dot = name.indexOf('.', 1);
    const named = [this.byName.get(name), dot < 0 ? undefined : this.byName.get(`*${name.slice(dot)}`)];
    return [...named.filter((pair) => pair !== undefined), this.scanAll ? any : first];
  }

  private firstOf(ecdsa: boolean): number | undefined {
    const index = this.all.findIndex((one) => one.ecdsa === ecdsa);
    return index < 0 ? undefined : index;
  }
}

/** The first certificate of each kind of key. */
interface Pair {
  readonly ecdsa?: number;
  readonly rsa?: number;
}
