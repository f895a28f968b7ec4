import { type ProductPageConfig } from './config';
import { httpGet } from '@lateen/bookinfo';
import { type RequestMetrics } from './request-metrics';

/** A backend's JSON, or the status and the sentence the page shows in its place. */
export type Fetched =
  | { readonly ok: true; readonly status: 200; readonly body: unknown }
  | { readonly ok: false; readonly status: number; readonly body: { readonly error: string } };

type Service = 'details' | 'reviews' | 'ratings';
type Headers = Readonly<Record<string, string>>;

/** Reviews are asked a second time when the first fails: Bookinfo's own retry, under whatever the mesh does. */
const TRIES: Readonly<Record<Service, number>> = { details: 1, reviews: 2, ratings: 1 };

/** The services behind the page. No method rejects: a failure is what the page shows. */
export class Backends {
  readonly #config: ProductPageConfig;
  readonly #metrics: RequestMetrics;

  constructor(config: ProductPageConfig, metrics: RequestMetrics) {
    this.#config = config;
    this.#metrics = metrics;
  }

  details(productId: string, headers: Headers): Promise<Fetched> {
    return this.#fetch('details', productId, headers);
  }

  async reviews(productId: string, headers: Headers): Promise<Fetched> {
    await this.#flood(productId, headers);
    return this.#fetch('reviews', productId, headers);
  }

  ratings(productId: string, headers: Headers): Promise<Fetched> {
    return this.#fetch('ratings', productId, headers);
  }

  async #fetch(service: Service, productId: string, headers: Headers): Promise<Fetched> {
    const { backends } = this.#config;
    const url = `${backends[service]}/${service}/${encodeURIComponent(productId)}`;
    let status = 500;
    for (let tries = TRIES[service]; tries > 0; tries--) {
      status = 500;
      try {
        const reply = await httpGet(url, headers, backends.timeoutMs);
        const body: unknown = reply.status === 200 ? JSON.parse(reply.body) : undefined;
        this.#metrics.count(service, reply.status);
        if (reply.status === 200) return { ok: true, status: 200, body };
        status = reply.status;
        console.error(`Cannot get ${url}: it answered ${status}`);
      } catch (error) {
        this.#metrics.count(service, status);
        console.error(
          error instanceof SyntaxError ? `Cannot read ${url}: ${error.message}` : error instanceof Error ? error.message : error,
        );
      }
    }
    const what = service === 'details' ? 'product details' : service === 'reviews' ? 'product reviews' : 'product ratings';
    return { ok: false, status, body: { error: `Sorry, ${what} are currently unavailable for this book.` } };
  }

  /** Calls reviews as often as the configuration says and waits for all; how they end does not matter. */
  async #flood(productId: string, headers: Headers): Promise<void> {
    const { backends, floodFactor } = this.#config;
    const url = `${backends.reviews}/reviews/${encodeURIComponent(productId)}`;
    await Promise.allSettled(Array.from({ length: floodFactor }, () => httpGet(url, headers, backends.timeoutMs)));
  }
}
