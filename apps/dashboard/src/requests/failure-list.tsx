import { type ReactElement } from 'react';
import { failureGroups } from './failure-groups';
import { failureKey, type Graph, type RequestRecord, type Trouble } from '@lateen/observation';
import { UndoLastChange } from '../config/undo-last-change';
import { clockTime, count } from '../lib/format';
import { hrefOf } from '../lib/location';
import { CauseCard } from './cause-card';

/** Failures grouped by cause and what it names: what goes on first, then what the service's own proxy says, then the most frequent; each leads to its newest request. */
export function FailureList({
  records,
  seen,
  trouble,
}: {
  readonly records: readonly RequestRecord[];
  /** The time that they are of. */
  readonly seen: Pick<Graph, 'atMs' | 'windowSeconds'>;
  /** What is wrong now with whom they were for. */
  readonly trouble?: Trouble;
}): ReactElement {
  const groups = failureGroups(records, seen, trouble);
  return (
    <ul className="stack">
      {groups.map(({ own, until }) => {
        const newest = own[0];
        if (newest === undefined) return undefined;
        return (
          <li key={failureKey(newest)} className="stack">
            {newest.cause === undefined ? (
              <p className="note bad">
                Answered with {newest.status === 0 ? 'nothing' : newest.status}
                {newest.flags.length > 0 && `, response flags ${newest.flags.join(', ')}`}: {newest.details}
              </p>
            ) : (
              <CauseCard cause={newest.cause} lastMs={newest.startTimeMs} trouble={trouble} />
            )}
            <UndoLastChange record={newest} ended={until !== undefined} />
            <p>
              {count(own.length, 'recent request')} failed so{until === undefined ? '' : ` until ${clockTime(until, false)}, none since`}.{' '}
              {newest.requestId !== '' && (
                <a href={hrefOf(['requests', newest.requestId], { hop: newest.id })}>
                  See the newest, at {clockTime(newest.startTimeMs, false)}
                </a>
              )}
            </p>
          </li>
        );
      })}
    </ul>
  );
}
