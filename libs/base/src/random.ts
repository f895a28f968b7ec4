/** Randomness, handed in so that tests can seed it. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/** The runtime's generator; not for secrets. */
export const systemRandom: Random = { next: () => Math.random() };
