import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '@lateen/base/testing';
import fc from 'fast-check';
import { pickWeighted } from '../pick-cluster';
import { createBalancer } from './create-balancer';
import { type LbHost, type LbOptions } from './model';
import { priorityLoads } from './priority';

interface TestHost extends LbHost {
  readonly name: string;
  active: number;
  usable: boolean;
}
const host = (name: string, weight = 1, usable = true): TestHost => ({ name, weight, usable, active: 0 });
const options = (more: Partial<LbOptions> = {}): LbOptions => ({
  policy: { kind: 'round_robin' },
  panicThreshold: 50,
  overprovisioningFactor: 140,
  localityWeighted: false,
  ...more,
});
const one = (hosts: readonly TestHost[], more: Partial<LbOptions> = {}, seed = 1) =>
  createBalancer([{ priority: 0, weight: 0, hosts }], options(more), seededRandom(seed));

/** How often each host came in so many picks. */
function count(pick: () => TestHost | undefined, picks: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < picks; i++) {
    const name = pick()?.name ?? 'none';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('host policies', () => {
  it('round robin takes turns', () => {
    const balancer = one([host('a'), host('b'), host('c')]);
    expect(count(() => balancer.pick(), 30)).toEqual({ a: 10, b: 10, c: 10 });
  });

  it.each(['round_robin', 'least_request'] as const)('%s keeps integer weights to within one in every round', (kind) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 8 }), fc.integer(), (weights, seed) => {
        const total = weights.reduce((sum, w) => sum + w, 0);
        const policy = kind === 'round_robin' ? { kind } : { kind, choiceCount: 2 };
        fc.pre(kind === 'round_robin' || new Set(weights).size > 1);
        const balancer = one(
          weights.map((w, i) => host(`h${i}`, w)),
          { policy },
          seed,
        );
        const counts = count(() => balancer.pick(), total * 10);
        weights.forEach((w, i) => expect(Math.abs((counts[`h${i}`] ?? 0) - w * 10)).toBeLessThanOrEqual(1 + w));
      }),
    );
  });

  it('least request prefers the less busy of two', () => {
    const [a, b] = [host('a'), host('b')];
    a.active = 10;
    const balancer = one([a, b], { policy: { kind: 'least_request', choiceCount: 2 } });
    expect(count(() => balancer.pick(), 1000).a).toBeLessThan(320);
  });

  it('least request with weights gives a busy host less', () => {
    const [a, b] = [host('a', 2), host('b', 1)];
    a.active = 9;
    const balancer = one([a, b], { policy: { kind: 'least_request', choiceCount: 2 } });
    expect(count(() => balancer.pick(), 60).a).toBeLessThan(15);
  });

  it('random follows weights by chance', () => {
    const balancer = one([host('a', 3), host('b', 1)], { policy: { kind: 'random' } });
    const counts = count(() => balancer.pick(), 4000);
    expect(counts.a! / 4000).toBeCloseTo(0.75, 1);
  });

  it('avoids hosts already tried, as often as told', () => {
    const balancer = one([host('a'), host('b')]);
    expect(count(() => balancer.pick((h) => h.name === 'a', 5), 10)).toEqual({ b: 10 });
    expect(balancer.pick(() => true, 5)).toBeDefined();
  });
});

describe('health', () => {
  it('leaves out unusable hosts and takes them back', () => {
    const [a, b] = [host('a'), host('b')];
    const balancer = one([a, b, host('c')]);
    a.usable = false;
    balancer.refresh();
    expect(count(() => balancer.pick(), 10)).toEqual({ b: 5, c: 5 });
    a.usable = true;
    balancer.refresh();
    expect(count(() => balancer.pick(), 9)).toEqual({ a: 3, b: 3, c: 3 });
  });
  it('uses all hosts in panic', () =>
    expect(count(one([host('a', 1, false), host('b', 1, false), host('c')]).pick, 9)).toEqual({ a: 3, b: 3, c: 3 }));
  it('has no panic at threshold 0', () =>
    expect(count(one([host('a', 1, false), host('b')], { panicThreshold: 0 }).pick, 4)).toEqual({ b: 4 }));
  it('has nobody when none is usable at threshold 0', () =>
    expect(one([host('a', 1, false)], { panicThreshold: 0 }).pick()).toBeUndefined());
  it('has nobody without hosts', () => expect(createBalancer([], options(), seededRandom(1)).pick()).toBeUndefined());
});

describe('localities', () => {
  it('splits by their weights', () => {
    const balancer = createBalancer(
      [
        { priority: 0, weight: 3, hosts: [host('a')] },
        { priority: 0, weight: 1, hosts: [host('b'), host('c'), host('d')] },
      ],
      options({ localityWeighted: true }),
      seededRandom(1),
    );
    expect(count(() => balancer.pick(), 4000).a! / 4000).toBeCloseTo(0.75, 1);
  });
  it('fails over to the next priority', () => {
    const balancer = createBalancer(
      [
        { priority: 0, weight: 0, hosts: [host('a', 1, false)] },
        { priority: 1, weight: 0, hosts: [host('b')] },
      ],
      options({ panicThreshold: 0 }),
      seededRandom(1),
    );
    expect(count(() => balancer.pick(), 5)).toEqual({ b: 5 });
  });
});

describe('priorityLoads', () => {
  // The table of Envoy's "Priority levels" page.
  it.each([
    { usable: [100, 100], want: [100, 0] },
    { usable: [72, 72], want: [100, 0] },
    { usable: [71, 71], want: [99, 1] },
    { usable: [50, 50], want: [70, 30] },
    { usable: [25, 100], want: [35, 65] },
    { usable: [25, 25], want: [50, 50] },
  ])('$usable usable of 100 each → $want', ({ usable, want }) => {
    const levels = usable.map((u) => ({ hosts: 100, usable: u }));
    expect(priorityLoads(levels, 140, 0).map((l) => l.percent)).toEqual(want);
  });
  it('always gives away exactly 100', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(20)), { minLength: 1, maxLength: 5 }), fc.nat(100), (raw, panic) => {
        const levels = raw.map(([hosts, usable]) => ({ hosts, usable: Math.min(hosts, usable) }));
        expect(priorityLoads(levels, 140, panic).reduce((sum, l) => sum + l.percent, 0)).toBe(100);
      }),
    );
  });
});

describe('pickWeighted', () => {
  it('gives each its share of the number line', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 6 }), (weights) => {
        const items = weights.map((weight, i) => ({ weight, i }));
        const total = weights.reduce((sum, w) => sum + w, 0);
        const counts = weights.map(() => 0);
        for (let k = 0; k < total; k++) counts[pickWeighted(items, total, { next: () => k / total + 1e-9 })!.i]!++;
        expect(counts).toEqual(weights);
      }),
    );
  });
});
