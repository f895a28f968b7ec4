import { describe, expect, it } from '@jest/globals';
import { ratesOf, SUM } from './sums';

describe('ratesOf', () => {
  it.each([
    { name: 'nothing', count: 0, errors: 0, want: { requests: 0, errors: 0, errorRatio: 0 } },
    {
      name: 'the part of a failure that a window holds at its edge',
      count: 0.3,
      errors: 0.3,
      want: { requests: 1, errors: 1, errorRatio: 1 },
    },
    { name: 'whole ones', count: 7.6, errors: 1.2, want: { requests: 8, errors: 1 } },
  ])('$name', ({ count, errors, want }) => {
    const numbers = new Float64Array(SUM.width);
    numbers[SUM.count] = count;
    numbers[SUM.errors] = errors;
    expect(ratesOf(numbers, { seconds: 10, windowSeconds: 60 }, 'http')).toMatchObject(want);
  });
});
