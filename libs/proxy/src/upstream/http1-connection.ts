import { type Peer } from '@lateen/telemetry';
import { type Head, type ResponseHead, type RequestHead } from '../codec/head';
import { BodyMode, BodyReader } from '../codec/http1/body-reader';
import { encodeLastChunk, encodeRequestHead, type OutgoingFraming } from '../codec/http1/encode';
import { headRefusal } from '../codec/http1/head-error';
import { type HeadLimits } from '../codec/http1/parse-fields';
import { parseResponseHead } from '../codec/http1/parse-response';
import { Trailers } from '../codec/http1/trailers';
import { Unread } from '../codec/http1/unread';
import { type UpstreamConnection, type UpstreamHandler, type UpstreamRequest } from '../http/codec';
import { gather, type Transport, type TransportOwner } from '../net/transport';
import { localTextOf, peerUriOf } from './endpoint-facts';

/** Where a connection goes when its exchange is over. */
export interface ConnectionHome {
  /** Fields after a body are passed on, both ways. Default: dropped. */
  readonly passesTrailers?: boolean;
  /** Of the heads of responses. */
  readonly limits: HeadLimits;
  /** It can carry another request. */
  onIdle(connection: Http1Upstream): void;
  /** It is gone. */
  onClosed(connection: Http1Upstream): void;
}

/** An HTTP/1.1 connection to an endpoint: one exchange at a time, again and again. Spec: RFC 9112. */
export class Http1Upstream implements TransportOwner, UpstreamRequest, UpstreamConnection {
  /** Exchanges begun on it. */
  requests = 0;
  readonly multiplexed = false;
  /** The endpoint has said that it will close. */
  closeAnnounced = false;
  /** Position in its pool's idle list; -1 when busy. */
  idleIndex = -1;
  /** When it was last idle, by `performance.now()`. */
  idleSince = 0;
  /** How long it had been idle when its exchange began; -1 on the first. */
  idleForMs = -1;
  readonly createdAt = performance.now();
  /** An exchange was begun and is not whole yet, in either direction. */
  busy = false;
  /** What the endpoint said was no HTTP, or not all of it. */
  broken = false;
  /** No further request may use it. */
  retired = false;
  private handler: UpstreamHandler | undefined;
  private readonly body = new BodyReader();
  /** Made when a body first comes whose trailers are passed on. */
  private trailers: Trailers | undefined;
  private inBody = false;
  private tunnelling = false;
  private upgrading = false;
  private requestDone = true;
  private requestChunked = false;
  private received = false;
  private paused = false;
  private partial: Unread | undefined;

  readonly localText: string;
  readonly peerUri: string;
  peer: Peer | undefined;

  constructor(
    readonly transport: Transport,
    private readonly home: ConnectionHome,
  ) {
    this.localText = localTextOf(transport);
    this.peerUri = peerUriOf(transport);
  }

  get connection(): UpstreamConnection {
    return this;
  }

  get encrypted(): boolean {
    return this.transport.encrypted;
  }

  get reused(): boolean {
    return this.requests > 1;
  }

  get blocked(): boolean {
    return this.transport.blocked;
  }

  get responseBegun(): boolean {
    return this.received;
  }

  /** Starts an exchange on an idle connection. */
  begin(handler: UpstreamHandler): void {
    this.handler = handler;
    this.idleForMs = this.requests === 0 ? -1 : gather.now() - this.idleSince;
    this.requests++;
    this.busy = true;
    this.requestDone = false;
    this.received = false;
    this.inBody = false;
  }

  sendHead(head: RequestHead, framing: OutgoingFraming, end: boolean, upgrade: string | undefined): void {
    this.requestChunked = framing.chunked;
    encodeRequestHead(this.transport.output(), head, framing, upgrade);
    if (end) this.requestDone = true;
    this.upgrading = upgrade !== undefined;
    if (this.upgrading) this.retired = true;
  }

  sendBody(buffer: Buffer, start: number, end: number): void {
    if (this.requestChunked && !this.tunnelling) this.transport.output().chunk(buffer, start, end);
    else this.transport.forward(buffer, start, end);
  }

  sendEnd(trailers?: Head): void {
    if (this.tunnelling) {
      if (this.inBody) this.transport.end();
      else this.endTunnel();
      return;
    }
    if (this.requestChunked) encodeLastChunk(this.transport.output(), this.home.passesTrailers === true ? trailers : undefined);
    this.requestDone = true;
    if (this.handler === undefined && !this.inBody) this.finish();
  }

  pauseResponse(): void {
    this.paused = true;
    this.transport.pause();
  }

  resumeResponse(): void {
    if (!this.paused) return;
    this.paused = false;
    this.transport.resume();
  }

  abandon(): void {
    if (this.handler === undefined) return;
    this.handler = undefined;
    // The rest of an answer may take for ever to come. One that is whole leaves the connection as good as new.
    if (this.inBody && this.body.done && this.requestDone && !this.tunnelling) return;
    this.retired = true;
    this.transport.destroy();
  }

  onBytes(buffer: Buffer, length: number): void {
    const { partial } = this;
    if (partial === undefined) {
      this.read(buffer, length);
      return;
    }
    partial.add(buffer, length);
    if (!partial.worthReading) return;
    this.partial = undefined;
    this.read(partial.bytes, partial.length);
  }

