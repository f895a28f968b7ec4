import { describe, expect, it } from '@jest/globals';
import { type Cause, type GraphEdge, type GraphNode, type RequestRecord, type Trouble } from '@lateen/observation';
import { clockTime } from '../lib/format';
import { failuresWithin, problemsOf, troublesToShow } from './problems';
import { edge, node, record } from './testing';

const cause: Cause = { code: 'connect_refused', short: 'refused', sentence: 'ratings refused the connection.', evidence: [] };
const trouble = (code: string): Trouble => ({
  workload: node('ratings-v1').workload,
  pod: 'ratings-v1-0',
  sinceMs: 0,
  cause: { code, short: code, sentence: `ratings-v1 ${code}.`, evidence: [] },
});
const nodes = [node('gateway'), node('productpage-v1'), node('reviews-v2'), node('ratings-v1')];

const cases: readonly {
  readonly name: string;
  readonly nodes?: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly failed?: readonly RequestRecord[];
  readonly troubles?: readonly Trouble[];
  readonly want: readonly object[];
}[] = [
  { name: 'nothing fails', edges: [edge('productpage-v1', 'reviews-v2')], want: [] },
  {
    name: 'of a chain that fails, the deepest is the problem',
    edges: [edge('gateway', 'productpage-v1', 40), edge('productpage-v1', 'reviews-v2', 40), edge('reviews-v2', 'ratings-v1', 40)],
    want: [{ id: 'default/ratings-v1', title: '40 % of 100 requests to ratings-v1 fail', seenBy: ['reviews-v2'] }],
  },
  {
    name: 'one request is one',
    edges: [edge('reviews-v2', 'ratings-v1', 0, { rates: { perSecond: 0.02, errorRatio: 1, requests: 1, errors: 1 } })],
    want: [{ id: 'default/ratings-v1', title: '100 % of 1 request to ratings-v1 fails', seenBy: ['reviews-v2'] }],
  },
  {
    name: 'its cause comes from a record that was sent to it',
    edges: [edge('reviews-v2', 'ratings-v1', 100)],
    failed: [
      record({ cluster: 'outbound|9080||details.default.svc.cluster.local', status: 500, cause: { ...cause, sentence: 'other' } }),
      record({ cluster: 'outbound|9080||ratings.default.svc.cluster.local', status: 503, cause }),
    ],
    want: [{ id: 'default/ratings-v1', title: '100 % of 100 requests to ratings-v1 fail', seenBy: ['reviews-v2'], cause: cause.sentence }],
  },
  {
    name: 'what does not run is a problem without traffic',
    nodes: [node('ratings-v1', { running: false })],
    edges: [],
    want: [{ id: 'default/ratings-v1', title: 'ratings-v1 is not running', seenBy: [] }],
  },
  {
    name: 'a service that no workload stands for fails, and is not said not to run',
    nodes: [...nodes, node('reviews', { id: 'service/default/reviews', kind: 'service', running: false })],
    edges: [edge('productpage-v1', 'reviews', 7, { target: 'service/default/reviews' })],
    want: [{ id: 'service/default/reviews', title: '7 % of 100 requests to reviews fail', seenBy: ['productpage-v1'] }],
  },
  {
    name: 'who does not answer is a problem before any call has failed',
    edges: [edge('productpage-v1', 'reviews-v2'), edge('reviews-v2', 'ratings-v1')],
    troubles: [trouble('app_ended'), trouble('app_not_answering')],
    want: [
      { id: 'default/ratings-v1', title: 'ratings-v1: does not answer', seenBy: ['reviews-v2'], cause: 'ratings-v1 app_not_answering.' },
    ],
  },
  {
    name: 'whose app ended is told by that, not by what it led to',
    nodes: [node('reviews-v2'), node('ratings-v1', { running: false })],
    edges: [edge('reviews-v2', 'ratings-v1', 50)],
    failed: [record({ cluster: 'outbound|9080||ratings.default.svc.cluster.local', status: 503, cause })],
    troubles: [trouble('app_ended')],
    want: [
      {
        id: 'default/ratings-v1',
        title: 'ratings-v1: app ended; 50 % of 100 requests to ratings-v1 fail',
        seenBy: ['reviews-v2'],
        cause: 'ratings-v1 app_ended.',
      },
    ],
  },
  {
    name: 'what goes nowhere is a share of all that was sent to that service',
    nodes: [...nodes, node('black-hole', { id: 'black-hole', kind: 'service' })],
    edges: [
      edge('productpage-v1', 'reviews-v2'),
      edge('productpage-v1', 'ratings-v1'),
      edge('gateway', 'reviews-v2'),
      edge('productpage-v1', '', 100, { target: 'black-hole' }),
    ],
    failed: [record({ authority: 'reviews:9080', status: 503, flags: ['NC'], cause })],
    want: [
      {
        id: 'black-hole',
        title: '50 % of 200 requests to reviews fail',
        seenBy: ['productpage-v1'],
        cause: 'ratings refused the connection.',
      },
    ],
  },
  {
    name: 'two that fail for themselves are two problems',
    edges: [edge('productpage-v1', 'reviews-v2', 1), edge('productpage-v1', 'ratings-v1', 1)],
    want: [
      { id: 'default/reviews-v2', title: '1 % of 100 requests to reviews-v2 fail', seenBy: ['productpage-v1'] },
      { id: 'default/ratings-v1', title: '1 % of 100 requests to ratings-v1 fail', seenBy: ['productpage-v1'] },
    ],
  },
];

