import { Header } from '../../http1/header-names';

/** Secrets whose value could be guessed byte by byte through a shared table. Spec: RFC 7541 §7.1.3. */
const SECRET: Uint8Array = marks([Header.authorization, Header['proxy-authorization'], Header['set-cookie']]);

/** Fields that say something new each time: remembering one only pushes others out. */
const CHANGING: Uint8Array = marks([
  Header['content-length'],
  Header['x-request-id'],
  Header.traceparent,
  Header['x-b3-traceid'],
  Header.date,
  Header.etag,
  Header.location,
  Header['x-envoy-upstream-service-time'],
  Header['x-envoy-external-address'],
  Header['x-envoy-expected-rq-timeout-ms'],
  Header['x-envoy-upstream-stream-duration-ms'],
]);

/** A cookie shorter than this is short enough to be guessed. */
const SHORT_COOKIE = 20;

/** Whether no table on the way may remember fields of this name. */
export function neverIndexed(id: number): boolean {
  return SECRET[id] === 1;
}

/** Whether a field could be worth its place in a table; `length` is that of its name and value. */
export function worthIndexing(id: number, length: number, capacity: number): boolean {
  if (CHANGING[id] === 1 || length > capacity >>> 1) return false;
  return id !== Header.cookie || length >= SHORT_COOKIE + 6;
}

function marks(ids: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const id of ids) table[id] = 1;
  return table;
}
