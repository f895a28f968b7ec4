import { type Clock } from '@lateen/base';
import { keyOf, type ConfigStore, type ResourceRef, resourceKey } from '@lateen/config';

/** How a resource says something else than it did. */
export interface ResourceChange {
  readonly how: 'added' | 'changed' | 'deleted';
  /** When it was last applied or deleted, in milliseconds since the epoch. */
  readonly atMs: number;
}

interface Known {
  readonly how: 'changed' | 'deleted';
  readonly atMs: number;
  /** Set where there was none before it. */
  readonly addedAtMs: number | undefined;
  /** When the world was joined that has it, which is when proxies are sent it; undefined: it is not yet. */
  inEffectAtMs: number | undefined;
}

/** Longer than a request is kept, in milliseconds: of what was changed before, nobody asks. */
const KEPT_MS = 16 * 60_000;

/** Which resources were changed since a request was made. Changes of labels and annotations are none. */
export class ChangesSince {
  readonly #clock: Clock;
  /** By resource key, the oldest change first. */
  readonly #known = new Map<string, Known>();
  #pending: Known[] = [];
  readonly #unwatch: () => void;

  constructor(store: Pick<ConfigStore, 'watch'>, clock: Clock) {
    this.#clock = clock;
    this.#unwatch = store.watch(({ changes }) => {
      for (const change of changes) {
        if (change.type === 'updated' && change.previous.metadata.generation === change.resource.metadata.generation) continue;
        const key = keyOf(change.type === 'deleted' ? change.previous : change.resource);
        this.#note(key, change.type);
      }
      this.#forget();
    });
  }

  /** A world is joined that has every change made so far. */
  joined(): void {
    const nowMs = this.#clock.now();
    for (const change of this.#pending) change.inEffectAtMs = nowMs;
    this.#pending = [];
  }

  /** How a resource differs from what a proxy had of it at `sinceMs`; undefined: it does not. */
  of({ kind, namespace, name }: ResourceRef, sinceMs: number): ResourceChange | undefined {
    const known = this.#known.get(resourceKey(kind, namespace, name));
    if (known === undefined || (known.inEffectAtMs ?? Infinity) <= sinceMs) return undefined;
    const { how, atMs, addedAtMs = -Infinity } = known;
    return { how: how === 'changed' && addedAtMs > sinceMs ? 'added' : how, atMs };
  }

  close(): void {
    this.#unwatch();
  }

  #note(key: string, type: 'created' | 'updated' | 'deleted'): void {
    const before = this.#known.get(key);
    const atMs = this.#clock.now();
    const change: Known = {
      how: type === 'deleted' ? 'deleted' : 'changed',
      atMs,
      // What was deleted and comes back has changed.
      addedAtMs: type === 'created' && before === undefined ? atMs : type === 'updated' ? before?.addedAtMs : undefined,
      inEffectAtMs: undefined,
    };
    this.#known.delete(key);
    this.#known.set(key, change);
    this.#pending.push(change);
  }

  #forget(): void {
    const oldestMs = this.#clock.now() - KEPT_MS;
    for (const [key, { atMs }] of this.#known) {
      if (atMs >= oldestMs) return;
      this.#known.delete(key);
    }
  }
}
