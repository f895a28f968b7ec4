import { expect, it } from '@jest/globals';
import { bounded } from './bounded';

it.each([
  [50, 100, 50, ''],
  [0, 100, 0, ''],
  [100, 100, 100, ''],
  [150, 100, 100, '150 is more than can be: taken as 100.'],
  [4_000_000, 3_600_000, 3_600_000, '4,000,000 is more than can be: taken as 3,600,000.'],
  [-5, 100, 0, '-5 is less than can be: taken as 0.'],
  [NaN, 100, 0, ''],
])('%d of at most %d is taken as %d: %s', (typed, max, value, note) => expect(bounded(typed, max)).toEqual({ value, note }));
