import { create } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { type AdsClient, type AdsSubscription, type ResourceUpdate, type UpdateHandler } from '@lateen/xds/client';
import { type ToWorker, type WireResource } from './messages';

type Ads = Pick<AdsClient, 'subscribe'>;
type Update = Extract<ToWorker, { type: 'update' }>;

/**
 * The parent's side of one subscription for all workers: what the parent accepted is passed on, and kept for workers
 * that come later.
 */
export class AdsSource implements Ads {
  private readonly held = new Map<string, Map<string, WireResource>>();

  /** @param publish Called for each update to pass on. */
  constructor(
    private readonly ads: Ads,
    private readonly publish: (update: Update) => void,
  ) {}

  subscribe(typeUrl: string, names: '*' | Iterable<string>, handler: UpdateHandler): AdsSubscription {
    const subscription = this.ads.subscribe(typeUrl, names, (update) => {
      const rejected = handler(update) ?? [];
      this.pass(
        update,
        rejected.map(({ name }) => name),
      );
      return rejected;
    });
    return {
      setNames: (next) => {
        const wanted = new Set(next);
        const held = this.held.get(typeUrl);
        for (const name of [...(held?.keys() ?? [])]) if (!wanted.has(name)) held?.delete(name);
        subscription.setNames(wanted);
      },
      close: () => {
        this.held.delete(typeUrl);
        subscription.close();
      },
    };
  }

  /** All that is in effect, for a worker that has just begun. */
  *everything(): Iterable<Update> {
    for (const [typeUrl, held] of this.held) yield { type: 'update', typeUrl, changed: [...held.values()], removed: [] };
  }

  private pass({ typeUrl, changed, removed }: ResourceUpdate, rejected: readonly string[]): void {
    let held = this.held.get(typeUrl);
    if (held === undefined) this.held.set(typeUrl, (held = new Map()));
    const accepted = changed
      .filter(({ name }) => !rejected.includes(name))
      .map(({ name, version, any }) => ({ name, version, typeUrl: any.typeUrl, value: any.value }));
    for (const resource of accepted) held.set(resource.name, resource);
    for (const name of removed) held.delete(name);
    this.publish({ type: 'update', typeUrl, changed: accepted, removed });
  }
}

/** The worker's side: answers subscriptions from what its parent has passed on. */
export class AdsReplica implements Ads {
  private readonly held = new Map<string, Map<string, WireResource>>();
  private readonly subscriptions = new Map<string, { names: '*' | ReadonlySet<string>; readonly handler: UpdateHandler }>();

  subscribe(typeUrl: string, names: '*' | Iterable<string>, handler: UpdateHandler): AdsSubscription {
    const subscription: { names: '*' | ReadonlySet<string>; readonly handler: UpdateHandler } = {
      names: names === '*' ? '*' : new Set(names),
      handler,
    };
    this.subscriptions.set(typeUrl, subscription);
    this.deliver(typeUrl, [...(this.held.get(typeUrl)?.values() ?? [])], []);
    return {
      setNames: (next) => {
        const before = subscription.names;
        const wanted = new Set(next);
        subscription.names = wanted;
        const fresh = [...(this.held.get(typeUrl)?.values() ?? [])].filter(({ name }) => before !== '*' && !before.has(name));
        this.deliver(typeUrl, fresh, []);
      },
      close: () => this.subscriptions.delete(typeUrl),
    };
  }

  /** Takes what the parent has passed on. A wildcard type is delivered even when empty: that is news too. */
  take({ typeUrl, changed, removed }: Update): void {
    let held = this.held.get(typeUrl);
    if (held === undefined) this.held.set(typeUrl, (held = new Map()));
    for (const resource of changed) held.set(resource.name, resource);
    for (const name of removed) held.delete(name);
    this.deliver(typeUrl, changed, removed);
  }

  private deliver(typeUrl: string, changed: readonly WireResource[], removed: readonly string[]): void {
    const subscription = this.subscriptions.get(typeUrl);
    if (subscription === undefined || !this.held.has(typeUrl)) return;
    const { names, handler } = subscription;
    const wanted = names === '*' ? changed : changed.filter(({ name }) => names.has(name));
    if (names !== '*' && wanted.length === 0 && removed.length === 0) return;
    handler({
      typeUrl,
      changed: wanted.map(({ name, version, typeUrl: any, value }) => ({ name, version, any: create(AnySchema, { typeUrl: any, value }) })),
      removed,
    });
  }
}
