import { expect, it } from '@jest/globals';
import { type Graph } from '@lateen/observation';
import { ApiError } from '../api/client';
import { type Polled } from '../api/use-poll';
import { clockTime } from '../lib/format';
import { LastGraph } from './last-graph';

const graph = (windowSeconds: number): Graph => ({ atMs: 1_000_000, windowSeconds, nodes: [], edges: [] });
const answered = (data: Graph): Polled<Graph> => ({ data, loading: false, refresh: () => undefined });
const failed: Polled<Graph> = { error: new ApiError(0, 'No answer.'), loading: false, refresh: () => undefined };
/** The control plane takes the question, and is silent. */
const hanging: Polled<Graph> = { loading: true, refresh: () => undefined };
const loading: Polled<Graph> = { loading: true, refresh: () => undefined };

it.each<[string, readonly (readonly [Polled<Graph>, boolean])[], number | undefined, string | undefined]>([
  ['what was asked for', [[answered(graph(60)), true]], 60, undefined],
  [
    'the last that is known, of another window, while there is no answer',
    [
      [answered(graph(60)), true],
      [failed, true],
    ],
    60,
    `This is of the 1 min until ${clockTime(1_000_000, false)}, the last graph that is known.`,
  ],
  [
    'the same while the control plane hangs',
    [
      [answered(graph(300)), true],
      [hanging, true],
    ],
    300,
    `This is of the 5 min until ${clockTime(1_000_000, false)}, the last graph that is known.`,
  ],
  [
    'nothing old while it is only loading',
    [
      [answered(graph(60)), true],
      [loading, true],
    ],
    undefined,
    undefined,
  ],
  [
    'nothing else in place of a moment that is replayed',
    [
      [answered(graph(60)), true],
      [failed, false],
    ],
    undefined,
    undefined,
  ],
  [
    'no moment that was replayed in place of now',
    [
      [answered(graph(60)), false],
      [failed, true],
    ],
    undefined,
    undefined,
  ],
  ['nothing where nothing is known', [[failed, true]], undefined, undefined],
])('shows %s', (_, polls, windowSeconds, note) => {
  const last = new LastGraph();
  const [shown] = polls
    .map(([polled, isLive]) => last.shown(polled, { isLive, isOffline: polled === failed || polled === hanging }))
    .slice(-1);
  expect([shown?.polled.data?.windowSeconds, shown?.note]).toEqual([windowSeconds, note]);
});
