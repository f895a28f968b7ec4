import { type Output } from './output';

/** Who the gathered bytes are for. */
export interface GatherTarget {
  /** Writes everything in `output` and empties it, or takes its buffer along. */
  writeOut(output: Output): void;
}

/**
 * Joins what one event wants to write to one connection into a single write, head and body together.
 *
 * At most one connection has bytes waiting: another one's turn flushes it. Inside a read callback the transport
 * flushes at its end; anywhere else a flush is queued behind the current step.
 */
export class Gather {
  private target: GatherTarget | undefined;
  private depth = 0;
  private queued = false;
  private time = 0;

  constructor(private readonly output: Output) {}

  /** The buffer to append to, for bytes to `target`. */
  begin(target: GatherTarget): Output {
    if (this.target !== target) {
      if (this.target !== undefined) this.flush();
      this.target = target;
      if (this.depth === 0 && !this.queued) {
        this.queued = true;
        process.nextTick(flushQueued, this);
      }
    }
    return this.output;
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
    if (this.target !== undefined) this.flush();
  }

  /** Writes what waits. */
  flush(): void {
    const target = this.target;
    if (target === undefined) return;
    this.target = undefined;
    if (this.output.length > 0) target.writeOut(this.output);
  }

  /** Writes what waits for `target`, before something else is done to it. */
  flushFor(target: GatherTarget): void {
    if (this.target === target) this.flush();
  }

  /** Drops what waits for a connection that is gone. */
  forget(target: GatherTarget): void {
    if (this.target !== target) return;
    this.target = undefined;
    this.output.length = 0;
  }

  /** Called from the queue. */
  flushFromQueue(): void {
    this.queued = false;
    if (this.depth === 0) this.flush();
  }
}

function flushQueued(gather: Gather): void {
  gather.flushFromQueue();
}
