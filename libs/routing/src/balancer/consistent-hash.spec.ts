import { describe, expect, it } from '@jest/globals';
import { type HashPolicy } from '../model';
import { hashRequest } from '../hash-request';
import { requestView } from '../testing';
import { createMaglev, createRing, hashString } from './consistent-hash';

const hosts = (count: number, weight = (_: number) => 1) =>
  Array.from({ length: count }, (_, i) => ({ key: `10.0.0.${i}:80`, weight: weight(i), active: 0, usable: true }));
const KEYS = Array.from({ length: 20_000 }, (_, i) => hashString(`user-${i}`));

describe.each([
  ['ring', (h: ReturnType<typeof hosts>) => createRing(h, 8192, 8_388_608)],
  ['maglev', (h: ReturnType<typeof hosts>) => createMaglev(h, 65_537)],
] as const)('%s', (_name, create) => {
  it('spreads keys evenly', () => {
    const counts = new Map<string, number>();
    const pick = create(hosts(10));
    for (const key of KEYS) counts.set(pick(key)!.key, (counts.get(pick(key)!.key) ?? 0) + 1);
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(400);
  });
  it('follows weights', () => {
    const pick = create(hosts(2, (i) => (i === 0 ? 3 : 1)));
    const share = KEYS.filter((key) => pick(key)!.key === '10.0.0.0:80').length / KEYS.length;
    expect(Math.abs(share - 0.75)).toBeLessThan(0.05);
  });
  it('moves few keys when a host goes', () => {
    const [all, fewer] = [create(hosts(10)), create(hosts(10).slice(0, 9))];
    const moved = KEYS.filter((key) => all(key)!.key !== '10.0.0.9:80' && all(key)!.key !== fewer(key)!.key).length;
    expect(moved / KEYS.length).toBeLessThan(0.1);
  });
  it('has nobody without hosts', () => expect(create([])(1)).toBeUndefined());
});

describe('hashRequest', () => {
  const source = { sourceAddress: '10.1.1.1' };
  const hash = (policies: readonly HashPolicy[], headers: Readonly<Record<string, string>> = {}, path = '/') =>
    hashRequest(policies, requestView({ headers, path }), source, () => 'fresh');
  it.each<{ name: string; policies: readonly HashPolicy[]; headers?: Readonly<Record<string, string>>; path?: string; want: object }>([
    {
      name: 'a header',
      policies: [{ kind: 'header', name: 'x-user', terminal: false }],
      headers: { 'x-user': 'ann' },
      want: { hash: hashString('ann') },
    },
    { name: 'a missing header', policies: [{ kind: 'header', name: 'x-user', terminal: false }], want: {} },
    {
      name: 'a query parameter',
      policies: [{ kind: 'queryParameter', name: 'q', terminal: false }],
      path: '/?q=7',
      want: { hash: hashString('7') },
    },
    { name: 'the source address', policies: [{ kind: 'sourceIp', terminal: false }], want: { hash: hashString('10.1.1.1') } },
    {
      name: 'a cookie',
      policies: [{ kind: 'cookie', name: 'user', path: '/', ttlMs: 0, terminal: false }],
      headers: { cookie: 'a=b; user="x"' },
      want: { hash: hashString('x') },
    },
    {
      name: 'a cookie made for a session',
      policies: [{ kind: 'cookie', name: 'user', path: '/', ttlMs: 0, terminal: false }],
      want: { hash: hashString('fresh'), setCookie: 'user="fresh"; Path=/; HttpOnly' },
    },
    {
      name: 'a cookie made for a minute',
      policies: [{ kind: 'cookie', name: 'user', path: '', ttlMs: 60_000, terminal: false }],
      want: { hash: hashString('fresh'), setCookie: 'user="fresh"; Max-Age=60; HttpOnly' },
    },
    { name: 'a cookie that is only read', policies: [{ kind: 'cookie', name: 'user', path: '', terminal: false }], want: {} },
    {
      name: 'the first terminal policy that finds something',
      policies: [
        { kind: 'header', name: 'x', terminal: true },
        { kind: 'sourceIp', terminal: true },
        { kind: 'header', name: 'y', terminal: true },
      ],
      headers: { y: '1' },
      want: { hash: hashString('10.1.1.1') },
    },
  ])('$name', ({ policies, headers, path, want }) => expect(hash(policies, headers, path)).toEqual(want));
});
