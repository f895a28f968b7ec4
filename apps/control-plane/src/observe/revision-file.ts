import { open, readFile, rename } from 'node:fs/promises';
import { type Clock, type Logger } from '@lateen/base';
import { type AnyResource } from '@lateen/config';

/** A version of a resource as it is kept: one line of the file, in JSON. */
export interface KeptRevision {
  readonly key: string;
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly appliedAtMs: number;
  readonly resource: AnyResource;
  /** It came by going back to this generation. */
  readonly undoneTo?: number;
  /** The resource was deleted then, in milliseconds since the epoch. */
  readonly deletedAtMs?: number;
}

/** What a file of revisions is made of. */
export interface RevisionFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default 8 MB; of more, the versions that were applied first are left out. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 8 * 1024 * 1024;
/** From a change until it is written, in milliseconds: one apply changes many resources. */
const DELAY_MS = 250;

/**
 * Earlier versions of resources on the disk, so that a restart forgets neither where something came from nor how to undo
 * it. Replaced whole each time, private to its owner. Lines that cannot be read are left out and said in the log: what is
 * in effect is the store's matter, not this file's.
 */
export class RevisionFile {
  readonly #options: RevisionFileOptions;
  #cancel: (() => void) | undefined;
  #wanted: (() => Iterable<KeptRevision>) | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RevisionFileOptions) {
    this.#options = options;
  }

  /** Everything that can be read, in the order of the file. */
  async read(): Promise<readonly KeptRevision[]> {
    const { path, logger } = this.#options;
    let text = '';
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (!isMissing(error)) logger.warn('earlier versions of resources cannot be read', { path, error: String(error) });
      return [];
    }
    const lines = text.split('\n').filter((line) => line !== '');
    const kept = lines.flatMap((line) => parsed(line) ?? []);
    if (kept.length < lines.length)
      logger.warn('some earlier versions of resources are damaged and were left out', { path, damaged: lines.length - kept.length });
    return kept;
  }

  /** Writes what `revisions` gives a moment later, newest first; another call meanwhile replaces it. */
  writeSoon(revisions: () => Iterable<KeptRevision>): void {
    this.#wanted = revisions;
    this.#cancel ??= this.#options.clock.after(DELAY_MS, () => void this.flush());
  }

  /** Writes now what is to be written, after what is being written. */
  flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    return (this.#writing = this.#writing.then(() => this.#write()));
  }

  async #write(): Promise<void> {
    const { path, logger, maxBytes = MAX_BYTES } = this.#options;
    if (this.#wanted === undefined) return;
    const text = linesOf(this.#wanted(), maxBytes);
    this.#wanted = undefined;
    try {
      const file = await open(`${path}.tmp`, 'w', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.tmp`, path);
    } catch (error) {
      logger.warn('earlier versions of resources cannot be kept', { path, error: String(error) });
    }
  }
}

function linesOf(revisions: Iterable<KeptRevision>, maxBytes: number): string {
  const lines: string[] = [];
  let bytes = 0;
  for (const revision of [...revisions].sort((a, b) => b.appliedAtMs - a.appliedAtMs || b.generation - a.generation)) {
    const line = JSON.stringify(revision);
    bytes += Buffer.byteLength(line) + 1;
    // One that is too large for what is left does not keep out smaller ones.
    if (bytes > maxBytes) bytes -= Buffer.byteLength(line) + 1;
    else lines.push(`${line}\n`);
  }
  return lines.join('');
}

function parsed(line: string): KeptRevision | undefined {
  try {
    const { key, generation, appliedAtMs, resource, undoneTo, deletedAtMs } = JSON.parse(line) as Partial<KeptRevision>;
    if (typeof key !== 'string' || !Number.isFinite(appliedAtMs) || !Number.isInteger(generation)) return undefined;
    const { kind, metadata, origin } = (resource ?? {}) as Partial<AnyResource>;
    if (typeof kind !== 'string' || typeof metadata?.name !== 'string' || typeof origin?.text !== 'string') return undefined;
    const went = Number.isInteger(undoneTo) ? { undoneTo: undoneTo! } : {};
    const gone = Number.isFinite(deletedAtMs) ? { deletedAtMs: deletedAtMs! } : {};
    return { key, generation: generation!, appliedAtMs: appliedAtMs!, resource: resource!, ...went, ...gone };
  } catch {
    // No JSON: counted as damaged by the caller.
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
}
