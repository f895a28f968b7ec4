import { readFileSync, statSync } from 'node:fs';
import { type Clock } from '@lateen/base';

/** How often files are looked at. A certificate is replaced long before it ends. */
const LOOK_MS = 5000;

/**
 * Files that were read, and whether they have changed since: looked at while somebody listens, so that renamed files,
 * links that lead elsewhere and files that are not there yet are all seen.
 */
export class FileWatch {
  readonly #clock: Clock;
  readonly #seen = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A file's text, looked after from now on. Throws when it cannot be read. */
  read(path: string): string {
    // First, so that what changes while it is read is seen.
    this.#seen.set(path, stampOf(path));
    this.#arm();
    return readFileSync(path, 'utf8');
  }

  /** Calls `listener` when some file has changed; whoever still wants files reads them again. The returned function ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#arm();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }

  #arm(): void {
    if (this.#cancel !== undefined || this.#listeners.size === 0 || this.#seen.size === 0) return;
    this.#cancel = this.#clock.after(LOOK_MS, () => {
      this.#cancel = undefined;
      this.#look();
      this.#arm();
    });
  }

  #look(): void {
    if ([...this.#seen].every(([path, stamp]) => stampOf(path) === stamp)) return;
    this.#seen.clear();
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Another whenever a file is written or replaced. */
function stampOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? 'absent' : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}
