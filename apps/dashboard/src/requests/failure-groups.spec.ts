import { describe, expect, it } from '@jest/globals';
import { type RequestRecord } from '@lateen/observation';
import { record } from '../graph/testing';
import { failureGroups, tellingGroup } from './failure-groups';

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
  ['the most frequent', [...failures('few', 2, 1), ...failures('many', 3, 1)], ['many', 'few']],
])('failures are told in order: %s', (_, records, want) => {
  expect(failureGroups(records, { atMs: AT, windowSeconds: 60 }).map(({ own }) => own[0]?.cause?.code)).toEqual(want);
});

it.each([
  ['the most frequent of those that go on', [...failures('few', 3, 1), ...failures('many', 4, 1), ...failures('over', 9, 40)], 'many'],
  ['the most frequent of those that are over', [...failures('few', 3, 40), ...failures('many', 4, 40)], 'many'],
  ['of those that are over one that began when the others had ended', [...failures('many', 9, 50), ...failures('later', 5, 40)], 'later'],
  ['none that are few, though they began later', [...failures('many', 9, 50), ...failures('later', 4, 40)], 'many'],
])('a share is told by %s', (_, records, want) => {
  expect(tellingGroup(failureGroups(records, { atMs: AT, windowSeconds: 60 }))?.own[0].cause?.code).toBe(want);
});

describe('caller and callee of the same requests', () => {
  const reviews = { name: 'reviews-v2', namespace: 'default', app: 'reviews', version: 'v2' };
  const ratings = { name: 'ratings-v1', namespace: 'default', app: 'ratings', version: 'v1' };
  const failing = (requestId: string, code: string, rest: Partial<RequestRecord>): RequestRecord =>
    record({ requestId, startTimeMs: AT - 1_000, cause: { code, short: code, sentence: code, evidence: [] }, ...rest });
  const caller = (requestId: string, code: string, rest: Partial<RequestRecord> = {}): RequestRecord =>
    failing(requestId, code, { workload: reviews, peer: ratings, cluster: 'outbound|9080||ratings.default.svc.cluster.local', ...rest });
  const callee = (requestId: string, code: string, rest: Partial<RequestRecord> = {}): RequestRecord =>
    failing(requestId, code, { reporter: 'destination', workload: ratings, peer: reviews, ...rest });
  const end = 'process default/ratings-v1-0 app: SIGKILL at 2026-11-21T22:40:52.000Z';

  it.each<readonly [string, readonly RequestRecord[], readonly (readonly [code: string, requests: number])[]]>([
    ['what the caller passed on is what the callee knows', [caller('a', 'upstream_error'), callee('a', 'app_error')], [['app_error', 1]]],
    ['who gave up knows why', [caller('a', 'route_timeout'), callee('a', 'client_closed')], [['route_timeout', 1]]],
    [
      'a request that only one side told of goes with those like it',
      [caller('a', 'upstream_error'), callee('a', 'app_error'), caller('b', 'upstream_error')],
      [['app_error', 2]],
    ],
    [
      'of a request that was tried again each try is one with it',
      [caller('a', 'retries_exhausted', { attempts: 2 }), callee('a', 'app_error', { id: 'p/2' }), callee('a', 'app_error', { id: 'p/3' })],
      [['app_error', 2]],
    ],
    [
      'other requests are others',
      [caller('a', 'upstream_error'), callee('b', 'app_error')],
      [
        ['upstream_error', 1],
        ['app_error', 1],
      ],
    ],
    [
      'another time is another call',
      [caller('a', 'upstream_error'), callee('a', 'app_error', { startTimeMs: AT - 4_000 })],
      [
        ['upstream_error', 1],
        ['app_error', 1],
      ],
    ],
    [
      'whom somebody else called was not called by this',
      [caller('a', 'upstream_error'), callee('a', 'app_error', { peer: { ...reviews, name: 'reviews-v3' } })],
      [
        ['upstream_error', 1],
        ['app_error', 1],
      ],
    ],
    [
      'all that the end of one application led to is one',
      [
        callee('a', 'app_closed', { cause: { code: 'app_closed', short: '', sentence: '', evidence: ['response flag UC', end] } }),
        callee('b', 'app_not_listening', { cause: { code: 'app_not_listening', short: '', sentence: '', evidence: [end] } }),
      ],
      [['app_closed', 2]],
    ],
  ])('%s', (_, records, want) => {
    const groups = failureGroups(records, { atMs: AT, windowSeconds: 60 });
    expect(groups.map(({ own }) => [own[0].cause?.code, own.length])).toEqual(want);
  });
});
