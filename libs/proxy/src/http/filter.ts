import { type Head, type ResponseHead } from '../codec/head';
import { type HttpStream } from './stream';

/** One concern of a stream. Built once per snapshot, run on every stream whose route it applies to. */
export interface StreamFilter {
  readonly name: string;
  /** Sees the request's head. False: stop here; the filter has answered, or will call `stream.continueRequest()`. */
  onRequest?(stream: HttpStream): boolean;
  /** Sees the head of every response, local ones too; `end`: it has no content. It may set `stream.held`. */
  onResponse?(stream: HttpStream, end: boolean): void;
  /** Sees the request's content as it comes; what it returns goes on in its place. Undefined: the filter has answered. */
  onRequestBody?(stream: HttpStream, content: Buffer): Buffer | undefined;
  /** The request is over. False: the filter has answered. */
  onRequestEnd?(stream: HttpStream): boolean;
  /** Sees the upstream response's content; what it returns goes on in its place. */
  onResponseBody?(stream: HttpStream, content: Buffer): Buffer;
  /** The upstream response is over. What it returns is its last content, in place of the trailers; undefined leaves them. */
  onResponseEnd?(stream: HttpStream, trailers: Head | undefined): Buffer | undefined;
}

/** A response whose head waits for its content, and goes out without it. */
export interface HeldResponse {
  /** Takes content. */
  add(buffer: Buffer, start: number, end: number): void;
  /** The content was all: makes of the head what goes out. */
  finish(head: ResponseHead): void;
}

/** Filters of one route: the first sees the request first and the response last. */
export interface FilterChainFor {
  readonly request: readonly StreamFilter[];
  readonly response: readonly StreamFilter[];
  /** Those that look at content, each way in order; absent where there are none: content then passes untouched. */
  readonly body?: { readonly request: readonly StreamFilter[]; readonly response: readonly StreamFilter[] };
}

/** Sorts filters by what they look at. */
export function chain(filters: readonly StreamFilter[]): FilterChainFor {
  const looks = filters.filter(
    (filter) => (filter.onRequestBody ?? filter.onRequestEnd ?? filter.onResponseBody ?? filter.onResponseEnd) !== undefined,
  );
  return {
    ...(looks.length === 0 ? {} : { body: { request: looks, response: [...looks].reverse() } }),
    request: filters.filter((filter) => filter.onRequest !== undefined),
    response: filters.filter((filter) => filter.onResponse !== undefined).reverse(),
  };
}
