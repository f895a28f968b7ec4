import { mergeFamilies } from '@lateen/telemetry';
import { isGauge } from '../admin/prometheus';
import { type WorkerCluster, type WorkerHost, type WorkerReport } from './messages';

/**
 * What workers that are gone had counted when they were asked last, so that no counter goes back when one dies: what is
 * open, active or ejected went with them.
 *
 * @param before What workers before it left.
 */
export function bequeath(before: WorkerReport | undefined, last: WorkerReport): WorkerReport {
  return {
    clusters: addClusters(before?.clusters ?? [], last.clusters),
    stats: [...add(before?.stats ?? [], last.stats)],
    metrics: mergeFamilies([
      ...(before === undefined ? [] : [before.metrics]),
      last.metrics.filter(({ type, alike }) => type !== 'gauge' && alike !== true),
    ]),
    listeners: [],
    failing: [],
    residentBytes: 0,
  };
}

type Numbers = Iterable<readonly [name: string, value: number]>;

function add(before: Numbers, last: Numbers): Map<string, number> {
  const sums = new Map(before);
  for (const [name, value] of last) if (!isGauge(name)) sums.set(name, (sums.get(name) ?? 0) + value);
  return sums;
}

function addClusters(before: readonly WorkerCluster[], last: readonly WorkerCluster[]): readonly WorkerCluster[] {
  const sums = new Map(before.map((cluster) => [cluster.name, cluster]));
  for (const { name, stats, hosts } of last) {
    const known = sums.get(name);
    sums.set(name, {
      name,
      stats: Object.fromEntries(add(Object.entries(known?.stats ?? {}), Object.entries(stats))),
      hosts: addHosts(known?.hosts ?? [], hosts),
    });
  }
  return [...sums.values()];
}

function addHosts(before: readonly WorkerHost[], last: readonly WorkerHost[]): readonly WorkerHost[] {
  const sums = new Map(before.map((host) => [host.key, host]));
  for (const { key, requests, failures } of last) {
    const known = sums.get(key);
    sums.set(key, {
      key,
      active: 0,
      ejected: false,
      requests: requests + (known?.requests ?? 0),
      failures: failures + (known?.failures ?? 0),
    });
  }
  return [...sums.values()];
}
