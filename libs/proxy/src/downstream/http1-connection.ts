import { flatText } from '@lateen/base';
import { type Head, type ResponseHead } from '../codec/head';
import { BodyMode, BodyReader } from '../codec/http1/body-reader';
import { encodeContinue, encodeLastChunk, encodeResponseHead } from '../codec/http1/encode';
import { HeadError, headRefusal } from '../codec/http1/head-error';
import { Header } from '../codec/http1/header-names';
import { Trailers } from '../codec/http1/trailers';
import { reasonPhrase } from '../codec/http1/reason-phrase';
import { parseRequestHead } from '../codec/http1/parse-request';
import { Unread } from '../codec/http1/unread';
import { type DownstreamCodec } from '../http/codec';
import { currentSecond, httpDate } from '../http/date';
import { type ConnectionInfo } from '../http/connection-info';
import { type HttpManager } from '../http/manager';
import { countClosed, countInterim } from '../http/http-stats';
import { HttpStream } from '../http/stream';
import { Wait } from '../net/wait';
import { type Transport, type TransportOwner } from '../net/transport';

/** Streams kept for the next requests of whichever connection. */
const MAX_SPARE = 256;
const spare: HttpStream[] = [];

/** Bytes of requests that wait behind the one under way, beyond which no more is read. */
const WAITING_BYTES = 8192;

const State = { head: 0, body: 1, wait: 2, tunnel: 3, closing: 4 } as const;

/** SETTINGS, then GOAWAY with HTTP_1_1_REQUIRED: what an HTTP/2 client understands. */
const HTTP2_REFUSAL = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0d]);

/** A client's HTTP/1.1 connection: requests one after another, answered in order. Spec: RFC 9112. */
export class Http1Downstream implements TransportOwner, DownstreamCodec {
  readonly multiplexed = false;
  /** The exchange under way, or a head that has begun; an idle connection has none. */
  private exchange: HttpStream | undefined;
  private readonly reader = new BodyReader();
  /** Made when a body first comes whose trailers are passed on. */
  private trailers: Trailers | undefined;
  private state: number = State.head;
  /** Bytes that wait: an unfinished head, or requests behind the one under way. */
  private partial: Unread | undefined;
  /** Something came: only then is it known to be HTTP/1. */
  private begun = false;
  private processing = false;
  private responseChunked = false;
  private responseHasBody = false;
  private closeAfter = false;
  private paused = false;
  private requests = 0;
  /** The timer runs for a head that has begun. */
  private headTimed = false;
  private readonly timer = new Wait(() => this.onTimer());
  private readonly age = new Wait(() => this.onAged());

  constructor(
    readonly transport: Transport,
    private readonly manager: HttpManager,
    private readonly connection: ConnectionInfo,
    private readonly onGone: (connection: Http1Downstream) => void,
    /** Takes the connection, and what has come on it, when the client begins in HTTP/2; without it such a client is refused. */
    private readonly onHttp2?: (connection: Http1Downstream, bytes: Buffer) => void,
    /** Bytes of it that were read already. */
    peekedBytes = 0,
  ) {
    transport.limitWrites(manager.listener.perConnectionBufferLimitBytes);
    this.reader.maxTrailerBytes = manager.limits.maxHeadBytes;
    const { stats } = manager;
    stats.downstream_cx_total++;
    stats.downstream_cx_active++;
    manager.bytes.join(transport, transport.bytesRead - peekedBytes);
    if (connection.tls !== undefined) stats.downstream_cx_ssl_total++;
    const { maxConnectionDurationMs } = manager.config.timeouts;
    if (maxConnectionDurationMs > 0) this.age.arm(maxConnectionDurationMs);
    this.armIdle();
  }

  get blocked(): boolean {
    return this.transport.blocked;
  }

  /** The exchange, begun if there is none. */
  private get stream(): HttpStream {
    const { exchange } = this;
    if (exchange !== undefined) return exchange;
    const stream = spare.pop() ?? new HttpStream();
    stream.attach(this, this.manager, this.connection);
    stream.request.scheme = stream.scheme;
    return (this.exchange = stream);
  }

  /** Gives the exchange's memory to the next one of whichever connection. */
  private rest(): void {
    const { exchange } = this;
    if (exchange === undefined || exchange.active || this.processing || this.partial !== undefined || this.state !== State.head) return;
    this.exchange = undefined;
    exchange.shed();
    if (spare.length < MAX_SPARE) spare.push(exchange);
  }

