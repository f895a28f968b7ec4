import { type Head, type ResponseHead } from '../../codec/head';
import { Header } from '../../codec/http1/header-names';
import { type HeldResponse, type StreamFilter } from '../filter';
import { GrpcFrames } from '../grpc-frames';
import { grpcStatusOf, isGrpcType, percentEncode } from '../grpc';
import { type HttpStream } from '../stream';

/** What a gRPC-Web exchange is in the middle of. */
export interface GrpcWebExchange {
  /** The request's content is base64; undefined: it is binary. Holds what is no whole group yet. */
  readonly requestText: { rest: string } | undefined;
  /** The response's content is to be base64; undefined: binary. */
  readonly responseText: Base64Messages | undefined;
}

const TEXT = /^application\/grpc-web-text(\+proto)?$/;
const ANY = /^application\/grpc-web(-text)?(\+proto)?$/;
/** The types of responses that are gRPC-Web as they come. */
const RESPONSE = /^application\/grpc-web(\+proto)?[ \t]*(;|$)/i;
/** The frame that carries trailers as content. Spec: gRPC-Web, Message framing. */
const TRAILERS_FLAG = 0x80;
/** So much of what is no gRPC is told to the client. Spec: Envoy `grpc_web`, `MAX_BUFFERED_PLAINTEXT_LENGTH`. */
const MAX_MESSAGE_BYTES = 16_384;

/**
 * Lets browsers speak gRPC: gRPC-Web of a client, binary or text, becomes gRPC for the endpoint, and trailers become the
 * last frame of the response's content. An answer that is no gRPC becomes one without content: its HTTP status stays, and
 * is `grpc-status` as well, with the content as `grpc-message`. Spec: Envoy `grpc_web`; gRPC-Web protocol.
 */
export function grpcWebFilter(): StreamFilter {
  return {
    name: 'envoy.filters.http.grpc_web',
    onRequest: (stream) => {
      const exchange = exchangeOf(stream);
      if (exchange === undefined) return true;
      const { request } = stream;
      // From here on it is gRPC, to the other filters, the endpoint and the records.
      stream.record.protocol = 'grpc';
      request.set('content-type', 'application/grpc');
      if (request.get('grpc-accept-encoding') === undefined) request.add('grpc-accept-encoding', 'identity');
      request.removeId(Header.te);
      request.teTrailers = true;
      request.contentLength = -1;
      if (!stream.requestEnded) request.chunked = true;
      return true;
    },
    onRequestBody: (stream, content) => {
      const text = exchangeOf(stream)?.requestText;
      if (text === undefined) return content;
      const decoded = decode(text, content.latin1Slice());
      if (decoded === undefined) refuse(stream, 'grpc_base_64_decode_failed');
      return decoded;
    },
    onRequestEnd: (stream) => {
      const whole = (exchangeOf(stream)?.requestText?.rest ?? '') === '';
      if (!whole) refuse(stream, 'grpc_base_64_decode_failed_bad_size');
      return whole;
    },
    onResponse: (stream, end) => {
      const exchange = stream.grpcWeb;
      if (exchange === undefined) return;
      const { response } = stream;
      if (!end && !isGrpcResponse(response)) stream.held = new StatusOfContent();
      response.set('content-type', exchange.responseText === undefined ? 'application/grpc-web+proto' : 'application/grpc-web-text+proto');
      // Whatever length the content had, it is another one now.
      response.contentLength = -1;
    },
    onResponseBody: (stream, content) => stream.grpcWeb?.responseText?.encode(content) ?? content,
    onResponseEnd: (stream, trailers) => {
      if (stream.grpcWeb === undefined) return undefined;
      const { responseText } = stream.grpcWeb;
      const frame = trailers === undefined ? undefined : trailersFrame(trailers);
      return responseText === undefined ? frame : responseText.end(frame);
    },
  };
}

