import { type Random } from '@lateen/base';
import { RESPONSE_FLAG } from '@lateen/telemetry';
import { ResponseHead } from '../codec/head';
import { applyUnderscoreAction } from '../codec/http1/underscores';
import { BlockResult } from '../codec/http2/block-result';
import { type Http2Stats } from '../codec/http2/http2-stats';
import { Keepalive } from '../codec/http2/keepalive';
import { ErrorCode, MAX_WINDOW, Setting } from '../codec/http2/protocol';
import { readRequestHead } from '../codec/http2/read-request-head';
import { Http2Session } from '../codec/http2/session';
import { writeGoaway, writePing } from '../codec/http2/write-frame';
import { writeResponseHead } from '../codec/http2/write-head';
import { type ConnectionInfo } from '../http/connection-info';
import { countClosed, countInterim } from '../http/http-stats';
import { type HttpManager } from '../http/manager';
import { gather, type Transport } from '../net/transport';
import { Wait } from '../net/wait';
import { Http2ServerStream } from './http2-stream';

/** Once so many streams are over, no more than half of them may have been taken back early. Spec: Envoy `premature_reset_total_stream_count`. */
const PREMATURE_LIMIT = 500;
/** A stream reset sooner than this, in milliseconds, was taken back early. Spec: Envoy `premature_reset_min_stream_lifetime_seconds`. */
const PREMATURE_MS = 1000;
const DRAIN_PING = Buffer.from('drainnow', 'latin1');

const interim = new ResponseHead();

/** A client's HTTP/2 connection: many requests at once. Spec: RFC 9113. */
export class Http2Downstream extends Http2Session<Http2ServerStream> {
  private draining = false;
  /** The last stream that will be served; set once the second GOAWAY is out. */
  private lastServed = MAX_WINDOW;
  private requests = 0;
  private finished = 0;
  private premature = 0;
  private readonly idle = new Wait(() => this.onIdle());
  private readonly age = new Wait(() => this.onAged());

  constructor(
    transport: Transport,
    private readonly manager: HttpManager,
    private readonly connection: ConnectionInfo,
    private readonly onEnded: (connection: Http2Downstream) => void,
    /** Bytes of it that were read already. */
    peekedBytes = 0,
  ) {
    const { config, limits } = manager;
    const { http2 } = config;
    super(transport, true, {
      streamWindow: http2.initialStreamWindowBytes,
      head: limits,
    });
    transport.limitWrites(manager.listener.perConnectionBufferLimitBytes);
    const { stats } = manager;
    stats.downstream_cx_total++;
    stats.downstream_cx_active++;
    manager.bytes.join(transport, transport.bytesRead - peekedBytes);
    stats.downstream_cx_http2_total++;
    if (connection.tls !== undefined) stats.downstream_cx_ssl_total++;
    const { maxConnectionDurationMs } = manager.config.timeouts;
    if (maxConnectionDurationMs > 0) this.age.arm(maxConnectionDurationMs);
    this.greet(undefined, [
      Setting.maxConcurrentStreams,
      http2.maxConcurrentStreams,
      Setting.initialWindowSize,
      http2.initialStreamWindowBytes,
      Setting.maxHeaderListSize,
      limits.maxHeadBytes,
      ...(http2.allowConnect ? [Setting.enableConnectProtocol, 1] : []),
    ]);
    if (http2.keepalive !== undefined) this.keepalive = new Keepalive(http2.keepalive, this);
    this.armIdle();
  }

  get random(): Random {
    return this.manager.services.random;
  }

  /** The client does not answer PINGs: it is gone, whatever its connection says. */
  onSilent(): void {
    this.count('keepalive_timeout');
    for (const { http } of this.streams.values())
      http.onDownstreamClosed(RESPONSE_FLAG.DC, 'downstream_local_disconnect(http2_ping_timeout)');
    this.transport.destroy();
  }

  /**
   * Takes no new streams soon, and ends with the last: first a GOAWAY that allows what is on its way, and once the
   * client has answered a PING, one that does not. Spec: RFC 9113 §6.8.
   */
  drain(): void {
    if (this.draining || this.closing) return;
    this.draining = true;
    const output = this.transport.output();
    writeGoaway(output, MAX_WINDOW, ErrorCode.noError);
    writePing(output, false, DRAIN_PING, 0);
    this.age.arm(Math.max(this.manager.config.timeouts.drainMs, 10));
  }

  /** Ends now, whatever is under way. */
  close(): void {
    this.transport.destroy();
  }

  protected override takeHeaderBlock(streamId: number, endStream: boolean, buffer: Buffer, start: number, end: number): void {
    const open = this.streams.get(streamId);
    if (open !== undefined) {
      this.takeTrailers(open, endStream, buffer, start, end);
      return;
    }
    if (streamId % 2 === 0) {
      this.onConnectionError(ErrorCode.protocolError, 'an even stream from a client');
      return;
    }
    if (streamId <= this.lastPeerStream || streamId > this.lastServed) {
      if (this.skipBlock(buffer, start, end) && streamId <= this.lastPeerStream) this.onUnknownStream(streamId);
      return;
    }
    this.lastPeerStream = streamId;
    if (this.streams.size >= this.manager.config.http2.maxConcurrentStreams) {
      if (this.skipBlock(buffer, start, end)) {
        this.refuseStream(streamId, ErrorCode.refusedStream);
        this.countFinished(true);
      }
      return;
    }
    this.serve(streamId, endStream, buffer, start, end);
  }

