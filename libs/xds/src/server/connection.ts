import { createHash } from 'node:crypto';
import { type Clock } from '@lateen/base';
import { type DeltaDiscoveryRequest, type DiscoveryRequest } from '../gen/envoy/service/discovery/v3/discovery_pb';
import { type PackedResource } from '../wire/packed-resource';
import { PUSH_ORDER, TYPE_URL } from '../wire/type-urls';
import { encodeDelta, encodeSotw, sotwWithTtl } from './encode';
import { type ClientSyncState, type XdsEvent } from './events';
import { type ResourceView, type XdsClientInfo } from './resource-source';
import { type Diff, TypeState } from './type-state';

/** How long later types wait for the answer to earlier ones before they are sent anyway. */
const BARRIER_MS = 500;

/** Types whose missing resource in a state-of-the-world response means that it is gone. Spec: xDS "Resource Types", full state. */
const PARTIAL: ReadonlySet<string> = new Set([TYPE_URL.EDS, TYPE_URL.RDS, TYPE_URL.SDS, TYPE_URL.ECDS, TYPE_URL.VHDS]);

/** A change goes out in three steps, each answered before the next: what routes need, what uses it, what nobody uses any more. */
const MAKE: readonly string[] = [TYPE_URL.CDS, TYPE_URL.EDS];
const TTL_FEATURE = 'xds.config.supports-resource-ttl';

/** What a connection needs handed in. */
export interface ConnectionOptions {
  readonly client: XdsClientInfo;
  readonly clock: Clock;
  readonly write: (bytes: Buffer) => void;
  readonly emit: (event: XdsEvent) => void;
}

