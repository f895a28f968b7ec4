import { type Graph } from '@lateen/observation';
import { clockTime, count } from '../lib/format';
import { workloadsOf } from './model';

/** What a graph is of, in a line: how many workloads and paths, since when they are counted where that is less than its window. */
export function countedWords(graph: Graph, isLive: boolean): string {
  const { nodes, edges, atMs, windowSeconds, countedSinceMs } = graph;
  const workloads = count(workloadsOf(graph).length, 'workload');
  // Zeros of a time that nobody has told of are not counts.
  if (edges.length === 0 && nodes.some(({ uncounted }) => uncounted === true)) return `${workloads}; ${uncountedWords(graph)}`;
  const since =
    isLive && countedSinceMs !== undefined && atMs - countedSinceMs < windowSeconds * 1_000
      ? `; counted since ${clockTime(countedSinceMs, false)}, when the control plane started`
      : '';
  return `${workloads}, ${count(edges.length, 'call path')}${since}`;
}

/** Why there are no numbers of a time. */
export function uncountedWords({ atMs, windowSeconds, countedSinceMs }: Pick<Graph, 'atMs' | 'windowSeconds' | 'countedSinceMs'>): string {
  if (countedSinceMs === undefined || atMs - countedSinceMs >= windowSeconds * 1_000) return 'nothing was reported of this time';
  return `counting has just begun: the control plane started at ${clockTime(countedSinceMs, false)}`;
}
