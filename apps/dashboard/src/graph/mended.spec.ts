import { expect, it } from '@jest/globals';
import { type RequestRecord } from '@lateen/observation';
import { mendedIn } from './mended';
import { edge, node, record } from './testing';

const AT = 1_000_000;
const inbound = { perSecond: 2, errorRatio: 0.1, requests: 100, errors: 10 };
const graph = (lastErrorMs?: number) => ({
  atMs: AT,
  windowSeconds: 60,
  nodes: [node('productpage-v1'), node('reviews-v2'), node('ratings-v1', { inbound: { ...inbound, lastErrorMs } })],
  edges: [edge('productpage-v1', 'reviews-v2'), edge('reviews-v2', 'ratings-v1', 10, { rates: { ...inbound, lastErrorMs } })],
});
const failures = (...secondsAgo: readonly number[]): readonly RequestRecord[] =>
  secondsAgo.map((s) =>
    record({
      workload: node('reviews-v2').workload,
      peer: node('ratings-v1').workload,
      requestId: `r${s}`,
      startTimeMs: AT - s * 1_000,
      status: 503,
      cause: { code: 'fault_abort', short: '', sentence: '', evidence: [] },
    }),
  );
const both = ['reviews-v2>ratings-v1', 'default/ratings-v1'];

it.each<readonly [string, readonly RequestRecord[], number | undefined, readonly string[]]>([
  ['go on', failures(1, 2, 3), AT - 1_000, []],
  ['have ended', failures(6, 7, 8), AT - 6_000, both],
  ['are not kept, and have ended by the sums', [], AT - 31_000, both],
  ['are not kept, and may go on by the sums', [], AT - 29_000, []],
  ['are not known at all', [], undefined, []],
])('failures that %s', (_, failed, lastErrorMs, want) => expect([...mendedIn(graph(lastErrorMs), failed, [])]).toEqual(want));
