import { type Head } from '../head';
import { ErrorCode } from './protocol';

/** What a stream asks of its connection. */
export interface StreamSession {
  /** What the peer may send on a stream before it is taken. */
  readonly streamWindow: number;
  /** Writes DATA as far as windows and socket allow; the offset that was reached. */
  writeData(stream: Http2Stream, buffer: Buffer, start: number, end: number): number;
  writeEnd(stream: Http2Stream): void;
  writeTrailers(stream: Http2Stream, trailers: Head): void;
  writeWindowUpdate(streamId: number, increment: number): void;
  /** The stream waits for a window or the socket. */
  enqueue(stream: Http2Stream): void;
  /** Our side has ended. */
  ended(stream: Http2Stream): void;
  /** RST_STREAM; the stream is told nothing. */
  resetStream(stream: Http2Stream, code: number): void;
  /** Resets a stream for what the peer did on it. */
  failStream(stream: Http2Stream, code: number, reason: string): void;
}

/**
 * One stream of an HTTP/2 connection: what is to be sent and may not be yet, what came and was not taken yet.
 * Spec: RFC 9113 §5.
 */
export abstract class Http2Stream {
  id = 0;
  /** Bytes we may send. */
  sendWindow = 0;
  /** Bytes the peer may send. */
  recvWindow = 0;
  /** The peer ended its side. */
  remoteEnded = false;
  /** We ended ours: END_STREAM is written. */
  endSent = false;
  /** Reset, or ended on both sides. */
  over = true;
  /** Waits in its session's line. */
  queued = false;
  /** Content the peer announced and has not sent; -1: nothing announced. */
  expected = -1;
  /** Content that has to wait for a window or the socket. */
  pendingBytes = 0;
  private pending: Buffer[] = [];
  private endQueued = false;
  private trailers: Head | undefined;
  /** Bytes taken that the peer has not been credited for. */
  private uncredited = 0;
  private paused = false;

  abstract readonly session: StreamSession;

  /** Some content came. */
  abstract onData(buffer: Buffer, start: number, end: number): void;
  /** The peer has ended its side; `trailers` are read before it returns. */
  abstract onRemoteEnd(trailers: Head | undefined): void;
  /** The stream was reset by the peer, or by us for what the peer did, or its connection ended. */
  abstract onReset(code: number, byPeer: boolean, reason: string): void;
  /** What waited has been sent. */
  abstract onWritable(): void;
  /** Nothing more happens on it. */
  abstract onClosed(): void;

  /** Begins a new life under `id`. */
  protected open(id: number, sendWindow: number, recvWindow: number): void {
    this.id = id;
    this.sendWindow = sendWindow;
    this.recvWindow = recvWindow;
    this.remoteEnded = this.endSent = this.over = this.queued = this.endQueued = this.paused = false;
    this.expected = -1;
    this.pendingBytes = this.uncredited = 0;
    this.trailers = undefined;
  }

  /** The peer takes no more for now: `onWritable` follows. */
  get blocked(): boolean {
    return this.pendingBytes > 0;
  }

  /** Content that the peer has not been let on about: it may be more than its window once `resumeReceive` is called. */
  sendBody(buffer: Buffer, start: number, end: number): void {
    if (this.over || this.endSent || this.endQueued || start === end) return;
    const sent = this.pendingBytes > 0 ? start : this.session.writeData(this, buffer, start, end);
    if (sent === end) return;
    this.pending.push(Buffer.from(buffer.subarray(sent, end)));
    this.pendingBytes += end - sent;
    this.session.enqueue(this);
  }

  /** Ends our side once what waits is sent. */
  endBody(trailers: Head | undefined): void {
    if (this.over || this.endQueued) return;
    if (this.pendingBytes > 0) {
      this.endQueued = true;
      this.trailers = trailers === undefined ? undefined : trailers.copy();
      return;
    }
    if (!this.endSent) {
      if (trailers === undefined) this.session.writeEnd(this);
      else this.session.writeTrailers(this, trailers);
      this.endSent = true;
    }
    this.session.ended(this);
  }

  /** Sends of what waits as much as the windows allow, at most `limit` bytes; true when all is gone. */
  sendPending(limit: number): boolean {
    let left = limit;
    while (this.pendingBytes > 0 && left > 0) {
      const first = this.pending[0]!;
      const end = Math.min(first.length, left);
      const sent = this.session.writeData(this, first, 0, end);
      this.pendingBytes -= sent;
      left -= sent;
      if (sent === first.length) this.pending.shift();
      else this.pending[0] = first.subarray(sent);
      if (sent < end) return false;
    }
    if (this.pendingBytes > 0) return false;
    if (this.endQueued) {
      this.endQueued = false;
      this.endBody(this.trailers);
    } else this.onWritable();
    return true;
  }

  /** The peer's window is not widened while nobody takes what comes. */
  pauseReceive(): void {
    this.paused = true;
  }

  resumeReceive(): void {
    if (!this.paused) return;
    this.paused = false;
    this.credit(0);
  }

  /** `bytes` of a DATA frame have been handled. */
  credit(bytes: number): void {
    this.uncredited += bytes;
    if (this.paused || this.over || this.remoteEnded || this.uncredited < this.session.streamWindow / 2) return;
    this.recvWindow += this.uncredited;
    this.session.writeWindowUpdate(this.id, this.uncredited);
    this.uncredited = 0;
  }

  /** Ends both sides at once. */
  reset(code: number): void {
    if (!this.over) this.session.resetStream(this, code);
  }

  /** Drops what waits. */
  forget(): void {
    this.over = true;
    if (this.pendingBytes > 0) this.pending = [];
    this.pendingBytes = 0;
    this.endQueued = false;
    this.trailers = undefined;
  }

  /** Counts content against what was announced; false when it does not fit. */
  countContent(bytes: number): boolean {
    if (this.expected < 0) return true;
    this.expected -= bytes;
    return this.expected >= 0;
  }

  /** Whether all announced content has come. */
  get complete(): boolean {
    return this.expected <= 0;
  }

  /** Refuses what the peer sent on it. */
  fail(code: number = ErrorCode.protocolError, reason = ''): void {
    if (this.over) return;
    this.session.failStream(this, code, reason);
  }
}
