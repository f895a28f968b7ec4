import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isCidr, isIp, splitHostPort } from './addresses';
import { hostsOverlap, withinHosts, isFqdn, isLabel, isPartialWildcard, isWildcardDomain, overlaps } from './names';

/** Texts that a test of names takes, and texts that it refuses. */
const tests: readonly { name: string; test: (text: string) => boolean; takes: readonly string[]; refuses: readonly string[] }[] = [
  { name: 'isLabel', test: isLabel, takes: ['a', 'A1', 'a-b', 'a'.repeat(63)], refuses: ['', '-a', 'a-', 'a_b', 'a.b', 'a'.repeat(64)] },
  { name: 'isFqdn', test: isFqdn, takes: ['a', 'a.b', 'a.b.', '1.a'], refuses: ['', '10', 'a.10', '.', 'a..b', '*.a', 'a_b'] },
  {
    name: 'isWildcardDomain',
    test: isWildcardDomain,
    takes: ['*', '*.com', '*foo.com', '*-foo', '*.', 'a.', '10'],
    refuses: ['', '10.0.0.1', 'a_b.c', 'a.*.c', 'a*'],
  },
  { name: 'isPartialWildcard', test: isPartialWildcard, takes: ['*a.b', 'a*'], refuses: ['*', '*.a', 'a.b'] },
  {
    name: 'isIp',
    test: isIp,
    takes: ['10.0.0.1', '::', '::1', 'fe80::1%eth0', '1:2:3:4:5:6:7:8', '::ffff:10.0.0.1', '2001:db8::'],
    refuses: ['', '10.0.0', '010.0.0.1', '256.0.0.1', ':::', '1:2', '1::2::3', '1:2:3:4:5:6:7:8:9', 'fe80::1%', 'a'],
  },
  {
    name: 'isCidr',
    test: isCidr,
    takes: ['10.0.0.1/8', '::/0', '::1/128'],
    refuses: ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/08', '::/129', 'fe80::1%e/64', '10.0.0.0/8/8'],
  },
];

describe.each(tests)('$name', ({ test, takes, refuses }) => {
  it('takes what is one', () => expect(takes.filter((text) => !test(text))).toEqual([]));
  it('refuses what is none', () => expect(refuses.filter(test)).toEqual([]));
});

describe('hosts', () => {
  const pairs: readonly (readonly [string, string, boolean, boolean])[] = [
    ['a.b', 'a.b', true, true],
    ['a.b', 'c.b', false, false],
    ['*.b', 'a.b', true, false],
    ['a.b', '*.b', true, true],
    ['*.a.b', '*.b', true, true],
    ['*.b', '*.a.b', true, false],
    ['*', 'a', true, false],
  ];
  it.each(pairs)('%s and %s', (a, b, overlap, within) => expect([hostsOverlap(a, b), withinHosts([b])(a)]).toEqual([overlap, within]));
});

it('splits host and port', () => {
  expect([splitHostPort('[::1]:80'), splitHostPort(':80'), splitHostPort('a'), splitHostPort('::1:80')]).toEqual([
    { host: '::1', port: 80 },
    { host: '', port: 80 },
    undefined,
    undefined,
  ]);
});

it('finds every overlapping pair, once', () => {
  const host = fc
    .tuple(fc.constantFrom('', '*', '*.'), fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }))
    .map(([star, parts]) => star + parts.join('.'));
  fc.assert(
    fc.property(fc.array(host, { maxLength: 8 }), (hosts) => {
      const want = hosts.flatMap((later, j) => hosts.slice(0, j).flatMap((first, i) => (hostsOverlap(first, later) ? [[i, j]] : [])));
      expect(overlaps(hosts)).toEqual(want.sort(([a = 0, b = 0], [c = 0, d = 0]) => b - d || a - c));
    }),
  );
});
