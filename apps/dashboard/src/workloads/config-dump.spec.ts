import { describe, expect, it } from '@jest/globals';
import { dumpTables } from './config-dump';

const UNTIL = Date.UTC(2026, 10, 22);

const DUMP = {
  listeners: [
    {
      name: '0.0.0.0_9080',
      address: { socketAddress: { address: '0.0.0.0', portValue: 9080 } },
      filterChains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager' }] }],
    },
  ],
  routes: [
    {
      name: '9080',
      virtualHosts: [
        {
          name: 'reviews:9080',
          domains: ['reviews'],
          routes: [
            {
              match: { prefix: '/', headers: [{ name: 'end-user' }] },
              route: {
                weightedClusters: {
                  clusters: [
                    { name: 'a', weight: 20 },
                    { name: 'b', weight: 80 },
                  ],
                },
              },
            },
          ],
        },
      ],
    },
  ],
  clusters: [{ name: 'outbound|80||a', type: 'EDS', connectTimeout: '10s' }],
  endpoints: [
    {
      clusterName: 'a',
      endpoints: [
        { locality: { region: 'eu' }, lbEndpoints: [{ endpoint: { address: { socketAddress: { address: '10.0.0.1', portValue: 80 } } } }] },
      ],
    },
  ],
  secrets: [
    { name: 'default', kind: 'certificate', names: ['spiffe://m/ns/a/sa/b', 'a.example'], serial: '0a', notBeforeMs: 0, notAfterMs: UNTIL },
    { name: 'ROOTCA', kind: 'trusted root', names: ['O=m'], serial: '0b', notBeforeMs: 0, notAfterMs: UNTIL - 10_800_000 },
    { name: 'bad', kind: 'certificate', names: [], serial: '', notBeforeMs: 0, notAfterMs: 0, problem: 'no start line' },
  ],
};

describe('dumpTables', () => {
  it('makes a row of everything there is', () => {
    expect(Object.fromEntries(dumpTables(DUMP, UNTIL - 7_200_000).map((t) => [t.title, t.rows]))).toEqual({
      Listeners: [['0.0.0.0_9080', '0.0.0.0:9080', 'default: http connection manager']],
      Routes: [['9080', 'reviews:9080', 'reviews', '/, headers end-user', '20 a; 80 b']],
      Clusters: [['outbound|80||a', 'EDS', 'ROUND_ROBIN', '10s', 'none']],
      Endpoints: [['a', '10.0.0.1:80', 'eu', 'healthy', '1']],
      Secrets: [
        ['default', 'certificate', 'spiffe://m/ns/a/sa/b, a.example', '0a', new Date(UNTIL).toISOString(), 'in 2 h 0 min'],
        ['ROOTCA', 'trusted root', 'O=m', '0b', new Date(UNTIL - 10_800_000).toISOString(), 'expired 1 h 0 min ago'],
        ['bad', 'certificate', '', '', '', 'cannot be read: no start line'],
      ],
    });
  });

  it.each([undefined, 3, [], {}, { listeners: 1 }])('of %j makes empty tables', (dump) => {
    expect(dumpTables(dump, 0).flatMap((t) => t.rows)).toEqual([]);
  });
});
