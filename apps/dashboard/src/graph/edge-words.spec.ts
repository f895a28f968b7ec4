import { describe, expect, it } from '@jest/globals';
import { edgeSentence, measuredWords, securityOf, splitOf, troubleOf, waitingOf } from './edge-words';
import { edge } from './testing';

describe('an edge in words', () => {
  it('says everything that is drawn', () => {
    const given = edge('reviews-v2', 'ratings-v1', 12, {
      rates: { perSecond: 4.2, errorRatio: 0.12, requests: 100, errors: 12, p50Ms: 8 },
      security: { mutualTls: 'yes', principal: 'spiffe://cluster.local/ns/default/sa/reviews' },
      split: { configured: 0.2, measured: 0.19, rule: 'http[0]' },
      health: { endpoints: 2, healthy: 1, ejected: 1, circuitOpen: true, waiting: 0 },
    });
    expect(edgeSentence(given)).toBe(
      'default/reviews-v2 calls default/ratings-v1: 4.2 req/s, 12 % errors, half of them within 8 ms. Mutual TLS as spiffe://cluster.local/ns/default/sa/reviews. Split: 20 % set, 19 % seen. circuit open. 1 of 2 ejected.',
    );
  });

  it.each([
    ['no', 'Not encrypted by the mesh. The caller has no proxy.'],
    ['mixed', 'Some connections have mutual TLS, some do not. The caller has no proxy.'],
    ['unknown', 'It is not known whether this is encrypted. The caller has no proxy.'],
  ] as const)('without mutual TLS (%s) it says why', (mutualTls, want) => {
    expect(securityOf(edge('a', 'b', 0, { security: { mutualTls, reason: 'The caller has no proxy.' } }))).toBe(want);
  });

  it.each([
    [{ endpoints: 0, healthy: 0, ejected: 0, circuitOpen: false, waiting: 0 }, ['no endpoints']],
    [{ endpoints: 3, healthy: 1, ejected: 0, circuitOpen: false, waiting: 0 }, ['1 of 3 healthy']],
    [{ endpoints: 3, healthy: 3, ejected: 0, circuitOpen: false, waiting: 0 }, []],
  ])('health %j', (health, want) => expect(troubleOf(edge('a', 'b', 0, { health }))).toEqual(want));
});

describe('splitOf', () => {
  it.each([
    [{}, '20 % set'],
    [{ measured: 0.25, measuredOf: 8 }, '20 % set, 2 of 8 seen'],
    [{ measured: 0.925, measuredOf: 18 }, '20 % set, 17 of 18 seen'],
    [{ measured: 0.19, measuredOf: 30 }, '20 % set, 19 % seen'],
  ])('%j', (measured, want) => expect(splitOf(edge('a', 'b', 0, { split: { configured: 0.2, rule: 'http[0]', ...measured } }))).toBe(want));
});

it.each([
  [{}, 'nothing came to the rule'],
  [{ measured: 0.925, measuredOf: 18 }, '17 of 18 that the rule matched'],
  [{ measured: 0.925, measuredOf: 1_200 }, '92.5 % of 1,200 that the rule matched'],
  [{ measured: 0.925 }, '92.5 % of all that the rule matched'],
])('what was measured of a split %j', (measured, want) =>
  expect(measuredWords({ configured: 0.8, rule: 'http[0]', ...measured })).toBe(want),
);

describe('waitingOf', () => {
  const health = { endpoints: 1, healthy: 1, ejected: 0, circuitOpen: false };
  it.each([
    [0, ''],
    [1, '1 call waits'],
    [6, '6 calls wait'],
  ])('%d', (waiting, want) => expect(waitingOf({ health: { ...health, waiting } })).toBe(want));
});
