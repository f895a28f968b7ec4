import { expect, it } from '@jest/globals';
import { offlineWords } from './connection';

const reason = 'The control plane does not answer.';

it.each([
  ['that nothing is known', undefined, `${reason} The page keeps asking.`],
  [
    'how old what is known may be, and not for how long that has been so',
    new Date(2026, 0, 1, 9, 5, 7).getTime(),
    `${reason} Nothing here is newer than 09:05:07; the page keeps asking.`,
  ],
])('a page without answers says %s', (_, lastAnswerMs, want) =>
  expect(offlineWords({ state: 'offline', reason, lastAnswerMs })).toBe(want),
);
