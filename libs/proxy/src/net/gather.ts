import { Output } from './output';

/** Who gathered bytes are for. */
export interface GatherTarget {
  /** What waits for it; undefined when nothing does. Only `Gather` writes it. */
  pending: Output | undefined;
  /** It carries many streams: what several events have for it goes out in one write at the end of the loop's turn. */
  readonly batched: boolean;
  /** Writes everything in `output` and empties it, or takes its buffer along. */
  writeOut(output: Output): void;
}

/** Buffers kept for the next event, and how large one may have become to be kept. */
const MAX_SPARE = 64;
const MAX_SPARE_BYTES = 512 * 1024;

/**
 * Joins what one event wants to write to one connection into a single write, head and body together.
 *
 * Inside a read callback each connection's bytes are written at its end; anywhere else a flush is queued behind the
 * current step. A `batched` connection waits for the end of the event loop's turn, when every socket that was
 * readable has been read.
 */
export class Gather {
  private readonly spare: Output[] = [];
  private readonly event: GatherTarget[] = [];
  private readonly batch: GatherTarget[] = [];
  private depth = 0;
  private queued = false;
  private time = 0;

  /** The buffer to append to, for bytes to `target`. */
  begin(target: GatherTarget): Output {
    const { pending } = target;
    if (pending !== undefined) return pending;
    const output = this.spare.pop() ?? new Output();
    target.pending = output;
    if (target.batched) {
      if (this.batch.push(target) === 1) setImmediate(flushBatch, this);
    } else {
      this.event.push(target);
      if (this.depth === 0 && !this.queued) {
        this.queued = true;
        process.nextTick(flushQueued, this);
      }
    }
    return output;
  }

  /** Milliseconds as `performance.now()` counts them; within one event the clock is read once. */
  now(): number {
    if (this.depth === 0) return performance.now();
    if (this.time === 0) this.time = performance.now();
    return this.time;
  }

  /** A read callback starts: what it gathers is written by the matching `leave`. */
  enter(): void {
    this.depth++;
  }

  /** A read callback ends. */
  leave(): void {
    if (--this.depth > 0) return;
    this.time = 0;
    this.flushAll(this.event);
  }

  /** Writes what waits for `target`. */
  flush(target: GatherTarget): void {
    const output = target.pending;
    if (output === undefined) return;
    target.pending = undefined;
    if (output.length > 0) target.writeOut(output);
    this.release(output);
  }

  /** Drops what waits for a connection that is gone. */
  forget(target: GatherTarget): void {
    const output = target.pending;
    if (output === undefined) return;
    target.pending = undefined;
    output.length = 0;
    this.release(output);
  }

  /** Called from the queue. */
  flushFromQueue(): void {
    this.queued = false;
    if (this.depth === 0) this.flushAll(this.event);
  }

  /** Called at the end of the loop's turn. */
  flushFromTurn(): void {
    this.flushAll(this.batch);
  }

  /** A target flushed early and begun again stands in the list twice; the second time nothing waits. */
  private flushAll(targets: GatherTarget[]): void {
    for (let i = 0; i < targets.length; i++) this.flush(targets[i]!);
    targets.length = 0;
  }

  private release(output: Output): void {
    if (this.spare.length < MAX_SPARE && output.buffer.length <= MAX_SPARE_BYTES) this.spare.push(output);
  }
}

function flushQueued(gather: Gather): void {
  gather.flushFromQueue();
}

function flushBatch(gather: Gather): void {
  gather.flushFromTurn();
}
