import { type HttpStream } from './stream';

/** One concern of a stream. Built once per snapshot, run on every stream whose route it applies to. */
export interface StreamFilter {
  readonly name: string;
  /** Sees the request's head. False: stop here; the filter has answered, or will call `stream.continueRequest()`. */
  onRequest?(stream: HttpStream): boolean;
  /** Sees the head of every response, local ones too. */
  onResponse?(stream: HttpStream): void;
}

/** Filters of one route: the first sees the request first and the response last. */
export interface FilterChainFor {
  readonly request: readonly StreamFilter[];
  readonly response: readonly StreamFilter[];
}

/** Sorts filters by what they look at. */
export function chain(filters: readonly StreamFilter[]): FilterChainFor {
  return {
    request: filters.filter((filter) => filter.onRequest !== undefined),
    response: filters.filter((filter) => filter.onResponse !== undefined).reverse(),
  };
}
