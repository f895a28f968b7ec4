import { type Finding, matchShadows } from '@lateen/analysis';
import { type AnyResource, isKind, type VirtualService } from '@lateen/config';
import { connectionMatchCovers } from './shadows-of-connections';

/** By a part's path, why no request can ever reach it: `shadowed by rule 1 (http[0]), ...`. */
export type Shadows = ReadonlyMap<string, string>;

/**
 * What an earlier rule or another VirtualService takes everything from, and what no gateway and no sidecar can have.
 * IST0131 alone proves nothing: Istio compares a part of the conditions only. What it is right in is found here too.
 */
export function shadowsOf(resource: AnyResource, findings: readonly Finding[]): Shadows {
  if (!isKind(resource, 'VirtualService')) return new Map();
  const shadows = new Map(orderOf(resource));
  for (const { code, path, params } of findings) {
    const rule = code === 'LAT0003' ? /^spec\.((?:http|tls|tcp)\[\d+\])/.exec(path)?.[1] : undefined;
    if (rule !== undefined && !shadows.has(rule)) shadows.set(rule, `no gateway and no sidecar can reach it: ${params[1]}`);
  }
  const winner = winnerOverAll(resource, findings);
  for (const list of LISTS) {
    for (const [i, { match = [] }] of (resource.spec[list] ?? []).entries()) {
      const rule = `${list}[${i}]`;
      if (winner !== undefined) shadows.set(rule, winner);
      const reason = shadows.get(rule);
      if (reason !== undefined) for (const j of match.keys()) shadows.set(`${rule}.match[${j}]`, reason);
    }
  }
  return shadows;
}

const LISTS = ['http', 'tls', 'tcp'] as const;

/** Where a match is: counted from 0. */
interface At {
  readonly rule: number;
  readonly index: number;
}

/** Resources do not change, and the pages of the dashboard ask again and again. */
const orders = new WeakMap<VirtualService, Shadows>();

/** What earlier rules take from later ones, and earlier matches from later ones. */
function orderOf(resource: VirtualService): Shadows {
  const known = orders.get(resource);
  if (known !== undefined) return known;
  const shadows = new Map<string, string>();
  for (const list of LISTS) shadowList(list, resource, shadows);
  orders.set(resource, shadows);
  return shadows;
}

function shadowList(list: (typeof LISTS)[number], { spec }: VirtualService, shadows: Map<string, string>): void {
  const rules: readonly { readonly match?: readonly object[] | undefined; readonly delegate?: object | undefined }[] = spec[list] ?? [];
  // What a rule leaves to a delegate, it may leave to those after it.
  const all = rules.findIndex(({ match = [], delegate }) => match.length === 0 && delegate === undefined);
  const last = all === -1 ? rules.length : all;
  const firsts = new Map<string, At>();
  const pairs = list === 'http' ? matchShadows(spec.http ?? []) : connectionShadows(spec[list] ?? []);
  for (const { later, first } of pairs) firsts.set(`${later.rule}.${later.index}`, first);
  for (const [i, { match = [] }] of rules.entries()) {
    if (i > last) {
      shadows.set(`${list}[${i}]`, `shadowed by rule ${last + 1} (${list}[${last}]), which has no conditions`);
      continue;
    }
    const by = match.map((_, j) => firsts.get(`${i}.${j}`));
    const takers = [...new Set(by.map((first) => first?.rule))];
    if (takers.length > 0 && takers.every((rule) => rule !== undefined && rule !== i)) {
      shadows.set(
        `${list}[${i}]`,
        takenText(
          list,
          takers.filter((rule) => rule !== undefined).sort((a, b) => a - b),
        ),
      );
      continue;
    }
    for (const [j, first] of by.entries())
      if (first !== undefined)
        shadows.set(
          `${list}[${i}].match[${j}]`,
          first.rule === i
            ? `shadowed by match ${first.index + 1} of its rule, which takes all that it would`
            : takenText(list, [first.rule]),
        );
  }
}

function takenText(list: string, rules: readonly number[]): string {
  const [numbers, paths] = [rules.map((rule) => rule + 1).join(' and '), rules.map((rule) => `${list}[${rule}]`).join(', ')];
  return rules.length === 1
    ? `shadowed by rule ${numbers} (${paths}), which takes all that it would`
    : `shadowed by rules ${numbers} (${paths}), which take all that it would`;
}

function connectionShadows(
  rules: NonNullable<VirtualService['spec']['tls' | 'tcp']>,
): readonly { readonly later: At; readonly first: At }[] {
  const seen: (At & { readonly match: object })[] = [];
  const found: { later: At; first: At }[] = [];
  for (const [rule, { match = [] }] of rules.entries()) {
    if (match.length === 0) break;
    for (const [index, one] of match.entries()) {
      const first = seen.find((earlier) => connectionMatchCovers(earlier.match, one));
      if (first === undefined) seen.push({ rule, index, match: one });
      else found.push({ later: { rule, index }, first });
    }
  }
  return found;
}

/** What is said of all rules where other VirtualServices have every host of one that is for sidecars only. */
function winnerOverAll({ spec: { hosts = [], gateways = [] } }: VirtualService, findings: readonly Finding[]): string | undefined {
  if (hosts.length === 0 || gateways.some((gateway) => gateway !== 'mesh')) return undefined;
  const lost = new Map(findings.filter(({ code }) => code === 'LAT0001').map(({ path, params }) => [path, params[1]]));
  if (!hosts.every((_, i) => lost.has(`spec.hosts[${i}]`))) return undefined;
  const winners = [...new Set(lost.values())];
  return `shadowed by VirtualService ${winners.join(' and ')}, which ${winners.length === 1 ? 'has' : 'have'} its ${hosts.length === 1 ? 'host' : 'hosts'}`;
}
