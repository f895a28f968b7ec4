import { type GrpcTimeLimit } from '@lateen/routing';
import { Slot, type RequestHead, type ResponseHead } from '../codec/head';
import { Header } from '../codec/http1/header-names';

const PREFIX = Buffer.from('application/grpc', 'latin1');

/** Whether a request is gRPC, by its content type. Spec: gRPC over HTTP/2, Requests. */
export function isGrpc(request: RequestHead): boolean {
  if (request.lacks(Header['content-type'])) return false;
  const { bytes, count } = request;
  for (let i = 0; i < count; i++) {
    if (request.slot(i, Slot.id) !== Header['content-type']) continue;
    const start = request.slot(i, Slot.valueStart);
    const length = request.slot(i, Slot.valueEnd) - start;
    if (length < PREFIX.length || bytes.compare(PREFIX, 0, PREFIX.length, start, start + PREFIX.length) !== 0) return false;
    return length === PREFIX.length || bytes[start + PREFIX.length] === PLUS;
  }
  return false;
}

const PLUS = 0x2b;

/** The same of a content type. */
export function isGrpcType(type: string | undefined): boolean {
  return type !== undefined && /^application\/grpc($|\+)/.test(type);
}

/**
 * Makes a local reply one that a gRPC client understands: 200, the status in a trailer-only response.
 * @param own A status that does not follow from the HTTP one.
 * @returns the gRPC status. Spec: gRPC over HTTP/2, Responses; HTTP to gRPC status code mapping.
 */
export function grpcReply(response: ResponseHead, message: string, own?: number): number {
  const status = own ?? grpcStatusOf(response.status);
  response.status = 200;
  response.contentLength = -1;
  response.add('content-type', 'application/grpc');
  response.add('grpc-status', String(status));
  if (message !== '') response.add('grpc-message', percentEncode(Buffer.from(message)));
  return status;
}

/** What an HTTP status is to a gRPC client. Spec: gRPC, HTTP to gRPC status code mapping. */
export function grpcStatusOf(httpStatus: number): number {
  return BY_HTTP[httpStatus] ?? UNKNOWN;
}

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 };

/** A `grpc-timeout` in milliseconds, at least one; undefined when it is none. Spec: gRPC over HTTP/2, Timeout. */
export function grpcTimeoutMs(text: string | undefined): number | undefined {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text ?? '');
  return match === null ? undefined : Math.max(1, Number(match[1]) * UNIT_MS[match[2]!]!);
}

/** The time that a client gives its call, within what a route allows; 0: none. */
export function grpcTimeLimitMs(wanted: string | undefined, { maxMs, offsetMs }: GrpcTimeLimit): number {
  const askedMs = grpcTimeoutMs(wanted) ?? 0;
  const leftMs = offsetMs < askedMs ? askedMs - offsetMs : askedMs;
  return maxMs !== 0 && (leftMs === 0 || leftMs > maxMs) ? maxMs : leftMs;
}

/** Milliseconds as a `grpc-timeout`: eight digits at most. */
export function grpcTimeoutText(ms: number): string {
  if (ms < 1e8) return `${Math.ceil(ms)}m`;
  return ms < 1e11 ? `${Math.ceil(ms / 1000)}S` : `${Math.ceil(ms / 3_600_000)}H`;
}

/** A `grpc-status` as a number; 2 (UNKNOWN) when it is none. */
export function grpcStatus(text: string): number {
  const status = Number(text);
  return Number.isInteger(status) && status >= 0 && status <= 16 ? status : 2;
}

const UNKNOWN = 2;
const BY_HTTP: Readonly<Record<number, number>> = { 400: 13, 401: 16, 403: 7, 404: 12, 429: 14, 502: 14, 503: 14, 504: 14 };

/** Text as a `grpc-message`: printable ASCII but `%` stays. Spec: gRPC over HTTP/2, Status-Message. */
export function percentEncode(message: Buffer): string {
  return [...message]
    .map((byte) =>
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}
