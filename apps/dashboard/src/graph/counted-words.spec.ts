import { expect, it } from '@jest/globals';
import { type Graph } from '@lateen/observation';
import { clockTime } from '../lib/format';
import { countedWords } from './counted-words';
import { edge, node } from './testing';

const AT = 1_000_000;
const graph = (rest: Partial<Graph>): Graph => ({
  atMs: AT,
  windowSeconds: 60,
  nodes: [node('a'), node('b')],
  edges: [edge('a', 'b')],
  ...rest,
});
const uncounted = [node('a', { uncounted: true }), node('b', { uncounted: true })];
const at = (secondsAgo: number): string => clockTime(AT - secondsAgo * 1_000, false);

it.each<[string, Graph, boolean, string]>([
  ['what is there', graph({ countedSinceMs: AT - 60_000 }), true, '2 workloads, 1 call path'],
  [
    'no zeros of what was not counted',
    graph({ nodes: uncounted, edges: [], countedSinceMs: AT - 2_000 }),
    true,
    `2 workloads; counting has just begun: the control plane started at ${at(2)}`,
  ],
  [
    'no zeros of a time that nobody told of',
    graph({ nodes: uncounted, edges: [], countedSinceMs: AT - 90_000 }),
    true,
    '2 workloads; nothing was reported of this time',
  ],
  ['that nothing was seen where somebody looked', graph({ edges: [], countedSinceMs: AT - 90_000 }), true, '2 workloads, 0 call paths'],
  [
    'since when, within the window',
    graph({ countedSinceMs: AT - 9_000 }),
    true,
    `2 workloads, 1 call path; counted since ${at(9)}, when the control plane started`,
  ],
  ['nothing of that in a replay', graph({ countedSinceMs: AT - 9_000 }), false, '2 workloads, 1 call path'],
])('says %s', (_, given, isLive, want) => expect(countedWords(given, isLive)).toBe(want));