  onEnd(): void {
    const { handler } = this;
    if (this.inBody && this.body.mode === BodyMode.untilClose) {
      this.inBody = false;
      this.handler = undefined;
      if (this.tunnelling) {
        if (this.transport.ended) {
          this.endTunnel();
          handler?.onResponseEnd();
          return;
        }
        // What the client still says nobody would hear.
        this.transport.destroy();
        handler?.onUpstreamReset('connection_termination', '');
        return;
      }
      this.retired = true;
      if (this.requestDone) this.busy = false;
      this.transport.endAndDestroy();
      handler?.onResponseEnd();
      return;
    }
    // The pool must not hand it out while the close is on its way.
    this.retired = true;
    this.transport.destroy();
  }

  onDrain(): void {
    this.handler?.onUpstreamDrain();
  }

  onClose(error: Error | undefined): void {
    const { handler } = this;
    this.handler = undefined;
    this.retired = true;
    if (this.busy && this.received && !this.tunnelling && this.transport.endedByPeer) this.broken = true;
    this.home.onClosed(this);
    if (handler !== undefined)
      handler.onUpstreamReset(this.received && !this.tunnelling ? 'protocol_error' : 'connection_termination', error?.message ?? '');
  }

  private read(buffer: Buffer, length: number): void {
    let pos = 0;
    if (!this.inBody) {
      if (this.handler === undefined || this.idleIndex !== -1) {
        // Bytes nobody asked for would be taken for the next response.
        this.retired = this.broken = true;
        this.transport.destroy();
        return;
      }
      this.received = true;
      pos = this.readHead(buffer, length);
      if (pos <= 0) return;
    }
    this.readBody(buffer, pos, length);
  }

  /** Reads heads up to the final one; the offset of its body, or 0 when there is nothing more to do. */
  private readHead(buffer: Buffer, length: number): number {
    let pos = 0;
    for (;;) {
      const { handler } = this;
      if (handler === undefined) return 0;
      const head = handler.responseHead;
      const result = parseResponseHead(head, buffer, pos, length, this.home.limits);
      if (result === 0) {
        this.partial = Unread.copyOf(buffer, pos, length, true);
        return 0;
      }
      if (result < 0) {
        this.fail(headRefusal(result).code);
        return 0;
      }
      pos = result;
      const { status } = head;
      if (status === 101 && !this.upgrading) {
        this.fail('unasked_upgrade');
        return 0;
      }
      // A switch says to what, and has no content (RFC 9110 §15.2.2): what comes next would be nobody knows what.
      if (status === 101 && (!head.upgrade || head.chunked || head.contentLength > 0)) {
        this.fail('malformed_upgrade');
        return 0;
      }
      if (status >= 200 || status === 101) {
        this.startBody(head, handler);
        return pos;
      }
      if (status === 100) handler.onContinue();
      if (pos === length) return 0;
    }
  }

  private startBody(head: ResponseHead, handler: UpstreamHandler): void {
    const { status } = head;
    if (status === 101 || (handler.requestMethod === 'CONNECT' && status < 300)) {
      this.tunnelling = true;
      this.retired = true;
      this.body.begin(BodyMode.untilClose, 0);
    } else if (handler.requestMethod === 'HEAD' || status === 204 || status === 304) this.body.begin(BodyMode.none, 0);
    else if (head.chunked)
      this.body.begin(BodyMode.chunked, 0, this.home.passesTrailers === true ? (this.trailers ??= new Trailers()) : undefined);
    else if (head.contentLength >= 0) this.body.begin(BodyMode.length, head.contentLength);
    else this.body.begin(BodyMode.untilClose, 0);
    this.closeAnnounced = !head.keepAlive;
    if (!head.keepAlive || this.body.mode === BodyMode.untilClose) this.retired = true;
    this.inBody = true;
    handler.onResponseHead(this.body.done);
  }

  private readBody(buffer: Buffer, start: number, length: number): void {
    const { body } = this;
    let pos = start;
    while (!body.done && pos < length) {
      const result = body.next(buffer, pos, length);
      if (result < 0) {
        this.fail(headRefusal(result).code);
        return;
      }
      pos = result;
      if (body.dataEnd > body.dataStart) {
        this.handler?.onResponseBody(buffer, body.dataStart, body.dataEnd);
      }
      if (!this.inBody) return;
    }
    if (!body.done) return;
    // More than was announced: whatever it is, it is not this response.
    if (pos < length) this.retired = this.broken = true;
    this.finish();
  }

  private finish(): void {
    const { handler } = this;
    this.inBody = false;
    this.handler = undefined;
    // To what was to be an upgrade a refusal is not the end of the request.
    if (this.requestDone && !this.upgrading && (handler !== undefined || !this.retired)) this.busy = false;
    if (!this.requestDone) this.retired = true;
    if (this.retired) this.transport.destroy();
    else {
      // Its last bytes may have found the client slow: whoever is next must not wait for that one.
      this.resumeResponse();
      this.home.onIdle(this);
    }
    handler?.onResponseEnd(this.body.trailerFields);
  }

  /** Both sides of a tunnel have ended: nobody is to hear of it again. */
  private endTunnel(): void {
    this.handler = undefined;
    this.transport.endAndDestroy();
  }

  private fail(code: string): void {
    const { handler } = this;
    this.handler = undefined;
    this.retired = this.broken = true;
    this.transport.destroy();
    handler?.onUpstreamReset('protocol_error', code);
  }
}
