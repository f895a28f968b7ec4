import { type LbHost } from './model';

/** A host for a hash: the same one for the same hash as long as the hosts stay, and mostly so when they change. */
export type HashPicker<H> = (hash: number) => H | undefined;

/**
 * Hosts on a ring, each at many points by its weight; a hash belongs to the next point.
 * Points are 32 bits by our own hash, so the host of a key is not the one Envoy would pick, only as stable.
 * Spec: Envoy ring hash.
 */
export function createRing<H extends LbHost>(hosts: readonly H[], minimumRingSize: number, maximumRingSize: number): HashPicker<H> {
  if (hosts.length === 0) return () => undefined;
  const total = hosts.reduce((sum, { weight }) => sum + weight, 0);
  const lightest = Math.min(...hosts.map(({ weight }) => weight));
  // Enough points that the lightest host has a whole one, at least the minimum.
  const size = Math.min(maximumRingSize, Math.max(minimumRingSize, Math.ceil(total / lightest)));
  const points: { readonly at: number; readonly host: H }[] = [];
  let owed = 0;
  for (const host of hosts) {
    owed += (host.weight / total) * size;
    for (let i = 0; owed >= 0.5 && i < size; i++, owed--) points.push({ at: hashString(`${keyOf(host, hosts)}_${i}`), host });
  }
  points.sort((a, b) => a.at - b.at);
  return (hash) => {
    const at = hash >>> 0;
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (points[middle]!.at < at) low = middle + 1;
      else high = middle;
    }
    return (points[low] ?? points[0])?.host;
  };
}

/**
 * A table in which every host fills slots in an order of its own, as many as its weight says.
 * Spec: Envoy Maglev; table sizes are prime.
 */
export function createMaglev<H extends LbHost>(hosts: readonly H[], tableSize: number): HashPicker<H> {
  if (hosts.length === 0) return () => undefined;
  const table = new Array<H | undefined>(tableSize).fill(undefined);
  const heaviest = Math.max(...hosts.map(({ weight }) => weight));
  const builders = hosts.map((host) => {
    const key = keyOf(host, hosts);
    return { host, offset: hashString(key) % tableSize, skip: (hashString(`${key}#`) % (tableSize - 1)) + 1, next: 0, credit: 0 };
  });
  let filled = 0;
  while (filled < tableSize) {
    for (const builder of builders) {
      builder.credit += builder.host.weight / heaviest;
      if (builder.credit < 1) continue;
      builder.credit--;
      let slot: number;
      do slot = (builder.offset + builder.skip * builder.next++) % tableSize;
      while (table[slot] !== undefined);
      table[slot] = builder.host;
      if (++filled === tableSize) break;
    }
  }
  return (hash) => table[(hash >>> 0) % tableSize];
}

/** A host's own key, or its place where it has none. */
function keyOf<H extends LbHost>(host: H, hosts: readonly H[]): string {
  return host.key ?? String(hosts.indexOf(host));
}

/** 32 bits of a string, well mixed: FNV-1a, then murmur3's finish. */
export function hashString(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
