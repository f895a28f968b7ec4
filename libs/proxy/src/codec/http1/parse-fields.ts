import { type Head } from '../head';
import { FIELD_VALUE, TOKEN_LOWER } from './chars';
import { HeadError } from './head-error';
import { Header, internHeader } from './header-names';
import { type UnderscoreAction, type UnderscoreStats } from './underscores';

/** What a head may weigh. */
export interface HeadLimits {
  /** Bytes from the first of the start line to the end of the empty line. Envoy's default is 60 KiB. */
  readonly maxHeadBytes: number;
  /** Fields. Envoy's default is 100. */
  readonly maxFields: number;
  /** Take HTTP/1.0 requests; their connections are never kept. Default: refuse. */
  readonly acceptHttp10?: boolean;
  /** The host of an HTTP/1.0 request that names none. Default: it is refused. */
  readonly defaultHost?: string;
  /** Default: names may have them. */
  readonly underscores?: UnderscoreAction;
  readonly underscoreStats?: UnderscoreStats;
}

/** Envoy's defaults. Spec: `HttpConnectionManager.max_request_headers_kb`, `HttpProtocolOptions.max_headers_count`. */
export const DEFAULT_HEAD_LIMITS: HeadLimits = { maxHeadBytes: 60 * 1024, maxFields: 100 };

const CR = 13;
const LF = 10;
const SP = 32;
const HT = 9;
const COLON = 58;

/**
 * Reads field lines from `start` up to and with the empty line, into `head`; offsets are kept relative to `base`.
 *
 * Names are lower-cased in the buffer itself. Refuses folded lines, space before the colon, bare CR or LF, NUL and
 * other control bytes, empty names. Framing fields are read here and never forwarded as they came.
 * @returns the offset after the empty line; 0 when more bytes are needed; a negated refusal otherwise.
 */
export function parseFields(head: Head, buffer: Buffer, start: number, end: number, base: number, limits: HeadLimits): number {
  let pos = start;
  let hosts = 0;
  let lengths = 0;
  let encodings = 0;
  let upgradeField = false;
  let connectionUpgrade = false;
  for (;;) {
    if (pos >= end) return 0;
    let c = buffer[pos]!;
    if (c === CR) {
      if (pos + 1 >= end) return 0;
      if (buffer[pos + 1] !== LF) return HeadError.bad_line_end;
      if (lengths > 0 && encodings > 0) return HeadError.length_and_encoding;
      head.upgrade = upgradeField && connectionUpgrade;
      return pos + 2;
    }
    const nameStart = pos;
    let hash = 0;
    for (;;) {
      const lower = TOKEN_LOWER[c]!;
      if (lower === 0) break;
      if (lower !== c) buffer[pos] = lower;
      hash = (Math.imul(hash, 31) + lower) | 0;
      if (++pos >= end) return 0;
      c = buffer[pos]!;
    }
    if (c !== COLON || pos === nameStart) return HeadError.bad_field_name;
    const nameEnd = pos;
    if (++pos >= end) return 0;
    c = buffer[pos]!;
    let odd = c !== SP;
    while (c === SP || c === HT) {
      if (++pos >= end) return 0;
      c = buffer[pos]!;
    }
    const valueStart = pos;
    if (valueStart - nameEnd !== 2) odd = true;
    while (FIELD_VALUE[c] === 1 || c === SP || c === HT) {
      if (++pos >= end) return 0;
      c = buffer[pos]!;
    }
    if (c !== CR) return c === LF ? HeadError.bad_line_end : c < 32 || c === 127 ? HeadError.invalid_character : HeadError.bad_field_value;
    if (pos + 1 >= end) return 0;
    if (buffer[pos + 1] !== LF) return HeadError.bad_line_end;
    let valueEnd = pos;
    pos += 2;
    while (valueEnd > valueStart && (buffer[valueEnd - 1] === SP || buffer[valueEnd - 1] === HT)) {
      valueEnd--;
      odd = true;
    }

    const index = head.count;
    if (index >= limits.maxFields) return HeadError.too_many_fields;
    if (index >= head.room) head.growFields();
    const id = internHeader(buffer, nameStart, nameEnd, hash);
    head.put(index, id, odd ? 2 : 1, nameStart - base, nameEnd - base, valueStart - base, valueEnd - base, pos - base, 0);
    head.count = index + 1;
    if (id === 0 || id > Header.content_length) continue;

    switch (id) {
      case Header.host:
        if (++hosts > 1) return HeadError.duplicate_host;
        break;
      case Header['content-length']: {
        if (++lengths > 1) return HeadError.duplicate_content_length;
        const length = parseContentLength(buffer, valueStart, valueEnd);
        if (length < 0) return HeadError.bad_content_length;
        head.contentLength = length;
        head.drop(index);
        break;
      }
      case Header['transfer-encoding']:
        if (++encodings > 1 || !isWord(buffer, valueStart, valueEnd, 'chunked')) return HeadError.bad_transfer_encoding;
        head.chunked = true;
        head.drop(index);
        break;
      case Header.connection:
        head.drop(index);
        if (parseConnection(head, buffer, valueStart, valueEnd)) connectionUpgrade = true;
        break;
      case Header.upgrade:
        upgradeField = true;
        head.drop(index);
        break;
      case Header.transfer_encoding:
      case Header.content_length:
        return HeadError.underscore_framing;
      case Header['proxy-connection']:
        if (isWord(buffer, valueStart, valueEnd, 'close')) head.keepAlive = false;
        head.drop(index);
        break;
      case Header['keep-alive']:
      case Header.te:
        head.drop(index);
        break;
    }
  }
}

/** Decimal digits without sign or leading zero, at most 2^53 - 1; -1 for anything else. */
export function parseContentLength(buffer: Buffer, start: number, end: number): number {
  const digits = end - start;
  if (digits < 1 || digits > 16 || (buffer[start] === 0x30 && digits > 1)) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = buffer[i]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return Number.isSafeInteger(value) ? value : -1;
}

/** Notes close and keep-alive; true when `upgrade` is among the tokens. Other tokens nominate fields to drop. */
function parseConnection(head: Head, buffer: Buffer, start: number, end: number): boolean {
  if (isWord(buffer, start, end, 'keep-alive')) {
    head.keepAliveAsked = true;
    return false;
  }
  if (isWord(buffer, start, end, 'close')) {
    head.keepAlive = false;
    return false;
  }
  let upgrade = false;
  for (const part of buffer.latin1Slice(start, end).toLowerCase().split(',')) {
    const token = part.trim();
    if (token === 'close') head.keepAlive = false;
    else if (token === 'upgrade') upgrade = true;
    else if (token === 'keep-alive') head.keepAliveAsked = true;
    else if (token !== '') head.nominated = head.nominated === '' ? token : `${head.nominated},${token}`;
  }
  return upgrade;
}

/** Whether the bytes spell a lower-case word, in any case. */
export function isWord(buffer: Buffer, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    const c = buffer[start + i]!;
    if ((c >= 0x41 && c <= 0x5a ? c + 32 : c) !== word.charCodeAt(i)) return false;
  }
  return true;
}
