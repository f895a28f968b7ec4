import { type DestinationRule, type Subset } from '@lateen/config';
import { matchesLabels } from '@lateen/registry';
import { exportedTo, hostCovers, isVisible, resolveHost } from './hosts';
import { type Client, type MergedDestinationRule } from './snapshot';

/** What rules are indexed with. */
export interface DestinationRuleOptions {
  readonly domain: string;
  readonly rootNamespace: string;
  readonly defaultExportTo: readonly string[] | undefined;
}

interface Entry {
  readonly rule: DestinationRule;
  readonly host: string;
  readonly exportTo: readonly string[];
}

/** One namespace's rules. */
interface NamespaceRules {
  readonly exact: Map<string, Entry[]>;
  /** Longest first. */
  wildcards: readonly (readonly [string, readonly Entry[]])[];
}

/** Looks up the rule for a client and a full host name, whose service is in `serviceNamespace` if there is one. */
export type DestinationRuleLookup = (
  client: Client,
  host: string,
  serviceNamespace: string | undefined,
) => MergedDestinationRule | undefined;

/**
 * Indexes rules, oldest first, for lookups.
 * Spec: the client's namespace, then the service's, then the root namespace; inside one the most specific host.
 */
export function indexDestinationRules(rules: readonly DestinationRule[], options: DestinationRuleOptions): DestinationRuleLookup {
  const plain = new Map<string, NamespaceRules>();
  const selective = new Map<string, NamespaceRules>();
  for (const rule of rules) add(rule.spec.workloadSelector?.matchLabels === undefined ? plain : selective, rule, options);
  for (const set of [...plain.values(), ...selective.values()]) {
    set.wildcards = [...set.exact].filter(([host]) => host.startsWith('*')).sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1));
  }
  const cache = new Map<string, MergedDestinationRule | false>();
  const { rootNamespace } = options;

  function candidates(client: Client, host: string, serviceNamespace: string | undefined): MergedDestinationRule | undefined {
    const own = select(plain.get(client.namespace), host, (entry) =>
      client.namespace === rootNamespace ? isPrivate(entry) : !entry.exportTo.includes('~'),
    );
    if (own !== undefined) return own;
    const visible =
      (owner: string) =>
      (entry: Entry): boolean =>
        isVisible(entry.exportTo, owner, client.namespace);
    const ofService = serviceNamespace === undefined ? undefined : select(plain.get(serviceNamespace), host, visible(serviceNamespace));
    return ofService ?? select(plain.get(rootNamespace), host, visible(rootNamespace));
  }

  return (client, host, serviceNamespace) => {
    const special = select(selective.get(client.namespace), host, ({ rule }) =>
      matchesLabels(client.labels, rule.spec.workloadSelector?.matchLabels ?? {}),
    );
    if (special !== undefined) return special;
    const key = `${client.namespace}\0${host}`;
    const known = cache.get(key);
    if (known !== undefined) return known === false ? undefined : known;
    const found = candidates(client, host, serviceNamespace);
    cache.set(key, found ?? false);
    return found;
  };
}

function add(index: Map<string, NamespaceRules>, rule: DestinationRule, { domain, defaultExportTo }: DestinationRuleOptions): void {
  const { namespace } = rule.metadata;
  const host = resolveHost(rule.spec.host, namespace, domain);
  const set = index.get(namespace) ?? { exact: new Map<string, Entry[]>(), wildcards: [] };
  index.set(namespace, set);
  const entries = set.exact.get(host) ?? [];
  set.exact.set(host, entries);
  entries.push({ rule, host, exportTo: exportedTo(rule.spec.exportTo, defaultExportTo) });
}

/** The most specific host that has a rule which may be used. */
function select(set: NamespaceRules | undefined, host: string, usable: (entry: Entry) => boolean): MergedDestinationRule | undefined {
  if (set === undefined) return undefined;
  const exact = merge((set.exact.get(host) ?? []).filter(usable));
  if (exact !== undefined) return exact;
  for (const [pattern, entries] of set.wildcards) {
    if (!hostCovers(pattern, host)) continue;
    const merged = merge(entries.filter(usable));
    if (merged !== undefined) return merged;
  }
  return undefined;
}

function isPrivate({ exportTo }: Entry): boolean {
  return exportTo.length === 1 && exportTo[0] === '.';
}

/** What rules came to, by the first of them: clients that see the same rules share one object. */
const mergedRules = new WeakMap<Entry, { readonly entries: readonly Entry[]; readonly merged: MergedDestinationRule }[]>();

function merge(entries: readonly Entry[]): MergedDestinationRule | undefined {
  const [first] = entries;
  if (first === undefined) return undefined;
  let known = mergedRules.get(first);
  if (known === undefined) mergedRules.set(first, (known = []));
  const same = known.find(
    (candidate) => candidate.entries.length === entries.length && candidate.entries.every((entry, i) => entry === entries[i]),
  );
  if (same !== undefined) return same.merged;
  const merged = mergeAll(first, entries);
  known.push({ entries, merged });
  return merged;
}

/** The first rule's policy and every rule's subsets. Spec: Istio, merging of DestinationRules. */
function mergeAll(first: Entry, entries: readonly Entry[]): MergedDestinationRule {
  const subsets = new Map<string, Subset>();
  for (const { rule } of entries) {
    for (const subset of rule.spec.subsets ?? []) if (!subsets.has(subset.name)) subsets.set(subset.name, subset);
  }
  const { rule, host } = first;
  return {
    host,
    trafficPolicy: entries.find((entry) => entry.rule.spec.trafficPolicy !== undefined)?.rule.spec.trafficPolicy,
    subsets: [...subsets.values()],
    name: rule.metadata.name,
    namespace: rule.metadata.namespace,
    origin: rule.origin,
  };
}
