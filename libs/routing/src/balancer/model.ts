/** A host to balance over. The data path's live host object implements it; `active` and `usable` change as it runs. */
export interface LbHost {
  /** Names the host for consistent hashing, which without it goes by the place in the list. */
  readonly key?: string;
  /** At least 1. */
  readonly weight: number;
  /** Requests (or connections) under way. */
  readonly active: number;
  /** Neither ejected nor marked unhealthy. Call {@link Balancer.refresh} when it changes. */
  readonly usable: boolean;
}

/** Hosts of one locality and priority. */
export interface LbLocality<H extends LbHost> {
  /** 0 is tried first. */
  readonly priority: number;
  /** 0: no locality weighting. */
  readonly weight: number;
  readonly hosts: readonly H[];
}

/** How a host is picked among equals. Consistent hashing without a hash picks at random. */
export type HostPolicy =
  | { readonly kind: 'round_robin' }
  | { readonly kind: 'least_request'; readonly choiceCount: number }
  | { readonly kind: 'random' }
  | { readonly kind: 'ring_hash'; readonly minimumRingSize: number; readonly maximumRingSize: number }
  | { readonly kind: 'maglev'; readonly tableSize: number };

/** How a pool picks hosts. */
export interface LbOptions {
  readonly policy: HostPolicy;
  /** Below this percentage of usable hosts, all of a priority are used. 0: never. */
  readonly panicThreshold: number;
  /** 140: a priority takes all traffic until fewer than 71 % of its hosts are usable. */
  readonly overprovisioningFactor: number;
  /** Split a priority's traffic over its localities by their weights. */
  readonly localityWeighted: boolean;
}

/** Picks hosts of one cluster. Its state is the worker's own. */
export interface Balancer<H extends LbHost> {
  /**
   * A host, or undefined: no healthy upstream. `avoid` is tried `attempts` times, then what came up last is taken.
   * `hash` (32 bits, see `hashRequest`) decides where the policy is one of consistent hashing.
   */
  pick(avoid?: (host: H) => boolean, attempts?: number, hash?: number): H | undefined;
  /** Recomputes loads after a host's `usable` changed. */
  refresh(): void;
}