describe('problemsOf', () => {
  it.each(cases)('$name', ({ nodes: given = nodes, edges, failed = [], troubles, want }) => {
    const problems = problemsOf({ atMs: 0, windowSeconds: 60, nodes: given, edges }, failed, troubles);
    const seen = problems.map((p) => ({
      id: p.node.id,
      title: p.title,
      seenBy: p.seenBy,
      ...(p.cause === undefined ? {} : { cause: p.cause.sentence }),
    }));
    expect(seen).toEqual(want);
  });
});

describe('an app that ended and is back', () => {
  const AT = 1_000_000;
  const told = { ...trouble('app_ended'), sinceMs: AT - 60_000, overAtMs: AT - 57_000 };
  const to = { cluster: 'outbound|9080||ratings.default.svc.cluster.local', status: 503 };
  const fault = record({ ...to, startTimeMs: AT - 1_000, cause: { ...cause, code: 'fault_abort', sentence: 'A fault answered.' } });
  const killed = record({ ...to, startTimeMs: AT - 58_000, cause });
  const graph = {
    atMs: AT,
    windowSeconds: 60,
    nodes,
    edges: [edge('reviews-v2', 'ratings-v1', 55), edge('productpage-v1', 'details-v1', 1)],
  };
  it.each([
    {
      name: 'is no headline while something else fails',
      failed: [fault, killed],
      want: {
        title: '55 % of 100 requests to ratings-v1 fail; ratings-v1: app ended, is back',
        ended: false,
        cause: { sentence: 'A fault answered.' },
      },
      badge: 0,
    },
    {
      name: 'is told when nothing else fails',
      failed: [killed],
      want: {
        title: expect.stringMatching(/^ratings-v1: app ended, is back; 55 % of 100 requests to ratings-v1 failed until .*, none since$/),
        ended: true,
        cause: { sentence: 'ratings-v1 app_ended.' },
      },
      badge: 1,
    },
  ])('$name', ({ failed, want, badge }) => {
    expect(problemsOf(graph, failed, [told])).toMatchObject([want]);
    expect(troublesToShow(graph, failed, [told])).toHaveLength(badge);
  });

  it('comes after what fails elsewhere', () => {
    const elsewhere = { ...graph, nodes: [...nodes, node('details-v1')] };
    expect(problemsOf(elsewhere, [killed], [told]).map((p) => [p.node.workload.name, p.ended])).toEqual([
      ['details-v1', false],
      ['ratings-v1', true],
    ]);
  });
});

it('takes the word of the failing service before that of its callers', () => {
  const ratings = { name: 'ratings-v1', namespace: 'default', app: 'ratings', version: 'v1' };
  const failed = [
    record({ cluster: 'outbound|9080||ratings.default.svc.cluster.local', cause }),
    record({ reporter: 'destination', workload: ratings, cause: { ...cause, sentence: 'The app does not listen.' } }),
  ];
  const [problem] = problemsOf({ atMs: 0, windowSeconds: 60, nodes, edges: [edge('reviews-v2', 'ratings-v1', 9)] }, failed);
  expect(problem?.cause?.sentence).toBe('The app does not listen.');
});

it.each([
  [30_000, true],
  [38_000, true],
  [20_000, false],
  [99_000, false],
])('a failure at %d ms belongs to the 15 s before 45 s: %s', (startTimeMs, want) => {
  expect(failuresWithin([record({ startTimeMs })], { atMs: 45_000, windowSeconds: 15 }).length === 1).toBe(want);
});

