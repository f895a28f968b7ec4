import { gather, type Transport, type TransportOwner } from '../../net/transport';
import { type Output } from '../../net/output';
import { FairTurns, type Resting } from '../../net/fair-turns';
import { Wait } from '../../net/wait';
import { Head } from '../head';
import { type HeadLimits } from '../http1/parse-fields';
import { BlockResult } from './block-result';
import { HpackDecoder } from './hpack/decoder';
import { HpackEncoder } from './hpack/encoder';
import { DEFAULT_WINDOW, ErrorCode, Flag, FRAME_HEADER_BYTES, FrameType, MAX_FRAME_BYTES, MAX_WINDOW, Setting } from './protocol';
import { type Http2Stats } from './http2-stats';
import { type Keepalive, KEEPALIVE_PING } from './keepalive';
import { type FrameHandler, FrameReader } from './read-frames';
import { readTrailers } from './read-trailers';
import { type Http2Stream, type StreamSession } from './stream';
import { StreamTable } from './stream-table';
import {
  putFrameHeader,
  writeFrameHeader,
  writeGoaway,
  writePing,
  writeReset,
  writeSettings,
  writeSettingsAck,
  writeWindowUpdate,
} from './write-frame';
import { writeTrailers } from './write-head';

/** What a session grants its peer. */
export interface SessionLimits {
  /** Bytes the peer may send on a stream before they are taken. Default 256 KiB: what a slow reader can make us keep. */
  readonly streamWindow: number;
  /** What a head, or trailers, may weigh. */
  readonly head: HeadLimits;
}

/** A header block may come in so many bytes more than its fields may have. */
const BLOCK_OVERHEAD_BYTES = 16 * 1024;
/** Where the fields of trailers go, and of blocks that nobody wants. */
const trailers = new Head();

/**
 * What all sessions may unfold in a round, and what each may in any case, before they give way to others: forty bytes
 * can mean a head of sixty thousand (CVE-2026-47774), and a hundred of them come with one read.
 */
export const headTurns = new FairTurns(128 * 1024, 16 * 1024);
/**
 * Heads that come to so many times the bytes they came in, and a megabyte, are an attack's: a cookie of 4 KB out of the
 * table is 250 times its 16 bytes. Such a session has some 12 MB of heads a second.
 */
const AMPLIFICATION = 1000;
const UNFOLDED_FREE_BYTES = 1024 * 1024;
const AMPLIFIED_REST_MS = 10;

/** Credited as they come, whatever becomes of them: streams hold each other up only by the connection itself. */
const CONNECTION_WINDOW = 1024 * 1024;
/** Of streams we reset, frames may still be on their way. */
const REMEMBERED_RESETS = 256;
/** How long a peer may take to read why its connection ends. */
const LINGER_MS = 1000;
/** Answers the peer makes us owe it while it reads nothing. Spec: Envoy `max_outbound_control_frames`. */
const MAX_OWED_FRAMES = 1000;
/** PRIORITY frames for each stream. Spec: Envoy `max_inbound_priority_frames_per_stream`. */
const MAX_PRIORITIES = 100;
/** WINDOW_UPDATE frames for each DATA frame sent. Spec: Envoy `max_inbound_window_update_frames_per_data_frame_sent`. */
const MAX_WINDOW_UPDATES = 10;
/** DATA, HEADERS without content in a row that end nothing. Envoy allows one; some clients send a few. */
const MAX_EMPTY_FRAMES = 100;

/**
 * One end of an HTTP/2 connection: settings, windows, frames of many streams. What a stream's blocks mean is its
 * subclass's business.
 *
 * Content goes out in the order it comes as long as windows and socket allow; what has to wait is sent a frame at a
 * time, each stream in turn. Spec: RFC 9113.
 */
