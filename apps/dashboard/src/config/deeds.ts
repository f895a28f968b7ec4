import { useSyncExternalStore } from 'react';

/** What somebody did on this page about a failure, and how it ended. */
export interface Deed {
  /** It is not known yet how it ends. */
  readonly busy: boolean;
  readonly applied: boolean;
  /** When it ended, or began while it is busy; milliseconds since the epoch. */
  readonly atMs: number;
  /** What the control plane said. */
  readonly sentence: string;
}

const MAX_DEEDS = 50;

/**
 * What was done here, by what it was done about. Cards come and go with the failures that they are of: that something was
 * done stays. Bounded; the oldest goes first.
 */
export class Deeds {
  readonly #deeds = new Map<string, Deed>();
  readonly #listeners = new Set<() => void>();

  /** The latest of those that were done about any of these. */
  latestOf(keys: readonly string[]): Deed | undefined {
    return keys
      .map((key) => this.#deeds.get(key))
      .reduce((latest, deed) => (deed === undefined || (latest !== undefined && latest.atMs > deed.atMs) ? latest : deed), undefined);
  }

  /** Keeps how something ends, under every key, from its beginning on. Rejects as it does. */
  async during(
    keys: readonly string[],
    run: () => Promise<{ readonly applied: boolean; readonly sentence: string }>,
    now: () => number,
  ): Promise<void> {
    this.#keep(keys, { busy: true, applied: false, atMs: now(), sentence: '' });
    try {
      const { applied, sentence } = await run();
      this.#keep(keys, { busy: false, applied, atMs: now(), sentence });
    } catch (error) {
      this.#keep(keys, { busy: false, applied: false, atMs: now(), sentence: String(error) });
      throw error;
    }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #keep(keys: readonly string[], deed: Deed): void {
    for (const key of keys) {
      this.#deeds.delete(key);
      this.#deeds.set(key, deed);
    }
    for (const oldest of [...this.#deeds.keys()].slice(0, Math.max(0, this.#deeds.size - MAX_DEEDS))) this.#deeds.delete(oldest);
    for (const listener of this.#listeners) listener();
  }
}

/** What a fix is known by: what it says. */
export function fixKey(yaml: string | undefined): string {
  return `fix ${yaml ?? ''}`;
}

/** Those of this tab. */
export const deeds = new Deeds();

/** The latest thing that was done about any of these in this tab; renders again when that changes. */
export function useDeed(keys: readonly string[]): Deed | undefined {
  return useSyncExternalStore(deeds.subscribe, () => deeds.latestOf(keys));
}
