import { describe, expect, it } from '@jest/globals';
import { assignment, cluster, endpoint, snapshot } from '../testing/fixtures';
import { mergeReports } from './merge-reports';
import { type WorkerReport } from './messages';

const report = (changes: Partial<WorkerReport>): WorkerReport => ({
  clusters: [],
  stats: [],
  metrics: [],
  listeners: [],
  failing: [],
  residentBytes: 0,
  ...changes,
});

describe('numbers of several workers', () => {
  it('are added up by name', () => {
    const merged = mergeReports([
      report({
        stats: [
          ['server.concurrency', 1],
          ['a', 2],
        ],
      }),
      report({
        stats: [
          ['server.concurrency', 1],
          ['b', 3],
        ],
      }),
    ]);
    expect(merged.stats).toEqual([
      ['server.concurrency', 2],
      ['a', 2],
      ['b', 3],
    ]);
  });

  it('are added up where one worker alone has the name: a status that only it has seen', () => {
    const of = (stats: Readonly<Record<string, number>>): WorkerReport => report({ clusters: [{ name: 'backend', stats, hosts: [] }] });
    const merged = mergeReports([of({ upstream_rq_200: 1 }), of({ upstream_rq_200: 2, upstream_rq_404: 1 })]);
    const [backend] = merged.clusters(snapshot({ listeners: [], clusters: [cluster('backend')], endpoints: [] }));
    expect(backend?.stats).toEqual({ upstream_rq_200: 3, upstream_rq_404: 1 });
  });

  it('join in clusters and hosts; a host that one worker ejected is ejected', () => {
    const key = endpoint(80).key;
    const host = { key, active: 1, ejected: false, requests: 10, failures: 2 };
    const world = snapshot({ listeners: [], clusters: [cluster('c')], endpoints: [assignment('c', [endpoint(80)])] });
    const [merged] = mergeReports([
      report({ clusters: [{ name: 'c', stats: { upstream_rq_total: 10 }, hosts: [host] }] }),
      report({ clusters: [{ name: 'c', stats: { upstream_rq_total: 5 }, hosts: [{ ...host, ejected: true, requests: 5 }] }] }),
    ]).clusters(world);
    expect(merged?.stats).toEqual({ upstream_rq_total: 15 });
    expect(merged?.hosts.get(key)).toMatchObject({ active: 2, ejected: true, requests: 15, failures: 4 });
  });
});
