import { type AdsClient, type AdsSubscription, type UpdateHandler } from '@lateen/xds/client';

/**
 * A subscription to names, which there may be none of: a first request without names would mean everything, so that
 * nothing is asked while there are none. Spec: xDS wildcard subscriptions.
 */
export class NamedSubscription {
  readonly #ads: Pick<AdsClient, 'subscribe'>;
  readonly #typeUrl: string;
  readonly #handler: UpdateHandler;
  #subscription: AdsSubscription | undefined;
  #names: ReadonlySet<string> = new Set();

  constructor(ads: Pick<AdsClient, 'subscribe'>, typeUrl: string, handler: UpdateHandler) {
    this.#ads = ads;
    this.#typeUrl = typeUrl;
    this.#handler = handler;
  }

  /** Replaces the names asked for. */
  setNames(names: ReadonlySet<string>): void {
    if (names.size === this.#names.size && [...names].every((name) => this.#names.has(name))) return;
    this.#names = names;
    if (names.size === 0) this.close();
    else if (this.#subscription === undefined) this.#subscription = this.#ads.subscribe(this.#typeUrl, names, this.#handler);
    else this.#subscription.setNames(names);
  }

  close(): void {
    this.#subscription?.close();
    this.#subscription = undefined;
  }
}