export abstract class Http2Session<S extends Http2Stream> implements TransportOwner, FrameHandler, StreamSession, Resting {
  readonly streams = new StreamTable<S>();
  readonly streamWindow: number;
  protected readonly encoder = new HpackEncoder();
  protected readonly decoder = new HpackDecoder(4096);
  protected closing = false;
  /** Highest stream the peer has opened. */
  protected lastPeerStream = 0;
  protected peerMaxStreams = Number.MAX_SAFE_INTEGER;
  protected peerConnectProtocol = false;
  private readonly reader: FrameReader;
  spent = 0;
  round = 0;
  /** Of all header blocks so far. */
  private unfoldedBytes = 0;
  private sendWindow = DEFAULT_WINDOW;
  private recvWindow = CONNECTION_WINDOW;
  private uncredited = 0;
  private peerInitialWindow = DEFAULT_WINDOW;
  private waiting: S[] = [];
  private receiving: S | undefined;
  private receivingBytes = 0;
  protected settingsSeen = false;
  /** Set by those that ask their peer whether it is there. */
  protected keepalive: Keepalive | undefined;
  private emptyFrames = 0;
  private owedFrames = 0;
  /** Streams begun, DATA frames sent, and what the peer has sent that costs it nothing. */
  private opened = 0;
  private dataFrames = 0;
  private priorities = 0;
  private windowUpdates = 0;
  private readonly resets = new Set<number>();
  /** Why we ended the connection, where the peer gave cause. */
  private violation: { readonly code: number; readonly reason: string } | undefined;
  /** The connection ended with streams still open. */
  endedBusy = false;
  private readonly linger = new Wait(() => this.transport.destroy());
  /** The last frame written, which may still be given END_STREAM while nothing followed it and it has not left. */
  private openId = 0;
  private openFlagsAt = 0;
  private openEnd = 0;
  private openWritten = 0;

  constructor(
    readonly transport: Transport,
    private readonly isServer: boolean,
    readonly limits: SessionLimits,
  ) {
    this.streamWindow = limits.streamWindow;
    this.reader = new FrameReader(this, isServer, limits.head.maxHeadBytes + BLOCK_OVERHEAD_BYTES);
  }

  /** A whole header block of a stream. */
  protected abstract takeHeaderBlock(streamId: number, endStream: boolean, buffer: Buffer, start: number, end: number): void;
  /** Whether the stream was never opened. */
  protected abstract isIdle(streamId: number): boolean;
  abstract onGoaway(lastStreamId: number, code: number): void;
  /** A stream is gone from `streams`. */
  protected abstract onStreamOver(stream: S): void;
  /** The connection is gone; streams have been told. */
  protected abstract onGone(error: Error | undefined): void;
  /** Something the peer sent was refused; `code` of `ErrorCode`. */
  protected abstract onViolation(code: number, reason: string): void;
  /** Something happened that has a counter. */
  protected count(_event: keyof Http2Stats): void {}
  /** Our side of a stream has ended, the peer's has not. */
  protected onLocalEnd(_stream: S): void {}
  /** Settings changed. */
  protected onPeerSettings(): void {}

  onBytes(buffer: Buffer, length: number): void {
    this.keepalive?.heard();
    if (!this.closing) this.reader.read(buffer, length);
  }

  onHeaderBlock(streamId: number, endStream: boolean, buffer: Buffer, start: number, end: number): void {
    this.takeHeaderBlock(streamId, endStream, buffer, start, end);
    const { unfoldedBytes, work } = this.decoder;
    this.unfoldedBytes += unfoldedBytes;
    if (!headTurns.spend(this, work) || this.closing) return;
    this.reader.resting = true;
    const amplified = this.unfoldedBytes > AMPLIFICATION * this.transport.bytesRead + UNFOLDED_FREE_BYTES;
    headTurns.rest(this, amplified ? AMPLIFIED_REST_MS : 0);
  }

  /** Reads what came before the rest, and what has come since. */
  goOn(): void {
    gather.enter();
    this.reader.readOn();
    gather.leave();
  }

  onEnd(): void {
    this.transport.endAndDestroy();
  }

  onDrain(): void {
    this.owedFrames = 0;
    this.pump();
  }

  onClose(error: Error | undefined): void {
    this.closing = true;
    this.reader.stopped = true;
    const open = this.streams.values();
    this.endedBusy = open.length > 0;
    this.streams.clear();
    this.linger.disarm();
    this.keepalive?.stop();
    const { violation } = this;
    for (const stream of open) {
      stream.forget();
      if (violation === undefined) stream.onReset(ErrorCode.cancel, true, error?.message ?? 'connection closed');
      else stream.onReset(violation.code, false, violation.reason);
      stream.onClosed();
    }
    this.onGone(error);
  }

