import { type ReactElement } from 'react';
import { failureKey, type RequestRecord } from '@lateen/observation';
import { clockTime } from '../lib/format';
import { deleteResource, undoTo } from './apply';
import { deeds, fixKey, useDeed } from './deeds';
import { type LastChange, resourceBehind } from './last-change';
import { undoWords } from './undo-words';
import { resourcePath, useResources, useResourceViews } from './use-resource';

/** Takes back what this page last changed of the resource that a failure names, unless that is over; says what was done about it. */
export function UndoLastChange({ record, ended }: { readonly record: RequestRecord; readonly ended: boolean }): ReactElement | undefined {
  const { data, refresh } = useResources();
  const named = resourceBehind(data?.resources ?? [], record.cause?.where, record.rule);
  const [view] = useResourceViews(named === undefined ? [] : [named]);
  // The text of a cause changes with what is configured, and what was new is gone after an undo: either is enough.
  const keys = [`undo ${failureKey(record)}`, ...(named === undefined ? [] : [`undo ${resourcePath(named)}`])];
  const undone = useDeed(keys);
  const fixed = useDeed([fixKey(record.cause?.patch?.yaml)]);
  const { text, bad, offer } = undoWords({ view, undone, fixed }, { failedAtMs: record.startTimeMs, nowMs: Date.now() });
  const undo = async ({ generation }: LastChange): Promise<void> => {
    if (view === undefined) return;
    await deeds.during(keys, () => (generation === undefined ? deleteResource(view) : undoTo(view, generation)), Date.now);
    refresh();
  };
  const offered = !ended && view !== undefined ? offer : undefined;
  return (
    <div className="stack">
      {offered !== undefined && view !== undefined && (
        <>
          <p>
            {view.kind} {view.name} was {offered.generation === undefined ? 'made' : 'changed'} on this dashboard at{' '}
            {clockTime(offered.atMs, false)}.
          </p>
          <div className="row">
            <button type="button" className="button" onClick={() => void undo(offered)}>
              {offered.generation === undefined ? `Undo the last change: delete ${view.name}` : 'Undo the last change'}
            </button>
          </div>
        </>
      )}
      <p role="status" className={bad ? 'bad break' : 'break'}>
        {text}
      </p>
    </div>
  );
}