  /** Closes an idle connection now, a busy one after its response. */
  drain(): void {
    if (this.state === State.head && this.partial === undefined) this.endSoon();
    else this.closeAfter = true;
  }

  onBytes(buffer: Buffer, length: number): void {
    if (this.state === State.closing) return;
    if (!this.begun) {
      this.begun = true;
      this.manager.stats.downstream_cx_http1_total++;
    }
    if (this.partial !== undefined) {
      this.partial.add(buffer, length);
      if (this.state !== State.head || this.transport.blocked) this.boundWaiting(this.partial);
      else if (this.partial.worthReading) this.processPartial(this.partial);
    } else this.process(buffer, length, false);
  }

  onEnd(): void {
    if (this.state === State.tunnel) {
      this.stream.onRequestEnd();
      // Its other half may still be of use, or it may be gone: nobody can tell. What comes for it gives it more time.
      if (this.exchange?.active === true) this.timer.arm(this.closingMs);
      return;
    }
    // As Envoy does: who says that no more comes while it waits has nearly always given up, and its request should end too.
    if (this.state === State.wait || this.state === State.body) this.transport.destroy();
    else this.endSoon();
  }

  onDrain(): void {
    this.exchange?.onDownstreamDrain();
    if (this.state === State.head) this.goOn();
  }

  onClose(): void {
    this.state = State.closing;
    this.timer.disarm();
    this.age.disarm();
    this.manager.bytes.leave(this.transport);
    countClosed(this.manager.stats, this.transport.endedByPeer, this.exchange?.active === true);
    this.exchange?.onDownstreamClosed();
    this.onGone(this);
  }

  sendHead(head: ResponseHead, end: boolean): void {
    const { stream, manager } = this;
    const { status } = head;
    const tunnel = stream.forwarding.tunnelled;
    const bodiless = tunnel || stream.request.method === 'HEAD' || status === 204 || status === 304 || status < 200;
    this.responseHasBody = !bodiless;
    // HEAD is told how GET would have come.
    const isHead = stream.request.method === 'HEAD' && status >= 200 && status !== 204 && status !== 304;
    const saysChunked = isHead && !stream.request.http10 && head.contentLength < 0;
    // Without a length and without chunks, the end of the connection ends the body.
    if (stream.request.http10 && head.contentLength < 0) this.closeAfter = true;
    this.responseChunked = !bodiless && !stream.request.http10 && head.contentLength < 0 && (head.chunked || !end);
    const { config } = manager;
    if (config.serverHeader === 'overwrite') head.remove('server');
    let extra =
      config.serverHeader === 'passThrough' || (config.serverHeader === 'appendIfAbsent' && head.get('server') !== undefined)
        ? ''
        : config.serverHeaderLine;
    if (!head.hasId(DATE)) extra = withDate(extra);
    if (!stream.request.keepAlive || manager.draining) this.closeAfter = true;
    if (config.maxRequestsPerConnection > 0 && this.requests >= config.maxRequestsPerConnection) {
      manager.stats.downstream_cx_max_requests_reached++;
      this.closeAfter = true;
    }
    // A request that nobody will read to its end spoils the connection.
    if (!stream.requestEnded && status !== 101) this.closeAfter = true;
    // What follows a tunnel that was refused is no request.
    if (stream.upgrade !== undefined) this.closeAfter = !tunnel;
    const contentLength =
      tunnel || status === 204 || status < 200
        ? -1
        : !bodiless && end && head.contentLength < 0 && !this.responseChunked
          ? 0
          : head.contentLength;
    encodeResponseHead(
      this.transport.output(),
      head,
      { contentLength, chunked: this.responseChunked || saysChunked },
      this.closeAfter,
      status === 101 && stream.upgrade !== undefined ? head.upgradeValue() || stream.upgradeText : undefined,
      extra,
      stream.request.http10,
    );
  }

  sendContinue(): void {
    if (this.stream.responseStarted || this.stream.request.http10) return;
    countInterim(this.manager.stats);
    encodeContinue(this.transport.output());
  }

  sendBody(buffer: Buffer, start: number, end: number): void {
    const tunnel = this.state === State.tunnel;
    if (!this.responseHasBody && !tunnel) return;
    if (tunnel && this.timer.armed) this.timer.touch();
    if (this.responseChunked && !tunnel) this.transport.output().chunk(buffer, start, end);
    else this.transport.forward(buffer, start, end);
  }

