import { X509Certificate } from 'node:crypto';
import { type Clock } from '@lateen/base';
import { parseSpiffeId, type TokenKeys, verifyToken } from '@lateen/ca';
import { type Authenticate, type Caller, type CallEvidence, RefusedClientError } from '@lateen/xds/server';

/** What callers are checked against. */
export interface AuthenticatorOptions {
  readonly tokenKeys: TokenKeys;
  /** The mesh's at the moment; its configuration may change it. */
  readonly trustDomain: () => string;
  readonly clock: Clock;
  /** Whether such a pod is registered; a token for another one is refused. */
  readonly isRegistered: (namespace: string, pod: string) => boolean;
}

/** Nobody proves anything on the plaintext port. */
export const anonymous: Authenticate = () => ({ via: 'none' });

/**
 * A caller is who its bearer token says, which names the pod too, or else its client certificate, verified by TLS.
 * The refusal's message says which workload claims what, and why that is not believed.
 * Spec: Istio's authenticators for XDS and CA: client certificate, JWT with audience `istio-ca`.
 */
export function authenticator(options: AuthenticatorOptions): Authenticate {
  return async (evidence: CallEvidence): Promise<Caller> => {
    const { bearerToken, certificate } = evidence;
    if (bearerToken !== undefined) {
      const result = await byToken(bearerToken, options);
      if (typeof result !== 'string') return result;
      if (certificate === undefined) throw new RefusedClientError('unauthenticated', result);
    }
    if (certificate !== undefined) return byCertificate(certificate.raw, options);
    throw new RefusedClientError('unauthenticated', 'neither a client certificate that this mesh signed nor a bearer token was given');
  };
}

/** The caller, or why the token is not believed. */
async function byToken(token: string, { tokenKeys, clock, trustDomain, isRegistered }: AuthenticatorOptions): Promise<Caller | string> {
  const result = await verifyToken(tokenKeys, token, { clock });
  if (!result.ok) return result.claims === undefined ? result.message : `${result.message}; it claims ${result.claims}`;
  const { subject } = result;
  if (!isRegistered(subject.namespace, subject.pod))
    return `the token is for pod "${subject.pod}" in namespace "${subject.namespace}", which is not running`;
  return { via: 'token', trustDomain: trustDomain(), ...subject };
}

function byCertificate(raw: Buffer, { trustDomain, clock }: AuthenticatorOptions): Caller {
  const certificate = new X509Certificate(raw);
  const names = certificate.subjectAltName ?? '';
  // One URI and nothing else; Node quotes names that hold a comma, so none can pose as two.
  const identity = names.startsWith('URI:') ? parseSpiffeId(names.slice('URI:'.length)) : undefined;
  if (identity === undefined)
    throw new RefusedClientError('unauthenticated', `the client certificate names no workload but ${JSON.stringify(names)}`);
  if (identity.trustDomain !== trustDomain())
    throw new RefusedClientError('unauthenticated', `the client certificate is of trust domain "${identity.trustDomain}"`);
  // A connection may outlive its certificate.
  if (Date.parse(certificate.validTo) < clock.now())
    throw new RefusedClientError('unauthenticated', `the client certificate expired at ${certificate.validTo}`);
  return { via: 'certificate', ...identity };
}
