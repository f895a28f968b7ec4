import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, type Logger, silentLogger, systemClock } from '@lateen/base';
import { type AnyResource, keyOf, type ObjectMeta, resourceKey } from '../resource';
import { type Entry, Journal } from './journal';
import { StoreError } from './store-error';

/** Names one resource; `namespace` is empty for cluster-wide kinds. */
export interface ResourceRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What an apply did with one resource, in kubectl's words. */
export interface ApplyResult extends ResourceRef {
  readonly action: 'created' | 'configured' | 'unchanged';
}

/** What a delete did with one reference. */
export interface DeleteResult extends ResourceRef {
  readonly action: 'deleted' | 'absent';
}

/** One resource's change. */
export type StoreChange =
  | { readonly type: 'created'; readonly resource: AnyResource }
  | { readonly type: 'updated'; readonly resource: AnyResource; readonly previous: AnyResource }
  | { readonly type: 'deleted'; readonly previous: AnyResource };

/** One batch, after it is durable. */
export interface StoreEvent {
  readonly revision: number;
  readonly changes: readonly StoreChange[];
}

/** How a change is made. */
export interface ChangeOptions {
  /** Says what would happen and changes nothing. Default false. */
  readonly dryRun?: boolean;
}

/** Effects handed to the store. */
export interface StoreOptions {
  /** Default: the machine's clock. */
  readonly clock?: Clock;
  /** Hears of failed compactions and listeners. Default: nobody. */
  readonly logger?: Logger;
  /** Log size at which a new snapshot is written, in bytes. Default 4 MiB. */
  readonly compactAtBytes?: number;
}

/**
 * Every applied resource, kept in a directory that one process owns.
 * Changes run one after another; each is durable when its promise resolves, whole or not at all,
 * and a refused one (`StoreError`) leaves everything as it was.
 */
export interface ConfigStore extends AsyncDisposable {
  /** Counts changes; never goes back, over restarts too. */
  readonly revision: number;
  /** All resources, ordered by kind, namespace and name; the list is never changed in place. */
  list(): readonly AnyResource[];
  /** By `resourceKey`. */
  get(key: string): AnyResource | undefined;
  /**
   * Creates or replaces each resource, all in one batch. A resource that carries a `resourceVersion` other than
   * the stored one refuses the batch with `conflict`. The same content again is `unchanged`, and only moves its origin.
   */
  apply(resources: readonly AnyResource[], options?: ChangeOptions): Promise<readonly ApplyResult[]>;
  /** Removes what is there of `refs`, in one batch. */
  delete(refs: readonly ResourceRef[], options?: ChangeOptions): Promise<readonly DeleteResult[]>;
  /** Removes everything. */
  purge(): Promise<void>;
  /** Calls `listener` after every batch that changed something; the returned function stops that. */
  watch(listener: (event: StoreEvent) => void): () => void;
  /** Waits for changes under way; every later one is refused with `closed`. */
  close(): Promise<void>;
}

const DEFAULT_COMPACT_AT_BYTES = 4 * 1024 * 1024;

/** Opens the store in `dir`, creating it. Rejects with `StoreError`. */
export async function openStore(dir: string, options: StoreOptions = {}): Promise<ConfigStore> {
  const { journal, snapshot, entries } = await Journal.open(dir);
  const resources = new Map(snapshot.resources.map((r) => [keyOf(r), r]));
  let { seq, revision } = snapshot;
  for (const entry of entries) {
    for (const key of entry.drop) resources.delete(key);
    for (const resource of entry.put) resources.set(keyOf(resource), resource);
    ({ seq, revision } = entry);
  }
  return new DirectoryStore(journal, resources, seq, revision, options);
}

