/** How long one step of every series is, in milliseconds. */
export const STEP_MS = 5000;

/** Steps that are kept: 15 minutes. */
export const KEPT_STEPS = 180;

/** Steps that are stored together, and given up together. */
const CHUNK_STEPS = 36;

/** What a chunk takes beside its numbers, in bytes: the array, its buffer, its place in a map. */
const CHUNK_OVERHEAD = 200;

/** The step that a moment falls into. */
export function stepOf(ms: number): number {
  return Math.floor(ms / STEP_MS);
}

/** A share of a window that falls into one step. */
export interface StepShare {
  readonly step: number;
  /** 0 to 1; the shares of a window add up to 1. */
  readonly share: number;
}

/** How the window from `startMs` to `endMs` falls into steps; what is older than {@link KEPT_STEPS} before its end counts to the oldest. */
export function sharesOf(startMs: number, endMs: number): readonly StepShare[] {
  // A window ends with the moment it was closed: that moment begins the next step.
  const last = stepOf(Math.max(startMs, endMs - 1));
  const first = Math.max(stepOf(startMs), last - KEPT_STEPS + 1);
  const begin = Math.max(startMs, first * STEP_MS);
  if (first === last || endMs <= begin) return [{ step: last, share: 1 }];
  const shares: StepShare[] = [];
  for (let step = first; step <= last; step++) {
    const from = Math.max(begin, step * STEP_MS);
    const to = Math.min(endMs, (step + 1) * STEP_MS);
    shares.push({ step, share: (to - from) / (endMs - begin) });
  }
  return shares;
}

/** Some numbers per step, for the steps that have any. */
export class StepNumbers {
  readonly #chunks = new Map<number, Float32Array>();

  constructor(readonly width: number) {}

  /** Bytes it takes. */
  get bytes(): number {
    return this.#chunks.size * (CHUNK_STEPS * this.width * Float32Array.BYTES_PER_ELEMENT + CHUNK_OVERHEAD);
  }

  get empty(): boolean {
    return this.#chunks.size === 0;
  }

  /** The oldest step that may have numbers; undefined when there is none. */
  get oldest(): number | undefined {
    let oldest: number | undefined;
    for (const chunk of this.#chunks.keys()) if (oldest === undefined || chunk < oldest) oldest = chunk;
    return oldest === undefined ? undefined : oldest * CHUNK_STEPS;
  }

  /** Adds `values`, as many as it is wide, times `share`. */
  add(step: number, values: ArrayLike<number>, share = 1): void {
    const index = Math.floor(step / CHUNK_STEPS);
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) this.#chunks.set(index, (chunk = new Float32Array(CHUNK_STEPS * this.width)));
    const at = (step - index * CHUNK_STEPS) * this.width;
    for (let i = 0; i < this.width; i++) chunk[at + i]! += values[i]! * share;
  }

  /** Adds the numbers of the steps from `first` to `last`, both included, to `into`. */
  sumInto(first: number, last: number, into: Float64Array): void {
    for (const [index, chunk] of this.#chunks) {
      const from = Math.max(first, index * CHUNK_STEPS);
      const to = Math.min(last, (index + 1) * CHUNK_STEPS - 1);
      for (let step = from; step <= to; step++) {
        const at = (step - index * CHUNK_STEPS) * this.width;
        for (let i = 0; i < this.width; i++) into[i]! += chunk[at + i]!;
      }
    }
  }

  /** The first step from `first` to `last`, both included, with a number in column `at`; undefined when there is none. */
  firstOf(first: number, last: number, at: number): number | undefined {
    let found: number | undefined;
    for (const [index, chunk] of this.#chunks) {
      const from = Math.max(first, index * CHUNK_STEPS);
      const to = Math.min(last, (index + 1) * CHUNK_STEPS - 1, found ?? Infinity);
      for (let step = from; step <= to; step++)
        if (chunk[(step - index * CHUNK_STEPS) * this.width + at]! > 0) {
          found = step;
          break;
        }
    }
    return found;
  }

  /** The last step from `first` to `last`, both included, with a number in column `at`; undefined when there is none. */
  lastOf(first: number, last: number, at: number): number | undefined {
    let found: number | undefined;
    for (const [index, chunk] of this.#chunks) {
      const from = Math.max(first, index * CHUNK_STEPS, (found ?? -1) + 1);
      for (let step = Math.min(last, (index + 1) * CHUNK_STEPS - 1); step >= from; step--)
        if (chunk[(step - index * CHUNK_STEPS) * this.width + at]! > 0) {
          found = step;
          break;
        }
    }
    return found;
  }

  /** Adds all that another of the same width has. */
  absorb(other: StepNumbers): void {
    for (const [index, chunk] of other.#chunks) {
      const own = this.#chunks.get(index);
      if (own === undefined) this.#chunks.set(index, chunk.slice());
      else for (let i = 0; i < chunk.length; i++) own[i]! += chunk[i]!;
    }
  }

  /** Gives up chunks that end before `step`. */
  dropBefore(step: number): void {
    for (const index of this.#chunks.keys()) if ((index + 1) * CHUNK_STEPS <= step) this.#chunks.delete(index);
  }
}

/** The first step after the chunk that `step` is in. */
export function endOfChunk(step: number): number {
  return (Math.floor(step / CHUNK_STEPS) + 1) * CHUNK_STEPS;
}
