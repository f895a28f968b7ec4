import { expect, it } from '@jest/globals';
import { type BoxState, boxWords } from './box-words';
import { node } from './testing';

const failing = { perSecond: 2.3, errorRatio: 0.072, requests: 139, errors: 10 };

it.each<readonly [string, Parameters<typeof node>[1], BoxState | undefined, boolean, readonly (readonly [string, string])[], boolean]>([
  ['what it receives', {}, undefined, false, [['2.3 req/s', '']], false],
  [
    'failures that go on',
    { inbound: failing },
    undefined,
    false,
    [
      ['7.2 % errors', 'bad'],
      ['2.3 req/s', ''],
    ],
    true,
  ],
  [
    'failures that are over, calmly',
    { inbound: failing },
    undefined,
    true,
    [
      ['2.3 req/s', ''],
      ['7.2 % errors, over', ''],
    ],
    false,
  ],
  [
    'an application that is back, calmly',
    { inbound: failing },
    { text: 'app ended, is back', tone: 'calm' },
    true,
    [
      ['app ended, is back', ''],
      ['2.3 req/s', ''],
    ],
    false,
  ],
  [
    'a restart',
    { running: false },
    { text: 'restarting', tone: 'warn' },
    false,
    [
      ['restarting', 'warn'],
      ['2.3 req/s', ''],
    ],
    false,
  ],
  [
    'that it does not run',
    { running: false },
    undefined,
    false,
    [
      ['not running', 'bad strong'],
      ['2.3 req/s', ''],
    ],
    true,
  ],
])('a box says %s', (_, rest, state, mended, words, bad) => {
  const said = boxWords({ node: node('ratings-v1', rest), title: 'v1', traffic: '2.3 req/s', state, mended });
  expect([said.words.map(({ text, tone }) => [text, tone]), said.bad]).toEqual([words, bad]);
});

it('says all of it to whoever sees it cut', () => {
  const state = { text: 'app ended, is back', tone: 'calm' } as const;
  expect(boxWords({ node: node('ratings-v1', { inbound: failing }), title: 'v1', traffic: '2.3 req/s', state, mended: true }).label).toBe(
    'v1, ratings-v1, app ended, is back, 2.3 req/s, 7.2 % errors, over',
  );
});
