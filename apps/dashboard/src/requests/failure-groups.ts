import { failureKey, type Graph, type RequestRecord, type Trouble } from '@lateen/observation';
import { endedAtMs } from '../graph/ended';
import { groupBy } from '../lib/group-by';

/** Requests that failed for one cause, newest first. */
export interface FailureGroup {
  readonly own: readonly RequestRecord[];
  /** When the last of them failed, if that is over. */
  readonly until?: number;
}

/** Groups failures by cause and what it names: what goes on first, then what the service's own proxy says, then the most frequent. */
export function failureGroups(
  records: readonly RequestRecord[],
  seen: Pick<Graph, 'atMs' | 'windowSeconds'>,
  trouble?: Pick<Trouble, 'overAtMs'>,
): readonly FailureGroup[] {
  return [...groupBy(records, failureKey).values()]
    .map((own) => ({ own, until: endedAtMs(own, seen, trouble?.overAtMs) }))
    .toSorted(
      (a, b) =>
        Number(a.until !== undefined) - Number(b.until !== undefined) || Number(isOwn(b)) - Number(isOwn(a)) || b.own.length - a.own.length,
    );
}

function isOwn({ own }: FailureGroup): boolean {
  return own[0]?.reporter === 'destination';
}
