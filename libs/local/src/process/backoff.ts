/** When to start a crashed process again. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A process that ran this long starts over at `firstMs`. */
  readonly resetAfterMs: number;
}

/** A quarter of a second, doubled up to half a minute, forgotten after ten good seconds. */
export const DEFAULT_BACKOFF: BackoffOptions = { firstMs: 250, maxMs: 30_000, resetAfterMs: 10_000 };

/** Delays that double with every crash in a row. */
export class Backoff {
  readonly #options: BackoffOptions;
  #crashes = 0;

  constructor(options: BackoffOptions = DEFAULT_BACKOFF) {
    this.#options = options;
  }

  /** The delay before the next start of a process that ran for `ranMs`. */
  next(ranMs: number): number {
    if (ranMs >= this.#options.resetAfterMs) this.#crashes = 0;
    return Math.min(this.#options.firstMs * 2 ** this.#crashes++, this.#options.maxMs);
  }
}
