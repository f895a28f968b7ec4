import { type Graph } from '@lateen/observation';
import { type Polled } from '../api/use-poll';
import { clockTime, duration } from '../lib/format';

/** What is shown of the graph. */
export interface ShownGraph {
  readonly polled: Polled<Graph>;
  /** That it is not what was asked for, and what it is; undefined: it is. */
  readonly note?: string;
}

/** Remembers the last graph of now, of whatever window, for when another is asked for and there is no answer. */
export class LastGraph {
  #last: Graph | undefined;

  /** What to show of what was asked for. A moment that is replayed is shown or not: another one is no substitute. */
  shown(polled: Polled<Graph>, { isLive, isOffline }: { readonly isLive: boolean; readonly isOffline: boolean }): ShownGraph {
    if (isLive && polled.data !== undefined) this.#last = polled.data;
    if (polled.data !== undefined || !isOffline || !isLive || this.#last === undefined) return { polled };
    const { windowSeconds, atMs } = this.#last;
    const note = `This is of the ${duration(windowSeconds * 1_000)} until ${clockTime(atMs, false)}, the last graph that is known.`;
    return { polled: { ...polled, data: this.#last }, note };
  }
}
