import { type RequestRecord } from '@lateen/observation';
import { lastFailedMs } from '../graph/ended';
import { clockTime, count } from '../lib/format';
import { type FailureGroup } from './failure-groups';

/** Other causes that are named. */
const NAMED = 2;

/**
 * How many of some failures are due to the cause that they are told by, and to what the others are:
 * `Of 84 failures, 73 are this; 8: no answer in time, until 22:40:10.` Undefined where all are.
 */
export function splitWords(
  groups: readonly FailureGroup[],
  isThis: (record: RequestRecord, group: FailureGroup) => boolean,
): string | undefined {
  const total = groups.reduce((sum, { own }) => sum + own.length, 0);
  const others = groups
    .map((group) => ({ until: group.until, own: group.own.filter((record) => !isThis(record, group)) }))
    .filter(({ own }) => own.length > 0)
    .toSorted((a, b) => Number(a.until !== undefined) - Number(b.until !== undefined) || b.own.length - a.own.length);
  if (others.length === 0) return undefined;
  const these = total - numberOf(others);
  const named = others.slice(0, NAMED).map(({ own, until }) => {
    const why = own[0]?.cause?.short ?? `answered with ${own[0]?.status}`;
    return `${own.length.toLocaleString('en')}: ${why}${until === undefined ? '' : `, until ${clockTime(lastFailedMs(own), false)}`}`;
  });
  const rest = numberOf(others.slice(NAMED));
  const parts = [
    `Of ${count(total, 'failure')}, ${these === 0 ? 'none is' : these === 1 ? '1 is' : `${these.toLocaleString('en')} are`} this`,
    ...named,
    ...(rest === 0 ? [] : [`${rest.toLocaleString('en')} for something else`]),
  ];
  return `${parts.join('; ')}.`;
}

function numberOf(groups: readonly { readonly own: readonly RequestRecord[] }[]): number {
  return groups.reduce((sum, { own }) => sum + own.length, 0);
}
