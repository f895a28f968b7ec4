import { expect, it } from '@jest/globals';
import { wholeSteps } from './whole-steps';

it.each([
  ['in the middle of the last step', 12_000, [1]],
  ['when the last step has just ended', 15_000, [1, 2]],
  ['long after', 60_000, [1, 2, 3]],
  ['by a clock that is behind', -5_000, []],
])('%s', (_, nowMs, want) => expect(wholeSteps({ name: 'x', startMs: 0, stepMs: 5_000, values: [1, 2, 3] }, nowMs).values).toEqual(want));

it('gaps are undefined, also those that came as JSON', () => {
  const values = JSON.parse('[null,0,null,2]') as readonly (number | undefined)[];
  expect(wholeSteps({ name: 'perSecond', startMs: 0, stepMs: 5_000, values }, 1_000_000).values).toEqual([undefined, 0, undefined, 2]);
});
