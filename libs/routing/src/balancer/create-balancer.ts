import { type Random } from '@lateen/base';
import { pickWeighted } from '../pick-cluster';
import { type Balancer, type LbHost, type LbLocality, type LbOptions } from './model';
import { createPicker, type Picker } from './policy';
import { priorityLoads } from './priority';

/** One priority level, ready to pick from. */
interface Level<H> {
  readonly weight: number;
  readonly pick: Picker<H>;
}

/**
 * A balancer over a cluster's hosts: priority level by health, then locality by weight, then host by policy.
 * Make a new one when the hosts change.
 */
export function createBalancer<H extends LbHost>(localities: readonly LbLocality<H>[], options: LbOptions, random: Random): Balancer<H> {
  const priorities = [...new Set(localities.map((locality) => locality.priority))].sort((a, b) => a - b);
  const groups = priorities.map((priority) => localities.filter((locality) => locality.priority === priority));
  let levels: readonly Level<H>[] = [];
  const refresh = (): void => {
    levels = createLevels(groups, options, random);
  };
  const once = (hash: number | undefined): H | undefined => {
    if (levels.length === 1) return levels[0]?.pick(hash);
    return pickWeighted(levels, 100, hash === undefined ? random : { next: () => (hash % 100) / 100 })?.pick(hash);
  };
  refresh();
  return {
    refresh,
    pick: (avoid, attempts = 1, hash = undefined) => {
      let host = once(hash);
      // A hash gives the same host again: every further try has one of its own.
      for (let i = 1; avoid !== undefined && host !== undefined && i <= attempts && avoid(host); i++)
        host = once(hash === undefined ? undefined : (hash + Math.imul(i, 0x9e3779b1)) >>> 0);
      return host;
    },
  };
}

/** Levels that get traffic, with their shares. */
function createLevels<H extends LbHost>(
  groups: readonly (readonly LbLocality<H>[])[],
  options: LbOptions,
  random: Random,
): readonly Level<H>[] {
  const hosts = groups.map((group) => group.flatMap((locality) => locality.hosts));
  const health = hosts.map((list) => ({ hosts: list.length, usable: list.filter((host) => host.usable).length }));
  const loads = priorityLoads(health, options.overprovisioningFactor, options.panicThreshold);
  return loads.flatMap(({ percent, panic }, i) =>
    percent === 0 ? [] : [{ weight: percent, pick: createLevelPicker(groups[i] ?? [], panic, options, random) }],
  );
}

/** Picks within a level: over all its hosts, or locality by locality. */
function createLevelPicker<H extends LbHost>(
  group: readonly LbLocality<H>[],
  panic: boolean,
  options: LbOptions,
  random: Random,
): Picker<H> {
  const inUse = (locality: LbLocality<H>): readonly H[] => (panic ? locality.hosts : locality.hosts.filter((host) => host.usable));
  if (!options.localityWeighted || group.every((locality) => locality.weight === 0)) {
    return createPicker(group.flatMap(inUse), options.policy, random);
  }
  const parts = group
    .map((locality) => ({
      weight: effectiveWeight(locality, options.overprovisioningFactor, panic),
      pick: createPicker(inUse(locality), options.policy, random),
    }))
    .filter(({ weight }) => weight > 0);
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return (hash) => {
    let point = (hash === undefined ? random.next() : (hash % 1000) / 1000) * total;
    for (const part of parts) if ((point -= part.weight) < 0) return part.pick(hash);
    return parts.at(-1)?.pick(hash);
  };
}

/** A locality's weight, lowered as its hosts fail. Spec: Envoy "Locality weighted load balancing". */
function effectiveWeight<H extends LbHost>(locality: LbLocality<H>, overprovisioningFactor: number, panic: boolean): number {
  if (locality.hosts.length === 0) return 0;
  const usable = panic ? locality.hosts.length : locality.hosts.filter((host) => host.usable).length;
  return locality.weight * Math.min(1, (overprovisioningFactor / 100) * (usable / locality.hosts.length));
}
