import { describe, expect, it } from '@jest/globals';
import { type UnsentRequests } from '@lateen/observation';
import { UnsentLately } from './unsent';

const unsent = (name: string, requests: number, atMost = false): UnsentRequests => ({
  workload: { namespace: 'default', name } as UnsentRequests['workload'],
  requests,
  atMost,
  limitPerSecond: 200,
});

describe('UnsentLately', () => {
  it('says nothing where nothing was passed over', () => expect(new UnsentLately().words(0)).toBe(''));

  it.each([
    { of: [unsent('a', 1)], want: '1 hop of the last minute is not here: a had' },
    { of: [unsent('a', 1000), unsent('b', 500)], want: '1,500 hops of the last minute are not here: a and b had' },
    {
      of: [unsent('c', 1), unsent('b', 1, true), unsent('a', 1), unsent('a', 1)],
      want: 'up to 4 hops of the last minute are not here: a and 2 more had',
    },
  ])('says "$want"', ({ of, want }) => {
    const lately = new UnsentLately();
    for (const one of of) lately.add(one, 0);
    expect(lately.words(1000)).toBe(`${want} more than the 200 a second that a proxy sends`);
  });

  it('forgets what is older than a minute, and all when the list is another', () => {
    const lately = new UnsentLately();
    lately.add(unsent('a', 5), 0);
    lately.add(unsent('a', 2), 30_000);
    expect(lately.words(60_000)).toMatch(/^2 hops/);
    lately.clear();
    expect(lately.words(60_000)).toBe('');
  });
});