class DirectoryStore implements ConfigStore {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #compactAtBytes: number;
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  #resources: ReadonlyMap<string, AnyResource>;
  #list: readonly AnyResource[] | undefined;
  #seq: number;
  #revision: number;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(journal: Journal, resources: ReadonlyMap<string, AnyResource>, seq: number, revision: number, options: StoreOptions) {
    this.#journal = journal;
    this.#resources = resources;
    this.#seq = seq;
    this.#revision = revision;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#compactAtBytes = options.compactAtBytes ?? DEFAULT_COMPACT_AT_BYTES;
  }

  get revision(): number {
    return this.#revision;
  }

  list(): readonly AnyResource[] {
    this.#list ??= [...this.#resources].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, resource]) => resource);
    return this.#list;
  }

  get(key: string): AnyResource | undefined {
    return this.#resources.get(key);
  }

  apply(resources: readonly AnyResource[], options: ChangeOptions = {}): Promise<readonly ApplyResult[]> {
    return this.#enqueue(async () => {
      const revision = this.#revision + 1;
      const put = new Map<string, AnyResource>();
      const results = resources.map((given): ApplyResult => {
        const key = keyOf(given);
        const { action, resource } = this.#upsert(put.get(key) ?? this.#resources.get(key), given, revision);
        if (resource !== undefined) put.set(key, resource);
        return { kind: given.kind, namespace: given.metadata.namespace, name: given.metadata.name, action };
      });
      if (options.dryRun !== true) await this.#commit([...put.values()], []);
      return results;
    });
  }

  delete(refs: readonly ResourceRef[], options: ChangeOptions = {}): Promise<readonly DeleteResult[]> {
    return this.#enqueue(async () => {
      const drop = new Set<string>();
      const results = refs.map(({ kind, namespace, name }): DeleteResult => {
        const key = resourceKey(kind, namespace, name);
        const present = this.#resources.has(key) && !drop.has(key);
        if (present) drop.add(key);
        return { kind, namespace, name, action: present ? 'deleted' : 'absent' };
      });
      if (options.dryRun !== true) await this.#commit([], [...drop]);
      return results;
    });
  }

  purge(): Promise<void> {
    return this.#enqueue(async () => {
      await this.#commit([], [...this.#resources.keys()]);
      // Deleted Secrets are not to stay readable in the log.
      await this.#journal.compact({ seq: this.#seq, revision: this.#revision, resources: [] });
    });
  }

  watch(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue;
    await this.#journal.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Runs changes one at a time, so that each sees the one before. */
  #enqueue<T>(change: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreError('closed', 'Cannot change the configuration: the store is closed'));
    const result = this.#queue.then(change);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Decides what one resource becomes; no resource when there is nothing to write. */
  #upsert(
    existing: AnyResource | undefined,
    given: AnyResource,
    revision: number,
  ): { readonly action: ApplyResult['action']; readonly resource?: AnyResource } {
    if (existing === undefined) {
      const metadata: ObjectMeta = {
        ...given.metadata,
        resourceVersion: String(revision),
        generation: 1,
        creationTimestamp: new Date(this.#clock.now()).toISOString(),
        uid: randomUUID(),
      };
      return { action: 'created', resource: { ...given, metadata } };
    }
    const { resourceVersion, generation = 1, creationTimestamp, uid } = existing.metadata;
    const expected = given.metadata.resourceVersion;
    if (expected !== undefined && expected !== resourceVersion) {
      throw new StoreError(
        'conflict',
        `Cannot apply ${given.kind} "${given.metadata.name}": it was changed meanwhile (version ${resourceVersion ?? 'unknown'}, given ${expected})`,
      );
    }
    const sameSpec = isDeepStrictEqual(existing.spec, given.spec);
    const same =
      sameSpec &&
      existing.apiVersion === given.apiVersion &&
      isDeepStrictEqual(existing.metadata.labels, given.metadata.labels) &&
      isDeepStrictEqual(existing.metadata.annotations, given.metadata.annotations);
    if (same) {
      return isDeepStrictEqual(existing.origin, given.origin)
        ? { action: 'unchanged' }
        : { action: 'unchanged', resource: { ...existing, origin: given.origin } };
    }
    const metadata: ObjectMeta = {
      ...given.metadata,
      resourceVersion: String(revision),
      generation: sameSpec ? generation : generation + 1,
      creationTimestamp,
      uid,
    };
    return { action: 'configured', resource: { ...given, metadata } };
  }

  async #commit(put: readonly AnyResource[], drop: readonly string[]): Promise<void> {
    if (put.length === 0 && drop.length === 0) return;
    const changes = this.#changes(put, drop);
    const revision = changes.length === 0 ? this.#revision : this.#revision + 1;
    const entry: Entry = { seq: this.#seq + 1, revision, put, drop };
    await this.#journal.append(entry);

    const next = new Map(this.#resources);
    for (const key of drop) next.delete(key);
    for (const resource of put) next.set(keyOf(resource), resource);
    this.#resources = next;
    this.#list = undefined;
    this.#seq = entry.seq;
    this.#revision = revision;
    await this.#compactWhenLong();
    if (changes.length > 0) this.#announce({ revision, changes });
  }

  /** What a batch changes for readers; a moved origin alone is no change. */
  #changes(put: readonly AnyResource[], drop: readonly string[]): readonly StoreChange[] {
    const changes: StoreChange[] = [];
    for (const key of drop) {
      const previous = this.#resources.get(key);
      if (previous !== undefined) changes.push({ type: 'deleted', previous });
    }
    for (const resource of put) {
      const previous = this.#resources.get(keyOf(resource));
      if (previous === undefined) changes.push({ type: 'created', resource });
      else if (previous.metadata.resourceVersion !== resource.metadata.resourceVersion)
        changes.push({ type: 'updated', resource, previous });
    }
    return changes;
  }

  async #compactWhenLong(): Promise<void> {
    if (this.#journal.logBytes < this.#compactAtBytes) return;
    try {
      await this.#journal.compact({ seq: this.#seq, revision: this.#revision, resources: this.list() });
    } catch (error) {
      // The change itself is durable in the log; the next one tries again.
      this.#logger.warn('Cannot shorten the configuration log', { error: String(error) });
    }
  }

  #announce(event: StoreEvent): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#logger.error('A listener of the configuration store failed', { error: String(error) });
      }
    }
  }
}
