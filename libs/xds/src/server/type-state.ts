import { type PackedResource } from '../wire/packed-resource';
import { TYPE_URL } from '../wire/type-urls';
import { type TypeSyncState } from './events';

/** Types where a first request without names asks for everything; elsewhere it asks for nothing. */
const NAMED_ONLY: ReadonlySet<string> = new Set([TYPE_URL.EDS, TYPE_URL.RDS, TYPE_URL.SDS, TYPE_URL.ECDS, TYPE_URL.VHDS]);

/** Types where a name that does not exist is answered at once, because a request hangs on the answer. Spec: VHDS, on-demand CDS. */
const ON_DEMAND: ReadonlySet<string> = new Set([TYPE_URL.VHDS, TYPE_URL.CDS]);

/** What one response consists of. */
export interface Diff {
  readonly changed: readonly PackedResource[];
  readonly removed: readonly string[];
}

/** A response that has not been answered. */
export interface Outstanding {
  readonly nonce: string;
  readonly sentAtMs: number;
  readonly changed: readonly PackedResource[];
  readonly version: string;
}

/**
 * One client's subscription to one type, and what it has been sent. Knows nothing of streams or of time; both
 * protocols, delta and state-of-the-world, are this with different requests and encodings.
 */
export class TypeState {
  wildcard = false;
  readonly names = new Set<string>();
  /** What the client has, as far as sent; by name. A version alone stands for what it brought from another stream. */
  readonly sent = new Map<string, { readonly version: string; readonly resource?: PackedResource }>();
  /** To be sent whether or not it changed: newly asked for, or to be warmed again. */
  readonly forced = new Set<string>();
  /** Asked for where an answer is owed even when it does not exist. */
  readonly owedAnswers = new Set<string>();
  /** Sent together with something rejected: to go with the next change. */
  readonly unsure = new Set<string>();
  /** The next response goes out even if empty: a first wildcard, so that the client stops waiting. */
  answerEmpty = false;
  /** Its request has not been answered: it does not wait for other types. */
  requested = true;
  outstanding: Outstanding | undefined;
  lastNonce = '';
  explicit = false;
  sync: TypeSyncState = { state: 'NOT SENT' };

  constructor(readonly typeUrl: string) {}

  /** Whether a first request without names subscribes to everything. Spec: xDS "Client Behavior", wildcard. */
  get wildcardByDefault(): boolean {
    return !NAMED_ONLY.has(this.typeUrl);
  }

  wants(name: string): boolean {
    return this.wildcard || this.names.has(name);
  }

  /** Applies a delta request's subscription changes. */
  subscribeDelta(
    subscribe: readonly string[],
    unsubscribe: readonly string[],
    first: boolean,
    initialVersions: Readonly<Record<string, string>>,
  ): void {
    if (first && subscribe.length === 0 && this.wildcardByDefault) this.#setWildcard(true);
    for (const [name, version] of Object.entries(initialVersions)) this.sent.set(name, { version });
    for (const name of subscribe) {
      if (name === '*') {
        this.#setWildcard(true);
        continue;
      }
      this.names.add(name);
      // A name asked for again is sent again; one the client says it has is compared instead.
      if (!(first && Object.hasOwn(initialVersions, name))) this.#force(name);
    }
    for (const name of unsubscribe) {
      if (name === '*') this.#setWildcard(false);
      else this.#unsubscribe(name);
    }
    if (!this.wildcard) for (const name of [...this.sent.keys()]) if (!this.names.has(name)) this.sent.delete(name);
    // Whoever brings versions has what it waits for already.
    if (Object.keys(initialVersions).length > 0) this.answerEmpty = false;
    if (subscribe.length > 0 || first) this.requested = true;
  }

  /** Applies the whole list of names of a state-of-the-world request. */
  subscribeSotw(names: readonly string[], first: boolean): void {
    if (first && names.length === 0) {
      if (this.wildcardByDefault && !this.explicit) this.#setWildcard(true);
    } else if (names.length > 0 || this.explicit || NAMED_ONLY.has(this.typeUrl)) {
      this.explicit ||= names.length > 0;
      this.#setWildcard(names.includes('*'));
    }
    const next = new Set(names.filter((name) => name !== '*'));
    for (const name of next) {
      if (this.names.has(name) && !first) continue;
      this.names.add(name);
      this.#force(name);
      this.requested = true;
      if (this.wildcardByDefault) this.answerEmpty = true;
    }
    for (const name of [...this.names]) if (!next.has(name)) this.names.delete(name);
    if (!this.wildcard) for (const name of [...this.sent.keys()]) if (!this.names.has(name)) this.sent.delete(name);
    if (first && this.wildcard) {
      this.answerEmpty = true;
      this.requested = true;
    }
  }

