import { createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';
import { type DownstreamTls, type PeerValidation, type Secret, type SecretRef, type TlsParams, type UpstreamTls } from '../config/model';

/** TLS settings that name certificates. */
type TlsWithSecrets = TlsParams & { readonly certificates: readonly SecretRef[]; readonly validation?: PeerValidation };

/**
 * Secure contexts by settings and secrets: made once, made anew when a secret rotates. Connections that are open keep
 * the context they began with, so rotation drops none.
 */
export class TlsContexts {
  private readonly contexts = new WeakMap<object, { readonly secrets: readonly (Secret | undefined)[]; readonly context: SecureContext }>();
  private secrets: ReadonlyMap<string, Secret> = new Map();

  /** Uses these secrets from now on. */
  update(secrets: ReadonlyMap<string, Secret>): void {
    this.secrets = secrets;
  }

  /** The context of a TLS setting. Throws when a secret is missing or is no PEM. */
  contextFor(tls: DownstreamTls | UpstreamTls): SecureContext {
    const wanted = refsOf(tls).map((ref) => this.secrets.get(ref.key));
    const known = this.contexts.get(tls);
    if (known !== undefined && known.secrets.every((secret, i) => secret === wanted[i])) return known.context;
    const context = this.create(tls);
    this.contexts.set(tls, { secrets: wanted, context });
    return context;
  }

  /** Which versions of its secrets a setting uses now: equal keys make equal contexts. */
  keyFor(tls: DownstreamTls | UpstreamTls): string {
    const parts = refsOf(tls).map((ref) => ref.key);
    const sans = (tls.validation?.sans ?? []).map((san) => `${san.kind}:${san.value}`);
    return JSON.stringify([parts, sans, tls.minVersion, tls.maxVersion, tls.ciphers, tls.alpnProtocols, 'sni' in tls ? tls.sni : '']);
  }

  private create(tls: TlsWithSecrets): SecureContext {
    const cert: string[] = [];
    const key: string[] = [];
    for (const ref of tls.certificates) {
      const secret = this.secrets.get(ref.key);
      if (secret?.kind !== 'certificate') throw new Error(`Cannot set up TLS: no certificate "${ref.name}"`);
      cert.push(secret.certificateChain);
      key.push(secret.privateKey);
    }
    const caRef = tls.validation?.trustedCa;
    const ca = caRef === undefined ? undefined : this.secrets.get(caRef.key);
    if (caRef !== undefined && ca?.kind !== 'validation') throw new Error(`Cannot set up TLS: no trusted certificates "${caRef.name}"`);
    return createSecureContext({
      cert: cert.length === 0 ? undefined : cert,
      key: key.length === 0 ? undefined : key,
      ca: ca?.kind === 'validation' ? ca.trustedCa : undefined,
      minVersion: tls.minVersion,
      maxVersion: tls.maxVersion,
      ciphers: tls.ciphers === undefined ? undefined : `${tls.ciphers}:${TLS13_CIPHERS}`,
      ecdhCurve: tls.ecdhCurves,
    });
  }
}

/** A TLS 1.2 cipher list does not restrict TLS 1.3, whose suites Node takes from the same string. */
const TLS13_CIPHERS = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';

/** Why a verified peer is not the one expected; undefined when it is. Names with a NUL in them never match. */
export function checkSans(certificate: PeerCertificate, validation: PeerValidation | undefined, exactDnsName?: string): Error | undefined {
  const sans = validation?.sans ?? [];
  if (sans.length === 0 && exactDnsName === undefined) return undefined;
  const names = subjectAltNames(certificate);
  if (exactDnsName !== undefined) {
    const wanted = exactDnsName.toLowerCase();
    return names.dns.some((name) => name.toLowerCase() === wanted || wildcardCovers(name.toLowerCase(), wanted))
      ? undefined
      : new Error(`Cannot accept the peer's certificate: it is not for "${exactDnsName}"`);
  }
  if ([...names.uri, ...names.dns].some((name) => sans.some((san) => san.test(name)))) return undefined;
  return new Error(
    `Cannot accept the peer's certificate: none of its names is expected (${[...names.uri, ...names.dns].map((n) => JSON.stringify(n)).join(', ')})`,
  );
}

/** URI and DNS names of a certificate. */
export function subjectAltNames(certificate: PeerCertificate): { readonly uri: readonly string[]; readonly dns: readonly string[] } {
  const uri: string[] = [];
  const dns: string[] = [];
  for (const part of splitNames(certificate.subjectaltname ?? '')) {
    if (part.includes('\0') || part.includes('\\u0000')) continue;
    if (part.startsWith('URI:')) uri.push(unquote(part.slice(4)));
    else if (part.startsWith('DNS:')) dns.push(unquote(part.slice(4)));
  }
  return { uri, dns };
}

/** One label only: `*.example.com` covers `a.example.com`, not `a.b.example.com`. */
function wildcardCovers(pattern: string, name: string): boolean {
  if (!pattern.startsWith('*.')) return false;
  const dot = name.indexOf('.');
  return dot > 0 && name.slice(dot) === pattern.slice(1);
}

/** Splits at commas outside quotes. */
function splitNames(text: string): readonly string[] {
  return text.match(/[^,"\s][^,"]*(?:"(?:[^"\\]|\\.)*"[^,"]*)*/g) ?? [];
}

function unquote(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text.trim();
}

function refsOf(tls: TlsWithSecrets): readonly SecretRef[] {
  return tls.validation?.trustedCa === undefined ? tls.certificates : [...tls.certificates, tls.validation.trustedCa];
}
