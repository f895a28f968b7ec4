import { lazy, push } from './lazy';

/** Values under hosts, wildcards among them. */
export interface HostSet<V> {
  /** Everything under a host that has a name in common with `host`, itself perhaps a wildcard. */
  overlapping(host: string): readonly V[];
  /** Whether anything would be. */
  overlaps(host: string): boolean;
}

/**
 * Indexes hosts so that a question costs the length of a host, and what it finds, however many hosts there are.
 * Spec: analyzers.md 1.6: wildcards match any name with their suffix, and each other when one suffix ends the other.
 */
export function hostSet<V>(entries: Iterable<readonly [host: string, value: V]>): HostSet<V> {
  const exact = new Map<string, V[]>();
  const wildcards = new Map<string, V[]>();
  for (const [host, value] of entries) {
    if (host.startsWith('*')) push(wildcards, host.slice(1), value);
    else push(exact, host, value);
  }
  const exactBackwards = lazy(() => backwards(exact.keys()));
  const wildcardsBackwards = lazy(() => backwards(wildcards.keys()));

  function* lists(host: string): Generator<readonly V[]> {
    const wild = host.startsWith('*');
    const name = wild ? host.slice(1) : host;
    const same = wild ? undefined : exact.get(host);
    if (same !== undefined) yield same;
    for (let i = 0; i <= name.length && wildcards.size > 0; i++) yield wildcards.get(name.slice(i)) ?? [];
    if (!wild) return;
    for (const ending of endingWith(exactBackwards(), name)) yield exact.get(ending) ?? [];
    for (const ending of endingWith(wildcardsBackwards(), name)) if (ending !== name) yield wildcards.get(ending) ?? [];
  }

  return {
    overlapping: (host) => [...lists(host)].flat(),
    overlaps(host) {
      for (const list of lists(host)) if (list.length > 0) return true;
      return false;
    },
  };
}

function reverse(text: string): string {
  return [...text].reverse().join('');
}

/** Names read from their end, in order: those that end alike stand together. */
function backwards(names: Iterable<string>): readonly string[] {
  return [...names].map(reverse).sort();
}

function* endingWith(sorted: readonly string[], suffix: string): Generator<string> {
  const start = reverse(suffix);
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? '') < start) low = middle + 1;
    else high = middle;
  }
  for (let at = low; sorted[at]?.startsWith(start) === true; at++) yield reverse(sorted[at] ?? '');
}
