import { describe, expect, it } from '@jest/globals';
import { errorsText, fails, percent } from './numbers';

describe('percent', () => {
  it.each([
    ['nothing', 0, undefined, '0%'],
    ['next to nothing of many', 0.0004, 5000, '<0.1%'],
    ['tenths of many', 0.056, 5000, '5.6%'],
    ['tenths of a hundred', 0.056, 100, '5.6%'],
    ['whole percents of fewer', 1 / 18, 18, '6%'],
    ['never 0 of few where there was one', 0.004, 99, '1%'],
    ['never all of few where one was not', 0.996, 99, '99%'],
    ['all of few', 1, 1, '100%'],
    ['nothing of few', 0, 18, '0%'],
    ['of nobody knows how many as of many', 0.056, undefined, '5.6%'],
  ])('says %s', (_, ratio, of, want) => expect(percent(ratio, of)).toBe(want));
});

describe('errors', () => {
  it('count where a window holds less than half of the only request', () => {
    const rates = { errorRatio: 1, requests: 0, errors: 0 };
    expect([errorsText(rates), fails(rates)]).toEqual(['100% errors', true]);
  });
});
