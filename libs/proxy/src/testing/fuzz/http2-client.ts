import { systemRandom } from '@lateen/base';
import { RequestHead, ResponseHead } from '../../codec/head';
import { DEFAULT_HEAD_LIMITS } from '../../codec/http1/parse-fields';
import { parseRequestHead } from '../../codec/http1/parse-request';
import { PREFACE } from '../../codec/http2/protocol';
import { type UpstreamHandler } from '../../http/codec';
import { Http2Upstream } from '../../upstream/http2-connection';
import { readSaid } from './frames';
import { MemoryTransport } from './memory-transport';
import { same } from './same';

const REQUESTS = [
  'GET / HTTP/1.1\r\nhost: a\r\n\r\n',
  'HEAD /b HTTP/1.1\r\nhost: a\r\n\r\n',
  'POST /c HTTP/1.1\r\nhost: a\r\ncontent-length: 70000\r\n\r\n',
];
const BODY = Buffer.alloc(70_000, 'body');
const OPTIONS = {
  idleTimeoutMs: 0,
  maxConnectionDurationMs: 0,
  maxRequestsPerConnection: 0,
  maxConcurrentStreams: 10,
  initialStreamWindowBytes: 65_536,
};

/**
 * Takes bytes as all that an endpoint sends on an HTTP/2 connection with three requests under way. Throws on a bug only:
 * when a request hears of its end twice or never, of anything after its end, of a body before its head, or something else
 * when the bytes come in pieces; or when the proxy breaks the protocol itself.
 */
export function fuzzHttp2Client(bytes: Buffer): void {
  const whole = ask([bytes]);
  const at = bytes.length === 0 ? 0 : bytes[bytes.length >> 1]! % bytes.length;
  same('what is heard, cut in two', ask([bytes.subarray(0, at), bytes.subarray(at)]), whole);
  if (bytes.length > 200) return;
  same('what is heard, byte by byte', ask(Array.from({ length: bytes.length }, (_, i) => bytes.subarray(i, i + 1))), whole);
}

function ask(pieces: readonly Buffer[]): readonly string[] {
  const memory = new MemoryTransport();
  let closed = 0;
  const session = new Http2Upstream(
    memory.transport,
    {
      onRoom: () => undefined,
      onDraining: () => undefined,
      onSilent: () => undefined,
      onHttp2Event: () => undefined,
      onProtocolError: () => undefined,
      onSessionClosed: () => void closed++,
      random: systemRandom,
    },
    OPTIONS,
  );
  memory.transport.owner = session;
  const listeners = REQUESTS.map((text) => {
    const head = new RequestHead();
    const wire = Buffer.from(text, 'latin1');
    parseRequestHead(head, wire, 0, wire.length, DEFAULT_HEAD_LIMITS);
    const stream = session.next();
    const heard = new Heard(head.method);
    stream.begin(heard);
    stream.sendHead(head, { contentLength: head.contentLength, chunked: false }, head.contentLength < 0, undefined);
    if (head.contentLength > 0) {
      stream.sendBody(BODY, 0, BODY.length);
      stream.sendEnd();
    }
    return heard;
  });
  for (const piece of pieces) memory.receive(piece);
  memory.close();
  same('times it was over', closed, 1);
  same('streams left', session.streams.size, 0);
  const sent = memory.sent();
  same('the preface', sent.subarray(0, PREFACE.length).equals(PREFACE), true);
  readSaid(sent.subarray(PREFACE.length));
  return listeners.map((heard) => heard.summary());
}

/** What one request hears. */
class Heard implements UpstreamHandler {
  readonly responseHead = new ResponseHead();
  private state: 'waiting' | 'head' | 'over' = 'waiting';
  private bytes = 0;
  private status = 0;
  private end = '';

  constructor(readonly requestMethod: string) {}

  onContinue(): void {
    this.expect('waiting');
  }

  onResponseHead(end: boolean): void {
    this.expect('waiting');
    this.state = 'head';
    this.status = this.responseHead.status;
    if (this.status < 200 || this.status > 999) throw new Error(`A response of status ${this.status}`);
    if (end && this.responseHead.contentLength > 0 && this.requestMethod !== 'HEAD' && this.status !== 304 && this.status !== 204)
      throw new Error('A response without what it announces');
  }

  onResponseBody(_buffer: Buffer, start: number, end: number): void {
    this.expect('head');
    this.bytes += end - start;
  }

  onResponseEnd(): void {
    this.expect('head');
    this.state = 'over';
    this.end = 'end';
  }

  onUpstreamReset(reason: string): void {
    if (this.state === 'over') throw new Error(`Reset (${reason}) after the end`);
    this.state = 'over';
    this.end = reason;
  }

  onUpstreamDrain(): void {
    if (this.state === 'over') throw new Error('Asked for more after the end');
  }

  summary(): string {
    if (this.state !== 'over') throw new Error('Never over');
    // How much of a response came before it broke depends on how it came.
    return this.end === 'end' ? `${this.status} ${this.bytes}` : this.end;
  }

  private expect(state: 'waiting' | 'head'): void {
    if (this.state !== state) throw new Error(`In state ${this.state}, not ${state}`);
  }
}
