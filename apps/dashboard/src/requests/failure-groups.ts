import { type RequestRecord, type Trouble } from '@lateen/observation';
import { endedAtMs, lastFailedMs, type Seen } from '../graph/ended';
import { groupBy } from '../lib/group-by';
import { incidentKey, oneTelling } from './one-telling';

/** Requests that failed for one cause, one record each. */
export interface FailureGroup {
  /** The same while more of them fail. */
  readonly key: string;
  /** The newest first, but behind those that say the cause such as only go with them. */
  readonly own: readonly [RequestRecord, ...RequestRecord[]];
  /** When the last of them failed, if that is over. */
  readonly until?: number;
}

/** Groups failures by cause and what it names, each request once: what goes on first, then the most frequent. */
export function failureGroups(records: readonly RequestRecord[], seen: Seen, trouble?: Pick<Trouble, 'overAtMs'>): readonly FailureGroup[] {
  return [...groupBy(oneTelling(records), ({ key }) => key)]
    .flatMap(([key, told]): readonly FailureGroup[] => {
      const tells = (record: RequestRecord): number => Number(incidentKey(record) === key);
      const [first, ...rest] = told.map(({ record }) => record).toSorted((a, b) => tells(b) - tells(a) || b.startTimeMs - a.startTimeMs);
      if (first === undefined) return [];
      const own = [first, ...rest] as const;
      return [{ key, own, until: endedAtMs(own, seen, trouble?.overAtMs) }];
    })
    .toSorted((a, b) => Number(a.until !== undefined) - Number(b.until !== undefined) || b.own.length - a.own.length);
}

/** Of as many as another has, a share that is not few. */
const NOT_FEW = 0.5;

/**
 * Of failures in the order of {@link failureGroups} those that a share of failed requests is told by: the most frequent
 * that go on; where all are over, the most frequent, unless others began after it was over and are not few beside it: what
 * mended the one may cost some more. Undefined where none are known.
 */
export function tellingGroup(groups: readonly FailureGroup[]): FailureGroup | undefined {
  const [first, ...rest] = groups;
  if (first?.until === undefined) return first;
  const isAnother = ({ own }: FailureGroup, told: FailureGroup): boolean =>
    firstFailedMs(own) > lastFailedMs(told.own) && own.length >= told.own.length * NOT_FEW;
  return rest.reduce((told, group) => (isAnother(group, told) ? group : told), first);
}

/** When the first of these requests failed, in milliseconds since the epoch. */
function firstFailedMs(failed: FailureGroup['own']): number {
  return Math.min(...failed.map(({ startTimeMs, durationMs }) => startTimeMs + durationMs));
}