  /** Sends our settings; with `first` before them. */
  protected greet(first: Buffer | undefined, settings: readonly number[]): void {
    const output = this.transport.output();
    if (first !== undefined) output.bytes(first, 0, first.length);
    writeSettings(output, settings);
    writeWindowUpdate(output, 0, CONNECTION_WINDOW - DEFAULT_WINDOW);
  }

  /** Begins a stream. */
  protected adopt(id: number, stream: S): { readonly sendWindow: number; readonly recvWindow: number } {
    this.streams.add(id, stream);
    this.opened++;
    return { sendWindow: this.peerInitialWindow, recvWindow: this.streamWindow };
  }

  writeData(stream: Http2Stream, buffer: Buffer, start: number, end: number): number {
    let pos = start;
    while (pos < end && !this.transport.blocked) {
      const size = Math.min(end - pos, stream.sendWindow, this.sendWindow, MAX_FRAME_BYTES);
      if (size <= 0) break;
      const output = this.transport.output();
      this.dataFrames++;
      writeFrameHeader(output, size, FrameType.data, 0, stream.id);
      const flagsAt = output.length - 5;
      output.bytes(buffer, pos, pos + size);
      this.leaveOpen(output, flagsAt, stream.id);
      pos += size;
      stream.sendWindow -= size;
      this.sendWindow -= size;
    }
    return pos;
  }

  /** Ends our side of a stream: on its last frame where that has not left yet. */
  writeEnd(stream: Http2Stream): void {
    const { pending, bytesWritten } = this.transport;
    if (this.openId === stream.id && pending?.length === this.openEnd && bytesWritten === this.openWritten) {
      pending.buffer[this.openFlagsAt]! |= Flag.endStream;
      return;
    }
    writeFrameHeader(this.transport.output(), 0, FrameType.data, Flag.endStream, stream.id);
  }

  writeTrailers(stream: Http2Stream, trailers: Head): void {
    this.writeBlock(stream.id, true, (output) => writeTrailers(this.encoder, output, trailers));
  }

  writeWindowUpdate(streamId: number, increment: number): void {
    writeWindowUpdate(this.transport.output(), streamId, increment);
  }

  /** HEADERS, and CONTINUATION where the block is too large for one frame. */
  protected writeBlock(streamId: number, end: boolean, write: (output: Output) => void): void {
    const output = this.transport.output();
    output.reserve(FRAME_HEADER_BYTES);
    const headerAt = output.length;
    output.length += FRAME_HEADER_BYTES;
    const start = output.length;
    write(output);
    const length = output.length - start;
    const flags = end ? Flag.endStream : 0;
    if (length > MAX_FRAME_BYTES) {
      this.splitBlock(output, headerAt, streamId, flags);
      return;
    }
    putFrameHeader(output.buffer, headerAt, length, FrameType.headers, flags | Flag.endHeaders, streamId);
    if (!end) this.leaveOpen(output, headerAt + 4, streamId);
  }

  enqueue(stream: Http2Stream): void {
    if (stream.queued) return;
    stream.queued = true;
    this.waiting.push(stream as S);
  }

  ended(stream: Http2Stream): void {
    if (stream.remoteEnded) this.closeStream(stream as S);
    else this.onLocalEnd(stream as S);
  }

  resetStream(stream: Http2Stream, code: number): void {
    writeReset(this.transport.output(), stream.id, code);
    this.rememberReset(stream.id);
    this.closeStream(stream as S);
  }

  /** Tells a stream that the peer will not serve it, though it never said so of this one. */
  protected refuse(stream: S): void {
    stream.forget();
    stream.onReset(ErrorCode.refusedStream, true, '');
    this.drop(stream);
  }

  failStream(stream: Http2Stream, code: number, reason: string): void {
    this.onViolation(code, reason);
    stream.forget();
    stream.onReset(code, false, reason);
    writeReset(this.transport.output(), stream.id, code);
    this.rememberReset(stream.id);
    this.drop(stream as S);
  }

  /** Says why, and closes. */
  onConnectionError(code: number, reason: string): void {
    if (this.closing) return;
    this.onViolation(code, reason);
    this.hangUp(code, reason);
  }

