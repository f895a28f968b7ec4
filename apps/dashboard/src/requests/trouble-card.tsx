import { type ReactElement } from 'react';
import { type Trouble, type WorkloadView } from '@lateen/observation';
import { usePoll } from '../api/use-poll';
import { restartHelps } from '../workloads/restart-words';
import { useRestart } from '../workloads/use-restart';
import { PatchOffer } from './patch-offer';

/** What is wrong with a workload now: a restart first where that ends it, a change of configuration second. */
export function TroubleCard({
  trouble,
  tellsRestart = true,
}: {
  readonly trouble: Trouble;
  /** Says what becomes of a restart; not where that is said beside it. */
  readonly tellsRestart?: boolean;
}): ReactElement {
  const { cause, workload } = trouble;
  const { data } = usePoll<{ readonly workloads: readonly WorkloadView[] }>('/api/workloads', 2_000);
  const workloads = data?.workloads ?? [];
  const restartable = restartHelps(trouble, workloads);
  const pods = workloads.filter((w) => w.name === workload.name && w.namespace === workload.namespace);
  return (
    <div className={`note stack ${trouble.overAtMs === undefined && trouble.restarting === undefined ? 'bad' : 'warn'}`}>
      <p className="strong">{cause.sentence}</p>
      {cause.evidence.length > 0 && <p className="muted break">Seen: {cause.evidence.join('; ')}.</p>}
      {pods.length > 0 && (
        <RestartOffer
          key={`${workload.namespace}/${workload.name}`}
          trouble={trouble}
          pods={pods}
          offered={restartable}
          tells={tellsRestart}
        />
      )}
      {cause.patch !== undefined && (
        <PatchOffer
          key={cause.patch.yaml}
          title={cause.patch.title}
          yaml={cause.patch.yaml}
          lastMs={trouble.sinceMs}
          second={restartable}
        />
      )}
    </div>
  );
}

function RestartOffer({
  trouble,
  pods,
  offered,
  tells,
}: {
  readonly trouble: Trouble;
  readonly pods: readonly WorkloadView[];
  readonly offered: boolean;
  readonly tells: boolean;
}): ReactElement {
  const { text, bad, busy, restart } = useRestart(trouble.workload, pods);
  return (
    <div className="row">
      {offered && trouble.restarting === undefined && (
        <button type="button" className="button primary" disabled={busy} onClick={() => void restart()}>
          Restart {trouble.workload.name}
        </button>
      )}
      <span role="status" className={bad ? 'bad break' : 'break'}>
        {tells ? text : ''}
      </span>
    </div>
  );
}
