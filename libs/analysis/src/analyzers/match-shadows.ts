import { type HTTPMatchRequest, type HTTPRoute } from '@lateen/config';
import { push } from '../configuration/lazy';
import { matchCovers } from './match-cover';

/** A match of a rule. */
export interface MatchPlace {
  readonly match: HTTPMatchRequest;
  /** Of both from 0. */
  readonly rule: number;
  readonly index: number;
}

/** A match that gets nothing, since the first takes all that it would. */
export interface MatchShadow {
  readonly later: MatchPlace;
  readonly first: MatchPlace;
}

/**
 * Every match that an earlier one takes everything from, with the earliest that does. Nothing after a rule without
 * matches, which takes everything; what a rule leaves to a delegate, it may leave to those after it.
 */
export function matchShadows(rules: readonly HTTPRoute[]): readonly MatchShadow[] {
  const byUri = new Map<string, MatchPlace[]>();
  const found: { later: MatchPlace; first: MatchPlace }[] = [];
  let longest = 0;
  for (const [rule, { match = [], delegate }] of rules.entries()) {
    if (match.length === 0 && delegate === undefined) break;
    for (const [index, one] of match.entries()) {
      const later = { match: one, rule, index };
      const first = candidates(one, byUri, longest)
        .filter(({ match: earlier }) => matchCovers(earlier, one))
        .sort((a, b) => a.rule - b.rule || a.index - b.index)[0];
      if (first !== undefined) found.push({ later, first });
      if (delegate !== undefined) continue;
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

function candidates(match: HTTPMatchRequest, byUri: ReadonlyMap<string, readonly MatchPlace[]>, longest: number): readonly MatchPlace[] {
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
