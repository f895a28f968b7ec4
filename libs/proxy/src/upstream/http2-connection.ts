import { type Random } from '@lateen/base';
import { type Peer } from '@lateen/telemetry';
import { type RequestHead } from '../codec/head';
import { DEFAULT_HEAD_LIMITS, type HeadLimits } from '../codec/http1/parse-fields';
import { BlockResult } from '../codec/http2/block-result';
import { ErrorCode, MAX_WINDOW, PREFACE, Setting } from '../codec/http2/protocol';
import { Keepalive } from '../codec/http2/keepalive';
import { type Http2Stats } from '../codec/http2/http2-stats';
import { Http2Session } from '../codec/http2/session';
import { writeRequestHead } from '../codec/http2/write-head';
import { type UpstreamHttpOptions } from '@lateen/proxy-config';
import { type UpstreamConnection } from '../http/codec';
import { type Transport } from '../net/transport';
import { localTextOf, peerUriOf } from './endpoint-facts';
import { Http2ClientStream } from './http2-stream';

/** Whose connection it is. */
export interface SessionHome {
  /** It can take another stream, or more than before. */
  onRoom(session: Http2Upstream): void;
  /** It takes no more streams; `counter` is for why. */
  onDraining(session: Http2Upstream, counter: 'upstream_cx_max_requests' | 'upstream_cx_close_notify' | undefined): void;
  /** Its endpoint does not answer PINGs: it is about to go. */
  onSilent(session: Http2Upstream): void;
  /** It is gone. */
  onSessionClosed(session: Http2Upstream): void;
  /** Something happened that has a counter. */
  onHttp2Event(event: keyof Http2Stats): void;
  /** The endpoint said something that is no HTTP/2. */
  onProtocolError(): void;
  /** For the intervals between PINGs. */
  readonly random: Random;
}

/** Assumed until an endpoint says how many streams it takes. */
const STREAMS_BEFORE_SETTINGS = 100;

/** How large the heads of an endpoint's responses may be. */
export function headLimits({ maxHeadersCount }: UpstreamHttpOptions): HeadLimits {
  return maxHeadersCount === undefined ? DEFAULT_HEAD_LIMITS : { ...DEFAULT_HEAD_LIMITS, maxFields: maxHeadersCount };
}

/** An HTTP/2 connection to an endpoint: many requests at once. Spec: RFC 9113. */
export class Http2Upstream extends Http2Session<Http2ClientStream> implements UpstreamConnection {
  readonly createdAt = performance.now();
  readonly localText: string;
  readonly peerUri: string;
  peer: Peer | undefined;
  /** When its last stream ended, by `performance.now()`. */
  idleSince = this.createdAt;
  /** It takes no more streams. */
  draining = false;
  private nextId = 1;
  /** Upgrades that wait for the endpoint's settings. */
  private readonly unstarted = new Map<Http2ClientStream, () => void>();
  private requests = 0;
  /** The endpoint has said GOAWAY. */
  private dismissed = false;

  constructor(
    transport: Transport,
    private readonly home: SessionHome,
    private readonly options: UpstreamHttpOptions,
  ) {
    super(transport, false, { streamWindow: options.initialStreamWindowBytes, head: headLimits(options) });
    this.peerMaxStreams = STREAMS_BEFORE_SETTINGS;
    this.localText = localTextOf(transport);
    this.peerUri = peerUriOf(transport);
    this.greet(PREFACE, [Setting.enablePush, 0, Setting.initialWindowSize, options.initialStreamWindowBytes]);
    if (options.keepalive !== undefined) this.keepalive = new Keepalive(options.keepalive, this);
  }

  get random(): Random {
    return this.home.random;
  }

  /** The endpoint does not answer PINGs: its requests are somebody else's to answer. */
  onSilent(): void {
    this.home.onSilent(this);
    this.transport.destroy();
  }

  get encrypted(): boolean {
    return this.transport.encrypted;
  }

  /** Whether a request may begin on it. */
  get hasRoom(): boolean {
    return !this.draining && !this.closing && this.streams.size < Math.min(this.peerMaxStreams, this.options.maxConcurrentStreams);
  }

