import { hashString } from './balancer/consistent-hash';
import { queryParameter } from './match';
import { type HashPolicy, type RequestView } from './model';

/** What hashing reads besides the request. */
export interface HashSource {
  /** Without its port. */
  readonly sourceAddress: string;
}

/** A request's hash, or undefined when no policy finds anything; and the cookie to set where a policy makes one. */
export interface RequestHash {
  readonly hash?: number;
  /** A whole `set-cookie` value, for the response. */
  readonly setCookie?: string;
}

/**
 * Hashes a request by its route's policies, in order, until a terminal one finds something.
 * `newCookie` makes the value of a cookie the client does not have yet. Spec: Envoy `RouteAction.HashPolicy`.
 */
export function hashRequest(
  policies: readonly HashPolicy[],
  request: RequestView,
  source: HashSource,
  newCookie: () => string,
): RequestHash {
  let hash: number | undefined;
  let setCookie: string | undefined;
  for (const policy of policies) {
    let value = valueOf(policy, request, source);
    if (value === undefined && policy.kind === 'cookie' && policy.ttlMs !== undefined) {
      value = newCookie();
      setCookie = formatCookie(policy.name, value, policy.path, policy.ttlMs);
    }
    if (value === undefined) continue;
    const next = hashString(value);
    hash = hash === undefined ? next : (((hash << 1) | (hash >>> 31)) ^ next) >>> 0;
    if (policy.terminal) break;
  }
  return { ...(hash === undefined ? {} : { hash }), ...(setCookie === undefined ? {} : { setCookie }) };
}

function valueOf(policy: HashPolicy, request: RequestView, source: HashSource): string | undefined {
  switch (policy.kind) {
    case 'header':
      return policy.name === ':authority'
        ? request.authority
        : policy.name === ':path'
          ? request.path
          : policy.name === ':method'
            ? request.method
            : request.header(policy.name);
    case 'cookie':
      return cookie(request.header('cookie'), policy.name);
    case 'sourceIp':
      return source.sourceAddress;
    case 'queryParameter':
      return queryParameter(request.path, policy.name);
    case 'filterState':
      return undefined;
  }
}

/** One cookie of a `cookie` header. */
function cookie(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === name)
      return part
        .slice(equals + 1)
        .trim()
        .replace(/^"|"$/g, '');
  }
  return undefined;
}

/** 0 is a session cookie. */
function formatCookie(name: string, value: string, path: string, ttlMs: number): string {
  return `${name}="${value}"${ttlMs > 0 ? `; Max-Age=${Math.floor(ttlMs / 1000)}` : ''}${path === '' ? '' : `; Path=${path}`}; HttpOnly`;
}
