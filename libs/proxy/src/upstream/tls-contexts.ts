import { constants, createHash, createHmac, randomBytes } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import {
  type DownstreamTls,
  type PeerRules,
  type PeerValidation,
  type Secret,
  type SecretRef,
  type UpstreamTls,
} from '@lateen/proxy-config';
import { CertificateChoice, choosable } from './certificate-choice';

/** What a context is made for. */
type Role = 'client' | 'server asking for certificates' | 'server';

/** The certificates for a client that asks for a name, each in a context of its own: one for every kind of key. */
export type ContextsByName = (serverName: string) => readonly SecureContext[];

/** What is made of a setting and the versions of its secrets that it uses. */
interface Made {
  readonly secrets: readonly (Secret | undefined)[];
  /** For clients that name nobody, or where there is nothing to choose from. */
  readonly context: SecureContext;
  readonly byName: ContextsByName | undefined;
}

/** How long a client may resume a session, in seconds, unless configured. Spec: Envoy `session_timeout`. */
const SESSION_TIMEOUT_SECONDS = 7200;

/**
 * Secure contexts by settings and secrets: made once, made anew when a secret rotates. Connections that are open keep
 * the context they began with, so rotation drops none. Settings that differ only in what is checked after a handshake
 * share one context: a thousand clusters of a mesh have the same certificates.
 *
 * Sessions are resumed where the same context would be used again: keys of tickets follow from `ticketKey` and all that
 * a context is made of, so that processes with the same key take each other's tickets, and none is taken by a
 * listener that trusts others or has another certificate.
 */
export class TlsContexts {
  private readonly contexts = new WeakMap<object, Made>();
  private readonly shared = new Map<string, WeakRef<SecureContext>>();
  private sharedKept = 64;
  private readonly contentKeys = new WeakMap<Secret, string>();
  private secrets: ReadonlyMap<string, Secret> = new Map();

  /** `ticketKey`: any secret bytes; the same in processes that share a port. Default: its own. */
  constructor(private readonly ticketKey: Buffer = randomBytes(48)) {}

  /** Uses these secrets from now on. */
  update(secrets: ReadonlyMap<string, Secret>): void {
    this.secrets = secrets;
  }

  /** The context of a TLS setting. Throws when a secret is missing or is no PEM. */
  contextFor(tls: DownstreamTls | UpstreamTls): SecureContext {
    return this.madeFor(tls).context;
  }

  /** The contexts of a setting with several certificates, by the name that a client asks for; undefined with one. Throws as `contextFor`. */
  contextsByName(tls: DownstreamTls): ContextsByName | undefined {
    return tls.certificates.length < 2 ? undefined : this.madeFor(tls).byName;
  }

  private madeFor(tls: DownstreamTls | UpstreamTls): Made {
    const known = this.contexts.get(tls);
    if (known !== undefined && this.isCurrent(tls, known.secrets)) return known;
    const made = { secrets: refsOf(tls).map((ref) => this.secrets.get(ref.key)), ...this.make(tls) };
    this.contexts.set(tls, made);
    return made;
  }

  private isCurrent(tls: DownstreamTls | UpstreamTls, secrets: readonly (Secret | undefined)[]): boolean {
    return refsOf(tls).every((ref, i) => this.secrets.get(ref.key) === secrets[i]);
  }

  /** What is checked of a peer's certificate besides its chain: the setting's own rules and those that came with its trust anchors. */
  rulesFor({ validation }: DownstreamTls | UpstreamTls): PeerRules | undefined {
    const anchors = validation?.trustedCa === undefined ? undefined : this.secrets.get(validation.trustedCa.key);
    const more = anchors?.kind === 'validation' ? anchors.rules : undefined;
    if (validation === undefined || more === undefined) return validation;
    return {
      sans: [...validation.sans, ...more.sans],
      certificateHashes: [...(validation.certificateHashes ?? []), ...(more.certificateHashes ?? [])],
      spkiHashes: [...(validation.spkiHashes ?? []), ...(more.spkiHashes ?? [])],
      maxIntermediates: more.maxIntermediates ?? validation.maxIntermediates,
    };
  }

  /** Which versions of its secrets a setting uses now: equal keys make equal contexts, and equal checks of peers. */
  keyFor(tls: DownstreamTls | UpstreamTls): string {
    const { validation } = tls;
    const parts = refsOf(tls).map((ref) => ref.key);
    const sans = (validation?.sans ?? []).map(({ type, matcher }) => `${type}:${matcher.kind}:${matcher.value}:${matcher.ignoreCase}`);
    const pins = [validation?.certificateHashes, validation?.spkiHashes, validation?.crl, validation?.maxIntermediates];
    return JSON.stringify([parts, sans, pins, paramsOf(tls), tls.alpnProtocols, 'sni' in tls ? tls.sni : '']);
  }

  private make(tls: DownstreamTls | UpstreamTls): Pick<Made, 'context' | 'byName'> {
    const parts = this.partsOf(tls);
    const { certificates } = parts;
    if (!('requireClientCertificate' in tls) || certificates.length < 2) return { context: this.create(tls, parts), byName: undefined };
    const choice = new CertificateChoice(
      certificates.map(({ certificateChain }) => choosable(certificateChain)),
      tls.fullScanOnSniMismatch === true,
    );
    const made = new Map<number, SecureContext>();
    const contextOf = (index: number): SecureContext => {
      let context = made.get(index);
      if (context === undefined) made.set(index, (context = this.create(tls, parts, index)));
      return context;
    };
    return { context: contextOf(choice.unasked), byName: (serverName) => choice.for(serverName).map(contextOf) };
  }

