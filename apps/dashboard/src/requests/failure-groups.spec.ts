import { expect, it } from '@jest/globals';
import { record } from '../graph/testing';
import { failureGroups } from './failure-groups';

const AT = 1_000_000;
const failures = (code: string, n: number, secondsAgo: number, reporter: 'source' | 'destination' = 'source') =>
  Array.from({ length: n }, (_, i) =>
    record({ reporter, startTimeMs: AT - secondsAgo * 1_000 - i, status: 503, cause: { code, short: '', sentence: '', evidence: [] } }),
  );

it('what failed before a trouble was over is over with it', () => {
  const records = [...failures('killed', 9, 6), ...failures('fault', 1, 1)];
  const groups = failureGroups(records, { atMs: AT, windowSeconds: 60 }, { overAtMs: AT - 5_000 });
  expect(groups.map(({ own, until }) => [own[0]?.cause?.code, until !== undefined])).toEqual([
    ['fault', false],
    ['killed', true],
  ]);
});

it.each([
  [
    'what goes on before what is over, though a proxy of its own says that',
    [...failures('live', 1, 1), ...failures('over', 9, 40, 'destination')],
    ['live', 'over'],
  ],
  [
    'what its own proxy says before what callers say',
    [...failures('callers', 9, 1), ...failures('own', 1, 1, 'destination')],
    ['own', 'callers'],
  ],
  ['the most frequent', [...failures('few', 2, 1), ...failures('many', 3, 1)], ['many', 'few']],
])('failures are told in order: %s', (_, records, want) => {
  expect(failureGroups(records, { atMs: AT, windowSeconds: 60 }).map(({ own }) => own[0]?.cause?.code)).toEqual(want);
});
