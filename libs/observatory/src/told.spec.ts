import { describe, expect, it } from '@jest/globals';
import { PausedClock } from '@lateen/base/testing';
import { NO_FACTS } from './mesh-facts';
import { Observatory } from './observatory';
import { proxyOf, windowOf } from './testing';
import { type Told, toldMs, withTold } from './told';

const time = (sinceMs: number, untilMs: number): Told => ({ sinceMs, untilMs });

describe('times that a proxy told of', () => {
  it.each<[string, readonly Told[], readonly Told[]]>([
    ['windows that follow each other are one', [time(0, 5000), time(5000, 10_000), time(10_200, 15_000)], [time(0, 15_000)]],
    ['windows that overlap are one', [time(0, 5000), time(4000, 9000)], [time(0, 9000)]],
    ['after a silence is another', [time(0, 5000), time(8000, 13_000)], [time(0, 5000), time(8000, 13_000)]],
  ])('%s', (_, windows, want) => expect(windows.reduce(withTold, [])).toEqual(want));

  it('are bounded, the oldest go', () => {
    const many = Array.from({ length: 40 }, (_, i) => time(i * 10_000, i * 10_000 + 1000)).reduce(withTold, []);
    expect([many.length, many[0]?.sinceMs]).toEqual([32, 80_000]);
  });

  it.each<[string, readonly Told[], number]>([
    ['nothing', [], 0],
    ['what is before and after', [time(0, 10_000), time(15_000, 20_000)], 0],
    ['a part', [time(0, 12_000)], 2000],
    ['two proxies that both told', [time(11_000, 14_000), time(10_000, 13_000)], 4000],
    ['all', [time(0, 99_000)], 5000],
  ])('have so much of 10 s to 15 s: %s', (_, told, want) => expect(toldMs(told, 10_000, 15_000)).toBe(want));
});

describe('a control plane that has just started', () => {
  const START = 1_700_000_002_000;
  const clock = (): PausedClock => new PausedClock(START);
  const facts = {
    ...NO_FACTS,
    workloads: [{ workload: proxyOf('a').workload, kind: 'workload' as const, running: true, hasProxy: true, principal: '' }],
  };

  it('does not call zero what nobody has told', () => {
    const paused = clock();
    const observatory = new Observatory({ clock: paused, facts: () => facts });
    const uncounted = (): unknown => observatory.graph(60).nodes.find(({ id }) => id === 'default/a')?.uncounted;
    const before = uncounted();
    paused.advance(5000);
    observatory.join(proxyOf('a'), 'a').window(windowOf(1, []));
    const inTheSameStep = uncounted();
    paused.advance(5000);
    expect([before, inTheSameStep, uncounted(), observatory.graph(60).countedSinceMs]).toEqual([true, undefined, undefined, START]);
  });

  it('has series from then on, with gaps where nobody told', () => {
    const paused = clock();
    const observatory = new Observatory({ clock: paused, facts: () => facts });
    const session = observatory.join(proxyOf('a'), 'a');
    // The first window tells of a time before the start as well; then a minute of silence.
    for (const [i, afterMs] of [3000, 5000, 5000, 60_000].entries()) {
      paused.advance(afterMs);
      session.window(windowOf(i + 1, [{ destination: true, peer: 'b', count: 10 }], { lengthMs: i === 0 ? 10_000 : 5000 }));
    }
    paused.advance(10_000);
    const [perSecond] = observatory.series({ node: 'default/a' });
    const values = perSecond!.values.map((value, i) => [(perSecond!.startMs + i * 5000 - START) / 1000, value] as const);
    const seen = values.filter(([, value]) => value !== undefined);
    expect(seen.map(([second]) => second)).toEqual([-2, 3, 8, 68]);
    expect(seen.at(-1)?.[1]).toBeCloseTo(2);
  });

  it('divides what came from each peer by the time that was counted', () => {
    const paused = clock();
    const observatory = new Observatory({ clock: paused, facts: () => facts });
    const session = observatory.join(proxyOf('a'), 'a');
    for (let i = 1; i <= 4; i++) {
      paused.advance(5000);
      session.window(windowOf(i, [{ destination: true, peer: 'b', count: 10 }]));
    }
    expect(observatory.rowsOf('default/a')[0]?.rates).toMatchObject({ requests: 40, perSecond: 2, observedSeconds: 20 });
  });
});
