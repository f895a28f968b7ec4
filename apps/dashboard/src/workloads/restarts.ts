import { useEffect, useSyncExternalStore } from 'react';
import { type WorkloadRef, type WorkloadView } from '@lateen/observation';
import { usePoll } from '../api/use-poll';
import { workloadId } from '../lib/names';
import { type AskedRestart, hasRestarted, isUnderWay } from './restart-words';

const MAX_RESTARTS = 50;

/** Restarts that were asked for in this tab, by workload: cards come and go, what was asked for stays. Bounded; the oldest goes first. */
export class Restarts {
  #asked: ReadonlyMap<string, AskedRestart> = new Map();
  readonly #listeners = new Set<() => void>();

  /** The last of each workload; another object after each change. */
  readonly current = (): ReadonlyMap<string, AskedRestart> => this.#asked;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Remembers how a restart stands. */
  note(id: string, asked: AskedRestart): void {
    const others = [...this.#asked].filter(([other]) => other !== id);
    this.#asked = new Map([...others, [id, asked] as const].slice(-MAX_RESTARTS));
    for (const listener of this.#listeners) listener();
  }

  /** Notes those that are done by what runs now. */
  settle(workloads: readonly WorkloadView[], nowMs: number): void {
    for (const [id, asked] of this.#asked)
      if (
        isUnderWay(asked) &&
        hasRestarted(
          asked,
          workloads.filter((one) => workloadId(one) === id),
        )
      )
        this.note(id, { ...asked, doneAtMs: nowMs });
  }
}

/** Those of this tab. */
export const restarts = new Restarts();

/** How restarts stand that were asked for in this tab, by workload; renders again when that changes, and looks on until they are done. */
export function useRestarts(): ReadonlyMap<string, AskedRestart> {
  const asked = useSyncExternalStore(restarts.subscribe, restarts.current);
  const underWay = [...asked.values()].some(isUnderWay);
  const { data } = usePoll<{ readonly workloads: readonly WorkloadView[] }>(underWay ? '/api/workloads' : undefined, 1_000);
  useEffect(() => {
    if (underWay && data !== undefined) restarts.settle(data.workloads, Date.now());
  }, [underWay, data]);
  return asked;
}

/** How the last restart of a workload stands that was asked for in this tab. */
export function useAskedRestart(workload: Pick<WorkloadRef, 'namespace' | 'name'>): AskedRestart | undefined {
  return useRestarts().get(workloadId(workload));
}
