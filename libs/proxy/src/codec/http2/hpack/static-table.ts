import { headerId } from '../../http1/header-names';
import { pseudoId } from './pseudo';

/** The fields every HPACK peer knows, by index; 0 is none. Spec: RFC 7541 Appendix A. */
export const STATIC_FIELDS: readonly (readonly [name: string, value: string])[] = [
  ['', ''],
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language', ''],
  ['accept-ranges', ''],
  ['accept', ''],
  ['access-control-allow-origin', ''],
  ['age', ''],
  ['allow', ''],
  ['authorization', ''],
  ['cache-control', ''],
  ['content-disposition', ''],
  ['content-encoding', ''],
  ['content-language', ''],
  ['content-length', ''],
  ['content-location', ''],
  ['content-range', ''],
  ['content-type', ''],
  ['cookie', ''],
  ['date', ''],
  ['etag', ''],
  ['expect', ''],
  ['expires', ''],
  ['from', ''],
  ['host', ''],
  ['if-match', ''],
  ['if-modified-since', ''],
  ['if-none-match', ''],
  ['if-range', ''],
  ['if-unmodified-since', ''],
  ['last-modified', ''],
  ['link', ''],
  ['location', ''],
  ['max-forwards', ''],
  ['proxy-authenticate', ''],
  ['proxy-authorization', ''],
  ['range', ''],
  ['referer', ''],
  ['refresh', ''],
  ['retry-after', ''],
  ['server', ''],
  ['set-cookie', ''],
  ['strict-transport-security', ''],
  ['transfer-encoding', ''],
  ['user-agent', ''],
  ['vary', ''],
  ['via', ''],
  ['www-authenticate', ''],
];

/** Its last index; the dynamic table begins after it. */
export const STATIC_COUNT = STATIC_FIELDS.length - 1;

/** The fields as lines, one after the other; where each begins and what it is. */
export const STATIC_LINES: Buffer = Buffer.from(`${STATIC_FIELDS.map(([name, value]) => `${name}: ${value}\r\n`).join('')}    `, 'latin1');
/** The same bytes, to be read by words. */
export const STATIC_VIEW: DataView = new DataView(STATIC_LINES.buffer, STATIC_LINES.byteOffset, STATIC_LINES.length);
export const STATIC_START: Int32Array = new Int32Array(STATIC_COUNT + 1);
export const STATIC_NAME: Int32Array = Int32Array.from(STATIC_FIELDS, ([name]) => name.length);
export const STATIC_VALUE: Int32Array = Int32Array.from(STATIC_FIELDS, ([, value]) => value.length);
export const STATIC_ID: Uint8Array = Uint8Array.from(STATIC_FIELDS, ([name]) => {
  if (!name.startsWith(':')) return headerId(name);
  return pseudoId(Buffer.from(name, 'latin1'), 0, name.length);
});

/** The least index with the name of that number; 0 when there is none. */
export const STATIC_BY_ID: Uint8Array = new Uint8Array(256);

let start = 0;
for (let index = 0; index <= STATIC_COUNT; index++) {
  STATIC_START[index] = start;
  start += STATIC_NAME[index]! + STATIC_VALUE[index]! + 4;
  const id = STATIC_ID[index]!;
  if (id !== 0 && STATIC_BY_ID[id] === 0) STATIC_BY_ID[id] = index;
}

const unnumbered = new Map<string, number>();
for (let index = 1; index <= STATIC_COUNT; index++) {
  const name = STATIC_FIELDS[index]![0];
  if (STATIC_ID[index] === 0 && !unnumbered.has(name)) unnumbered.set(name, index);
}
const byLength = Array.from({ length: 32 }, (_, length) => [...unnumbered.values()].filter((index) => STATIC_NAME[index] === length));

/** The least index with the name at `start`..`end`, which has no number of its own; 0 when there is none. */
export function staticName(buffer: Buffer, start: number, end: number): number {
  const candidates = byLength[end - start];
  if (candidates === undefined) return 0;
  next: for (const index of candidates) {
    const at = STATIC_START[index]!;
    for (let i = 0; i < end - start; i++) if (STATIC_LINES[at + i] !== buffer[start + i]) continue next;
    return index;
  }
  return 0;
}

/** As `staticName`, for a string. */
export function staticNameOf(name: string): number {
  return unnumbered.get(name) ?? 0;
}
