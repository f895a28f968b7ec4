import { describe, expect, it } from '@jest/globals';
import { assignment, cluster, endpoint, snapshot } from '../testing/fixtures';
import { bequeath } from './departed';
import { mergeReports } from './merge-reports';
import { type WorkerReport } from './messages';

const key = endpoint(80).key;
const family = (name: string, type: 'counter' | 'gauge', value: number) => ({
  name,
  help: '',
  type,
  rows: [{ printed: { text: '{a="b"}', labels: [] } as never, numbers: Float64Array.of(value) }],
});

/** A worker after so many requests, one of them under way. */
const after = (requests: number): WorkerReport => ({
  clusters: [
    {
      name: 'c',
      stats: { upstream_rq_total: requests, upstream_rq_active: 1 },
      hosts: [{ key, active: 1, ejected: true, requests, failures: 1 }],
    },
  ],
  stats: [
    ['http.in.downstream_rq_total', requests],
    ['http.in.downstream_rq_active', 1],
    ['server.concurrency', 1],
  ],
  metrics: [family('istio_requests_total', 'counter', requests), family('istio_build', 'gauge', 1)],
  listeners: [{ name: 'in', address: { address: '127.0.0.1', port: 1 } }],
  failing: [],
  residentBytes: 1000,
});

describe('workers that are gone', () => {
  it('leave what they counted, and nothing that was open', () => {
    const left = bequeath(bequeath(undefined, after(20)), after(3));
    const merged = mergeReports([after(40), left]);
    expect(Object.fromEntries(merged.stats)).toEqual({
      'http.in.downstream_rq_total': 63,
      'http.in.downstream_rq_active': 1,
      'server.concurrency': 1,
    });
    expect(merged.metrics.map(({ name, rows }) => [name, rows[0]!.numbers[0]])).toEqual([
      ['istio_requests_total', 63],
      ['istio_build', 1],
    ]);
    expect(merged.listeners).toHaveLength(1);
    const world = snapshot({ listeners: [], clusters: [cluster('c')], endpoints: [assignment('c', [endpoint(80)])] });
    const [view] = mergeReports([{ ...after(40), clusters: [] }, left]).clusters(world);
    expect(view?.stats).toEqual({ upstream_rq_total: 23 });
    expect(view?.hosts.get(key)).toMatchObject({ active: 0, ejected: false, requests: 23, failures: 2 });
  });
});