/** Whether content that follows is messages. Spec: Envoy `Grpc::Common::isGrpcResponseHeaders`. */
function isGrpcResponse(response: ResponseHead): boolean {
  if (response.status !== 200) return false;
  const type = response.getById(Header['content-type']);
  return isGrpcType(type) || RESPONSE.test(type ?? '');
}

/** What is no gRPC, as the status and message of a response without content. */
class StatusOfContent implements HeldResponse {
  private readonly parts: Buffer[] = [];
  private room = MAX_MESSAGE_BYTES;

  add(buffer: Buffer, start: number, end: number): void {
    const part = Buffer.from(buffer.subarray(start, Math.min(end, start + this.room)));
    this.room -= part.length;
    if (part.length > 0) this.parts.push(part);
  }

  finish(head: ResponseHead): void {
    head.set('grpc-status', String(grpcStatusOf(head.status)));
    head.set('grpc-message', percentEncode(Buffer.concat(this.parts)));
    head.contentLength = 0;
    head.chunked = false;
  }
}

/** By the request's head alone, so that content that comes while an earlier filter waits is read alike. */
function exchangeOf(stream: HttpStream): GrpcWebExchange | undefined {
  if (stream.grpcWeb !== undefined) return stream.grpcWeb;
  const { request } = stream;
  const type = request.getById(Header['content-type']);
  if (type === undefined || stream.upgrade !== undefined || !ANY.test(type)) return undefined;
  const accept = request.get('accept');
  stream.grpcWeb = {
    requestText: TEXT.test(type) ? { rest: '' } : undefined,
    responseText: accept !== undefined && TEXT.test(accept) ? new Base64Messages() : undefined,
  };
  return stream.grpcWeb;
}

function refuse(stream: HttpStream, details: string): void {
  stream.request.keepAlive = false;
  stream.reply('bad_body', { body: 'Bad gRPC-web request, invalid base64 data.', details, flag: 0 });
}

/** Whole groups of four, each padded or not: a client may end any of its messages with padding. */
function decode(text: { rest: string }, more: string): Buffer | undefined {
  const all = text.rest + more;
  const whole = all.length - (all.length % 4);
  text.rest = all.slice(whole);
  if (!/^(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)*$/.test(all.slice(0, whole))) return undefined;
  const parts = all.slice(0, whole).match(/[^=]+=*/g) ?? [];
  return parts.length === 1 ? Buffer.from(parts[0]!, 'base64') : Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')));
}

/** Writes content as base64, padded where a message ends: the client can read each as it comes. */
export class Base64Messages {
  private readonly frames = new GrpcFrames();
  private rest: Buffer = Buffer.alloc(0);

  encode(content: Buffer): Buffer {
    let text = '';
    for (let at = 0; at < content.length;) {
      const next = this.frames.next(content, at, content.length);
      const ready = Buffer.concat([this.rest, content.subarray(at, next)]);
      const whole = this.frames.atBoundary ? ready.length : ready.length - (ready.length % 3);
      text += ready.toString('base64', 0, whole);
      this.rest = ready.subarray(whole);
      at = next;
    }
    return Buffer.from(text, 'latin1');
  }

  /** The end: of content that stopped within a message what is left, then `last` by itself; undefined: nothing. */
  end(last: Buffer | undefined): Buffer | undefined {
    const text = this.rest.toString('base64') + (last?.toString('base64') ?? '');
    this.rest = Buffer.alloc(0);
    return text === '' ? undefined : Buffer.from(text, 'latin1');
  }
}

function trailersFrame(trailers: Head): Buffer {
  let lines = '';
  trailers.forEach((name, value) => (lines += `${name}:${value}\r\n`));
  const frame = Buffer.alloc(5 + lines.length);
  frame[0] = TRAILERS_FLAG;
  frame.writeUInt32BE(lines.length, 1);
  frame.write(lines, 5, 'latin1');
  return frame;
}
