import { type PathMatch } from './model';
import { compileRegex } from './regex';
import { bare } from './match';

/**
 * Replaces what the route matched and keeps the rest and the query: its prefix, or the whole path where the match is of
 * all of it (exact, regex, CONNECT). A CONNECT without a path stays without. Spec: Envoy `prefix_rewrite`.
 */
export function prefixRewrite(match: PathMatch, replacement: string): (path: string) => string {
  switch (match.kind) {
    case 'prefix':
    case 'separatedPrefix':
    case 'exact':
      return (path) => replacement + path.slice(match.value.length);
    case 'regex':
    case 'connect':
      return (path) => (path === '' ? path : replacement + path.slice(bare(path).length));
  }
}

/** Rewrites the path without its query, which stays. Throws a RangeError that quotes a bad pattern. Spec: Envoy `regex_rewrite`. */
export function regexRewrite(pattern: string, substitution: string): (path: string) => string {
  const regex = compileRegex(pattern);
  return (path) => {
    const plain = bare(path);
    return regex.replaceAll(plain, substitution) + path.slice(plain.length);
  };
}

/** What a redirect changes; absent parts stay as they were requested. */
export interface RedirectParts {
  readonly scheme?: string;
  readonly host?: string;
  /** 0 is absent. */
  readonly port?: number;
  /** Whole path, with its own query if it has one; empty is absent. */
  readonly path?: string;
  readonly rewritePath?: (path: string) => string;
  readonly stripQuery: boolean;
}

/** Makes the `location` of redirects. Spec: Envoy `RedirectAction`. */
export function redirectLocation(parts: RedirectParts): (scheme: string, authority: string, path: string) => string {
  return (requestScheme, authority, requestPath) => {
    const scheme = parts.scheme ?? requestScheme;
    const { host, port } = splitPort(authority);
    // A default port of the old scheme would be wrong under the new one.
    const isStale = parts.scheme !== undefined && ((scheme === 'https' && port === ':80') || (scheme === 'http' && port === ':443'));
    const newPort = parts.port !== undefined && parts.port !== 0 ? `:${parts.port}` : isStale || parts.host !== undefined ? '' : port;
    return `${scheme}://${parts.host ?? host}${newPort}${redirectPath(parts, requestPath)}`;
  };
}

/** The path and query of a redirect. */
function redirectPath(parts: RedirectParts, requestPath: string): string {
  const plain = bare(requestPath);
  const query = parts.stripQuery ? '' : requestPath.slice(plain.length);
  if (parts.path !== undefined && parts.path !== '') return parts.path.includes('?') ? parts.path : parts.path + query;
  return (parts.rewritePath === undefined ? plain : parts.rewritePath(plain)) + query;
}

/** A Host header as host and `:port` (or nothing). */
function splitPort(authority: string): { readonly host: string; readonly port: string } {
  const match = /^(.*?)(:\d+)?$/.exec(authority);
  return { host: match?.[1] ?? authority, port: match?.[2] ?? '' };
}
