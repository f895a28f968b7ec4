import { type Clock } from '@lateen/base';
import { type AnyResource, type ConfigStore, keyOf, resourceKey, type ResourceRef } from '@lateen/config';
import { type KeptRevision } from './revision-file';

/** A version of a resource, and when it was applied. */
export interface Revision {
  readonly generation: number;
  readonly appliedAtMs: number;
  readonly resource: AnyResource;
  /** It came by going back to this generation; undefined where somebody wrote it. */
  readonly undoneTo?: number;
  /** The resource was deleted then, in milliseconds since the epoch: what is newer was made anew. */
  readonly deletedAtMs?: number;
}

interface History {
  /** Newest first. */
  revisions: readonly Revision[];
  /** The generation of the world that first had the newest; proxies that answered it have it. */
  worldGeneration: number;
  deleted: boolean;
}

const KEPT_REVISIONS = 10;
/** Deleted resources whose versions are kept for undoing. */
const MAX_DELETED = 500;

/**
 * The last ten versions of every resource. What was there at the start and is not among those that were kept counts as
 * applied when it was created, if it never changed. Earlier values of Secrets are in memory only.
 */
export class Revisions {
  readonly #histories = new Map<string, History>();
  /** Generations that resources go back to at this moment, by their keys. */
  readonly #goingBack = new Map<string, number>();
  readonly #unwatch: () => void;

  constructor({
    store,
    clock,
    generation,
    onChanged,
    kept = [],
    onKept = () => undefined,
  }: {
    readonly store: ConfigStore;
    readonly clock: Clock;
    /** Of the world as it is now. */
    readonly generation: () => number;
    /** A resource says something else from now on. */
    readonly onChanged: (ref: ResourceRef) => void;
    /** What was known before the start. Default nothing. */
    readonly kept?: readonly KeptRevision[];
    /** Something is to be kept from now on. */
    readonly onKept?: (revisions: () => Iterable<KeptRevision>) => void;
  }) {
    this.#restore(kept);
    const present = new Set<string>();
    const startedAtMs = clock.now();
    for (const resource of store.list()) {
      const created = Date.parse(resource.metadata.creationTimestamp ?? '');
      present.add(keyOf(resource));
      if (this.#resume(resource, generation())) continue;
      const appliedAtMs = resource.metadata.generation === 1 && Number.isFinite(created) ? created : startedAtMs;
      this.#add(resource, appliedAtMs, generation());
    }
    for (const key of this.#histories.keys()) if (!present.has(key)) this.#delete(key);
    this.#unwatch = store.watch(({ changes }) => {
      for (const change of changes) {
        const resource = change.type === 'deleted' ? change.previous : change.resource;
        const { kind, metadata } = resource;
        if (change.type === 'deleted') this.#delete(keyOf(resource), clock.now());
        else if (change.type === 'updated' && change.previous.metadata.generation === metadata.generation) this.#touch(resource);
        else this.#add(resource, clock.now(), generation() + 1);
        if (change.type !== 'updated' || change.previous.metadata.generation !== metadata.generation)
          onChanged({ kind, namespace: metadata.namespace, name: metadata.name });
      }
      onKept(() => this.#toKeep());
    });
  }

  /** Newest first; empty for a resource that never was. */
  of({ kind, namespace, name }: ResourceRef): readonly Revision[] {
    return this.#histories.get(resourceKey(kind, namespace, name))?.revisions ?? [];
  }

  /** Runs an apply that goes back to a generation; what it changes of the resource is known as undone. Rejects as the apply does. */
  async goingBack<T>({ kind, namespace, name }: ResourceRef, generation: number, apply: () => Promise<T>): Promise<T> {
    const key = resourceKey(kind, namespace, name);
    this.#goingBack.set(key, generation);
    try {
      return await apply();
    } finally {
      this.#goingBack.delete(key);
    }
  }

  /** When a resource got what it says now. */
  appliedAtMs(resource: AnyResource): number {
    return this.#histories.get(keyOf(resource))?.revisions[0]?.appliedAtMs ?? 0;
  }

  /** The world's generation that first had it. */
  worldGeneration(resource: AnyResource): number {
    return this.#histories.get(keyOf(resource))?.worldGeneration ?? 0;
  }

  close(): void {
    this.#unwatch();
  }

  #restore(kept: readonly KeptRevision[]): void {
    for (const { key, ...revision } of kept) {
      const { generation, appliedAtMs } = revision;
      const history = this.#histories.get(key) ?? { revisions: [], worldGeneration: 0, deleted: false };
      const others = history.revisions.filter((one) => one.generation !== generation || one.appliedAtMs > appliedAtMs);
      if (others.some((one) => one.generation === generation)) continue;
      history.revisions = [...others, revision]
        .sort((a, b) => b.appliedAtMs - a.appliedAtMs || b.generation - a.generation)
        .slice(0, KEPT_REVISIONS);
      this.#histories.set(key, history);
    }
  }

  /** Goes on where the newest kept version is what the store has. */
  #resume(resource: AnyResource, worldGeneration: number): boolean {
    const history = this.#histories.get(keyOf(resource));
    const [newest] = history?.revisions ?? [];
    if (history === undefined || newest?.generation !== (resource.metadata.generation ?? 1)) return false;
    if (newest.resource.metadata.uid !== resource.metadata.uid) return false;
    history.worldGeneration = worldGeneration;
    this.#touch(resource);
    return true;
  }

  /** What a restart could not tell: a resource that was created and never changed says itself when that was. */
  *#toKeep(): Iterable<KeptRevision> {
    for (const [key, { revisions, deleted }] of this.#histories) {
      const [newest] = revisions;
      if (newest === undefined || newest.resource.kind === 'Secret') continue;
      if (revisions.length === 1 && newest.generation === 1 && !deleted) continue;
      for (const revision of revisions) yield { key, ...revision };
    }
  }

  #add(resource: AnyResource, appliedAtMs: number, worldGeneration: number): void {
    const key = keyOf(resource);
    const undoneTo = this.#goingBack.get(key);
    const revision = {
      generation: resource.metadata.generation ?? 1,
      appliedAtMs,
      resource,
      ...(undoneTo === undefined ? {} : { undoneTo }),
    };
    // A resource that is made anew counts from 1 again: a number stands for its newest version.
    const before = (this.#histories.get(key)?.revisions ?? []).filter((one) => one.generation !== revision.generation);
    this.#histories.set(key, { revisions: [revision, ...before].slice(0, KEPT_REVISIONS), worldGeneration, deleted: false });
  }

  /** The same content from another place, or with other labels. */
  #touch(resource: AnyResource): void {
    const history = this.#histories.get(keyOf(resource));
    const [newest, ...rest] = history?.revisions ?? [];
    if (history !== undefined && newest !== undefined) history.revisions = [{ ...newest, resource }, ...rest];
  }

  /** `atMs` undefined: it was gone at the start. */
  #delete(key: string, atMs?: number): void {
    const history = this.#histories.get(key);
    if (history === undefined) return;
    history.deleted = true;
    const [newest, ...rest] = history.revisions;
    if (newest !== undefined && atMs !== undefined) history.revisions = [{ ...newest, deletedAtMs: atMs }, ...rest];
    const deleted = [...this.#histories].filter(([, other]) => other.deleted);
    if (deleted.length > MAX_DELETED) this.#histories.delete(deleted[0]![0]);
  }
}