  sendEnd(trailers?: Head): void {
    if (this.state === State.tunnel) {
      this.transport.end();
      return;
    }
    if (this.state === State.closing) return;
    if (this.responseChunked) encodeLastChunk(this.transport.output(), this.manager.config.enableTrailers === true ? trailers : undefined);
    if (this.closeAfter || this.state === State.body) {
      this.endSoon();
      return;
    }
    this.state = State.head;
    this.armIdle();
    // Who does not read the answers it has gets no further ones.
    if (!this.transport.blocked) this.goOn();
    this.rest();
  }

  /** Turns to the next request: what has come of it, or what comes. */
  private goOn(): void {
    if (this.paused) this.resumeRequest();
    if (!this.processing && this.partial !== undefined) this.processPartial(this.partial);
  }

  private processPartial({ bytes, length }: Unread): void {
    this.partial = undefined;
    this.process(bytes, length, true);
  }

  pauseRequest(): void {
    if (this.paused) return;
    this.paused = true;
    this.transport.pause();
  }

  resumeRequest(): void {
    if (!this.paused) return;
    this.paused = false;
    this.transport.resume();
  }

  abort(): void {
    if (this.state === State.tunnel) {
      // All that came belongs to the client.
      this.endSoon();
      return;
    }
    this.state = State.closing;
    // The client sees what there was, and that it is not all.
    this.transport.flush();
    this.transport.reset();
  }

  tunnel(): void {
    this.state = State.tunnel;
    this.timer.disarm();
    this.resumeRequest();
    const { partial } = this;
    if (partial === undefined) return;
    this.partial = undefined;
    this.stream.onRequestBody(partial.bytes, 0, partial.length);
  }

  /** Ends now, whatever is under way. */
  close(): void {
    this.transport.destroy();
  }

  /** `owned`: the buffer is nobody else's, and what is left of it needs no copy. A client may send thousands of requests at once. */
  private process(buffer: Buffer, length: number, owned: boolean): void {
    this.processing = true;
    let pos = 0;
    while (pos < length && this.state !== State.closing) {
      if (this.state === State.head && !this.transport.blocked) {
        const next = this.readHead(buffer, pos, length);
        if (next <= 0) break;
        pos = next;
      } else if (this.state === State.body) {
        const next = this.readBody(buffer, pos, length);
        if (next < 0) break;
        pos = next;
      } else if (this.state === State.tunnel) {
        this.stream.onRequestBody(buffer, pos, length);
        pos = length;
      } else {
        // The next request waits its turn.
        const rest = buffer.subarray(pos, length);
        this.partial = new Unread(owned ? rest : Buffer.from(rest), rest.length, false);
        this.boundWaiting(this.partial);
        break;
      }
    }
    this.processing = false;
    this.rest();
  }

  /** The client waits with its requests once these are many. Until then it is read, to learn that it has gone: then they are not served. */
  private boundWaiting({ length }: Unread): void {
    if (length > WAITING_BYTES) this.pauseRequest();
  }

  private readHead(buffer: Buffer, from: number, length: number): number {
    let start = from;
    // Empty lines before a request go as they come: however many, they are neither kept nor read again.
    while (buffer[start] === 13 && start + 1 < length && buffer[start + 1] === 10) start += 2;
    if (start === length) return length;
    const { stream, manager } = this;
    const result = parseRequestHead(stream.request, buffer, start, length, manager.limits);
    if (result === 0) {
      this.partial = Unread.copyOf(buffer, start, length, true);
      const { requestHeadersMs } = manager.config.timeouts;
      // Once a head: whoever sends a byte now and then gets no more time for it.
      if (requestHeadersMs > 0 && !this.headTimed) {
        this.headTimed = true;
        this.timer.arm(requestHeadersMs);
      }
      return 0;
    }
    if (manager.config.acceptHttp10) stream.record.httpProtocol = stream.request.http10 ? 'HTTP/1.0' : 'HTTP/1.1';
    if (result < 0) {
      if (this.onHttp2 !== undefined && this.requests === 0 && result === HeadError.http2_preface)
        this.handOver(this.onHttp2, Buffer.from(buffer.subarray(start, length)));
      else this.refuse(result);
      return -1;
    }
    this.requests++;
    const { request } = stream;
    if (request.chunked) this.reader.begin(BodyMode.chunked, 0, this.keptTrailers());
    else if (request.contentLength > 0) this.reader.begin(BodyMode.length, request.contentLength);
    else this.reader.begin(BodyMode.none, 0);
    const ended = this.reader.done;
    this.state = ended ? State.wait : State.body;
    // A client of HTTP/1.0 knows no interim response (RFC 9110 §10.1.1).
    if (request.expectContinue && !ended && !request.http10) {
      if (manager.config.proxy100Continue) request.add('expect', '100-continue');
      else {
        countInterim(manager.stats);
        encodeContinue(this.transport.output());
      }
    }
    stream.onRequestHead(ended);
    return result;
  }

