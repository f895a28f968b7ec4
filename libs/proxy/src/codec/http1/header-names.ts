/** Names the proxy itself looks at, each with a small number, so that finding one is comparing integers. 0 is "any other". */
export const Header = {
  host: 1,
  'content-length': 2,
  'transfer-encoding': 3,
  connection: 4,
  'keep-alive': 5,
  'proxy-connection': 6,
  te: 7,
  upgrade: 8,
  expect: 9,
  trailer: 10,
  transfer_encoding: 11,
  content_length: 12,
  'user-agent': 13,
  'x-request-id': 14,
  'x-forwarded-for': 15,
  'x-forwarded-proto': 16,
  'x-forwarded-client-cert': 17,
  'x-forwarded-host': 18,
  'x-envoy-peer-metadata': 19,
  'x-envoy-peer-metadata-id': 20,
  'x-envoy-original-path': 21,
  'x-envoy-attempt-count': 22,
  'x-envoy-upstream-service-time': 23,
  'x-envoy-expected-rq-timeout-ms': 24,
  'x-envoy-upstream-rq-timeout-ms': 25,
  'x-envoy-upstream-rq-per-try-timeout-ms': 26,
  'x-envoy-retry-on': 27,
  'x-envoy-max-retries': 28,
  'x-envoy-decorator-operation': 29,
  'x-envoy-internal': 30,
  'x-envoy-external-address': 31,
  'x-envoy-overloaded': 32,
  'x-envoy-original-host': 33,
  server: 34,
  date: 35,
  origin: 36,
  'access-control-request-method': 37,
  'access-control-request-headers': 38,
  'content-type': 39,
  accept: 40,
  'accept-encoding': 41,
  'accept-language': 42,
  cookie: 43,
  authorization: 44,
  'cache-control': 45,
  'set-cookie': 46,
  location: 47,
  etag: 48,
  'end-user': 49,
  traceparent: 50,
  'x-b3-traceid': 51,
  'grpc-status': 52,
  'proxy-authorization': 53,
  'proxy-authenticate': 54,
  'x-envoy-is-timeout-retry': 55,
  'x-envoy-ratelimited': 56,
  'x-envoy-retriable-status-codes': 57,
  'x-envoy-retriable-header-names': 58,
  'x-envoy-retry-grpc-on': 59,
  'x-envoy-force-trace': 60,
  'x-envoy-hedge-on-per-try-timeout': 61,
  'x-envoy-upstream-alt-stat-name': 62,
  'x-envoy-upstream-stream-duration-ms': 63,
  tracestate: 64,
  b3: 65,
  'x-b3-spanid': 66,
  'x-b3-parentspanid': 67,
  'x-b3-sampled': 68,
  'x-b3-flags': 69,
  'x-client-trace-id': 70,
  'x-lateen-explain': 71,
} as const;

/** One more than the largest number of a name. */
export const KNOWN_NAMES = Object.keys(Header).length + 1;

const SLOTS = 2048;
const names: Buffer[] = [Buffer.alloc(0)];
const texts: string[] = [''];
const slots = new Uint8Array(SLOTS);

for (const [name, id] of Object.entries(Header)) {
  const bytes = Buffer.from(name, 'latin1');
  names[id] = bytes;
  texts[id] = name;
  let slot = hashOf(bytes);
  while (slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
  slots[slot] = id;
}

/** Without a prototype, whose members have names that a client may send. */
const ids = Object.assign(Object.create(null) as Record<string, number>, Header);

/** The number of a lower-case name that the proxy knows, else 0. */
export function headerId(name: string): number {
  return ids[name] ?? 0;
}

/** The name of such a number. */
export function headerName(id: number): string {
  return texts[id]!;
}

/** The number of the lower-cased name at `start`..`end`, whose hash the parser rolled along with `hash * 31 + byte`; else 0. */
export function internHeader(buffer: Buffer, start: number, end: number, hash: number): number {
  let slot = (hash ^ (hash >>> 11)) & (SLOTS - 1);
  for (;;) {
    const id = slots[slot]!;
    if (id === 0) return 0;
    const name = names[id]!;
    if (name.length === end - start && sameBytes(name, buffer, start)) return id;
    slot = (slot + 1) & (SLOTS - 1);
  }
}

function sameBytes(name: Buffer, buffer: Buffer, start: number): boolean {
  for (let i = 0; i < name.length; i++) if (name[i] !== buffer[start + i]) return false;
  return true;
}

function hashOf(bytes: Buffer): number {
  let hash = 0;
  for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) | 0;
  return (hash ^ (hash >>> 11)) & (SLOTS - 1);
}