  /** It is about streams that we would open: the client's own go on, and the connection is the client's to close. */
  override onGoaway(): void {}

  /** Writes a response's head. */
  writeResponse(stream: Http2ServerStream, head: ResponseHead, contentLength: number, server: string, date: string, end: boolean): void {
    if (!this.draining && this.manager.draining) this.drain();
    this.writeBlock(stream.id, end, (output) => writeResponseHead(this.encoder, output, head, contentLength, server, date));
  }

  /** Writes an interim 100. */
  writeContinue(stream: Http2ServerStream): void {
    countInterim(this.manager.stats);
    interim.resetFields();
    interim.status = 100;
    this.writeBlock(stream.id, false, (output) => writeResponseHead(this.encoder, output, interim, -1, '', ''));
  }

  /** A client that still sends after it was answered in full is asked to stop. Spec: RFC 9113 §8.1. */
  protected override onLocalEnd(stream: Http2ServerStream): void {
    const { upgrade, record } = stream.http;
    // What became of the connection that a CONNECT is for. Spec: RFC 9113 §8.5.
    const failed = upgrade !== undefined && record.attempts > 0 && record.responseFlags !== 0;
    this.resetStream(stream, failed ? ErrorCode.connectError : ErrorCode.noError);
  }

  protected override isIdle(streamId: number): boolean {
    return streamId % 2 === 0 || streamId > this.lastPeerStream;
  }

  protected override onStreamOver(): void {
    this.countFinished(false);
    if (this.streams.size > 0) return;
    this.endIfDone();
    this.armIdle();
  }

  protected override onPeerReset(stream: Http2ServerStream): void {
    if (gather.now() - stream.openedAt < PREMATURE_MS) this.countFinished(true);
  }

  protected override count(event: keyof Http2Stats): void {
    this.manager.services.http2Stats[event]++;
  }

  protected override onPong(): void {
    if (this.draining) this.stopServing();
  }

  protected override onViolation(): void {
    this.manager.stats.downstream_cx_protocol_error++;
    this.premature++;
  }

  protected override onGone(): void {
    this.idle.disarm();
    this.age.disarm();
    this.manager.bytes.leave(this.transport);
    countClosed(this.manager.stats, this.transport.endedByPeer, this.endedBusy);
    this.onEnded(this);
  }

  private serve(streamId: number, endStream: boolean, buffer: Buffer, start: number, end: number): void {
    const stream = Http2ServerStream.take(this, this.manager, this.connection);
    const { http } = stream;
    const result = readRequestHead(this.decoder, http.request, buffer, start, end, this.manager.limits);
    this.requests++;
    if (result < 0) {
      stream.release();
      this.failBlock(result);
      return;
    }
    const { underscores } = this.manager.limits;
    if (
      result === BlockResult.ok &&
      underscores !== undefined &&
      !applyUnderscoreAction(http.request, underscores, this.manager.services.http2Stats)
    ) {
      http.onMalformed('http2.unexpected_underscore');
      stream.release();
      this.onStreamError(streamId, ErrorCode.protocolError);
      this.countFinished(true);
      return;
    }
    // An extended CONNECT that was never offered.
    const uninvited = http.request.protocol !== undefined && !this.manager.config.http2.allowConnect;
    if (result !== BlockResult.ok || uninvited) {
      http.onMalformed(result === BlockResult.malformed || uninvited ? 'http2.violation.of.messaging.rule' : 'http2.too_many_headers');
      stream.release();
      this.count('rx_messaging_error');
      this.onStreamError(streamId, ErrorCode.protocolError);
      this.countFinished(true);
      return;
    }
    this.idle.disarm();
    const { sendWindow, recvWindow } = this.adopt(streamId, stream);
    const { maxRequestsPerConnection } = this.manager.config;
    const worn = maxRequestsPerConnection > 0 && this.requests >= maxRequestsPerConnection;
    if (worn && !this.draining) {
      this.manager.stats.downstream_cx_max_requests_reached++;
      this.drain();
    }
    stream.begin(streamId, sendWindow, recvWindow, endStream);
  }

  /** Ends the connection of a client that opens streams mostly to take them back (CVE-2023-44487), or to have them reset (CVE-2025-8671). */
  private countFinished(early: boolean): void {
    if (early) this.premature++;
    else this.finished++;
    if (this.premature * 2 < Math.max(this.finished, PREMATURE_LIMIT) || this.closing) return;
    this.manager.stats.downstream_rq_too_many_premature_resets++;
    this.hangUp(ErrorCode.enhanceYourCalm, 'too many streams taken back');
  }

  private stopServing(): void {
    if (this.closing) return;
    if (this.lastServed === MAX_WINDOW) {
      this.lastServed = this.lastPeerStream;
      writeGoaway(this.transport.output(), this.lastServed, ErrorCode.noError);
    }
    this.endIfDone();
  }

  private endIfDone(): void {
    if (this.closing || this.lastServed === MAX_WINDOW || this.streams.size > 0) return;
    this.closing = true;
    this.transport.endAndDestroy();
  }

  private armIdle(): void {
    const { idleMs } = this.manager.config.timeouts;
    if (idleMs > 0 && !this.closing) this.idle.arm(idleMs);
  }

  private onIdle(): void {
    if (this.streams.size > 0 || this.closing) return;
    this.manager.stats.downstream_cx_idle_timeout++;
    this.hangUp(ErrorCode.noError, '');
  }

  private onAged(): void {
    if (this.draining) this.stopServing();
    else {
      this.manager.stats.downstream_cx_max_duration_reached++;
      this.drain();
    }
  }
}
