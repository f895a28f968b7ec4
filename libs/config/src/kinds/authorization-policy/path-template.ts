import { quote } from '../../rules/report';
const LITERAL = /^[A-Za-z0-9\-._~%!$&'()+,;:@=]+$/;

/**
 * What keeps `path` from being a path of an AuthorizationPolicy, where `{*}` stands for one segment and `{**}` for any
 * rest; undefined when nothing does. Spec: validation.md §5.12, path templates.
 */
export function pathTemplateProblem(path: string): string | undefined {
  const segments = withoutOuterSlashes(path).split('/');
  const isTemplate = path.includes('{*}') || path.includes('{**}');
  let rest = false;
  for (const segment of segments) {
    if (segment === '{*}' || segment === '{**}') {
      if (rest) return 'nothing but text may follow "{**}"';
      rest = segment === '{**}';
      continue;
    }
    if (/[{}]/.test(segment)) return `segment ${quote(segment)} has a brace: "{*}" and "{**}" stand alone between slashes`;
    if (isTemplate && !LITERAL.test(segment))
      return `segment ${quote(segment)} cannot stand beside "{*}" or "{**}": expected letters, digits and -._~%!$&'()+,;:@=`;
  }
  return undefined;
}

/** A loop, because a regex for trailing slashes takes time in the square of the slashes inside. */
function withoutOuterSlashes(path: string): string {
  let [start, end] = [0, path.length];
  while (start < end && path[start] === '/') start++;
  while (end > start && path[end - 1] === '/') end--;
  return path.slice(start, end);
}