  /** GOAWAY, then the end, whatever is under way. */
  protected hangUp(code: number, reason: string): void {
    this.closing = true;
    this.reader.stopped = true;
    if (code !== ErrorCode.noError) this.violation = { code, reason };
    this.count('goaway_sent');
    this.linger.arm(LINGER_MS);
    writeGoaway(this.transport.output(), this.lastPeerStream, code, reason);
    this.transport.endAndDestroy();
  }

  onDataFrame(streamId: number, flowBytes: number, contentBytes: number): void {
    this.recvWindow -= flowBytes;
    if (this.recvWindow < 0) {
      this.onConnectionError(ErrorCode.flowControlError, 'more than the connection window');
      return;
    }
    this.uncredited += flowBytes;
    if (this.uncredited >= CONNECTION_WINDOW / 2) {
      this.recvWindow += this.uncredited;
      this.writeWindowUpdate(0, this.uncredited);
      this.uncredited = 0;
    }
    if (!this.countEmpty(contentBytes)) return;
    const stream = this.streams.get(streamId);
    this.receiving = undefined;
    this.receivingBytes = flowBytes;
    if (stream === undefined) {
      this.onUnknownStream(streamId);
      return;
    }
    if (stream.remoteEnded) {
      stream.fail(ErrorCode.streamClosed, 'DATA after its end');
      return;
    }
    stream.recvWindow -= flowBytes;
    if (stream.recvWindow < 0) stream.fail(ErrorCode.flowControlError, 'more than the stream window');
    else this.receiving = stream;
  }

  onDataBytes(buffer: Buffer, start: number, end: number): void {
    const stream = this.receiving;
    if (stream === undefined) return;
    if (stream.countContent(end - start)) {
      stream.onData(buffer, start, end);
      if (stream.over) this.receiving = undefined;
      return;
    }
    this.receiving = undefined;
    stream.fail(ErrorCode.protocolError, 'more content than announced');
  }

  onDataFrameEnd(endStream: boolean): void {
    // One that ends its stream says something.
    if (endStream) this.emptyFrames = 0;
    const stream = this.receiving;
    if (stream === undefined) return;
    this.receiving = undefined;
    if (endStream) this.endRemote(stream, undefined);
    else stream.credit(this.receivingBytes);
  }

  /** The peer has ended its side of a stream. */
  protected endRemote(stream: S, trailers: Head | undefined): void {
    if (!stream.complete) {
      stream.fail(ErrorCode.protocolError, 'less content than announced');
      return;
    }
    const { id } = stream;
    stream.remoteEnded = true;
    stream.onRemoteEnd(trailers);
    if (stream.endSent && !stream.over && stream.id === id) this.closeStream(stream);
  }

  /** Says nothing to us. Spec: Envoy `max_inbound_priority_frames_per_stream`. */
  onPriority(): void {
    if (++this.priorities <= MAX_PRIORITIES * (1 + this.opened)) return;
    this.count('inbound_priority_frames_flood');
    this.onConnectionError(ErrorCode.enhanceYourCalm, 'too many priorities');
  }

  onReset(streamId: number, code: number): void {
    const stream = this.streams.get(streamId);
    if (stream === undefined) {
      if (this.isIdle(streamId)) this.onConnectionError(ErrorCode.protocolError, 'RST_STREAM on an idle stream');
      return;
    }
    this.count('rx_reset');
    this.onPeerReset(stream);
    stream.forget();
    stream.onReset(code, true, '');
    this.drop(stream);
  }

  /** The peer has reset a stream: counted where that is an attack. */
  protected onPeerReset(_stream: S): void {}

  onStreamError(streamId: number, code: number): void {
    const stream = this.streams.get(streamId);
    if (stream !== undefined) stream.fail(code, 'bad frame');
    // On a stream we have reset nothing more is said; the peer may not know yet.
    else if (!this.resets.has(streamId)) {
      this.onViolation(code, 'bad frame');
      if (this.isIdle(streamId)) this.onConnectionError(code, 'a bad frame on an idle stream');
      else this.refuseStream(streamId, code);
    }
  }

