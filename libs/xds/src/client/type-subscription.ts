import { create } from '@bufbuild/protobuf';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
} from '../gen/envoy/service/discovery/v3/discovery_pb';
import { type ReceivedResource, type RejectedResource, type UpdateHandler } from './ads-client-types';

/** What a client knows of one type: the names it wants and the versions it has accepted. */
export class TypeSubscription {
  readonly #typeUrl: string;
  readonly #handler: UpdateHandler;
  readonly #wildcard: boolean;
  #names: ReadonlySet<string>;
  readonly #versions = new Map<string, string>();

  constructor(typeUrl: string, names: '*' | Iterable<string>, handler: UpdateHandler) {
    this.#typeUrl = typeUrl;
    this.#handler = handler;
    this.#wildcard = names === '*';
    this.#names = new Set(names === '*' ? [] : names);
  }

  /** The first request of a stream: what is wanted, and which versions are here already. */
  firstRequest(): DeltaDiscoveryRequest {
    return create(DeltaDiscoveryRequestSchema, {
      typeUrl: this.#typeUrl,
      resourceNamesSubscribe: this.#wildcard ? ['*'] : [...this.#names],
      initialResourceVersions: Object.fromEntries(this.#versions),
    });
  }

  /** Replaces the names; the request that tells the server, or undefined when nothing changes. */
  setNames(next: Iterable<string>): DeltaDiscoveryRequest | undefined {
    if (this.#wildcard) return undefined;
    const names = new Set(next);
    const subscribe = [...names].filter((name) => !this.#names.has(name));
    const unsubscribe = [...this.#names].filter((name) => !names.has(name));
    this.#names = names;
    for (const name of unsubscribe) this.#versions.delete(name);
    if (subscribe.length === 0 && unsubscribe.length === 0) return undefined;
    return create(DeltaDiscoveryRequestSchema, {
      typeUrl: this.#typeUrl,
      resourceNamesSubscribe: subscribe,
      resourceNamesUnsubscribe: unsubscribe,
    });
  }

  /** The request that ends the subscription. */
  end(): DeltaDiscoveryRequest {
    return create(DeltaDiscoveryRequestSchema, {
      typeUrl: this.#typeUrl,
      resourceNamesUnsubscribe: this.#wildcard ? ['*'] : [...this.#names],
    });
  }

  /** Hands a response over; what the handler refused, or all of it when the handler threw. */
  apply(response: DeltaDiscoveryResponse): readonly RejectedResource[] {
    const malformed: RejectedResource[] = [];
    const changed: ReceivedResource[] = [];
    const seen = new Set<string>();
    for (const { name, version, resource } of response.resources) {
      if (seen.has(name)) malformed.push({ name, reason: 'twice in one response' });
      else if (resource === undefined || resource.typeUrl !== this.#typeUrl)
        malformed.push({ name, reason: `not a resource of type ${this.#typeUrl}` });
      else if (this.#wanted(name)) changed.push({ name, version, any: resource });
      seen.add(name);
    }
    const removed = response.removedResources.filter((name) => this.#wanted(name));
    const rejected = [...malformed, ...this.#handle(changed, removed)];
    const refused = new Set(rejected.map((r) => r.name));
    for (const { name, version } of changed) if (!refused.has(name)) this.#versions.set(name, version);
    for (const name of removed) this.#versions.delete(name);
    return rejected;
  }

  #wanted(name: string): boolean {
    return this.#wildcard || this.#names.has(name);
  }

  #handle(changed: readonly ReceivedResource[], removed: readonly string[]): readonly RejectedResource[] {
    try {
      return this.#handler({ typeUrl: this.#typeUrl, changed, removed }) ?? [];
    } catch (error) {
      const reason = `Cannot apply: ${String(error)}`;
      return changed.length === 0 ? [{ name: '', reason }] : changed.map(({ name }) => ({ name, reason }));
    }
  }
}
