import { type RatingsConfig } from './config';

/** What becomes of one request for ratings. */
export type Outcome = 'serve' | 'refuse' | 'delay';

/** The failures a version is named for, decided apart from HTTP. */
export class Misbehaviour {
  readonly #config: RatingsConfig;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #startedAt: number;

  /** `now` in milliseconds; `random` uniform in [0, 1). */
  constructor(config: RatingsConfig, now: () => number, random: () => number) {
    this.#config = config;
    this.#now = now;
    this.#random = random;
    this.#startedAt = now();
  }

  /** Half of a faulty version's requests are refused, half of a delayed one's wait; the others flip in time. */
  next(): Outcome {
    switch (this.#config.fault) {
      case undefined:
        return 'serve';
      case 'faulty':
        return this.#random() < 0.5 ? 'refuse' : 'serve';
      case 'delayed':
        return this.#random() < 0.5 ? 'delay' : 'serve';
      case 'unavailable':
      case 'unhealthy':
        return this.#flipped() ? 'refuse' : 'serve';
    }
  }

  /** False while an unhealthy version is down; an unavailable one refuses but calls itself healthy. */
  healthy(): boolean {
    return !(this.#config.fault === 'unhealthy' && this.#flipped());
  }

  #flipped(): boolean {
    return Math.floor((this.#now() - this.#startedAt) / this.#config.flipMs) % 2 === 1;
  }
}