it.each([
  { name: 'fail now', at: 1_005_000, title: '40 % of 100 requests to ratings-v1 fail', ended: false },
  { name: 'have failed', at: 1_040_000, title: expect.stringMatching(/ratings-v1 failed until \d\d:\d\d:\d\d, none since$/), ended: true },
  { name: 'have failed while it is in trouble', at: 1_040_000, troubles: [trouble('app_not_answering')], ended: false },
])('requests that $name', ({ at, title = expect.any(String), troubles = [], ended }) => {
  const graph = { atMs: at, windowSeconds: 60, nodes, edges: [edge('reviews-v2', 'ratings-v1', 40)] };
  const failed = [record({ cluster: 'outbound|9080||ratings.default.svc.cluster.local', startTimeMs: 1_000_000, status: 503, cause })];
  expect(problemsOf(graph, failed, troubles)).toMatchObject([{ title, ended }]);
});

describe('a share that sums several causes', () => {
  const AT = 1_000_000;
  const many = (n: number, code: string, secondsAgo: number): readonly RequestRecord[] =>
    Array.from({ length: n }, (_, i) =>
      record({
        requestId: `${code}${i}`,
        startTimeMs: AT - secondsAgo * 1_000 - i,
        durationMs: 0,
        cluster: 'outbound|9080||ratings.default.svc.cluster.local',
        status: 503,
        cause: { ...cause, code, short: `short ${code}`, sentence: `It is ${code}.` },
      }),
    );
  const at = (secondsAgo: number): string => clockTime(AT - secondsAgo * 1_000, false);
  const graph = { atMs: AT, windowSeconds: 300, nodes, edges: [edge('reviews-v2', 'ratings-v1', 90)] };
  const killed = { ...trouble('app_ended'), sinceMs: AT - 9_000, overAtMs: AT - 8_000 };
  it.each([
    { name: 'of one cause says nothing more', failed: many(73, 'fault', 1), troubles: [], want: 'It is fault.', split: undefined },
    {
      name: 'is told by most of those that go on',
      failed: [...many(3, 'rare', 0), ...many(73, 'fault', 1), ...many(80, 'hang', 60)],
      troubles: [],
      want: 'It is fault.',
      split: `Of 156 failures, 73 are this; 3: short rare; 80: short hang, until ${at(60)}.`,
    },
    {
      name: 'is told by the latest where all are over, not by few of before',
      failed: [...many(3, 'restart', 150), ...many(73, 'fault', 40)],
      troubles: [],
      want: 'It is fault.',
      split: `Of 76 failures, 73 are this; 3: short restart, until ${at(150)}.`,
    },
    {
      name: 'of an application that ended says how many that was',
      failed: [...many(3, 'kill', 8), ...many(8, 'hang', 20)],
      troubles: [killed],
      want: 'ratings-v1 app_ended.',
      split: `Of 11 failures, 3 are this; 8: short hang, until ${at(20)}.`,
    },
    {
      name: 'of an application that ended without a failure says so',
      failed: many(8, 'hang', 20),
      troubles: [killed],
      want: 'ratings-v1 app_ended.',
      split: `Of 8 failures, none is this; 8: short hang, until ${at(20)}.`,
    },
    {
      name: 'names two others and counts the rest',
      failed: [...many(9, 'a', 1), ...many(4, 'b', 1), ...many(3, 'c', 1), ...many(2, 'd', 1)],
      troubles: [],
      want: 'It is a.',
      split: 'Of 18 failures, 9 are this; 4: short b; 3: short c; 2 for something else.',
    },
  ])('$name', ({ failed, troubles, want, split }) => {
    const [problem] = problemsOf(graph, failed, troubles);
    expect([problem?.cause?.sentence, problem?.split]).toEqual([want, split]);
  });

  it.each([
    [30, false],
    [40, true],
  ])('without records is over when the sums say so: none for %d s', (secondsAgo, ended) => {
    const rates = { perSecond: 1, errorRatio: 0.4, requests: 100, errors: 40, lastErrorMs: AT - secondsAgo * 1_000 };
    const untold = { ...graph, edges: [edge('reviews-v2', 'ratings-v1', 40, { rates })] };
    expect(problemsOf(untold, [])).toMatchObject([{ ended }]);
  });
});
