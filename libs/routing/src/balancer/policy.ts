import { type Random } from '@lateen/base';
import { createMaglev, createRing, type HashPicker } from './consistent-hash';
import { type HostPolicy, type LbHost } from './model';

/** Picks one of a fixed list of hosts, all of which are in use; only consistent hashing reads the hash. */
export type Picker<H> = (hash?: number) => H | undefined;

/** A picker of one policy over some hosts. */
export function createPicker<H extends LbHost>(hosts: readonly H[], policy: HostPolicy, random: Random): Picker<H> {
  if (hosts.length === 0) return () => undefined;
  if (hosts.length === 1) return () => hosts[0];
  const equal = hosts.every((host) => host.weight === hosts[0]?.weight);
  switch (policy.kind) {
    case 'round_robin':
      return equal ? rotate(hosts, random) : byDeadline(hosts, random, (host) => host.weight);
    case 'least_request':
      // Spec: Envoy least request: power of two choices when weights are equal, else deadlines stretched by load.
      return equal ? fewestOf(hosts, policy.choiceCount, random) : byDeadline(hosts, random, (host) => host.weight / (host.active + 1));
    case 'random':
      return equal ? () => hosts[Math.floor(random.next() * hosts.length)] : byWeight(hosts, random);
    case 'ring_hash':
      return byHash(createRing(hosts, policy.minimumRingSize, policy.maximumRingSize), random);
    case 'maglev':
      return byHash(createMaglev(hosts, policy.tableSize), random);
  }
}

/** By the request's hash, or by chance where it has none. */
function byHash<H>(pick: HashPicker<H>, random: Random): Picker<H> {
  return (hash) => pick(hash ?? Math.floor(random.next() * 4_294_967_296));
}

/** Each in turn, from a random start so that many proxies do not begin alike. */
function rotate<H>(hosts: readonly H[], random: Random): Picker<H> {
  let next = Math.floor(random.next() * hosts.length);
  return () => {
    const host = hosts[next];
    next = next + 1 === hosts.length ? 0 : next + 1;
    return host;
  };
}

/** The least busy of some random hosts. */
function fewestOf<H extends LbHost>(hosts: readonly H[], choices: number, random: Random): Picker<H> {
  return () => {
    let best = hosts[Math.floor(random.next() * hosts.length)];
    for (let i = 1; i < choices; i++) {
      const other = hosts[Math.floor(random.next() * hosts.length)];
      if (best === undefined || (other !== undefined && other.active < best.active)) best = other;
    }
    return best;
  };
}

/** Each as often as its weight says, by chance. */
function byWeight<H extends LbHost>(hosts: readonly H[], random: Random): Picker<H> {
  const ends: number[] = [];
  let total = 0;
  for (const host of hosts) ends.push((total += host.weight));
  return () => {
    const point = random.next() * total;
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (point < ends[middle]!) high = middle;
      else low = middle + 1;
    }
    return hosts[low];
  };
}

/**
 * Earliest deadline first: each host comes again after 1 / weight of virtual time, so picks are spread evenly and not in
 * bursts. A heap, O(log n) a pick.
 */
function byDeadline<H extends LbHost>(hosts: readonly H[], random: Random, weightOf: (host: H) => number): Picker<H> {
  const heap: { deadline: number; order: number; host: H }[] = [];
  let order = 0;
  for (const host of hosts) up(heap, { deadline: 1 / weightOf(host), order: order++, host });
  const skip = Math.floor(random.next() * hosts.length);
  const pick = (): H | undefined => {
    const top = heap[0];
    if (top === undefined) return undefined;
    top.deadline += 1 / weightOf(top.host);
    top.order = order++;
    down(heap);
    return top.host;
  };
  for (let i = 0; i < skip; i++) pick();
  return pick;
}

interface Entry {
  readonly deadline: number;
  readonly order: number;
}

/** Equal deadlines go in the order they were added. */
const before = (a: Entry, b: Entry): boolean => a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order);

/** Adds an entry and restores the heap. */
function up<E extends Entry>(heap: E[], entry: E): void {
  let i = heap.push(entry) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(entry, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = entry;
}

/** Restores the heap after its top grew later. */
function down<E extends Entry>(heap: E[]): void {
  const entry = heap[0]!;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, entry)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = entry;
}
