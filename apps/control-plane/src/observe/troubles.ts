import { type Configuration, endedCause, notAnswering } from '@lateen/analysis';
import { type MeshStatus, type WorkloadStatus } from '@lateen/local';
import { type MeshSnapshot } from '@lateen/mesh';
import { type Trouble } from '@lateen/observation';
import { type SilentProxyApp } from '@lateen/observatory';
import { matchesLabels } from '@lateen/registry';
import { appOf, endsOfWorkload } from './app-processes';
import { workloadOf } from './mesh-facts';

/** What troubles are found from. */
export interface TroubleInputs {
  readonly snapshot: MeshSnapshot;
  readonly configuration: Configuration;
  readonly silent: readonly SilentProxyApp[];
  /** What the supervisor says; undefined where there is none. */
  readonly status: MeshStatus | undefined;
  readonly nowMs: number;
}

/** How far back ends are counted. */
const COUNTED_MS = 10 * 60_000;

/** Applications that do not answer and such that have ended, those that have been so for longest first. */
export function troublesOf(inputs: TroubleInputs): readonly Trouble[] {
  return [...silentTroubles(inputs), ...endedTroubles(inputs)].sort((a, b) => a.sinceMs - b.sinceMs);
}

function silentTroubles({ snapshot, configuration, silent, status, nowMs }: TroubleInputs): readonly Trouble[] {
  return silent.flatMap(({ proxy, port, waiting, silentMs, toldAtMs }): readonly Trouble[] => {
    const { workload } = proxy;
    const instance = snapshot.workloads.find(({ name, namespace }) => `${name}.${namespace}` === proxy.id);
    const process = status?.workloads.find(({ pod, namespace }) => `${pod}.${namespace}` === proxy.id);
    // What its proxy told is of a process that is gone.
    if (process !== undefined && endsOfWorkload(process).some(({ atMs }) => atMs >= toldAtMs)) return [];
    const services = [...snapshot.services.values()].filter(
      ({ namespace, selector }) =>
        instance !== undefined && namespace === instance.namespace && selector !== undefined && matchesLabels(instance.labels, selector),
    );
    const suspended = process !== undefined && appOf(process)?.suspended === true;
    const cause = notAnswering({ workload: workload.name, port, waiting, silentMs, suspended, services }, configuration);
    return [{ workload, pod: instance?.name ?? proxy.id, sinceMs: Math.round(nowMs - silentMs), cause }];
  });
}

function endedTroubles({ snapshot, status, nowMs }: TroubleInputs): readonly Trouble[] {
  return (status?.workloads ?? []).flatMap((one): readonly Trouble[] => {
    const ends = endsOfWorkload(one);
    const end = ends.at(-1);
    if (end === undefined) return [];
    const times = ends.filter(({ atMs, wanted }) => !wanted && nowMs - atMs < COUNTED_MS).length;
    const cause = endedCause(end, { times, willStart: isStarted(one) }, nowMs);
    if (cause === undefined) return [];
    const instance = snapshot.workloads.find(({ name, namespace }) => name === one.pod && namespace === one.namespace);
    const workload =
      instance === undefined ? { name: one.workload, namespace: one.namespace, app: one.workload, version: '' } : workloadOf(instance);
    const state = end.readyAtMs !== undefined ? { overAtMs: end.readyAtMs } : end.wanted ? { restarting: true as const } : {};
    return [{ workload, pod: one.pod, sinceMs: end.atMs, ...state, cause }];
  });
}

function isStarted(one: WorkloadStatus): boolean {
  const state = appOf(one)?.state;
  return state === 'backing off' || state === 'starting';
}