/**
 * One ADS stream: requests in, responses out, at most one unanswered response per type, the newest view winning.
 * Spec: xDS protocol, "Basic Protocol Overview" to "Eventual consistency considerations".
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #types = new Map<string, TypeState>();
  /** Endpoint and route names to send again with their cluster or listener, by type; kept for a subscription that is still to come. */
  readonly #rewarm = new Map<string, Set<string>>();
  #view: ResourceView;
  #nonce = 0;
  #settled = -1;
  #sinceSettled = false;
  #barrier: { readonly cancel: () => void; expired: boolean } | undefined;
  #heartbeat: (() => void) | undefined;
  #closed = false;

  constructor(options: ConnectionOptions, view: ResourceView) {
    this.#options = options;
    this.#view = view;
  }

  /** How the client stands. */
  get syncState(): ClientSyncState {
    return {
      client: this.#options.client,
      types: new Map([...this.#types].map(([url, type]) => [url, type.sync])),
      settledGeneration: this.#settled,
    };
  }

  /** The client's current view. */
  get view(): ResourceView {
    return this.#view;
  }

  /** Takes a newer view and sends what changed. */
  update(view: ResourceView): void {
    this.#view = view;
    this.#pump();
  }

  close(): void {
    this.#closed = true;
    this.#barrier?.cancel();
    this.#heartbeat?.();
  }

  /** Takes a delta request. */
  receiveDelta(request: DeltaDiscoveryRequest): void {
    const { type, first } = this.#typeOf(request.typeUrl);
    this.#answer(type, request.responseNonce, request.errorDetail?.message);
    type.subscribeDelta(request.resourceNamesSubscribe, request.resourceNamesUnsubscribe, first, request.initialResourceVersions);
    this.#takeRewarm(type);
    this.#pump();
  }

  /** Takes a state-of-the-world request. */
  receiveSotw(request: DiscoveryRequest): void {
    const { type, first } = this.#typeOf(request.typeUrl);
    if (!first && request.responseNonce === '' && request.errorDetail === undefined && type.lastNonce !== '') {
      type.subscribeSotw(request.resourceNames, false);
      type.restart();
    } else {
      this.#answer(type, request.responseNonce, request.errorDetail?.message);
      // A request with a stale nonce is no answer, but the names it carries are the client's latest word.
      type.subscribeSotw(request.resourceNames, first);
    }
    this.#takeRewarm(type);
    this.#pump();
  }

  #typeOf(typeUrl: string): { type: TypeState; first: boolean } {
    const known = this.#types.get(typeUrl);
    if (known !== undefined) return { type: known, first: false };
    const type = new TypeState(typeUrl);
    this.#types.set(typeUrl, type);
    return { type, first: true };
  }

  #answer(type: TypeState, nonce: string, rejection: string | undefined): void {
    const { client, clock, emit } = this.#options;
    if (nonce === '') return;
    const { outstanding } = type;
    if (outstanding === undefined || outstanding.nonce !== nonce) {
      if (nonce !== type.lastNonce) emit({ kind: 'stale_nonce', client, typeUrl: type.typeUrl, atMs: clock.now() });
      return;
    }
    const atMs = clock.now();
    const resources = type.recordAnswer(atMs, rejection);
    const event = { client, typeUrl: type.typeUrl, atMs, ms: atMs - outstanding.sentAtMs, nonce };
    emit(rejection === undefined ? { kind: 'acked', ...event } : { kind: 'rejected', ...event, message: rejection, resources });
  }

  #takeRewarm(type: TypeState): void {
    const names = this.#rewarm.get(type.typeUrl);
    if (names === undefined) return;
    for (const name of names) {
      if (!type.wants(name)) continue;
      type.forced.add(name);
      names.delete(name);
    }
  }

  /** Sends whatever may be sent now. */
  #pump(): void {
    if (this.#closed) return;
    const blocked = this.#sendStep(MAKE, true) || this.#waitsForEndpoints();
    const open = !blocked || this.#barrier?.expired === true;
    const using = [TYPE_URL.LDS, TYPE_URL.RDS, TYPE_URL.SDS, ...[...this.#types.keys()].filter((url) => !PUSH_ORDER.includes(url))];
    // A request is answered at once; only what the server itself has to say waits its turn.
    const busy = this.#sendStep(open ? using : using.filter((url) => this.#types.get(url)?.requested === true), false);
    const waiting = (blocked && !open) || busy;
    const removing = !waiting || this.#barrier?.expired === true ? this.#sendStep(MAKE, false) : true;
    if (blocked || busy || removing) this.#armBarrier();
    else this.#settle();
  }

  /** Sends each type's difference, in order; true when one of them waits for an answer or has something unsent. */
  #sendStep(urls: readonly string[], keepRemoved: boolean): boolean {
    let waits = false;
    for (const url of urls) {
      const type = this.#types.get(url);
      if (type === undefined) continue;
      if (type.outstanding === undefined) this.#send(type, keepRemoved);
      waits ||= type.outstanding !== undefined;
    }
    return waits;
  }

  #send(type: TypeState, keepRemoved: boolean): void {
    const { client, clock, emit, write } = this.#options;
    const resources = this.#view.resources(type.typeUrl);
    const keep = keepRemoved && type.owedAnswers.size === 0;
    const diff = type.diff(resources, keep);
    if (diff.changed.length === 0 && diff.removed.length === 0 && !type.answerEmpty) {
      type.requested = false;
      type.recordHeld(clock.now());
      return;
    }
    const partial = PARTIAL.has(type.typeUrl);
    if (client.protocol === 'sotw' && partial && diff.changed.length === 0) {
      // Nothing to say: where missing does not mean gone, a removal is not sent.
      for (const name of diff.removed) type.sent.delete(name);
      type.requested = false;
      type.answerEmpty = false;
      return;
    }
    const whole = client.protocol === 'sotw' && !partial ? type.wholeState(resources, keep) : diff.changed;
    const nonce = `${client.streamId}-${++this.#nonce}`;
    const version = versionOf(type.wholeState(resources, keep));
    const head = { typeUrl: type.typeUrl, nonce, version };
    const ttl = client.node.clientFeatures.includes(TTL_FEATURE);
    const bytes =
      client.protocol === 'delta'
        ? encodeDelta(
            head,
            diff.changed.map((r) => (ttl && r.ttlMs !== undefined ? r.wrap(true) : r.delta)),
            diff.removed,
          )
        : encodeSotw(
            head,
            whole.map((r) => (ttl && r.ttlMs !== undefined ? sotwWithTtl(r, false) : r.any)),
          );
    this.#planRewarm(type, diff);
    const sentAtMs = clock.now();
    type.recordSent({ nonce, sentAtMs, changed: diff.changed, version }, diff);
    this.#sinceSettled = true;
    if (ttl) this.#armHeartbeat();
    write(bytes);
    emit({
      kind: 'pushed',
      client,
      typeUrl: type.typeUrl,
      atMs: sentAtMs,
      generation: this.#view.generation,
      resources: diff.changed.map((r) => r.name),
      removed: diff.removed,
      bytes: bytes.length,
      nonce,
    });
  }

  /** A changed cluster or listener warms again and then needs its endpoints or routes once more, changed or not. */
  #planRewarm(type: TypeState, { changed }: Diff): void {
    const next = type.typeUrl === TYPE_URL.CDS ? TYPE_URL.EDS : type.typeUrl === TYPE_URL.LDS ? TYPE_URL.RDS : undefined;
    if (next === undefined) return;
    const state = this.#types.get(next);
    for (const resource of changed) {
      const before = type.sent.get(resource.name)?.version;
      if (before === resource.version) continue;
      for (const name of resource.dependencies) {
        if (state?.wants(name) === true) {
          state.forced.add(name);
        } else {
          let names = this.#rewarm.get(next);
          if (names === undefined) this.#rewarm.set(next, (names = new Set()));
          names.add(name);
        }
      }
    }
  }

  /** New clusters whose endpoints the client has not asked for yet: routes to them wait until it has. */
  #waitsForEndpoints(): boolean {
    const eds = this.#types.get(TYPE_URL.EDS);
    const names = this.#rewarm.get(TYPE_URL.EDS);
    if (eds === undefined || names === undefined) return false;
    const resources = this.#view.resources(TYPE_URL.EDS);
    for (const name of names) if (!resources.has(name)) names.delete(name);
    return names.size > 0;
  }

  #armBarrier(): void {
    if (this.#barrier !== undefined) return;
    const barrier = { cancel: () => undefined as void, expired: false };
    barrier.cancel = this.#options.clock.after(BARRIER_MS, () => {
      barrier.expired = true;
      this.#rewarm.get(TYPE_URL.EDS)?.clear();
      this.#pump();
    });
    this.#barrier = barrier;
  }

  #settle(): void {
    this.#barrier?.cancel();
    this.#barrier = undefined;
    const { generation } = this.#view;
    if (generation === this.#settled) return;
    this.#settled = generation;
    const pushed = this.#sinceSettled;
    this.#sinceSettled = false;
    this.#options.emit({ kind: 'settled', client: this.#options.client, atMs: this.#options.clock.now(), generation, pushed });
  }

  #armHeartbeat(): void {
    if (this.#heartbeat !== undefined) return;
    const alive = [...this.#types.values()].flatMap((type) =>
      [...type.sent.values()].flatMap(({ resource }) => (resource?.ttlMs === undefined ? [] : [{ type, resource }])),
    );
    const shortest = Math.min(...alive.map(({ resource }) => resource.ttlMs ?? Infinity));
    if (!Number.isFinite(shortest)) return;
    this.#heartbeat = this.#options.clock.after(shortest / 2, () => {
      this.#heartbeat = undefined;
      for (const type of this.#types.values()) this.#sendHeartbeat(type);
      this.#armHeartbeat();
    });
  }

  #sendHeartbeat(type: TypeState): void {
    const alive = [...type.sent.values()].flatMap(({ resource }) => (resource?.ttlMs === undefined ? [] : [resource]));
    if (alive.length === 0 || type.outstanding !== undefined) return;
    const { client, clock, write } = this.#options;
    const head = { typeUrl: type.typeUrl, nonce: `${client.streamId}-${++this.#nonce}`, version: type.sync.sentVersion ?? '' };
    type.recordSent({ nonce: head.nonce, sentAtMs: clock.now(), changed: [], version: head.version }, { changed: [], removed: [] });
    write(
      client.protocol === 'delta'
        ? encodeDelta(
            head,
            alive.map((r) => r.wrap(true, true)),
            [],
          )
        : encodeSotw(
            head,
            alive.map((r) => sotwWithTtl(r, true)),
          ),
    );
  }
}

/** A version for a set of resources: equal sets have equal versions. */
function versionOf(resources: readonly PackedResource[]): string {
  const hash = createHash('sha256');
  for (const { name, version } of resources) hash.update(name).update('\0').update(version);
  return hash.digest('hex').slice(0, 16);
}
