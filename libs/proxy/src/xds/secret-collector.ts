import { equals } from '@bufbuild/protobuf';
import { type Clock, type Logger } from '@lateen/base';
import { type Secret as SecretMessage, SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { parseSecret, type Secret, type SecretRef } from '@lateen/proxy-config';

/** Secrets of the agent beside the proxy. Spec: Istio's `sds-grpc`. */
export interface SecretSource {
  /** The secret now, or undefined while it is not there. */
  get(name: string): SecretMessage | undefined;
  /** Calls `listener` whenever some secret may have changed; the returned function ends that. */
  subscribe(listener: () => void): () => void;
}

/** What collecting secrets is made of. */
export interface SecretCollectorOptions {
  readonly source: SecretSource;
  /** The control plane's secret of a name, if it has come. */
  readonly fromControlPlane: (name: string) => Secret | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Some secret may have changed, or has been waited for long enough. */
  readonly onDue: () => void;
  /** A version of one of the agent's secrets could not be used; called once for each. */
  readonly onRejected: () => void;
}

/** The secrets that configuration names, from wherever each comes. One that vanishes or turns bad keeps its last good value. */
export class SecretCollector {
  readonly #options: SecretCollectorOptions;
  readonly #unsubscribe: () => void;
  /** Keys of the agent's secrets that were asked for since it last said that something changed. */
  readonly #askedAgent = new Set<string>();
  /** The agent's secrets that could not be used, as they were told of. */
  readonly #rejected = new Map<string, SecretMessage>();
  /** When each secret was first wanted, in monotonic milliseconds. */
  readonly #wantedSince = new Map<string, number>();
  #wanted: ReadonlyMap<string, SecretRef> = new Map();
  #secrets: ReadonlyMap<string, Secret> = new Map();

  constructor(options: SecretCollectorOptions) {
    this.#options = options;
    this.#unsubscribe = options.source.subscribe(() => {
      this.#askedAgent.clear();
      options.onDue();
    });
  }

  /** By key; a new map when one changed. */
  get secrets(): ReadonlyMap<string, Secret> {
    return this.#secrets;
  }

  /** Replaces what is wanted, by key, and starts the clock of what may be waited for only so long. */
  want(refs: ReadonlyMap<string, SecretRef>): void {
    this.#wanted = refs;
    for (const key of this.#wantedSince.keys()) {
      if (refs.has(key)) continue;
      this.#wantedSince.delete(key);
      this.#rejected.delete(key);
    }
    for (const [key, { initialFetchTimeoutMs }] of refs) {
      if (this.#wantedSince.has(key)) continue;
      this.#wantedSince.set(key, this.#options.clock.monotonicMs());
      if (initialFetchTimeoutMs > 0) this.#options.clock.after(initialFetchTimeoutMs, this.#options.onDue);
    }
  }

  /** Whether a secret is there, or was waited for long enough: what needs it is then used, and refuses TLS. */
  isSettled({ key, initialFetchTimeoutMs }: SecretRef): boolean {
    if (this.#secrets.has(key)) return true;
    const since = this.#wantedSince.get(key);
    return initialFetchTimeoutMs > 0 && since !== undefined && this.#options.clock.monotonicMs() - since >= initialFetchTimeoutMs;
  }

  /** Takes up every wanted secret that is there now. */
  collect(): void {
    const next = new Map<string, Secret>();
    let same = true;
    for (const [key, ref] of this.#wanted) {
      const before = this.#secrets.get(key);
      const secret = this.#find(ref) ?? before;
      if (secret !== before) same = false;
      if (secret !== undefined) next.set(key, secret);
    }
    if (!same || next.size !== this.#secrets.size) this.#secrets = next;
  }

  stop(): void {
    this.#unsubscribe();
  }

  #find(ref: SecretRef): Secret | undefined {
    switch (ref.source) {
      case 'inline':
        return ref.inline;
      case 'ads':
        return this.#options.fromControlPlane(ref.name);
      case 'sds':
        return this.#askAgent(ref);
    }
  }

  #askAgent({ key, name }: SecretRef): Secret | undefined {
    const before = this.#secrets.get(key);
    if (this.#askedAgent.has(key)) return before;
    this.#askedAgent.add(key);
    const message = this.#options.source.get(name);
    if (message === undefined) return before;
    const result = parseSecret(message);
    if (!result.ok) {
      this.#reject(key, message, result.reason);
      return before;
    }
    this.#rejected.delete(key);
    return before !== undefined && JSON.stringify(before) === JSON.stringify(result.value) ? before : result.value;
  }

  /** Says so once: the agent is asked again whenever anything of its changes. */
  #reject(key: string, message: SecretMessage, reason: string): void {
    const known = this.#rejected.get(key);
    if (known !== undefined && equals(SecretSchema, known, message)) return;
    this.#rejected.set(key, message);
    this.#options.onRejected();
    const stays = this.#secrets.has(key) ? '; the one in use stays' : '';
    this.#options.logger.error(`Cannot use secret "${message.name}" of the agent: ${reason}${stays}`);
  }
}