  /** As if it had never been here: whoever takes the connection counts it again. */
  private handOver(take: (connection: Http1Downstream, bytes: Buffer) => void, bytes: Buffer): void {
    const { stats, bytes: tally } = this.manager;
    tally.forget(this.transport);
    stats.downstream_cx_total--;
    stats.downstream_cx_active--;
    stats.downstream_cx_http1_total--;
    if (this.connection.tls !== undefined) stats.downstream_cx_ssl_total--;
    this.state = State.closing;
    this.timer.disarm();
    this.age.disarm();
    take(this, bytes);
  }

  private readBody(buffer: Buffer, start: number, length: number): number {
    const { reader, stream } = this;
    const next = reader.next(buffer, start, length);
    if (next < 0) {
      this.manager.stats.downstream_cx_protocol_error++;
      const { status, details } = headRefusal(next);
      if (stream.active) stream.reply('bad_body', { status, details, body: reasonPhrase(status) });
      if (this.state !== State.closing) this.endSoon();
      return -1;
    }
    if (reader.dataEnd > reader.dataStart) stream.onRequestBody(buffer, reader.dataStart, reader.dataEnd);
    if (reader.done && this.state === State.body) {
      this.state = State.wait;
      stream.onRequestEnd(reader.trailerFields);
    }
    return next;
  }

  private keptTrailers(): Trailers | undefined {
    return this.manager.config.enableTrailers === true ? (this.trailers ??= new Trailers(this.manager.limits)) : undefined;
  }

  /** Answers a head that cannot be read, and closes: where the next request would begin is unknown. */
  private refuse(result: number): void {
    const refusal = headRefusal(result);
    if (refusal.code === 'http2_preface') {
      this.transport.output().bytes(HTTP2_REFUSAL, 0, HTTP2_REFUSAL.length);
      this.endSoon();
      return;
    }
    this.requests++;
    if (refusal.code !== 'missing_host') this.manager.stats.downstream_cx_protocol_error++;
    this.closeAfter = true;
    this.state = State.wait;
    this.stream.refuseHead(refusal);
    if (this.state !== State.closing) this.endSoon();
  }

  private endSoon(): void {
    this.state = State.closing;
    this.timer.disarm();
    this.transport.end();
    // The peer may still be sending: closing at once would reset the connection under the answer.
    this.transport.resume();
    this.timer.arm(this.closingMs);
  }

  /** How long a client may take to close once it is done. */
  private get closingMs(): number {
    return Math.max(this.manager.config.timeouts.delayedCloseMs, 10);
  }

  private armIdle(): void {
    const { idleMs } = this.manager.config.timeouts;
    if (this.headTimed) {
      this.headTimed = false;
      this.timer.disarm();
    }
    if (idleMs <= 0) return;
    if (this.timer.armed) this.timer.touch();
    else this.timer.arm(idleMs);
  }

  /** The connection is old: it ends with its next response, or when none comes for a while. */
  private onAged(): void {
    if (!this.closeAfter) this.manager.stats.downstream_cx_max_duration_reached++;
    if (this.closeAfter && this.state === State.head && this.partial === undefined) {
      this.endSoon();
      return;
    }
    this.closeAfter = true;
    this.age.arm(Math.max(this.manager.config.timeouts.drainMs, 10));
  }

  private onTimer(): void {
    if (this.state === State.closing || this.state === State.tunnel) {
      if (this.state === State.closing) this.manager.stats.downstream_cx_delayed_close_timeout++;
      this.transport.destroy();
    } else if (this.state === State.head) {
      if (this.partial !== undefined) {
        this.closeAfter = true;
        this.manager.stats.downstream_rq_header_timeout++;
        this.stream.refuseHead(undefined);
      } else this.manager.stats.downstream_cx_idle_timeout++;
      this.endSoon();
    } else this.armIdle();
  }
}

const DATE = Header.date;

let datedAt = 0;
let datedLines = new Map<string, string>();

/** `lines` with the date header behind it: the text is joined once a second. */
function withDate(lines: string): string {
  const second = currentSecond();
  if (second !== datedAt) {
    datedAt = second;
    datedLines = new Map();
  }
  let dated = datedLines.get(lines);
  if (dated === undefined) {
    dated = flatText(`${lines}date: ${httpDate()}\r\n`);
    datedLines.set(lines, dated);
  }
  return dated;
}
