import { type LogLine } from '@lateen/observation';

/** Bytes of a line beside its text. */
const LINE_OVERHEAD = 160;
const MAX_LINE = 4096;
const KEPT_MS = 15 * 60_000;

/** What apps and proxies printed in the last 15 minutes, in bounded memory. */
export class Logs {
  #lines: LogLine[] = [];
  #first = 0;
  #bytes = 0;

  /** Bytes they take, as accounted. */
  get bytes(): number {
    return this.#bytes;
  }

  add(line: LogLine): void {
    const kept = line.text.length <= MAX_LINE ? line : { ...line, text: line.text.slice(0, MAX_LINE) };
    this.#lines.push(kept);
    this.#bytes += sizeOf(kept);
  }

  /** The last `limit` lines of a workload, oldest first. */
  ofWorkload(namespace: string, workload: string, limit: number): readonly LogLine[] {
    const found: LogLine[] = [];
    for (let i = this.#lines.length - 1; i >= this.#first && found.length < limit; i--) {
      const line = this.#lines[i]!;
      if (line.workload === workload && line.namespace === namespace) found.push(line);
    }
    return found.reverse();
  }

  /** Lines of some workloads (`NAMESPACE/WORKLOAD`) between two moments, oldest first. */
  between(workloads: ReadonlySet<string>, fromMs: number, toMs: number): readonly LogLine[] {
    const found: LogLine[] = [];
    for (let i = this.#first; i < this.#lines.length; i++) {
      const line = this.#lines[i]!;
      if (line.atMs >= fromMs && line.atMs <= toMs && workloads.has(`${line.namespace}/${line.workload}`)) found.push(line);
    }
    return found;
  }

  /** Gives up lines older than 15 minutes before `nowMs`. */
  age(nowMs: number): void {
    while (this.#first < this.#lines.length && this.#lines[this.#first]!.atMs < nowMs - KEPT_MS) this.#drop();
  }

  /** Makes itself at most so large: the oldest lines go. */
  shrinkTo(bytes: number): void {
    while (this.#bytes > bytes) this.#drop();
  }

  #drop(): void {
    this.#bytes -= sizeOf(this.#lines[this.#first++]!);
    if (this.#first > 1024 && this.#first * 2 > this.#lines.length) {
      this.#lines = this.#lines.slice(this.#first);
      this.#first = 0;
    }
  }
}

function sizeOf({ text, workload, namespace }: LogLine): number {
  return LINE_OVERHEAD + text.length + workload.length + namespace.length;
}