  private partsOf(tls: DownstreamTls | UpstreamTls): Parts {
    const certificates = tls.certificates.map((ref) => {
      const secret = this.secrets.get(ref.key);
      if (secret?.kind !== 'certificate') throw new Error(`Cannot set up TLS: no certificate "${ref.name}"`);
      return secret;
    });
    const caRef = tls.validation?.trustedCa;
    const anchors = caRef === undefined ? undefined : this.secrets.get(caRef.key);
    if (caRef !== undefined && anchors?.kind !== 'validation')
      throw new Error(`Cannot set up TLS: no trusted certificates "${caRef.name}"`);
    return { certificates, anchors: anchors?.kind === 'validation' ? anchors : undefined };
  }

  /** `shown`: the one of the certificates, by index; default all. Contexts that differ only in it take each other's sessions. */
  private create(tls: DownstreamTls | UpstreamTls, { certificates, anchors }: Parts, shown?: number): SecureContext {
    const role: Role = !('requireClientCertificate' in tls)
      ? 'client'
      : tls.requireClientCertificate || tls.validation !== undefined
        ? 'server asking for certificates'
        : 'server';
    const crl = [tls.validation?.crl, anchors?.crl].filter((pem) => pem !== undefined);
    const sessions = 'requireClientCertificate' in tls ? [tls.ticketKey, tls.statelessResumption, tls.sessionTimeoutSeconds] : [];
    const sessionKey = JSON.stringify([
      role,
      certificates.map((own) => this.contentKey(own)),
      anchors && this.contentKey(anchors),
      crl,
      paramsOf(tls),
      sessions,
    ]);
    const key = JSON.stringify([sessionKey, shown]);
    const found = this.shared.get(key)?.deref();
    if (found !== undefined) return found;
    const own = shown === undefined ? certificates : [certificates[shown]!];
    const context = createSecureContext({
      cert: own.length === 0 ? undefined : own.map(({ certificateChain }) => certificateChain),
      key: own.length === 0 ? undefined : own.map(({ privateKey }) => privateKey),
      ca: anchors?.trustedCa,
      crl: crl.length === 0 ? undefined : crl,
      minVersion: tls.minVersion,
      maxVersion: tls.maxVersion,
      ciphers: `${tls.ciphers ?? DEFAULT_CIPHERS}:${TLS13_CIPHERS}`,
      ecdhCurve: tls.ecdhCurves ?? DEFAULT_CURVES,
      sigalgs: tls.signatureAlgorithms,
      honorCipherOrder: role !== 'client',
      ...('requireClientCertificate' in tls ? this.sessionOptions(tls, sessionKey) : {}),
    });
    this.share(key, context);
    return context;
  }

  /** A session is taken up again where everything it rests on is the same. */
  private sessionOptions(tls: DownstreamTls, key: string): Parameters<typeof createSecureContext>[0] {
    return {
      sessionIdContext: createHash('sha256').update(key).digest('hex').slice(0, 32),
      sessionTimeout: tls.sessionTimeoutSeconds ?? SESSION_TIMEOUT_SECONDS,
      secureOptions:
        (tls.ciphers === undefined ? constants.SSL_OP_PRIORITIZE_CHACHA : 0) |
        (tls.statelessResumption === false ? constants.SSL_OP_NO_TICKET : 0),
      ...(tls.statelessResumption === false
        ? {}
        : {
            ticketKeys: createHmac('sha384', tls.ticketKey ?? this.ticketKey)
              .update(key)
              .digest(),
          }),
    };
  }

  private share(key: string, context: SecureContext): void {
    if (this.shared.size >= this.sharedKept) {
      for (const [other, reference] of this.shared) if (reference.deref() === undefined) this.shared.delete(other);
      this.sharedKept = Math.max(64, 2 * this.shared.size);
    }
    this.shared.set(key, new WeakRef(context));
  }

  private contentKey(secret: Secret): string {
    let key = this.contentKeys.get(secret);
    if (key === undefined) {
      const parts = secret.kind === 'certificate' ? [secret.certificateChain, secret.privateKey] : [secret.trustedCa];
      key = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
      this.contentKeys.set(secret, key);
    }
    return key;
  }
}

/** The secrets a setting names. */
interface Parts {
  readonly certificates: readonly Extract<Secret, { kind: 'certificate' }>[];
  readonly anchors: Extract<Secret, { kind: 'validation' }> | undefined;
}

/** Ciphers of TLS 1.2, of which ChaCha20 goes first for clients that prefer it. Spec: Envoy `cipher_suites`, which has AES-128 and it as equals. */
const DEFAULT_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':');

/** Spec: Envoy `ecdh_curves`. */
const DEFAULT_CURVES = 'X25519:P-256';

/** A TLS 1.2 cipher list does not restrict TLS 1.3, whose suites Node takes from the same string. */
const TLS13_CIPHERS = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256';

function paramsOf({ minVersion, maxVersion, ciphers, ecdhCurves, signatureAlgorithms }: DownstreamTls | UpstreamTls): readonly unknown[] {
  return [minVersion, maxVersion, ciphers, ecdhCurves, signatureAlgorithms];
}

function refsOf(tls: { readonly certificates: readonly SecretRef[]; readonly validation?: PeerValidation }): readonly SecretRef[] {
  return tls.validation?.trustedCa === undefined ? tls.certificates : [...tls.certificates, tls.validation.trustedCa];
}
