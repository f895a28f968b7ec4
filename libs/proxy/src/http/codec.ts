import { type OutgoingFraming } from '../codec/http1/encode';
import { type RequestHead, type ResponseHead } from '../codec/head';
import { type ResetReason } from './local-replies';

/** The client's side of a stream, whichever protocol it speaks. */
export interface DownstreamCodec {
  /** Sends `head`; `end`: no body follows. */
  sendHead(head: ResponseHead, end: boolean): void;
  /** An interim response. */
  sendContinue(): void;
  sendBody(buffer: Buffer, start: number, end: number): void;
  sendEnd(): void;
  /** The peer takes no more for now; `HttpStream.onDownstreamDrain` tells when it does again. */
  readonly blocked: boolean;
  pauseRequest(): void;
  resumeRequest(): void;
  /** The response cannot be finished: the client must notice. */
  abort(): void;
  /** The protocol was switched: from here on bytes are passed on as they are. */
  tunnel(): void;
}

/** The server's side of a stream: one request on one connection. */
export interface UpstreamRequest {
  sendHead(head: RequestHead, framing: OutgoingFraming, end: boolean, upgrade: string | undefined): void;
  sendBody(buffer: Buffer, start: number, end: number): void;
  sendEnd(): void;
  readonly blocked: boolean;
  pauseResponse(): void;
  resumeResponse(): void;
  /** Nobody wants the response any more. No callback follows. */
  abandon(): void;
}

/** What an upstream request reports. */
export interface UpstreamHandler {
  /** Where the response head is parsed into. */
  readonly responseHead: ResponseHead;
  /** The request's method: a HEAD response has no body. */
  readonly requestMethod: string;
  onContinue(): void;
  onResponseHead(end: boolean): void;
  onResponseBody(buffer: Buffer, start: number, end: number): void;
  onResponseEnd(): void;
  /** The attempt failed; no callback follows. */
  onUpstreamReset(reason: ResetReason, message: string): void;
  onUpstreamDrain(): void;
}
