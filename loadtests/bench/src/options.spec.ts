import { describe, expect, it } from '@jest/globals';
import { parseOptions } from './options';
import { median, spreadPercent } from './statistics';

describe('parseOptions', () => {
  const usual = { quick: false, only: [], json: undefined, rounds: 5, seconds: 4, node: 'both', check: false, profile: undefined };
  const cases: readonly { args: string; want: object }[] = [
    { args: '', want: {} },
    { args: '--quick', want: { quick: true, rounds: 3, node: '24' } },
    { args: '--quick --rounds 1 --node 20', want: { quick: true, rounds: 1, node: '20' } },
    { args: '--only a,b --json out.json --check', want: { only: ['a', 'b'], json: 'out.json', check: true } },
    { args: '--profile a', want: { profile: 'a' } },
  ];
  it.each(cases)('"$args"', ({ args, want }) => {
    expect(parseOptions(args.split(' ').filter((arg) => arg !== ''))).toEqual({ ...usual, ...want });
  });

  const refused: readonly { args: string; why: string }[] = [
    { args: '--rounds 0', why: '--rounds must be a whole number from 1, found "0"' },
    { args: '--seconds x', why: '--seconds must be a number above 0, found "x"' },
    { args: '--node 18', why: '--node must be 20, 24 or both, found "18"' },
    { args: '--fast', why: "Unknown option '--fast'" },
  ];
  it.each(refused)('refuses "$args"', ({ args, why }) => {
    expect(() => parseOptions(args.split(' '))).toThrow(why);
  });
});

describe('statistics', () => {
  it.each([
    { values: [], want: undefined },
    { values: [3], want: 3 },
    { values: [1, 9, 2], want: 2 },
    { values: [4, 1, 2, 9], want: 3 },
  ])('the median of $values is $want', ({ values, want }) => {
    expect(median(values)).toBe(want);
  });

  it('spread is of the median', () => {
    expect(spreadPercent([8, 10, 12])).toBe(40);
  });
});
