import { type HTTPMatchRequest, type HTTPRoute, validateResource, type VirtualService } from '@lateen/config';
import { defineAnalyzer } from '../analyzer';
import { push } from '../configuration/lazy';
import { matchCovers } from './match-cover';
import { ruleName } from './route-destinations';

interface Place {
  readonly match: HTTPMatchRequest;
  readonly rule: number;
  readonly index: number;
}

/**
 * A match that an earlier one takes everything from, whatever form the two have.
 * Spec: LAT0002. Not where IST0130 or IST0131 say it already; headers and source labels count, regexes only when equal.
 */
export const shadowedMatches = defineAnalyzer({
  name: 'shadowed-matches',
  description: 'Every match of HTTP routes can be reached',
  inputs: ['VirtualService'],
  codes: ['LAT0002'],
  analyze(configuration, report) {
    for (const vs of configuration.of('VirtualService')) {
      const rules = vs.spec.http ?? [];
      const shadowed = shadows(rules);
      if (shadowed.length === 0) continue;
      const known = saidAlready(vs);
      for (const { later, first } of shadowed) {
        if (known.has(`${later.rule}/${later.index}`) || known.has(`${later.rule}`)) continue;
        report('LAT0002', vs, {
          params: [matchName(later), ruleName(rules[later.rule], later.rule), matchName(first), ruleName(rules[first.rule], first.rule)],
          at: ['spec', 'http', later.rule, 'match', later.index],
          related: [{ resource: vs, path: ['spec', 'http', first.rule, 'match', first.index], note: 'the match that comes first' }],
        });
      }
    }
  },
});

/** Every match with the earliest one that covers it. Nothing after a rule that takes everything. */
function shadows(rules: readonly HTTPRoute[]): readonly { readonly later: Place; readonly first: Place }[] {
  const byUri = new Map<string, Place[]>();
  const found: { later: Place; first: Place }[] = [];
  let longest = 0;
  for (const [rule, { match = [] }] of rules.entries()) {
    if (match.length === 0) break;
    for (const [index, one] of match.entries()) {
      const later = { match: one, rule, index };
      const first = candidates(one, byUri, longest)
        .filter(({ match: earlier }) => matchCovers(earlier, one))
        .sort((a, b) => a.rule - b.rule || a.index - b.index)[0];
      if (first !== undefined) found.push({ later, first });
      push(byUri, `${uriKey(one)}\n${conditionKey(one)}`, later);
      longest = Math.max(longest, one.uri?.prefix?.length ?? 0);
    }
  }
  return found;
}

/** Where a match is kept: few earlier ones can cover a later one's path. */
function uriKey({ uri, ignoreUriCase }: HTTPMatchRequest): string {
  const fold = (text: string): string => (ignoreUriCase === true ? `i${text.toLowerCase()}` : text);
  if (uri?.exact !== undefined) return `=${fold(uri.exact)}`;
  if (uri?.prefix !== undefined && uri.prefix !== '/') return `^${fold(uri.prefix)}`;
  return '*';
}

function candidates(match: HTTPMatchRequest, byUri: ReadonlyMap<string, readonly Place[]>, longest: number): readonly Place[] {
  const { uri, ignoreUriCase } = match;
  const keys = ['*'];
  const path = uri?.exact ?? uri?.prefix;
  if (path !== undefined) {
    for (const text of ignoreUriCase === true ? [`i${path.toLowerCase()}`] : [path, `i${path.toLowerCase()}`]) {
      keys.push(`=${text}`);
      for (let length = 1; length <= Math.min(text.length, longest + 1); length++) keys.push(`^${text.slice(0, length)}`);
    }
  }
  const conditions = conditionKeys(match);
  return keys.flatMap((key) => conditions.flatMap((condition) => byUri.get(`${key}\n${condition}`) ?? []));
}

/** One condition beside the path that a match asks for: whatever it covers asks for that as well. */
function conditionKey({ headers = {}, queryParams = {} }: HTTPMatchRequest): string {
  const all = [...Object.entries(headers), ...Object.entries(queryParams)];
  const [name, value] = all.find(([, { exact }]) => exact !== undefined) ?? all[0] ?? [];
  if (name === undefined) return '';
  return value?.exact === undefined ? name : `${name}=${value.exact}`;
}

/** Every condition that a match which covers this one may be kept under. */
function conditionKeys({ headers = {}, queryParams = {} }: HTTPMatchRequest): readonly string[] {
  const all = [...Object.entries(headers), ...Object.entries(queryParams)];
  return ['', ...all.flatMap(([name, { exact }]) => (exact === undefined ? [name] : [name, `${name}=${exact}`]))];
}

function matchName({ match, index }: Place): string {
  return (match.name ?? '') === '' ? `#${index}` : `"${match.name}"`;
}

/** Matches and rules that Istio's own rules report. */
function saidAlready(vs: VirtualService): ReadonlySet<string> {
  const places = validateResource(vs).filter(({ code }) => code === 'unreachable_rule' || code === 'ineffective_match');
  return new Set(places.map(({ path }) => (path[3] === 'match' ? `${path[2]}/${path[4]}` : `${path[2]}`)));
}
