import { type Trouble, type WorkloadView } from '@lateen/observation';
import { clockTime } from '../lib/format';

/** A restart that somebody asked for here. */
export interface AskedRestart {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** Processes that were there then. */
  readonly pids: readonly number[];
  /** When others had taken their places; absent: not yet. */
  readonly doneAtMs?: number;
  /** Why it was refused. */
  readonly refusal?: string;
}

/** What becomes of a restart, in words. */
export function restartWords(asked: AskedRestart | undefined): { readonly text: string; readonly bad: boolean } {
  if (asked === undefined) return { text: '', bad: false };
  if (asked.refusal !== undefined) return { text: asked.refusal, bad: true };
  if (asked.doneAtMs === undefined) return { text: `Restarting since ${clockTime(asked.atMs, false)}…`, bad: false };
  return { text: `Restarted; running again since ${clockTime(asked.doneAtMs, false)}.`, bad: false };
}

/** Whether a restart is neither done nor refused yet. */
export function isUnderWay({ doneAtMs, refusal }: AskedRestart): boolean {
  return doneAtMs === undefined && refusal === undefined;
}

/** Whether the processes of a workload are others than those that were to be restarted, and run. */
export function hasRestarted({ pids }: AskedRestart, pods: readonly WorkloadView[]): boolean {
  return pods.length > 0 && pods.every(({ state, pid }) => state === 'running' && pid !== undefined && !pids.includes(pid));
}

/** Whether a restart would interrupt a workload that does its work: then somebody has to mean it. */
export function restartInterrupts(pods: readonly WorkloadView[], troubles: readonly Trouble[]): boolean {
  const ails = ({ pod, namespace }: WorkloadView): boolean =>
    troubles.some((trouble) => trouble.pod === pod && trouble.workload.namespace === namespace && trouble.overAtMs === undefined);
  return pods.some((pod) => pod.state === 'running' && pod.suspended !== true && !ails(pod));
}

/** Whether a restart would end a trouble: somebody supervises the process, and it hangs, is held, or has ended and is not back. */
export function restartHelps({ cause, pod, workload }: Trouble, workloads: readonly WorkloadView[]): boolean {
  const own = workloads.find((w) => w.pod === pod && w.namespace === workload.namespace);
  if (own === undefined || own.state === 'unknown') return false;
  return cause.code === 'app_not_answering' || (cause.code === 'app_ended' && own.lastExit?.readyAtMs === undefined);
}
