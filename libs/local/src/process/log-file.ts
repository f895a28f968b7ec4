import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const KEPT_LINES = 200;

/**
 * One process's output: appended to a file that is rotated once to `FILE.1` at `maxBytes`, with the last lines kept in
 * memory and every line offered to whoever follows.
 */
export class LogFile {
  readonly path: string;
  readonly #maxBytes: number;
  readonly #recent: string[] = [];
  readonly #followers = new Set<(line: string) => void>();
  #fd: number;
  #size: number;
  #partial = '';
  #sinceMark = 0;

  /** @param maxBytes default 5 MB. */
  constructor(path: string, maxBytes = 5_000_000) {
    mkdirSync(dirname(path), { recursive: true });
    this.path = path;
    this.#maxBytes = maxBytes;
    this.#fd = openSync(path, 'a');
    this.#size = statSync(path).size;
  }

  /** Appends output as it came; lines may be split over chunks. */
  write(chunk: Buffer | string): void {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (this.#size > 0 && this.#size + bytes.length > this.#maxBytes) this.#rotate();
    writeSync(this.#fd, bytes);
    this.#size += bytes.length;
    const lines = (this.#partial + bytes.toString()).split('\n');
    // A program that never ends a line must not make this grow for ever.
    this.#partial = (lines.pop() ?? '').slice(-65_536);
    for (const line of lines) this.#line(line);
  }

  /** The last `count` lines, oldest first; at most 200 are kept. */
  recent(count: number): readonly string[] {
    const all = this.#partial === '' ? this.#recent : [...this.#recent, this.#partial];
    return count === 0 ? [] : all.slice(-count);
  }

  /** Begins a new run of the process: `recentSinceMark` looks no further back. */
  mark(): void {
    this.#sinceMark = 0;
  }

  /** The last `count` lines since the last `mark`. */
  recentSinceMark(count: number): readonly string[] {
    return this.recent(Math.min(count, this.#sinceMark + (this.#partial === '' ? 0 : 1)));
  }

  /** Calls `onLine` for every further line, until the returned function is called. */
  follow(onLine: (line: string) => void): () => void {
    this.#followers.add(onLine);
    return () => this.#followers.delete(onLine);
  }

  /** Ends the file; later writes are an error of the caller. */
  close(): void {
    if (this.#partial !== '') this.#line(this.#partial);
    this.#partial = '';
    closeSync(this.#fd);
  }

  #line(line: string): void {
    this.#recent.push(line);
    this.#sinceMark += 1;
    if (this.#recent.length > KEPT_LINES) this.#recent.shift();
    for (const follower of this.#followers) follower(line);
  }

  #rotate(): void {
    closeSync(this.#fd);
    renameSync(this.path, `${this.path}.1`);
    this.#fd = openSync(this.path, 'a');
    this.#size = 0;
  }
}
