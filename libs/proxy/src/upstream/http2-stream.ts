import { type Head, type RequestHead } from '../codec/head';
import { type OutgoingFraming } from '../codec/http1/encode';
import { BlockResult } from '../codec/http2/block-result';
import { ErrorCode } from '../codec/http2/protocol';
import { readResponseHead } from '../codec/http2/read-response-head';
import { type HpackDecoder } from '../codec/http2/hpack/decoder';
import { Http2Stream } from '../codec/http2/stream';
import { type UpstreamHandler, type UpstreamRequest } from '../http/codec';
import { type ResetReason } from '../http/local-replies';
import { type Http2Upstream } from './http2-connection';

/** One request on an HTTP/2 connection to an endpoint, and its response. Spec: RFC 9113 §8. */
export class Http2ClientStream extends Http2Stream implements UpstreamRequest {
  /** A stream is new on whatever connection. */
  readonly reused = false;
  readonly multiplexed = true;
  responseBegun = false;
  private handler: UpstreamHandler | undefined;
  private upgrading = false;

  constructor(readonly session: Http2Upstream) {
    super();
  }

  get connection(): Http2Upstream {
    return this.session;
  }

  begin(handler: UpstreamHandler): void {
    this.handler = handler;
  }

  sendHead(head: RequestHead, framing: OutgoingFraming, end: boolean, upgrade: string | undefined): void {
    this.upgrading = upgrade !== undefined;
    this.session.start(this, head, framing.contentLength, end, upgrade);
  }

  /** It has a number and its head is written. */
  started(id: number, sendWindow: number, recvWindow: number, ended: boolean): void {
    this.open(id, sendWindow, recvWindow);
    this.endSent = ended;
  }

  /** The endpoint takes no extended CONNECT: nothing was sent. */
  refuseUpgrade(): void {
    const { handler } = this;
    this.handler = undefined;
    handler?.onUpstreamReset('remote_reset', 'the endpoint takes no extended CONNECT');
  }

  sendEnd(trailers?: Head): void {
    this.endBody(trailers);
  }

  pauseResponse(): void {
    this.pauseReceive();
  }

  resumeResponse(): void {
    this.resumeReceive();
  }

  abandon(): void {
    if (this.handler === undefined) return;
    this.handler = undefined;
    if (this.id === 0) this.session.forgetUnstarted(this);
    else this.reset(ErrorCode.cancel);
  }

  /** A block before the response's body: its head, or an interim one. Returns the decoder's verdict. */
  onHead(decoder: HpackDecoder, endStream: boolean, block: Buffer, start: number, end: number): number {
    const { handler } = this;
    if (handler === undefined) return BlockResult.malformed;
    const head = handler.responseHead;
    const result = readResponseHead(decoder, head, block, start, end, this.session.limits.head);
    if (result !== BlockResult.ok) return result;
    if (head.status < 200) {
      if (endStream) return BlockResult.malformed;
      if (head.status === 100) handler.onContinue();
      return result;
    }
    this.responseBegun = true;
    // A tunnel lasts until both sides have ended; anything else is an answer like any other.
    this.upgrading &&= head.status >= 200 && head.status < 300;
    const bodiless = handler.requestMethod === 'HEAD' || head.status === 204 || head.status === 304;
    this.expected = this.upgrading ? -1 : bodiless ? 0 : head.contentLength;
    if (endStream && this.expected > 0) return BlockResult.malformed;
    if (this.upgrading && handler.requestMethod !== 'CONNECT') head.status = 101;
    handler.onResponseHead(endStream);
    return result;
  }

  onData(buffer: Buffer, start: number, end: number): void {
    if (this.responseBegun) this.handler?.onResponseBody(buffer, start, end);
    else this.fail(ErrorCode.protocolError, 'DATA before a response head');
  }

  onRemoteEnd(trailers: Head | undefined): void {
    if (!this.responseBegun) {
      this.fail(ErrorCode.protocolError, 'an end before a response head');
      return;
    }
    const { handler } = this;
    if (this.upgrading) {
      handler?.onResponseEnd();
      return;
    }
    this.handler = undefined;
    handler?.onResponseEnd(trailers);
    // It answered without waiting for the rest of the request: nobody will send that.
    if (!this.endSent) this.reset(ErrorCode.cancel);
  }

  onReset(code: number, byPeer: boolean, reason: string): void {
    const { handler } = this;
    this.handler = undefined;
    handler?.onUpstreamReset(resetReason(code, byPeer, reason), reason);
  }

  onWritable(): void {
    this.handler?.onUpstreamDrain();
  }

  onClosed(): void {
    this.handler = undefined;
  }
}

function resetReason(code: number, byPeer: boolean, reason: string): ResetReason {
  if (!byPeer || code === ErrorCode.protocolError) return 'protocol_error';
  if (code === ErrorCode.connectError) return 'remote_connect_error';
  if (code === ErrorCode.refusedStream) return 'remote_refused_stream_reset';
  return reason === '' ? 'remote_reset' : 'connection_termination';
}
