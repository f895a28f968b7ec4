import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock } from '@lateen/base';
import { spiffeId, type WorkloadIdentity } from './identity';
import { createCertificate, subjectOf } from './x509/certificate';
import { writePrivately } from './private-file';

/** A signed certificate. */
export interface IssuedCertificate {
  /** PEM: the leaf, intermediates, and the root last. */
  readonly chain: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly notAfterMs: number;
}

/** Signs workload and server certificates under one root. */
export interface CertificateAuthority {
  readonly trustDomain: string;
  /** PEM; what every workload trusts. */
  readonly rootCertPem: string;
  /** Milliseconds since the Unix epoch at which the root ends. */
  readonly rootNotAfterMs: number;
  /** A workload's certificate: its only name is the caller's SPIFFE URI. */
  issueWorkload(request: {
    readonly publicKey: KeyObject;
    readonly identity: WorkloadIdentity;
    readonly validitySeconds: number;
  }): IssuedCertificate;
  /** A certificate for a server of the mesh's own, with its names. */
  issueServer(request: {
    readonly publicKey: KeyObject;
    readonly dnsNames: readonly string[];
    readonly ips?: readonly Buffer[];
    readonly identity: WorkloadIdentity;
  }): IssuedCertificate;
}

/** What an authority is opened with. */
export interface AuthorityOptions {
  readonly trustDomain: string;
  readonly clock: Clock;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ROOT_LIFE_MS = 3650 * DAY_MS;
/** What a workload gets that asks for nothing. Spec: Istio DEFAULT_WORKLOAD_CERT_TTL. */
export const DEFAULT_VALIDITY_SECONDS = 86_400;
/** Nobody gets more. Spec: Istio MAX_WORKLOAD_CERT_TTL. */
export const MAX_VALIDITY_SECONDS = (90 * DAY_MS) / 1000;
/** Certificates begin this long ago, for peers whose clocks are behind. Spec: Istio's default of two minutes. */
const BACKDATE_MS = 2 * 60_000;

/**
 * Opens the authority in `directory`: the one plugged in there (`ca-cert.pem`, `ca-key.pem`, `cert-chain.pem`,
 * `root-cert.pem`), else a self-signed root that is made once and kept with mode 0600. Throws when the files do not
 * belong together.
 * Spec: Istio's plug-in CA file names; roots of ten years with O=TRUST-DOMAIN.
 */
export function openAuthority(directory: string, options: AuthorityOptions): CertificateAuthority {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = (name: string): string => join(directory, name);
  if (!existsSync(file('ca-key.pem'))) createRoot(directory, options);
  const key = createPrivateKey(readFileSync(file('ca-key.pem')));
  const caPem = readFileSync(file('ca-cert.pem'), 'utf8');
  const rootPem = readFileSync(existsSync(file('root-cert.pem')) ? file('root-cert.pem') : file('ca-cert.pem'), 'utf8');
  const chainPem = existsSync(file('cert-chain.pem')) ? readFileSync(file('cert-chain.pem'), 'utf8') : caPem;
  const ca = new X509Certificate(caPem);
  const root = new X509Certificate(rootPem);
  const intermediates = certificatesIn(chainPem).filter((pem) => new X509Certificate(pem).fingerprint256 !== root.fingerprint256);
  checkChain(
    directory,
    key,
    ca,
    intermediates.map((pem) => new X509Certificate(pem)),
    root,
  );
  const signer = { key, subject: subjectOf(ca.raw) };
  const issue = (
    template: Pick<Parameters<typeof createCertificate>[0], 'publicKey' | 'uris' | 'dnsNames' | 'ips'>,
    lifeMs: number,
  ): IssuedCertificate => {
    const now = options.clock.now();
    // Never longer than its signer: peers would reject the rest of its life.
    const notAfterMs = Math.min(now + lifeMs, Date.parse(ca.validTo));
    const leaf = createCertificate({ ...template, issuer: signer, notBeforeMs: now - BACKDATE_MS, notAfterMs });
    return { chain: [leaf, ...intermediates, rootPem], notAfterMs };
  };
  return {
    trustDomain: options.trustDomain,
    rootCertPem: rootPem,
    rootNotAfterMs: Date.parse(root.validTo),
    issueWorkload: ({ publicKey, identity, validitySeconds }) => {
      const seconds = validitySeconds > 0 ? Math.min(validitySeconds, MAX_VALIDITY_SECONDS) : DEFAULT_VALIDITY_SECONDS;
      return issue({ publicKey, uris: [spiffeId(identity)] }, seconds * 1000);
    },
    issueServer: ({ publicKey, dnsNames, ips, identity }) => issue({ publicKey, dnsNames, ips, uris: [spiffeId(identity)] }, 365 * DAY_MS),
  };
}

/**
 * Makes a self-signed root. The key is written last: without it the next start begins anew. Its name is its own: two
 * roots of one name would be taken for each other when a chain is looked up.
 */
function createRoot(directory: string, { trustDomain, clock }: AuthorityOptions): void {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const now = clock.now();
  const pem = createCertificate({
    publicKey,
    issuer: { key: privateKey },
    organization: trustDomain,
    commonName: `root ${randomBytes(8).toString('hex')}`,
    notBeforeMs: now - BACKDATE_MS,
    notAfterMs: now + ROOT_LIFE_MS,
    ca: true,
  });
  for (const name of ['root-cert.pem', 'cert-chain.pem', 'ca-cert.pem']) writePrivately(join(directory, name), pem, 0o644);
  writePrivately(join(directory, 'ca-key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

/** Throws unless the key, its certificate and the root belong together, if need be by way of `intermediates`. */
function checkChain(
  directory: string,
  key: KeyObject,
  ca: X509Certificate,
  intermediates: readonly X509Certificate[],
  root: X509Certificate,
): void {
  const refuse = (why: string): never => {
    throw new Error(`Cannot use the certificate authority in "${directory}": ${why}`);
  };
  if (!createPublicKey(key).equals(ca.publicKey)) refuse('ca-key.pem is not the key of ca-cert.pem');
  if (!ca.ca) refuse('ca-cert.pem may not sign certificates');
  let current = ca;
  // Each step uses up one certificate, so a circle of them ends.
  for (const left = new Set([...intermediates, root]); current.fingerprint256 !== root.fingerprint256;) {
    const issuer = [...left].find((candidate) => current.checkIssued(candidate) && current.verify(candidate.publicKey));
    if (issuer === undefined) return refuse('ca-cert.pem does not chain to root-cert.pem');
    left.delete(issuer);
    current = issuer;
  }
}

/** Each certificate of a PEM text by itself. */
function certificatesIn(pem: string): readonly string[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((block) => `${block}\n`);
}
