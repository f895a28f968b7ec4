import { RESPONSE_FLAG } from '@lateen/telemetry';
import { type Head, type ResponseHead } from '../codec/head';
import { Header } from '../codec/http1/header-names';
import { ErrorCode } from '../codec/http2/protocol';
import { Http2Stream } from '../codec/http2/stream';
import { type DownstreamCodec } from '../http/codec';
import { type ConnectionInfo } from '../http/connection-info';
import { httpDate } from '../http/date';
import { type HttpManager } from '../http/manager';
import { HttpStream } from '../http/stream';
import { gather } from '../net/transport';
import { Wait } from '../net/wait';
import { type Http2Downstream } from './http2-connection';

/** Streams kept for the next requests of whichever connection. */
const MAX_SPARE = 1024;
const spare: Http2ServerStream[] = [];

/** A client's HTTP/2 stream: one request and its response. Reused across connections. Spec: RFC 9113 §8. */
export class Http2ServerStream extends Http2Stream implements DownstreamCodec {
  readonly multiplexed = true;
  readonly http = new HttpStream();
  session!: Http2Downstream;
  openedAt = 0;
  /** Watches a response that nobody reads after its exchange is over. */
  private readonly flushLimit = new Wait(() => this.onFlushTimeout());
  private pendingBefore = 0;

  /** One that is free, joined to a connection; it has no number yet. */
  static take(session: Http2Downstream, manager: HttpManager, connection: ConnectionInfo): Http2ServerStream {
    const stream = spare.pop() ?? new Http2ServerStream();
    stream.session = session;
    stream.http.attach(stream, manager, connection);
    return stream;
  }

  /** Gives it back. */
  release(): void {
    this.http.shed();
    if (spare.length < MAX_SPARE) spare.push(this);
  }

  /** Its request's head is read; `ended`: that was all. */
  begin(id: number, sendWindow: number, recvWindow: number, ended: boolean): void {
    this.open(id, sendWindow, recvWindow);
    this.openedAt = gather.now();
    this.remoteEnded = ended;
    const { request } = this.http;
    this.expected = request.contentLength;
    if (ended && this.expected > 0) {
      this.fail(ErrorCode.protocolError, 'less content than announced');
      return;
    }
    if (request.authority === '') {
      this.fail(ErrorCode.protocolError, 'neither :authority nor host');
      return;
    }
    // What an HTTP/1.1 server is to be told about the length.
    if (!ended && request.contentLength < 0 && request.method !== 'CONNECT') request.chunked = true;
    this.http.onRequestHead(ended);
  }

  sendHead(head: ResponseHead, end: boolean): void {
    if (this.over) return;
    const { config } = this.http.manager;
    if (config.serverHeader === 'overwrite') head.remove('server');
    const server =
      config.serverHeader === 'passThrough' || (config.serverHeader === 'appendIfAbsent' && head.get('server') !== undefined)
        ? ''
        : config.serverName;
    // To the client an upgrade is a stream like any other.
    if (head.status === 101) head.status = 200;
    const contentLength = head.status === 204 || this.http.forwarding.tunnelled ? -1 : head.contentLength;
    this.session.writeResponse(this, head, contentLength, server, head.hasId(Header.date) ? '' : httpDate(), end);
    if (end) this.endSent = true;
  }

  sendContinue(): void {
    if (!this.http.responseStarted && !this.over) this.session.writeContinue(this);
  }

  sendEnd(trailers?: Head): void {
    this.endBody(trailers);
    if (this.over || !this.blocked) return;
    this.pendingBefore = this.pendingBytes;
    this.flushLimit.arm(this.http.manager.config.timeouts.streamIdleMs || DEFAULT_FLUSH_MS);
  }

  pauseRequest(): void {
    this.pauseReceive();
  }

  resumeRequest(): void {
    this.resumeReceive();
  }

  abort(): void {
    this.reset(this.http.upgrade === undefined ? ErrorCode.internalError : ErrorCode.connectError);
  }

  tunnel(): void {
    this.resumeReceive();
  }

  onData(buffer: Buffer, start: number, end: number): void {
    this.http.onRequestBody(buffer, start, end);
  }

  onRemoteEnd(trailers: Head | undefined): void {
    this.http.onRequestEnd(trailers);
  }

  onReset(code: number, byPeer: boolean, reason: string): void {
    if (!byPeer) this.http.onDownstreamClosed(RESPONSE_FLAG.DPE, `http2.violation.of.messaging.rule{${reason.replaceAll(' ', '_')}}`);
    else if (reason !== '') this.http.onDownstreamClosed();
    else {
      const flag = code === ErrorCode.protocolError ? RESPONSE_FLAG.DPE : RESPONSE_FLAG.DR;
      this.http.onDownstreamClosed(flag, code === ErrorCode.refusedStream ? 'http2.remote_refuse' : 'http2.remote_reset');
    }
  }

  onWritable(): void {
    this.http.onDownstreamDrain();
  }

  onClosed(): void {
    this.flushLimit.disarm();
    // Reset by us while the exchange goes on: its timers and attempts must not outlive the stream.
    this.http.onDownstreamClosed();
    this.release();
  }

  private onFlushTimeout(): void {
    if (this.pendingBytes < this.pendingBefore) {
      this.pendingBefore = this.pendingBytes;
      this.flushLimit.arm(this.http.manager.config.timeouts.streamIdleMs || DEFAULT_FLUSH_MS);
    } else {
      this.http.manager.services.http2Stats.tx_flush_timeout++;
      this.reset(ErrorCode.cancel);
    }
  }
}

/** How long a response may wait for its reader where streams may idle for ever. */
const DEFAULT_FLUSH_MS = 300_000;
