import { ErrorCode, Flag, FRAME_HEADER_BYTES, FrameType, MAX_FRAME_BYTES, PREFACE } from './protocol';

/** What a reader has found, in order. Offsets are into a buffer that is reused afterwards. */
export interface FrameHandler {
  /** A whole header block: HEADERS and its CONTINUATION frames joined. */
  onHeaderBlock(streamId: number, endStream: boolean, buffer: Buffer, start: number, end: number): void;
  /** A DATA frame begins; `flowBytes` counts against both windows, padding included, which `contentBytes` is without. */
  onDataFrame(streamId: number, flowBytes: number, contentBytes: number): void;
  /** Some of its bytes. */
  onDataBytes(buffer: Buffer, start: number, end: number): void;
  /** It is over. */
  onDataFrameEnd(endStream: boolean): void;
  onPriority(streamId: number): void;
  onReset(streamId: number, code: number): void;
  onSettings(buffer: Buffer, start: number, end: number): void;
  onSettingsAck(): void;
  onPing(ack: boolean, buffer: Buffer, start: number): void;
  onGoaway(lastStreamId: number, code: number): void;
  onWindowUpdate(streamId: number, increment: number): void;
  /** A frame whose fault concerns one stream only. */
  onStreamError(streamId: number, code: number): void;
  /** The connection cannot go on. */
  onConnectionError(code: number, reason: string): void;
}

/** What may come while a session rests: more than any window, so that only a flood of heads is. */
const MAX_RESTING_BYTES = 2 * 1024 * 1024;

/** A header block may be spread over so many frames; Envoy's limit is likewise small. */
const MAX_CONTINUATIONS = 32;

/**
 * Takes a connection's bytes apart into frames, whatever reads they arrive in. DATA is passed on as it comes, other
 * frames once they are whole.
 *
 * Spec: RFC 9113 §4, §6.
 */
export class FrameReader {
  /** Set when nothing more may be read. */
  stopped = false;
  /** Set while what comes is only kept, until `readOn`. */
  resting = false;
  /** What has come of a frame that is not whole, or while resting: bytes `heldStart` to `heldEnd`. */
  private held: Buffer = NOTHING;
  private heldStart = 0;
  private heldEnd = 0;
  /** Inside a DATA frame: content and padding still to come. */
  private inData = false;
  private dataLeft = 0;
  private paddingLeft = 0;
  private dataEndStream = false;
  /** A header block that is not whole: its stream (0: none), pieces and their size. */
  private blockStream = 0;
  private blockEndStream = false;
  private block: Buffer[] = [];
  private blockBytes = 0;
  private prefaceSeen: boolean;
  private settingsSeen = false;

  /**
   * @param expectPreface The peer is a client.
   * @param maxBlockBytes Compressed size of a header block past which the connection ends.
   */
  constructor(
    private readonly handler: FrameHandler,
    expectPreface: boolean,
    private readonly maxBlockBytes: number,
  ) {
    this.prefaceSeen = !expectPreface;
  }

  /** Reads bytes 0..`length`; what is incomplete is copied and waits. */
  read(buffer: Buffer, length: number): void {
    if (this.stopped) return;
    if (this.heldEnd === 0) {
      const used = this.resting ? 0 : this.readAll(buffer, 0, length);
      if (used < length) this.hold(buffer, used, length);
      return;
    }
    this.hold(buffer, 0, length);
    if (!this.resting) this.readHeld();
  }

  /** Ends a rest. */
  readOn(): void {
    this.resting = false;
    if (!this.stopped) this.readHeld();
  }

  private readHeld(): void {
    this.heldStart = this.readAll(this.held, this.heldStart, this.heldEnd);
    if (this.heldStart < this.heldEnd) return;
    this.heldStart = this.heldEnd = 0;
    this.held = NOTHING;
  }

  /** Copies what waits for more; the room doubles, so that a frame in a thousand pieces is not copied a thousand times. */
  private hold(buffer: Buffer, start: number, end: number): void {
    const waiting = this.heldEnd - this.heldStart;
    const total = waiting + end - start;
    if (this.resting && total > MAX_RESTING_BYTES) {
      this.fail(ErrorCode.enhanceYourCalm, 'too much at once');
      return;
    }
    if (this.heldEnd + end - start > this.held.length) {
      const { held } = this;
      // What was read already makes room where it is most of it.
      if (total > held.length / 2) this.held = Buffer.allocUnsafeSlow(Math.max(64, held.length * 2, total));
      held.copy(this.held, 0, this.heldStart, this.heldEnd);
      this.heldStart = 0;
      this.heldEnd = waiting;
    }
    buffer.copy(this.held, this.heldEnd, start, end);
    this.heldEnd += end - start;
  }

