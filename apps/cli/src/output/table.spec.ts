import { describe, expect, it } from '@jest/globals';
import { age, duration, table } from './table';

describe('table', () => {
  it('aligns columns and ends lines at their last word', () => {
    expect(
      table(
        ['NAME', 'READY'],
        [
          ['reviews-v1-0', 'true'],
          ['x', ''],
        ],
      ),
    ).toBe('NAME           READY\nreviews-v1-0   true\nx');
  });
});

describe('age', () => {
  it.each([
    { seconds: 5, want: '5s' },
    { seconds: 119, want: '119s' },
    { seconds: 120, want: '2m' },
    { seconds: 7200, want: '2h' },
    { seconds: 172_800, want: '2d' },
  ])('$seconds s → $want', ({ seconds, want }) => expect(age(0, seconds * 1000)).toBe(want));
});

describe('duration', () => {
  it.each([
    { ms: 84.6, want: '85 ms' },
    { ms: 1234, want: '1.2 s' },
  ])('$ms → $want', ({ ms, want }) => expect(duration(ms)).toBe(want));
});