  /** What the client lacks of `resources`; removals are held back while `keepRemoved`. */
  diff(resources: ReadonlyMap<string, PackedResource>, keepRemoved: boolean): Diff {
    const changed: PackedResource[] = [];
    const names: Iterable<string> = this.wildcard ? resources.keys() : this.names;
    for (const name of names) {
      const resource = resources.get(name);
      if (resource !== undefined && (this.forced.has(name) || this.sent.get(name)?.version !== resource.version)) changed.push(resource);
    }
    const removed: string[] = [];
    if (!keepRemoved) {
      for (const name of this.sent.keys()) if (!resources.has(name) && this.wants(name)) removed.push(name);
      for (const name of this.owedAnswers) if (!resources.has(name) && !this.sent.has(name)) removed.push(name);
    }
    if (changed.length > 0) {
      for (const name of this.unsure) {
        const resource = resources.get(name);
        if (resource !== undefined && this.wants(name) && !changed.includes(resource)) changed.push(resource);
      }
    }
    return { changed, removed };
  }

  /** Every subscribed resource, and those the client is to keep a while although they are gone. */
  wholeState(resources: ReadonlyMap<string, PackedResource>, keepRemoved: boolean): readonly PackedResource[] {
    const whole = this.wildcard ? [...resources.values()] : [...this.names].flatMap((name) => resources.get(name) ?? []);
    if (keepRemoved) for (const [name, { resource }] of this.sent) if (resource !== undefined && !resources.has(name)) whole.push(resource);
    return whole;
  }

  /** Records a response as sent. */
  recordSent(outstanding: Outstanding, { changed, removed }: Diff): void {
    for (const resource of changed) {
      this.sent.set(resource.name, { version: resource.version, resource });
      this.forced.delete(resource.name);
      this.unsure.delete(resource.name);
      this.owedAnswers.delete(resource.name);
    }
    for (const name of removed) {
      this.sent.delete(name);
      this.owedAnswers.delete(name);
    }
    this.answerEmpty = false;
    this.requested = false;
    this.outstanding = outstanding;
    this.lastNonce = outstanding.nonce;
    this.sync = { ...this.sync, state: 'STALE', sentAtMs: outstanding.sentAtMs, sentVersion: outstanding.version };
  }

  /** Records the answer to the outstanding response. Returns which of its resources the rejection is about. */
  recordAnswer(atMs: number, rejection: string | undefined): readonly string[] {
    const { changed = [], version = '' } = this.outstanding ?? {};
    this.outstanding = undefined;
    if (rejection === undefined) {
      this.sync = {
        state: 'SYNCED',
        sentAtMs: this.sync.sentAtMs,
        sentVersion: this.sync.sentVersion,
        ackedAtMs: atMs,
        ackedVersion: version,
      };
      return [];
    }
    this.sync = { ...this.sync, state: 'NACK', message: rejection };
    const named = changed.filter((r) => mentions(rejection, r.name)).map((r) => r.name);
    // The receiver may have dropped the good ones with the bad: they go again, with the next change.
    if (named.length > 0) for (const r of changed) if (!named.includes(r.name)) this.unsure.add(r.name);
    return named.length > 0 ? named : changed.map((r) => r.name);
  }

  /** Records that the client brought from another stream all that it would be sent: it is in sync without an answer. */
  recordHeld(atMs: number): void {
    if (this.sync.state === 'NOT SENT' && this.sent.size > 0) this.sync = { state: 'SYNCED', ackedAtMs: atMs };
  }

  /** The client began anew on this stream: it has nothing, and waits for nothing. */
  restart(): void {
    this.outstanding = undefined;
    this.sent.clear();
    for (const name of this.names) this.forced.add(name);
    this.requested = true;
    this.answerEmpty = this.wildcard;
  }

  #setWildcard(on: boolean): void {
    if (on && !this.wildcard) {
      this.requested = true;
      this.answerEmpty = true;
    }
    this.wildcard = on;
  }

  #force(name: string): void {
    this.forced.add(name);
    if (ON_DEMAND.has(this.typeUrl)) this.owedAnswers.add(name);
  }

  #unsubscribe(name: string): void {
    this.names.delete(name);
    this.forced.delete(name);
    this.owedAnswers.delete(name);
    this.unsure.delete(name);
    // Still covered by the wildcard: the client dropped it and has to hear whether it exists.
    if (this.wildcard) {
      this.forced.add(name);
      this.owedAnswers.add(name);
      this.sent.delete(name);
    }
  }
}

/** Whether `text` holds `name` as a whole name, not as part of another. */
function mentions(text: string, name: string): boolean {
  const partOfName = /[\w.|-]/;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const after = text[at + name.length] ?? '';
    // A full stop may end a sentence as well as go on with a name.
    if (
      !partOfName.test(text[at - 1] ?? '') &&
      (!partOfName.test(after) || (after === '.' && !partOfName.test(text[at + name.length + 1] ?? '')))
    )
      return true;
  }
  return false;
}