  onSettings(buffer: Buffer, start: number, end: number): void {
    if (!this.settingsSeen) {
      this.settingsSeen = true;
      this.peerMaxStreams = Number.MAX_SAFE_INTEGER;
    }
    for (let at = start; at < end; at += 6) {
      const value = buffer.readUInt32BE(at + 2);
      switch (buffer.readUInt16BE(at)) {
        case Setting.headerTableSize:
          this.encoder.setMaxTableBytes(value);
          break;
        case Setting.enablePush:
          // A server may say no only: pushing is a client's to allow.
          if (value > (this.isServer ? 1 : 0)) return this.onConnectionError(ErrorCode.protocolError, 'ENABLE_PUSH out of range');
          break;
        case Setting.maxConcurrentStreams:
          this.peerMaxStreams = value;
          break;
        case Setting.initialWindowSize:
          if (value > MAX_WINDOW) return this.onConnectionError(ErrorCode.flowControlError, 'INITIAL_WINDOW_SIZE out of range');
          if (!this.changeWindows(value - this.peerInitialWindow)) return;
          this.peerInitialWindow = value;
          break;
        case Setting.maxFrameSize:
          if (value < MAX_FRAME_BYTES || value > 0xff_ffff)
            return this.onConnectionError(ErrorCode.protocolError, 'MAX_FRAME_SIZE out of range');
          break;
        case Setting.enableConnectProtocol:
          if (value > 1) return this.onConnectionError(ErrorCode.protocolError, 'ENABLE_CONNECT_PROTOCOL out of range');
          this.peerConnectProtocol = value === 1;
          break;
      }
    }
    writeSettingsAck(this.transport.output());
    this.owe();
    this.onPeerSettings();
    this.pump();
  }

  onSettingsAck(): void {}

  onPing(ack: boolean, buffer: Buffer, start: number): void {
    if (ack) {
      if (this.keepalive?.takesPong(buffer, start) !== true) this.onPong();
      return;
    }
    writePing(this.transport.output(), true, buffer, start);
    this.owe();
  }

  /** The peer answered a PING of ours that was no keepalive's. */
  protected onPong(): void {}

  /** Asks the peer whether it is there. */
  ping(): void {
    writePing(this.transport.output(), false, KEEPALIVE_PING, 0);
  }

  onWindowUpdate(streamId: number, increment: number): void {
    if (++this.windowUpdates > 5 + 2 * (this.opened + MAX_WINDOW_UPDATES * this.dataFrames)) {
      this.count('inbound_window_update_frames_flood');
      this.onConnectionError(ErrorCode.enhanceYourCalm, 'too many window updates');
      return;
    }
    if (streamId === 0) {
      this.sendWindow += increment;
      if (this.sendWindow > MAX_WINDOW) this.onConnectionError(ErrorCode.flowControlError, 'connection window too large');
      else this.pump();
      return;
    }
    const stream = this.streams.get(streamId);
    if (stream === undefined) {
      if (this.isIdle(streamId)) this.onConnectionError(ErrorCode.protocolError, 'WINDOW_UPDATE on an idle stream');
      return;
    }
    stream.sendWindow += increment;
    if (stream.sendWindow > MAX_WINDOW) {
      stream.fail(ErrorCode.flowControlError, 'stream window too large');
      return;
    }
    if (stream.blocked) {
      this.enqueue(stream);
      this.pump();
    }
  }

  /** A frame on a stream that is not open: harmless when it crossed with our reset. */
  protected onUnknownStream(streamId: number): void {
    if (this.isIdle(streamId)) this.onConnectionError(ErrorCode.protocolError, 'a frame on an idle stream');
    else if (!this.resets.has(streamId)) this.onConnectionError(ErrorCode.streamClosed, 'a frame on a closed stream');
  }

  /** Reads the block after a stream's content. */
  protected takeTrailers(stream: S, endStream: boolean, buffer: Buffer, start: number, end: number): void {
    const result = readTrailers(this.decoder, trailers, buffer, start, end, this.limits.head);
    if (result < 0) this.failBlock(result);
    else if (stream.remoteEnded) stream.fail(ErrorCode.streamClosed, 'HEADERS after its end');
    else if (result !== BlockResult.ok || !endStream) stream.fail(ErrorCode.protocolError, 'bad trailers');
    else this.endRemote(stream, trailers);
  }

