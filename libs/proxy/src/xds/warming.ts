/**
 * Resources that are used only once all they need is there. Until then the version before serves on: make before break.
 * Maps are replaced, never changed, and replaced only when something did change.
 */
export class Warming<T> {
  readonly #wanted = new Map<string, T>();
  readonly #isReady: (value: T) => boolean;
  #active: ReadonlyMap<string, T> = new Map();

  constructor(isReady: (value: T) => boolean) {
    this.#isReady = isReady;
  }

  /** In use. */
  get active(): ReadonlyMap<string, T> {
    return this.#active;
  }

  /** Configured last, in use or waiting. */
  get wanted(): ReadonlyMap<string, T> {
    return this.#wanted;
  }

  /** Names whose last version still waits. */
  get waiting(): readonly string[] {
    return [...this.#wanted].flatMap(([name, value]) => (this.#active.get(name) === value ? [] : [name]));
  }

  /** Everything in use or waiting: what must be kept supplied. */
  *all(): Generator<T> {
    yield* this.#wanted.values();
    for (const [name, value] of this.#active) if (this.#wanted.get(name) !== value) yield value;
  }

  want(name: string, value: T): void {
    this.#wanted.set(name, value);
  }

  /** Removed at once, whatever it was. */
  remove(name: string): void {
    this.#wanted.delete(name);
  }

  /** Puts what is ready into use; whether anything changed. */
  settle(): boolean {
    const next = new Map<string, T>();
    let same = true;
    for (const [name, value] of this.#wanted) {
      const before = this.#active.get(name);
      const use = before === value || this.#isReady(value) ? value : before;
      if (use !== undefined) next.set(name, use);
      if (use !== before) same = false;
    }
    if (same && next.size === this.#active.size) return false;
    this.#active = next;
    return true;
  }
}