  /** The offset up to which there were whole frames, or parts of DATA. */
  private readAll(buffer: Buffer, start: number, end: number): number {
    let pos = start;
    if (!this.prefaceSeen) {
      pos = this.readPreface(buffer, end);
      if (!this.prefaceSeen) return pos;
    }
    while (pos < end && !this.stopped && !this.resting) {
      const next = this.inData ? this.readData(buffer, pos, end) : this.readFrame(buffer, pos, end);
      if (next === pos) return pos;
      pos = next;
    }
    return this.stopped ? end : pos;
  }

  private readPreface(buffer: Buffer, end: number): number {
    const length = Math.min(end, PREFACE.length);
    if (buffer.compare(PREFACE, 0, length, 0, length) !== 0) return this.fail(ErrorCode.protocolError, 'bad preface', end);
    if (length < PREFACE.length) return 0;
    this.prefaceSeen = true;
    return length;
  }

  /** The offset after the frame at `start`; `start` itself when it is not whole. */
  private readFrame(buffer: Buffer, start: number, end: number): number {
    if (end - start < FRAME_HEADER_BYTES) return start;
    const length = (buffer[start]! << 16) | (buffer[start + 1]! << 8) | buffer[start + 2]!;
    const type = buffer[start + 3]!;
    const flags = buffer[start + 4]!;
    const streamId = uint31(buffer, start + 5);
    if (length > MAX_FRAME_BYTES) return this.fail(ErrorCode.frameSizeError, 'frame too large', end);
    if (this.blockStream !== 0 && (type !== FrameType.continuation || streamId !== this.blockStream))
      return this.fail(ErrorCode.protocolError, 'expected CONTINUATION', end);
    if (!this.settingsSeen && type !== FrameType.settings) return this.fail(ErrorCode.protocolError, 'expected SETTINGS first', end);
    const payload = start + FRAME_HEADER_BYTES;
    if (type === FrameType.data) return this.beginData(buffer, payload, end, length, flags, streamId) ?? start;
    if (end - payload < length) return start;
    this.readWhole(buffer, payload, payload + length, type, flags, streamId);
    return payload + length;
  }

  private beginData(buffer: Buffer, payload: number, end: number, length: number, flags: number, streamId: number): number | undefined {
    if (streamId === 0) return this.fail(ErrorCode.protocolError, 'DATA on stream 0', end);
    let pos = payload;
    let padding = 0;
    if ((flags & Flag.padded) !== 0) {
      if (length === 0) return this.fail(ErrorCode.frameSizeError, 'DATA without its pad length', end);
      if (pos >= end) return undefined;
      padding = buffer[pos++]!;
      if (padding >= length) return this.fail(ErrorCode.protocolError, 'DATA with too much padding', end);
    }
    this.inData = true;
    this.dataLeft = length - padding - (pos - payload);
    this.paddingLeft = padding;
    this.dataEndStream = (flags & Flag.endStream) !== 0;
    this.handler.onDataFrame(streamId, length, this.dataLeft);
    return this.stopped ? end : this.readData(buffer, pos, end);
  }

  private readData(buffer: Buffer, start: number, end: number): number {
    let pos = start;
    if (this.dataLeft > 0) {
      const take = Math.min(this.dataLeft, end - pos);
      this.dataLeft -= take;
      if (take > 0) this.handler.onDataBytes(buffer, pos, pos + take);
      pos += take;
    }
    if (this.dataLeft === 0 && this.paddingLeft > 0) {
      const take = Math.min(this.paddingLeft, end - pos);
      this.paddingLeft -= take;
      pos += take;
    }
    if (this.dataLeft === 0 && this.paddingLeft === 0) {
      this.inData = false;
      this.handler.onDataFrameEnd(this.dataEndStream);
    }
    return pos;
  }

