import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hostSet } from './host-set';
import { hostsMatch } from './hosts';

describe('hostSet', () => {
  const label = fc.constantFrom('a', 'b', 'ab', 'ba');
  const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
  const host = fc.oneof(
    name,
    name.map((text) => `*.${text}`),
    name.map((text) => `*${text}`),
    fc.constant('*'),
  );

  it('finds what comparing with every host finds', () => {
    fc.assert(
      fc.property(fc.array(host, { maxLength: 12 }), host, (hosts, asked) => {
        const set = hostSet(hosts.map((h, i) => [h, i] as const));
        const want = hosts.flatMap((h, i) => (hostsMatch(h, asked) ? [i] : []));
        expect([...set.overlapping(asked)].sort((a, b) => a - b)).toEqual(want);
        expect(set.overlaps(asked)).toBe(want.length > 0);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
