import { describe, expect, it } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import { PausedClock } from '@lateen/base/testing';
import { NodeSchema } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import { TYPE_URL } from '@lateen/xds';
import { type AdsServer, type XdsClientInfo, type XdsEvent } from '@lateen/xds/server';
import { parseNodeId } from './proxy-of-node';
import { SyncTracker } from './sync-tracker';

const client = (pod: string): XdsClientInfo => ({
  streamId: pod,
  node: create(NodeSchema, { id: `sidecar~10.0.0.1~${pod}.default~x` }),
  caller: { via: 'none' },
  protocol: 'delta',
  connectedAtMs: 0,
});

function tracker() {
  const clock = new PausedClock();
  let emit = (_event: XdsEvent): void => undefined;
  const server: AdsServer = {
    addTo: () => undefined,
    clients: () => [],
    subscribe: (listener) => {
      emit = listener;
      return () => undefined;
    },
  };
  const sync = new SyncTracker(server, clock);
  const at = { atMs: 0, nonce: 'n', typeUrl: TYPE_URL.RDS } as const;
  return {
    clock,
    sync,
    connected: (pod: string) => emit({ kind: 'connected', client: client(pod), atMs: 0 }),
    disconnected: (pod: string) => emit({ kind: 'disconnected', client: client(pod), atMs: 0 }),
    acked: (pod: string) => emit({ kind: 'acked', client: client(pod), ms: 1, ...at }),
    pushed: (pod: string, generation: number, resources: readonly string[] = ['r']) =>
      emit({ kind: 'pushed', client: client(pod), generation, resources, removed: [], bytes: 1, ...at }),
    rejected: (pod: string) => emit({ kind: 'rejected', client: client(pod), ms: 1, message: 'r: no', resources: ['r'], ...at }),
    settled: (pod: string, generation: number) => emit({ kind: 'settled', client: client(pod), atMs: 0, generation, pushed: true }),
  };
}

describe('SyncTracker', () => {
  it('waits for every proxy and says how each took it', async () => {
    const t = tracker();
    for (const pod of ['a', 'b', 'c', 'd']) {
      t.connected(pod);
      t.settled(pod, 1);
    }
    const report = t.sync.wait(2, t.clock.monotonicMs(), 1000);
    t.pushed('a', 2);
    t.pushed('b', 2);
    t.clock.advance(20);
    t.settled('a', 2);
    t.rejected('b');
    t.clock.advance(10);
    t.settled('b', 2);
    t.settled('c', 2);
    t.disconnected('d');
    expect(await report).toEqual({
      ms: 30,
      proxies: [
        { proxy: 'a.default', ms: 20, state: 'synced' },
        { proxy: 'b.default', ms: 30, state: 'nack', message: 'RDS: r: no' },
        { proxy: 'c.default', state: 'unaffected' },
      ],
    });
  });

  it('knows what a proxy rejected until it takes a later version of it', () => {
    const t = tracker();
    t.connected('a');
    t.settled('a', 1);
    const known = (): readonly string[] =>
      t.sync
        .rejections()
        .map(({ client: { node }, resource, afterGeneration, generation, message }) =>
          [parseNodeId(node.id)?.pod, resource, afterGeneration, generation, message].join(' '),
        );
    t.pushed('a', 2);
    t.rejected('a');
    t.settled('a', 2);
    expect(known()).toEqual(['a r 1 2 RDS: r: no']);
    t.pushed('a', 4, ['other']);
    t.acked('a');
    t.settled('a', 4);
    expect(known()).toEqual(['a r 1 2 RDS: r: no']);
    t.pushed('a', 5);
    t.rejected('a');
    t.settled('a', 5);
    expect(known()).toEqual(['a r 1 5 RDS: r: no']);
    t.pushed('a', 6);
    expect(known()).toHaveLength(1);
    t.acked('a');
    expect(known()).toEqual([]);
    t.pushed('a', 7);
    t.rejected('a');
    t.disconnected('a');
    expect(known()).toEqual([]);
  });

  it('gives up after the time it was given', async () => {
    const t = tracker();
    t.connected('a');
    const report = t.sync.wait(2, t.clock.monotonicMs(), 1000);
    t.pushed('a', 2);
    t.clock.advance(1000);
    expect(await report).toEqual({ ms: 1000, proxies: [{ proxy: 'a.default', state: 'stale' }] });
  });

  it('does not wait where everybody has answered, or nobody is there', async () => {
    const t = tracker();
    expect(await t.sync.wait(5, t.clock.monotonicMs(), 1000)).toEqual({ ms: 0, proxies: [] });
    t.connected('a');
    t.settled('a', 5);
    expect((await t.sync.wait(5, t.clock.monotonicMs(), 1000)).proxies).toEqual([{ proxy: 'a.default', state: 'unaffected' }]);
  });
});