  private readWhole(buffer: Buffer, start: number, end: number, type: number, flags: number, streamId: number): void {
    const { handler } = this;
    const length = end - start;
    switch (type) {
      case FrameType.headers:
        this.readHeaders(buffer, start, end, flags, streamId);
        return;
      case FrameType.continuation:
        if (this.blockStream === 0) this.fail(ErrorCode.protocolError, 'CONTINUATION without HEADERS');
        else this.addToBlock(buffer, start, end, (flags & Flag.endHeaders) !== 0);
        return;
      case FrameType.windowUpdate: {
        if (length !== 4) {
          this.fail(ErrorCode.frameSizeError, 'WINDOW_UPDATE of a wrong size');
          return;
        }
        const increment = uint31(buffer, start);
        if (increment !== 0) handler.onWindowUpdate(streamId, increment);
        else if (streamId === 0) this.fail(ErrorCode.protocolError, 'WINDOW_UPDATE by nothing');
        else handler.onStreamError(streamId, ErrorCode.protocolError);
        return;
      }
      case FrameType.rstStream:
        if (streamId === 0) this.fail(ErrorCode.protocolError, 'RST_STREAM on stream 0');
        else if (length !== 4) this.fail(ErrorCode.frameSizeError, 'RST_STREAM of a wrong size');
        else handler.onReset(streamId, uint32(buffer, start));
        return;
      case FrameType.settings:
        this.readSettings(buffer, start, end, flags, streamId);
        return;
      case FrameType.ping:
        if (streamId !== 0) this.fail(ErrorCode.protocolError, 'PING on a stream');
        else if (length !== 8) this.fail(ErrorCode.frameSizeError, 'PING of a wrong size');
        else handler.onPing((flags & Flag.ack) !== 0, buffer, start);
        return;
      case FrameType.goaway:
        if (streamId !== 0) this.fail(ErrorCode.protocolError, 'GOAWAY on a stream');
        else if (length < 8) this.fail(ErrorCode.frameSizeError, 'GOAWAY of a wrong size');
        else handler.onGoaway(uint31(buffer, start), uint32(buffer, start + 4));
        return;
      case FrameType.priority:
        if (streamId === 0) this.fail(ErrorCode.protocolError, 'PRIORITY on stream 0');
        else if (length !== 5) handler.onStreamError(streamId, ErrorCode.frameSizeError);
        else if (uint31(buffer, start) === streamId) handler.onStreamError(streamId, ErrorCode.protocolError);
        else handler.onPriority(streamId);
        return;
      case FrameType.pushPromise:
        // Neither a client's to send, nor a server's: we never enable it (§8.4).
        this.fail(ErrorCode.protocolError, 'PUSH_PROMISE');
        return;
      default:
      // Frames of unknown types are ignored (§5.5).
    }
  }

  private readHeaders(buffer: Buffer, start: number, end: number, flags: number, streamId: number): void {
    if (streamId === 0) {
      this.fail(ErrorCode.protocolError, 'HEADERS on stream 0');
      return;
    }
    let from = start;
    let to = end;
    if ((flags & Flag.padded) !== 0) {
      if (from >= to) {
        this.fail(ErrorCode.frameSizeError, 'HEADERS without its pad length');
        return;
      }
      to -= buffer[from++]!;
    }
    if ((flags & Flag.priority) !== 0) {
      if (to - from >= 5 && uint31(buffer, from) === streamId) {
        // The block must still pass through the decoder, or both tables would differ.
        this.fail(ErrorCode.protocolError, 'a stream that depends on itself');
        return;
      }
      from += 5;
    }
    if (from > to) {
      this.fail(ErrorCode.protocolError, 'HEADERS with too much padding');
      return;
    }
    const endStream = (flags & Flag.endStream) !== 0;
    if ((flags & Flag.endHeaders) !== 0) {
      this.handler.onHeaderBlock(streamId, endStream, buffer, from, to);
      return;
    }
    this.blockStream = streamId;
    this.blockEndStream = endStream;
    this.block = [];
    this.blockBytes = 0;
    this.addToBlock(buffer, from, to, false);
  }

  private addToBlock(buffer: Buffer, start: number, end: number, last: boolean): void {
    this.block.push(Buffer.from(buffer.subarray(start, end)));
    this.blockBytes += end - start;
    if (this.blockBytes > this.maxBlockBytes || this.block.length > MAX_CONTINUATIONS) {
      this.block = [];
      this.fail(ErrorCode.enhanceYourCalm, 'header block too large');
      return;
    }
    if (!last) return;
    const whole = Buffer.concat(this.block);
    const streamId = this.blockStream;
    this.block = [];
    this.blockStream = 0;
    this.handler.onHeaderBlock(streamId, this.blockEndStream, whole, 0, whole.length);
  }

  private readSettings(buffer: Buffer, start: number, end: number, flags: number, streamId: number): void {
    const length = end - start;
    if (streamId !== 0) this.fail(ErrorCode.protocolError, 'SETTINGS on a stream');
    else if ((flags & Flag.ack) !== 0) {
      if (length !== 0) this.fail(ErrorCode.frameSizeError, 'SETTINGS acknowledged with a payload');
      else if (!this.settingsSeen) this.fail(ErrorCode.protocolError, 'expected SETTINGS first');
      else this.handler.onSettingsAck();
    } else if (length % 6 !== 0) this.fail(ErrorCode.frameSizeError, 'SETTINGS of a wrong size');
    else {
      this.settingsSeen = true;
      this.handler.onSettings(buffer, start, end);
    }
  }

  /** Stops; returns `end`, since nothing more is read. */
  private fail(code: number, reason: string, end = 0): number {
    this.stopped = true;
    this.handler.onConnectionError(code, reason);
    return end;
  }
}

const NOTHING: Buffer = Buffer.alloc(0);

function uint31(buffer: Buffer, at: number): number {
  return ((buffer[at]! & 0x7f) << 24) | (buffer[at + 1]! << 16) | (buffer[at + 2]! << 8) | buffer[at + 3]!;
}

function uint32(buffer: Buffer, at: number): number {
  return uint31(buffer, at) + (buffer[at]! & 0x80 ? 0x8000_0000 : 0);
}
