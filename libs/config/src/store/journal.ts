import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnyResource } from '../resource';
import { replaceFile, syncDirectory } from './durable-file';
import { errorCode } from './error-code';
import { ioError, StoreError } from './store-error';

/** One batch of changes, kept or lost as a whole. */
export interface Entry {
  /** Counts batches; an entry the snapshot already holds is skipped. */
  readonly seq: number;
  /** The store's revision after this batch. */
  readonly revision: number;
  readonly put: readonly AnyResource[];
  /** Keys of what is gone. */
  readonly drop: readonly string[];
}

/** Everything at one moment. */
export interface Snapshot {
  readonly seq: number;
  readonly revision: number;
  readonly resources: readonly AnyResource[];
}

const FORMAT = 1;
const EMPTY: Snapshot = { seq: 0, revision: 0, resources: [] };

/**
 * A snapshot file and a log of batches since, in one directory that one process owns.
 * A batch is durable when `append` returns. A batch torn by a crash was never acknowledged, and is dropped on opening.
 */
export class Journal {
  readonly #snapshotPath: string;
  #log: FileHandle;
  /** Where the acknowledged part of the log ends. */
  #logBytes: number;
  /** A failed append may have left bytes after `#logBytes`. */
  #torn = false;

  private constructor(snapshotPath: string, log: FileHandle, logBytes: number) {
    this.#snapshotPath = snapshotPath;
    this.#log = log;
    this.#logBytes = logBytes;
  }

  /** Opens or creates `dir`. Rejects with `StoreError` `damaged` or `io`. */
  static async open(dir: string): Promise<{ readonly journal: Journal; readonly snapshot: Snapshot; readonly entries: readonly Entry[] }> {
    try {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const snapshotPath = join(dir, 'snapshot.json');
      const snapshot = parseSnapshot(snapshotPath, await readIfPresent(snapshotPath));
      const logPath = join(dir, 'log.jsonl');
      const bytes = (await readIfPresent(logPath)) ?? Buffer.alloc(0);
      const { entries, length } = parseLog(logPath, bytes);
      const log = await open(logPath, bytes.length === 0 ? 'a+' : 'r+', 0o600).then(async (handle) => {
        await handle.close();
        return open(logPath, 'r+');
      });
      if (length < bytes.length) await log.truncate(length);
      await log.sync();
      await syncDirectory(dir);
      return { journal: new Journal(snapshotPath, log, length), snapshot, entries: entries.filter((e) => e.seq > snapshot.seq) };
    } catch (error) {
      throw error instanceof StoreError ? error : ioError(`open the store in "${dir}"`, error);
    }
  }

  /** Bytes of log since the last snapshot. */
  get logBytes(): number {
    return this.#logBytes;
  }

  /** Adds a batch; durable on return. On failure the log is as before, and a `StoreError` says why. */
  async append(entry: Entry): Promise<void> {
    const line = Buffer.from(encode(entry));
    try {
      if (this.#torn) await this.#cut();
      this.#torn = true;
      await writeFully(this.#log, line, this.#logBytes);
      await this.#log.datasync();
      this.#torn = false;
      this.#logBytes += line.length;
    } catch (error) {
      // Should the cut fail too, the next append tries it again, and opening drops the torn line.
      await this.#cut().catch(() => undefined);
      throw ioError('save the configuration', error);
    }
  }

  /** Writes everything as the new snapshot and empties the log. On failure both are as before. */
  async compact(snapshot: Snapshot): Promise<void> {
    try {
      await replaceFile(this.#snapshotPath, JSON.stringify({ format: FORMAT, ...snapshot, sum: checksum(JSON.stringify(snapshot)) }));
      this.#logBytes = 0;
      this.#torn = true;
      await this.#cut();
    } catch (error) {
      throw ioError('save the configuration', error);
    }
  }

  async close(): Promise<void> {
    await this.#log.close();
  }

  async #cut(): Promise<void> {
    await this.#log.truncate(this.#logBytes);
    await this.#log.datasync();
    this.#torn = false;
  }
}

function encode(entry: Entry): string {
  const json = JSON.stringify(entry);
  return `${checksum(json)} ${json}\n`;
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

async function writeFully(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function readIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parseSnapshot(path: string, bytes: Buffer | undefined): Snapshot {
  if (bytes === undefined) return EMPTY;
  let value: Snapshot & { readonly format: number; readonly sum: string };
  try {
    value = JSON.parse(bytes.toString('utf8')) as typeof value;
  } catch (error) {
    throw new StoreError('damaged', `Cannot open the store: "${path}" is not JSON`, { cause: error });
  }
  const { format, sum, seq, revision, resources } = value;
  if (format !== FORMAT)
    throw new StoreError('damaged', `Cannot open the store: "${path}" has format ${String(format)}, this version reads ${FORMAT}`);
  const snapshot: Snapshot = { seq, revision, resources };
  if (checksum(JSON.stringify(snapshot)) !== sum)
    throw new StoreError('damaged', `Cannot open the store: the checksum of "${path}" is wrong`);
  return snapshot;
}

/** Reads the log up to a torn end. Damage before the last line is no crash's doing, and refused. */
function parseLog(path: string, bytes: Buffer): { readonly entries: readonly Entry[]; readonly length: number } {
  const entries: Entry[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10, start); end >= 0; end = bytes.indexOf(10, start)) {
    const entry = decode(bytes.toString('utf8', start, end));
    if (entry === undefined) {
      if (bytes.indexOf(10, end + 1) >= 0) throw new StoreError('damaged', `Cannot open the store: "${path}" is damaged at byte ${start}`);
      break;
    }
    entries.push(entry);
    start = end + 1;
  }
  return { entries, length: start };
}

function decode(line: string): Entry | undefined {
  const [sum, json] = [line.slice(0, 16), line.slice(17)];
  if (checksum(json) !== sum) return undefined;
  return JSON.parse(json) as Entry;
}
