import { useState } from 'react';
import { type WorkloadRef, type WorkloadView } from '@lateen/observation';
import { ApiError, call } from '../api/client';
import { workloadId } from '../lib/names';
import { type AskedRestart, isUnderWay, restartWords } from './restart-words';
import { restarts, useAskedRestart } from './restarts';

/** Restarts a workload and says what becomes of it, wherever in this tab somebody looks. */
export function useRestart(
  workload: Pick<WorkloadRef, 'namespace' | 'name'>,
  pods: readonly WorkloadView[],
): ReturnType<typeof restartWords> & { readonly busy: boolean; readonly restart: () => Promise<void> } {
  const asked = useAskedRestart(workload);
  const [sending, setSending] = useState(false);
  const restart = async (): Promise<void> => {
    const id = workloadId(workload);
    const next: AskedRestart = { atMs: Date.now(), pids: pods.flatMap(({ pid }) => pid ?? []) };
    restarts.note(id, next);
    setSending(true);
    try {
      await call('POST', `/api/workloads/${encodeURIComponent(workload.namespace)}/${encodeURIComponent(workload.name)}/restart`, {});
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      restarts.note(id, { ...next, refusal: error.message });
    } finally {
      setSending(false);
    }
  };
  return { ...restartWords(asked), busy: sending || (asked !== undefined && isUnderWay(asked)), restart };
}
