/** Names of hosts, as Istio judges them. Spec: validation.md §3.1. */

const LABEL = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/;

/** Whether `text` is a DNS label: at most 63 letters of either case, digits and `-`. */
export function isLabel(text: string): boolean {
  return LABEL.test(text);
}

/** Whether `text` is a DNS name; a single label is one, a number is not, and it may end in a dot. */
export function isFqdn(text: string): boolean {
  return text.length > 0 && text.length <= 255 && areDomainParts(text.split('.'));
}

/** Whether `text` is a DNS name whose first label may be `*`, `*foo` or `*-foo`. */
export function isWildcardDomain(text: string): boolean {
  if (text.length === 0 || text.length > 255) return false;
  const [first = '', ...rest] = text.split('.');
  return isWildcardLabel(first) && (rest.length === 0 || areDomainParts(rest));
}

/** Whether `text` has a `*` anywhere but as its whole first label. */
export function isPartialWildcard(text: string): boolean {
  return text.includes('*') && text.length > 1 && !text.startsWith('*.');
}

/**
 * As `isWildcardDomain`, for names bound to gateways: with `sni`, a cluster's SNI name
 * (`outbound_.80_._.reviews.default.svc.cluster.local`) is one too.
 */
export function isGatewayDomain(text: string, sni: boolean): boolean {
  if (!sni || !text.startsWith('outbound_')) return isWildcardDomain(text);
  const parts = text.split('_');
  return parts.length >= 4 && /\d/.test(parts[1] ?? '') && /[a-zA-Z]/.test(parts[3] ?? '');
}

/** Whether two hosts, each of which may start with a wildcard, have a name in common. */
export function hostsOverlap(a: string, b: string): boolean {
  const [wildA, wildB] = [a.startsWith('*'), b.startsWith('*')];
  if (!wildA && !wildB) return a === b;
  if (wildA && wildB) {
    const [short, long] = a.length <= b.length ? [a, b] : [b, a];
    return long.slice(1).endsWith(short.slice(1));
  }
  return wildA ? b.endsWith(a.slice(1)) : a.endsWith(b.slice(1));
}

/** How many overlapping pairs are listed; a list that repeats one host thousands of times has millions. */
const MAX_OVERLAPS = 1000;

/**
 * The pairs of hosts that overlap, by index, the earlier first, in the order of the later ones.
 * Time grows with the hosts, not with their pairs.
 */
export function overlaps(hosts: readonly string[]): readonly (readonly [number, number])[] {
  const wild = new Map<string, number[]>();
  const exact = new Map<string, number[]>();
  const add = (map: Map<string, number[]>, key: string, i: number): void => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [i]);
    else list.push(i);
  };
  hosts.forEach((host, i) => (host.startsWith('*') ? add(wild, host.slice(1), i) : add(exact, host, i)));
  const lengths = new Set([...wild.keys()].map((ending) => ending.length));
  const pairs: (readonly [number, number])[] = [];
  for (const [i, host] of hosts.entries()) {
    const isWild = host.startsWith('*');
    const text = isWild ? host.slice(1) : host;
    const others = isWild ? [] : (exact.get(text) ?? []).filter((other) => other < i);
    for (const length of lengths) {
      if (length > text.length) continue;
      const start = text.length - length;
      // Of two equal wildcards the later one names the pair.
      for (const other of wild.get(text.slice(start)) ?? []) if (!isWild || start > 0 || other < i) others.push(other);
    }
    for (const other of others) if (other !== i && pairs.length < MAX_OVERLAPS) pairs.push([Math.min(i, other), Math.max(i, other)]);
    if (pairs.length >= MAX_OVERLAPS) break;
  }
  return pairs.sort(([a, b], [c, d]) => b - d || a - c);
}

/** Tells whether every name of a host is one of `hosts`, in time that does not grow with their number. */
export function withinHosts(hosts: readonly string[]): (inner: string) => boolean {
  const exact = new Set(hosts.filter((host) => !host.startsWith('*')));
  const endings = new Set(hosts.filter((host) => host.startsWith('*')).map((host) => host.slice(1)));
  const lengths = new Set([...endings].map((ending) => ending.length));
  return (inner) => {
    const text = inner.startsWith('*') ? inner.slice(1) : inner;
    return exact.has(inner) || [...lengths].some((length) => length <= text.length && endings.has(text.slice(text.length - length)));
  };
}

/** A host of a Gateway or Sidecar, `namespace/name`, judged part by part; undefined when it is fine, else what is expected. */
export function hostWithNamespaceProblem(
  text: string,
  form: 'gateway' | 'sidecar',
  isAddress: (text: string) => boolean,
): string | undefined {
  const slash = text.indexOf('/');
  if (slash < 0 && form === 'sidecar') return 'NAMESPACE/NAME, as in "./reviews.default.svc.cluster.local"';
  const host = slash < 0 ? text : text.slice(slash + 1);
  if (slash >= 0) {
    const raw = text.slice(0, slash);
    const namespace = form === 'sidecar' && raw.startsWith('~') ? raw.slice(1) : raw;
    const empty = namespace === '' && !(form === 'sidecar' && raw.startsWith('~'));
    if (empty || (namespace !== '' && namespace !== '*' && namespace !== '.' && !isLabel(namespace)))
      return 'a namespace, "." or "*" before the "/"';
  }
  if (host === '*') return undefined;
  if (!host.includes('.')) return 'a full name with a dot, or "*"';
  if (isPartialWildcard(host) || !(isWildcardDomain(host) || (form === 'gateway' && isAddress(host))))
    return 'a DNS name, with "*" only as its whole first label';
  return undefined;
}

function isWildcardLabel(text: string): boolean {
  if (text.length > 63) return false;
  return (
    text === '*' || isLabel(text) || (text.startsWith('*-') && isLabel(text.slice(2))) || (text.startsWith('*') && isLabel(text.slice(1)))
  );
}

function areDomainParts(parts: readonly string[]): boolean {
  const last = parts.length - 1;
  return parts.every((part, i) => (i === last && part === '' ? parts.length >= 1 : isLabel(part))) && !/^\d+$/.test(parts[last] ?? '');
}
