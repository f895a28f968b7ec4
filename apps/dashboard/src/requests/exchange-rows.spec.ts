import { describe, expect, it } from '@jest/globals';
import { record } from '../graph/testing';
import { rowsOf, underOf } from './exchange-rows';
import { holds } from './request-query';
import { phasesOf, spanOf } from './waterfall-bars';

const cause = { code: 'x', short: 'x', sentence: 'x', evidence: [] };

describe('rowsOf', () => {
  it('puts hops of one request together, whatever order they came in; the newest request is first', () => {
    const inner = record({ id: 'b', startTimeMs: 1_003, durationMs: 5 });
    const outer = record({ id: 'a', startTimeMs: 1_000, durationMs: 12 });
    const later = record({ id: 'c', requestId: 'r2', startTimeMs: 2_000 });
    expect(rowsOf([inner, later, outer]).map((r) => [r.key, r.entry.id, r.hops])).toEqual([
      ['r2', 'c', 1],
      ['r1', 'a', 2],
    ]);
  });

  it('names the failure that lies deepest', () => {
    const outer = record({ id: 'a', status: 500, startTimeMs: 1, cause });
    const inner = record({ id: 'b', status: 503, startTimeMs: 2, cause });
    expect(rowsOf([outer, inner])[0]?.failure?.id).toBe('b');
  });

  it('finds a request by any of its hops, and shows all of them', () => {
    const hops = [
      record({ id: 'a', path: '/productpage' }),
      record({ id: 'b', path: '/ratings/0', startTimeMs: 1_001, status: 503, cause }),
    ];
    expect(rowsOf(hops, { find: 'productpage' }).map((r) => [r.hops, r.failure?.id])).toEqual([[2, 'b']]);
    expect(rowsOf(hops, { find: 'nobody' })).toEqual([]);
  });

  it('keeps records without a request id apart', () => {
    expect(rowsOf([record({ id: 'a', requestId: '' }), record({ id: 'b', requestId: '' })])).toHaveLength(2);
  });

  it('shows the headers that rules look at, of any hop, once', () => {
    const hops = [
      record({ id: 'a', requestHeaders: [['cookie', '***']] }),
      record({ id: 'b', requestHeaders: [['End-User', 'jason']] }),
      record({
        id: 'c',
        requestHeaders: [
          ['end-user', 'jason'],
          ['x-secret', '***'],
          ['accept', '*/*'],
        ],
      }),
    ];
    expect(rowsOf(hops, { headers: ['end-user', 'x-secret'] })[0]?.matchedOn).toEqual(['end-user: jason']);
    expect(rowsOf(hops)[0]?.matchedOn).toEqual([]);
  });

  it('says where rules sent it', () => {
    const rule = { kind: 'VirtualService', namespace: 'default', name: 'reviews', rule: 'http[0]', match: '' };
    const to = (cluster: string, startTimeMs: number) => record({ rule, cluster, startTimeMs });
    const hops = [to('outbound|9080|v1|ratings.default.svc.cluster.local', 2), to('outbound|9080|v2|reviews.default.svc.cluster.local', 1)];
    expect(rowsOf(hops)[0]?.routed).toEqual(['reviews v2', 'ratings v1']);
  });
});

it.each([
  ['→ reviews v2', ['end-user: jason'], '→ reviews v2 · end-user: jason'],
  ['→ reviews v2', [], '→ reviews v2'],
  ['', ['end-user: jason', 'x: y'], 'end-user: jason, x: y'],
  ['', [], ''],
])('below a request that is told as %j with %j: %j', (what, matchedOn, want) => expect(underOf(what, matchedOn)).toBe(want));

describe('holds', () => {
  it.each([
    ['', true],
    ['/REVIEWS', true],
    ['end-user: jason', true],
    ['200', true],
    ['nobody', false],
  ])('%j: %s', (text, want) => expect(holds(record({ requestHeaders: [['end-user', 'jason']] }), text)).toBe(want));
});

describe('the bars of a hop', () => {
  it('are its phases as percent of the whole', () => {
    const hops = [
      { record: record({ startTimeMs: 0, durationMs: 100 }), depth: 0 },
      { record: record({ startTimeMs: 20, durationMs: 50, requestMs: 10, firstByteMs: 40, lastByteMs: 50 }), depth: 1 },
    ];
    const [, inner] = hops;
    expect(inner && phasesOf(inner.record, spanOf(hops))).toEqual([
      { what: 'sending', left: 20, width: 10 },
      { what: 'waiting', left: 30, width: 30 },
      { what: 'receiving', left: 60, width: 10 },
    ]);
  });

  it('a hop without a response still has its time', () => {
    const lost = record({ startTimeMs: 0, durationMs: 40, requestMs: -1, firstByteMs: -1, lastByteMs: -1 });
    expect(phasesOf(lost, spanOf([{ record: lost, depth: 0 }]))).toEqual([{ what: 'rest', left: 0, width: 100 }]);
  });
});
