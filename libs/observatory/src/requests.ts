import { isFailure, type Patch, type RequestRecord } from '@lateen/observation';
import { accepts, type RequestFilter } from './request-filter';

/** How long single requests are kept, in milliseconds. */
const KEPT_MS = 15 * 60_000;

/** A record with when it came and what it takes. */
interface Kept {
  readonly record: RequestRecord;
  readonly receivedMs: number;
  readonly bytes: number;
}

/** First in, first out, without moving what is in between. */
class Queue {
  #items: (Kept | undefined)[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  get oldest(): Kept | undefined {
    return this.#items[this.#first];
  }

  push(item: Kept): void {
    this.#items.push(item);
  }

  shift(): Kept | undefined {
    const item = this.oldest;
    if (item === undefined) return undefined;
    this.#items[this.#first++] = undefined;
    if (this.#first > 1024 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** The newest first. */
  *newest(): Iterable<Kept> {
    for (let i = this.#items.length - 1; i >= this.#first; i--) yield this.#items[i]!;
  }
}

/** Objects that records share, each counted once while any has it. */
class Shared {
  readonly #users = new Map<object, number>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  take(object: object, bytes: number): void {
    const users = this.#users.get(object) ?? 0;
    this.#users.set(object, users + 1);
    if (users === 0) this.#bytes += bytes + SHARED_OVERHEAD;
  }

  release(object: object, bytes: number): void {
    const users = this.#users.get(object) ?? 0;
    if (users > 1) this.#users.set(object, users - 1);
    else if (this.#users.delete(object)) this.#bytes -= bytes + SHARED_OVERHEAD;
  }
}

/** Single requests of the last 15 minutes: failures, and what was watched. Watching does not drive failures out. */
export class Requests {
  readonly #failures = new Queue();
  readonly #others = new Queue();
  readonly #byRequestId = new Map<string, Kept[]>();
  /** Patches of causes: whole resources, the same for all that failed alike. */
  readonly #patches = new Shared();
  #bytes = 0;
  #failureBytes = 0;

  /** Bytes they take, as accounted. */
  get bytes(): number {
    return this.#bytes + this.#patches.bytes;
  }

  get size(): number {
    return this.#failures.length + this.#others.length;
  }

  add(record: RequestRecord, receivedMs: number): void {
    const kept: Kept = { record, receivedMs, bytes: sizeOf(record) };
    const failed = isFailure(record);
    (failed ? this.#failures : this.#others).push(kept);
    this.#bytes += kept.bytes;
    if (failed) this.#failureBytes += kept.bytes;
    const { patch } = record.cause ?? {};
    if (patch !== undefined) this.#patches.take(patch, sizeOfPatch(patch));
    if (record.requestId === '') return;
    const hops = this.#byRequestId.get(record.requestId);
    if (hops === undefined) this.#byRequestId.set(record.requestId, [kept]);
    else hops.push(kept);
  }

  /** Those that a filter accepts, newest first. */
  list(filter: RequestFilter, limit: number): readonly RequestRecord[] {
    const found: RequestRecord[] = [];
    for (const { record, receivedMs } of this.#newest()) {
      if (found.length >= limit || (filter.sinceMs !== undefined && receivedMs <= filter.sinceMs)) break;
      if (accepts(filter, record, receivedMs)) found.push(record);
    }
    return found;
  }

  /** All hops of one request, as they came. */
  byRequestId(requestId: string): readonly RequestRecord[] {
    return (this.#byRequestId.get(requestId) ?? []).map(({ record }) => record);
  }

  /** Gives up what came more than 15 minutes before `nowMs`. */
  age(nowMs: number): void {
    for (const queue of [this.#failures, this.#others])
      while (queue.oldest !== undefined && queue.oldest.receivedMs < nowMs - KEPT_MS) this.#drop(queue);
  }

  /** Makes itself at most so large: the oldest go first, failures last as long as they take less than half. */
  shrinkTo(bytes: number): void {
    while (this.bytes > bytes) {
      const tooMany = this.#failures.length > 0 && this.#failureBytes + this.#patches.bytes > bytes / 2;
      const failuresFirst = this.#others.length === 0 || tooMany;
      this.#drop(failuresFirst ? this.#failures : this.#others);
    }
  }

  #drop(queue: Queue): void {
    const kept = queue.shift();
    if (kept === undefined) return;
    this.#bytes -= kept.bytes;
    if (queue === this.#failures) this.#failureBytes -= kept.bytes;
    const { requestId, cause } = kept.record;
    if (cause?.patch !== undefined) this.#patches.release(cause.patch, sizeOfPatch(cause.patch));
    const hops = this.#byRequestId.get(requestId);
    if (hops === undefined) return;
    const at = hops.indexOf(kept);
    if (at >= 0) hops.splice(at, 1);
    if (hops.length === 0) this.#byRequestId.delete(requestId);
  }

  *#newest(): Iterable<Kept> {
    const failures = this.#failures.newest()[Symbol.iterator]();
    const others = this.#others.newest()[Symbol.iterator]();
    let failure = failures.next();
    let other = others.next();
    while (failure.done !== true || other.done !== true) {
      const first = other.done === true || (failure.done !== true && failure.value.receivedMs >= other.value.receivedMs);
      yield first ? (failure.value as Kept) : (other.value as Kept);
      if (first) failure = failures.next();
      else other = others.next();
    }
  }
}

/** Objects and their properties, in bytes: measured on V8, rounded up. */
const RECORD_OVERHEAD = 900;
const FIELD_OVERHEAD = 64;
const SHARED_OVERHEAD = 200;

function sizeOf(record: RequestRecord): number {
  let bytes = RECORD_OVERHEAD;
  for (const value of Object.values(record)) if (typeof value === 'string') bytes += value.length + 16;
  for (const fields of [record.requestHeaders, record.responseHeaders])
    for (const [name, value] of fields) bytes += FIELD_OVERHEAD + name.length + value.length;
  if (record.cause !== undefined) {
    const { sentence, evidence, where } = record.cause;
    bytes += 300 + sentence.length + evidence.reduce((sum, line) => sum + line.length + 32, 0);
    if (where !== undefined) bytes += 120 + where.file.length + where.path.length;
  }
  return bytes;
}

/** Text beyond Latin-1 takes two bytes a character. */
function sizeOfPatch({ title, yaml }: Patch): number {
  return 2 * (title.length + yaml.length);
}
