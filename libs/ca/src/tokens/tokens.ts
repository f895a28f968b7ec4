import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { type Clock } from '@lateen/base';
import { type TokenKeys } from './keys';

/** Which workload a token speaks for. */
export interface TokenSubject {
  readonly pod: string;
  readonly namespace: string;
  readonly workload: string;
  readonly serviceAccount: string;
}

/** What checking a token comes to; `claims` is what it says of itself, unproven, for the log. */
export type TokenResult =
  | { readonly ok: true; readonly subject: TokenSubject }
  | { readonly ok: false; readonly code: TokenRefusal; readonly message: string; readonly claims?: string };

/** Why a token is refused. */
export type TokenRefusal = 'malformed' | 'bad_signature' | 'expired' | 'not_yet_valid' | 'wrong_audience' | 'wrong_issuer' | 'no_workload';

/** Who may sign certificates for a token's bearer. Spec: Istio's token audience. */
export const TOKEN_AUDIENCE = 'istio-ca';
export const TOKEN_ISSUER = 'lateen';
/** How long a token lasts, in seconds. */
export const TOKEN_LIFETIME_SECONDS = 3600;

/** Makes a token for one workload, valid for an hour unless told. Spec: RFC 7519, ES256. */
export function mintToken(
  keys: TokenKeys,
  subject: TokenSubject,
  options: { readonly clock: Clock; readonly lifetimeSeconds?: number },
): Promise<string> {
  const now = Math.floor(options.clock.now() / 1000);
  return new SignJWT({ lateen: { ...subject } })
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setSubject(`system:serviceaccount:${subject.namespace}:${subject.serviceAccount}`)
    .setIssuedAt(now)
    .setNotBefore(now - 60)
    .setExpirationTime(now + (options.lifetimeSeconds ?? TOKEN_LIFETIME_SECONDS))
    .sign(keys.privateKey);
}

/** Checks a token's signature, times, issuer and audience, and reads whom it speaks for. Never rejects. */
export async function verifyToken(keys: TokenKeys, token: string, options: { readonly clock: Clock }): Promise<TokenResult> {
  try {
    const { payload } = await jwtVerify(token, keys.publicKey, {
      algorithms: ['ES256'],
      audience: TOKEN_AUDIENCE,
      issuer: TOKEN_ISSUER,
      currentDate: new Date(options.clock.now()),
      requiredClaims: ['exp', 'sub'],
    });
    const subject = subjectOf(payload);
    return subject === undefined ? { ok: false, code: 'no_workload', message: 'the token names no workload' } : { ok: true, subject };
  } catch (error) {
    return { ok: false, ...refusalOf(error), claims: unprovenClaims(token) };
  }
}

function refusalOf(error: unknown): { code: TokenRefusal; message: string } {
  if (error instanceof errors.JWTExpired)
    return { code: 'expired', message: `the token expired at ${new Date((error.payload.exp ?? 0) * 1000).toISOString()}` };
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud')
      return { code: 'wrong_audience', message: `the token is for ${JSON.stringify(error.payload.aud)}, not for "${TOKEN_AUDIENCE}"` };
    if (error.claim === 'iss')
      return { code: 'wrong_issuer', message: `the token is issued by ${JSON.stringify(error.payload.iss)}, not by "${TOKEN_ISSUER}"` };
    if (error.claim === 'nbf') return { code: 'not_yet_valid', message: 'the token is not valid yet' };
    return { code: 'malformed', message: `the token's claim "${error.claim}" is missing or wrong` };
  }
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return { code: 'bad_signature', message: 'the token is not signed by this mesh' };
  return { code: 'malformed', message: `the token cannot be read: ${error instanceof Error ? error.message : String(error)}` };
}

function subjectOf(payload: JWTPayload): TokenSubject | undefined {
  const claim = payload['lateen'];
  if (typeof claim !== 'object' || claim === null) return undefined;
  const { pod, namespace, workload, serviceAccount } = claim as Record<string, unknown>;
  if (typeof pod !== 'string' || typeof namespace !== 'string' || typeof workload !== 'string' || typeof serviceAccount !== 'string')
    return undefined;
  return payload.sub === `system:serviceaccount:${namespace}:${serviceAccount}` ? { pod, namespace, workload, serviceAccount } : undefined;
}

/** Whom an unproven token claims to speak for, as JSON, cut short; for the log only. */
function unprovenClaims(token: string): string | undefined {
  const body = token.split('.')[1];
  if (body === undefined) return undefined;
  try {
    const { sub, lateen } = JSON.parse(Buffer.from(body, 'base64url').toString()) as JWTPayload;
    return JSON.stringify({ sub, lateen }).slice(0, 300);
  } catch {
    return undefined;
  }
}
