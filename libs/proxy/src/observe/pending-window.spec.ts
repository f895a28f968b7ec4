import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ClusterStateSchema,
  GaugesSchema,
  HeaderTallySchema,
  RuleLabelsSchema,
  SeriesLabelsSchema,
  type Window,
} from '@lateen/xds/gen/lateen/observation_pb';
import { type Collected, NUMBERS } from './collected';
import { PendingWindow } from './pending-window';

const T = 1_700_000_000_000;

function collected(counts: Readonly<Record<string, number>>, changes: Partial<Collected> = {}): Collected {
  return {
    startMs: T,
    endMs: T + 5000,
    series: Object.entries(counts).map(([key, count]) => ({
      key,
      labels: create(SeriesLabelsSchema, { cluster: key }),
      numbers: Float64Array.from({ length: NUMBERS.size }, (_, i) => (i === NUMBERS.count ? count : 0)),
    })),
    rules: Object.entries(counts).map(([key, hits]) => ({ key, labels: create(RuleLabelsSchema, { name: key }), hits })),
    clusters: [],
    gauges: create(GaugesSchema, {}),
    headers: [],
    secrets: [],
    ...changes,
  };
}

/** A control plane's end: knows what ids stand for, on one stream. */
class Taker {
  readonly series = new Map<string, number>();
  readonly rules = new Map<string, number>();
  unsent = 0;
  last = 0;
  private labels = new Map<number, string>();
  private ruleLabels = new Map<number, string>();

  newStream(): void {
    this.labels = new Map();
    this.ruleLabels = new Map();
  }

  take(window: Window): void {
    for (const { id, cluster } of window.labels) this.labels.set(id, cluster);
    for (const { id, name } of window.ruleLabels) this.ruleLabels.set(id, name);
    if (window.sequence <= this.last) return;
    this.last = window.sequence;
    for (const { id, count } of window.sums) this.add(this.series, this.labels.get(id), count);
    for (const { id, hits } of window.ruleHits) this.add(this.rules, this.ruleLabels.get(id), hits);
    this.unsent += window.failuresUnsent + window.watchedUnsent;
  }

  private add(to: Map<string, number>, key: string | undefined, value: number): void {
    if (key === undefined) throw new Error('a label was never told on this stream');
    to.set(key, (to.get(key) ?? 0) + value);
  }
}

describe('sums on their way', () => {
  it('arrive once, whatever becomes of windows, acknowledgements and streams', () => {
    const counts = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 100 }));
    const step = fc.oneof(
      fc.record({ kind: fc.constant('count' as const), counts, unsent: fc.integer({ min: 0, max: 5 }) }),
      // A window is sent; it may be lost, and so may its acknowledgement: the stream is gone then.
      fc.record({ kind: fc.constant('send' as const), fate: fc.constantFrom('arrives', 'lost', 'unacknowledged') }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const pending = new PendingWindow();
        const taker = new Taker();
        const wanted: Record<string, number> = {};
        let unsent = 0;
        const send = (fate: string): void => {
          const window = pending.take();
          if (window === undefined) return;
          if (fate !== 'lost') taker.take(window);
          if (fate === 'arrives') pending.acknowledge(taker.last);
          else {
            taker.newStream();
            pending.restart(taker.last);
          }
        };
        for (const one of steps) {
          if (one.kind === 'send') send(one.fate);
          else {
            pending.add(collected(one.counts));
            pending.addUnsent(one.unsent, 0);
            unsent += one.unsent;
            for (const [key, count] of Object.entries(one.counts)) wanted[key] = (wanted[key] ?? 0) + count;
          }
        }
        send('arrives');
        pending.add(collected({}));
        send('arrives');
        expect(Object.fromEntries(taker.series)).toEqual(wanted);
        expect(Object.fromEntries(taker.rules)).toEqual(wanted);
        expect(taker.unsent).toBe(unsent);
      }),
    );
  });

  it('wait while a window is on its way', () => {
    const pending = new PendingWindow();
    pending.add(collected({ a: 1 }));
    expect(pending.take()?.sequence).toBe(1);
    pending.add(collected({ a: 2 }));
    expect(pending.take()).toBeUndefined();
    pending.acknowledge(1);
    expect(pending.take()).toMatchObject({ sequence: 2, labels: [], sums: [{ count: 2 }] });
  });

  it('begin when the first of them was counted', () => {
    const pending = new PendingWindow();
    pending.add(collected({ a: 1 }));
    pending.add(collected({ a: 1 }, { startMs: T + 5000, endMs: T + 10_000 }));
    expect(pending.take()).toMatchObject({ startMs: T, endMs: T + 10_000 });
  });

  it('of several workers are one, and so are their clusters', () => {
    const pending = new PendingWindow();
    const cluster = (healthy: number, activeRequests: number, circuitOpen: boolean) => ({
      clusters: [create(ClusterStateSchema, { name: 'c', endpoints: 3, healthy, activeRequests, circuitOpen })],
    });
    pending.add(collected({ a: 1 }, cluster(3, 2, false)), 1);
    pending.add(collected({ a: 4 }, cluster(2, 5, true)), 2);
    expect(pending.take()).toMatchObject({
      sums: [{ count: 5 }],
      clusters: [{ name: 'c', endpoints: 3, healthy: 2, activeRequests: 7, circuitOpen: true }],
    });
  });

  it.each<[string, readonly (readonly [waiting: number, silentMs: number, unresponsive: boolean])[], object]>([
    [
      'hangs for all workers that ask it',
      [
        [2, 9000, true],
        [1, 12_000, true],
      ],
      { waiting: 3, silentMs: 9000, unresponsive: true },
    ],
    [
      'hangs though only one worker asks it',
      [
        [0, 0, false],
        [1, 12_000, true],
      ],
      { waiting: 1, silentMs: 12_000, unresponsive: true },
    ],
    [
      'is there for one of them',
      [
        [2, 9000, true],
        [1, 6000, false],
      ],
      { waiting: 3, silentMs: 6000, unresponsive: false },
    ],
  ])('say of an app that it %s', (_, workers, want) => {
    const pending = new PendingWindow();
    workers.forEach(([waiting, silentMs, unresponsive], worker) =>
      pending.add(collected({ a: 1 }, { clusters: [create(ClusterStateSchema, { name: 'c', waiting, silentMs, unresponsive })] }), worker),
    );
    expect(pending.take()?.clusters).toMatchObject([want]);
  });

  it('are bounded while nobody takes them', () => {
    const pending = new PendingWindow();
    for (let i = 0; i < 12_000; i++)
      pending.add(collected({ [`s${i}`]: 1 }, { headers: [create(HeaderTallySchema, { header: 'h', towards: `t${i}`, calls: 1 })] }));
    const window = pending.take();
    expect([window?.sums.length, window?.ruleHits.length, window?.headers.length, pending.dropped]).toEqual([10_000, 10_000, 10_000, 4000]);
  });
});
