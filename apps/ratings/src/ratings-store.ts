/** Stars by reviewer. */
export type Ratings = Readonly<Record<string, number>>;

const DEFAULT: Ratings = { Reviewer1: 5, Reviewer2: 4 };

/** The oldest are dropped beyond this many, so that nobody can fill the memory. */
const MAX_PRODUCTS = 10_000;

/** Ratings in memory: what was posted for a product, else the two everyone starts with. */
export class RatingsStore {
  readonly #posted = new Map<number, Ratings>();

  get(productId: number): Ratings {
    return this.#posted.get(productId) ?? DEFAULT;
  }

  set(productId: number, ratings: Ratings): void {
    this.#posted.delete(productId);
    this.#posted.set(productId, ratings);
    const oldest = this.#posted.keys().next();
    if (this.#posted.size > MAX_PRODUCTS && oldest.done !== true) this.#posted.delete(oldest.value);
  }
}

/** Reads a posted body, one JSON object of numbers; undefined when it is anything else. */
export function parseRatings(text: string): Ratings | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  return entries.every((entry): entry is [string, number] => typeof entry[1] === 'number') ? Object.fromEntries(entries) : undefined;
}
