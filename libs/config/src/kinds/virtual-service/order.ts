import { type Place, quote, type Report } from '../../rules/report';
import { type HTTPMatchRequest, type StringMatch, type VirtualServiceSpec } from './schema';

/**
 * Which rules and matches can never be used, because an earlier one takes all that they would: warnings only.
 * Spec: validation.md §5.1, order analysis.
 */
export function checkOrder(report: Report, spec: VirtualServiceSpec): void {
  for (const list of ['http', 'tls', 'tcp'] as const) analyze(report, list, spec[list] ?? []);
}

/** How many pairs of prefixes are compared; thousands of matches with one prefix would make millions. */
const MAX_COMPARED = 1_000_000;
/** How many covered prefixes are named; rules that nest thousands deep would give one finding for each pair. */
const MAX_COVERED = 1000;

interface Rule {
  readonly name?: string | undefined;
  readonly match?: readonly object[] | undefined;
}

interface SeenMatch {
  readonly rule: number;
  readonly index: number;
  readonly match: HTTPMatchRequest;
}

function analyze(report: Report, list: 'http' | 'tls' | 'tcp', rules: readonly Rule[]): void {
  const ruleName = (i: number): string => (list === 'http' && (rules[i]?.name ?? '') !== '' ? quote(rules[i]?.name) : `#${i}`);
  const seen = new Map<string, number>();
  const prefixes: SeenMatch[] = [];
  let catchAll: number | undefined;
  rules.forEach((rule, i) => {
    const at: Place = ['spec', list, i];
    const matches = rule.match ?? [];
    const unused = (why: string): void => report.warn('unreachable_rule', at, `Rule ${ruleName(i)} of ${list} is never used: ${why}`);
    if (matches.length === 0) {
      if (catchAll !== undefined) unused('only the last rule may have no matches');
      catchAll = i;
      return;
    }
    if (catchAll !== undefined) {
      for (let m = 0; m < matches.length; m++) unused(`rule ${ruleName(catchAll)} before it has no matches and takes everything`);
      return;
    }
    let repeated = 0;
    matches.forEach((match, m) => {
      const key = canonical(list === 'http' ? { ...match, name: undefined } : match);
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, i);
        if (list === 'http') prefixes.push({ rule: i, index: m, match });
        return;
      }
      repeated++;
      report.warn(
        'ineffective_match',
        [...at, 'match', m],
        `Match ${matchName(match, m)} of rule ${ruleName(i)} has no effect: rule ${ruleName(first)} has the same`,
      );
    });
    if (repeated === matches.length) unused('all its matches are those of earlier rules');
  });
  if (list === 'http') checkPrefixes(report, prefixes, ruleName);
}

/** Names a match as a user sees it. */
function matchName(match: object, index: number): string {
  const name = 'name' in match && typeof match.name === 'string' ? match.name : '';
  return name === '' ? `#${index}` : quote(name);
}

function checkPrefixes(report: Report, matches: readonly SeenMatch[], ruleName: (i: number) => string): void {
  const withPrefix = matches
    .map((seen, order) => ({ ...seen, order, prefix: seen.match.uri?.prefix ?? '' }))
    .filter(({ prefix }) => prefix !== '');
  const earlierThan = ancestors(withPrefix.map(({ prefix }) => prefix));
  const byPrefix = new Map<string, typeof withPrefix>();
  let [found, compared] = [0, 0];
  for (const later of withPrefix) {
    const earlier = earlierThan(later.prefix).flatMap((prefix) => byPrefix.get(prefix) ?? []);
    for (const first of earlier.sort((a, b) => a.order - b.order)) {
      if (++compared > MAX_COMPARED) return;
      if (!covers(first.match, later.match)) continue;
      if (++found > MAX_COVERED) return;
      report.warn(
        'ineffective_match',
        ['spec', 'http', later.rule, 'match', later.index],
        `Match ${matchName(later.match, later.index)} of prefix ${quote(later.prefix)} on rule ${ruleName(later.rule)} has no effect: match ${matchName(first.match, first.index)} of prefix ${quote(first.prefix)} on rule ${ruleName(first.rule)} comes first`,
      );
    }
    const same = byPrefix.get(later.prefix);
    if (same === undefined) byPrefix.set(later.prefix, [later]);
    else same.push(later);
  }
}

/** Which others of some texts a text starts with. Sorted, they stand before it, each starting with the one before. */
function ancestors(texts: readonly string[]): (text: string) => readonly string[] {
  const parents = new Map<string, string | undefined>();
  const open: string[] = [];
  for (const text of [...new Set(texts)].sort()) {
    for (let top = open.at(-1); top !== undefined && !text.startsWith(top); top = open.at(-1)) open.pop();
    parents.set(text, open.at(-1));
    open.push(text);
  }
  return (text) => {
    const found: string[] = [];
    for (let parent = parents.get(text); parent !== undefined; parent = parents.get(parent)) found.push(parent);
    return found;
  };
}

/** Whether Istio says that everything `later` fits was taken by `first`, whose path prefix is known to be shorter. */
function covers(first: HTTPMatchRequest, later: HTTPMatchRequest): boolean {
  // Istio compares texts, and the wrong way round for what lies within what: a later match without authority counts as
  // covered by one with.
  const within = (a: string, b: string): boolean => a.startsWith(b);
  return (
    (first.port ?? 0) === (later.port ?? 0) &&
    within(
      first.method === undefined ? 'exact:GET' : textOf(first.method),
      later.method === undefined ? 'exact:GET' : textOf(later.method),
    ) &&
    within(textOf(first.authority), textOf(later.authority)) &&
    (['headers', 'queryParams', 'withoutHeaders'] as const).every((field) => mapCovers(first[field] ?? {}, later[field] ?? {}, within))
  );
}

function mapCovers(
  first: Readonly<Record<string, StringMatch>>,
  later: Readonly<Record<string, StringMatch>>,
  within: (a: string, b: string) => boolean,
): boolean {
  const keys = Object.keys(first);
  return (
    keys.length === Object.keys(later).length &&
    keys.every((key) => Object.hasOwn(later, key) && within(textOf(first[key]), textOf(later[key])))
  );
}

function textOf(match: StringMatch | undefined): string {
  if (match?.exact !== undefined) return `exact:${match.exact}`;
  return match?.prefix !== undefined ? `prefix:${match.prefix}` : '';
}

/** Equal for equal values: keys sorted, unset fields and empty containers left out. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  const entries = Object.entries(value)
    .filter(([, field]) => field !== undefined && !(Array.isArray(field) && field.length === 0))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}