  /** Decodes a block that nobody wants, since both sides' tables must stay alike; false when the connection ended over it. */
  protected skipBlock(buffer: Buffer, start: number, end: number): boolean {
    const result = readTrailers(this.decoder, trailers, buffer, start, end, this.limits.head);
    if (result < 0) this.failBlock(result);
    return result >= 0;
  }

  /** Ends the connection over a block that cannot be decoded. */
  protected failBlock(result: number): void {
    if (result === BlockResult.abusive) {
      this.count('header_overflow');
      this.onConnectionError(ErrorCode.enhanceYourCalm, 'header block too large');
    } else this.onConnectionError(ErrorCode.compressionError, 'bad header block');
  }

  /** Counts frames without content; false when there were too many and the connection ended. */
  protected countEmpty(bytes: number): boolean {
    if (bytes > 0) this.emptyFrames = 0;
    else if (++this.emptyFrames > MAX_EMPTY_FRAMES) {
      this.count('inbound_empty_frames_flood');
      this.onConnectionError(ErrorCode.enhanceYourCalm, 'too many empty frames');
      return false;
    }
    return true;
  }

  /** Resets a stream that never was, or is no more; what the peer has sent on it meanwhile is no fault. */
  protected refuseStream(streamId: number, code: number): void {
    writeReset(this.transport.output(), streamId, code);
    this.rememberReset(streamId);
    this.owe();
  }

  private rememberReset(streamId: number): void {
    this.count('tx_reset');
    this.resets.add(streamId);
    if (this.resets.size <= REMEMBERED_RESETS) return;
    for (const oldest of this.resets) {
      this.resets.delete(oldest);
      return;
    }
  }

  private closeStream(stream: S): void {
    if (stream.over) return;
    stream.forget();
    this.drop(stream);
  }

  private drop(stream: S): void {
    this.streams.delete(stream.id);
    if (this.receiving === stream) this.receiving = undefined;
    this.onStreamOver(stream);
    stream.onClosed();
  }

  /** Lets what waits go on: one frame a stream, in turn. */
  private pump(): void {
    while (this.waiting.length > 0 && this.sendWindow > 0 && !this.transport.blocked && !this.closing) {
      const stream = this.waiting.shift()!;
      stream.queued = false;
      // A closed stream window is left by WINDOW_UPDATE only, which puts the stream in line again.
      if (stream.pendingBytes > 0 && !stream.sendPending(MAX_FRAME_BYTES) && stream.sendWindow > 0) this.enqueue(stream);
    }
  }

  private changeWindows(change: number): boolean {
    for (const stream of this.streams.values()) {
      stream.sendWindow += change;
      if (stream.sendWindow > MAX_WINDOW) {
        this.onConnectionError(ErrorCode.flowControlError, 'stream window too large');
        return false;
      }
      if (stream.blocked) this.enqueue(stream);
    }
    return true;
  }

  /** A frame the peer has made us send: it must read them. */
  private owe(): void {
    if (!this.transport.blocked) return;
    if (++this.owedFrames <= MAX_OWED_FRAMES) return;
    this.count('outbound_control_flood');
    this.onConnectionError(ErrorCode.enhanceYourCalm, 'too many answers owed');
  }

  private leaveOpen(output: Output, flagsAt: number, streamId: number): void {
    this.openId = streamId;
    this.openFlagsAt = flagsAt;
    this.openEnd = output.length;
    this.openWritten = this.transport.bytesWritten;
  }

  private splitBlock(output: Output, headerAt: number, streamId: number, flags: number): void {
    const block = Buffer.from(output.buffer.subarray(headerAt + FRAME_HEADER_BYTES, output.length));
    output.length = headerAt;
    for (let at = 0; at < block.length; at += MAX_FRAME_BYTES) {
      const end = Math.min(block.length, at + MAX_FRAME_BYTES);
      const last = end === block.length ? Flag.endHeaders : 0;
      writeFrameHeader(output, end - at, at === 0 ? FrameType.headers : FrameType.continuation, last | (at === 0 ? flags : 0), streamId);
      output.bytes(block, at, end);
    }
  }
}