  /** Begins the next request's stream; it gets its number with its head. */
  next(): Http2ClientStream {
    const { maxRequestsPerConnection } = this.options;
    this.requests++;
    const worn = maxRequestsPerConnection > 0 && this.requests >= maxRequestsPerConnection;
    if (worn || this.nextId >= MAX_WINDOW - 2) {
      this.draining = true;
      this.home.onDraining(this, worn ? 'upstream_cx_max_requests' : undefined);
    }
    this.keepalive?.beforeStream();
    return new Http2ClientStream(this);
  }

  /** Writes a request's head; `upgrade` makes it an extended CONNECT (RFC 8441). */
  start(stream: Http2ClientStream, head: RequestHead, contentLength: number, end: boolean, upgrade: string | undefined): void {
    if (upgrade !== undefined && head.method !== 'CONNECT' && !this.peerConnectProtocol) {
      // Only its settings say whether the endpoint takes one (RFC 8441 §3).
      if (this.settingsSeen) stream.refuseUpgrade();
      else this.unstarted.set(stream, () => this.start(stream, head, contentLength, end, upgrade));
      return;
    }
    const id = this.nextId;
    this.nextId += 2;
    const { sendWindow, recvWindow } = this.adopt(id, stream);
    stream.started(id, sendWindow, recvWindow, end);
    if (upgrade === undefined) {
      this.writeBlock(id, end, (output) => writeRequestHead(this.encoder, output, head, contentLength));
      return;
    }
    const { method } = head;
    // A plain CONNECT stays what it is.
    if (method !== 'CONNECT') head.protocol = upgrade;
    head.method = 'CONNECT';
    this.writeBlock(id, false, (output) => writeRequestHead(this.encoder, output, head, -1));
    head.method = method;
    head.protocol = undefined;
    stream.endSent = false;
  }

  /** Ends once its streams have; at once when there are none. */
  drain(): void {
    this.draining = true;
    if (this.streams.size === 0) this.end();
  }

  protected override takeHeaderBlock(streamId: number, endStream: boolean, buffer: Buffer, start: number, end: number): void {
    const stream = this.streams.get(streamId);
    if (stream === undefined) {
      if (this.skipBlock(buffer, start, end)) this.onUnknownStream(streamId);
      return;
    }
    if (stream.responseBegun) {
      this.takeTrailers(stream, endStream, buffer, start, end);
      return;
    }
    const result = stream.onHead(this.decoder, endStream, buffer, start, end);
    if (result < 0) this.failBlock(result);
    else if (stream.over) return;
    else if (result !== BlockResult.ok) stream.fail(ErrorCode.protocolError, 'bad response head');
    else if (endStream) this.endRemote(stream, undefined);
  }

  override onGoaway(lastStreamId: number): void {
    this.draining = true;
    // The first of two says that there will be no more, the second what came too late.
    if (!this.dismissed) this.home.onDraining(this, 'upstream_cx_close_notify');
    this.dismissed = true;
    for (const stream of this.streams.values()) if (stream.id > lastStreamId) this.refuse(stream);
    if (this.streams.size === 0) this.end();
  }

  protected override isIdle(streamId: number): boolean {
    return streamId % 2 === 0 || streamId >= this.nextId;
  }

  protected override onStreamOver(): void {
    if (this.streams.size === 0) this.idleSince = performance.now();
    if (!this.draining) this.home.onRoom(this);
    else if (this.streams.size === 0) this.end();
  }

  /** An upgrade that waits for the endpoint's settings is not wanted any more. */
  forgetUnstarted(stream: Http2ClientStream): void {
    this.unstarted.delete(stream);
  }

  protected override onPeerSettings(): void {
    for (const [stream, start] of [...this.unstarted]) {
      this.unstarted.delete(stream);
      start();
    }
    this.home.onRoom(this);
  }

  override onConnectionError(code: number, reason: string): void {
    if (!this.closing) this.home.onProtocolError();
    super.onConnectionError(code, reason);
  }

  protected override onViolation(): void {}

  protected override count(event: keyof Http2Stats): void {
    this.home.onHttp2Event(event);
  }

  protected override onGone(): void {
    this.draining = true;
    for (const stream of this.unstarted.keys()) stream.refuseUpgrade();
    this.unstarted.clear();
    this.home.onSessionClosed(this);
  }

  private end(): void {
    if (this.closing) return;
    this.hangUp(ErrorCode.noError, '');
  }
}
