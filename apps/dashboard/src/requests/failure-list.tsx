import { type ReactElement } from 'react';
import { type Trouble } from '@lateen/observation';
import { UndoLastChange } from '../config/undo-last-change';
import { clockTime, count } from '../lib/format';
import { hrefOf } from '../lib/location';
import { CauseCard } from './cause-card';
import { type FailureGroup } from './failure-groups';

/** What stands above failures: they fail, or have failed. */
export function titleOfFailures(groups: readonly FailureGroup[]): string {
  return groups.some(({ until }) => until === undefined) ? 'Why requests fail' : 'Why requests failed';
}

/** Failures grouped by cause and what it names, each with its newest request. */
export function FailureList({
  groups,
  trouble,
}: {
  readonly groups: readonly FailureGroup[];
  /** What is wrong now with whom they were for. */
  readonly trouble?: Trouble;
}): ReactElement {
  return (
    <ul className="stack">
      {groups.map(({ key, own, until }) => {
        const newest = own[0];
        return (
          <li key={key} className="stack">
            {newest.cause === undefined ? (
              <p className={`note${until === undefined ? ' bad' : ''}`}>
                Answered with {newest.status === 0 ? 'nothing' : newest.status}
                {newest.flags.length > 0 && `, response flags ${newest.flags.join(', ')}`}: {newest.details}
              </p>
            ) : (
              <CauseCard cause={newest.cause} ended={until !== undefined} lastMs={newest.startTimeMs} trouble={trouble} />
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
