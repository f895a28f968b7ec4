/** What became of a path. */
export type NormalPath =
  { readonly kind: 'path'; readonly path: string } | { readonly kind: 'refused' } | { readonly kind: 'redirect'; readonly path: string };

/** The parts of a connection manager that say how. */
export interface PathRules {
  readonly normalizePath: boolean;
  readonly mergeSlashes: boolean;
  readonly pathWithEscapedSlashes: 'keep' | 'reject' | 'unescapeAndRedirect' | 'unescapeAndForward';
}

/**
 * The path that is matched and forwarded: backslashes turned, unreserved escapes decoded once,
 * dot segments removed, slashes merged if so configured. The query stays as it is. `%00` and fragments are refused.
 * Spec: RFC 3986 §6, Envoy `normalize_path`, Istio `pathNormalization`.
 */
export function normalizePath(target: string, rules: PathRules): NormalPath {
  if (target.includes('#')) return { kind: 'refused' };
  const mark = target.indexOf('?');
  let path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark);
  if (/%00/.test(path)) return { kind: 'refused' };
  let redirect = false;
  if (rules.pathWithEscapedSlashes !== 'keep' && /%2f|%5c/i.test(path)) {
    if (rules.pathWithEscapedSlashes === 'reject') return { kind: 'refused' };
    path = path.replace(/%2f/gi, '/').replace(/%5c/gi, '\\');
    redirect = rules.pathWithEscapedSlashes === 'unescapeAndRedirect';
  }
  if (rules.normalizePath) {
    if (!path.startsWith('/') && path !== '*') return { kind: 'refused' };
    path = removeDots(decodeUnreserved(path.replaceAll('\\', '/')));
  }
  if (rules.mergeSlashes) path = path.replace(/\/{2,}/g, '/');
  return redirect ? { kind: 'redirect', path: path + query } : { kind: 'path', path: path + query };
}

function decodeUnreserved(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (escape, hex: string) => {
    const char = String.fromCharCode(parseInt(hex, 16));
    return /[A-Za-z0-9._~-]/.test(char) ? char : escape;
  });
}

/**
 * RFC 3986 §5.2.4, where an empty segment is a segment: only `..` takes one away. Parameters do not hide one: servers
 * that know them read `..;a=b` as `..` (CVE-2026-73551).
 */
function removeDots(path: string): string {
  const segments = path.split('/');
  const kept: string[] = [];
  segments.forEach((segment, i) => {
    const last = i === segments.length - 1;
    if (segment === '..' || segment.startsWith('..;')) {
      if (kept.length > 1) kept.pop();
      if (last) kept.push('');
    } else if (segment === '.' || segment.startsWith('.;')) {
      if (last) kept.push('');
    } else kept.push(segment);
  });
  return kept.join('/') || '/';
}
