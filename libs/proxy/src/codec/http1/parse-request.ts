import { Slot, type RequestHead } from '../head';
import { HOST, TARGET, TARGET_SPECIAL } from './chars';
import { HeadError } from './head-error';
import { Header } from './header-names';
import { internMethod } from './methods';
import { type HeadLimits, isWord, parseFields } from './parse-fields';
import { applyUnderscoreAction } from './underscores';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n', 'latin1');
const VERSION = Buffer.from('HTTP/1.', 'latin1');

/**
 * Reads one request head from `start`; strict: whatever is read here, llhttp reads alike.
 *
 * The head's bytes are copied into `head`, so the buffer is free afterwards (its field names are lower-cased in place).
 * @returns the offset after the head; 0 when more bytes are needed; a negated refusal otherwise.
 * Spec: RFC 9112 §2, §3.
 */
export function parseRequestHead(head: RequestHead, buffer: Buffer, start: number, end: number, limits: HeadLimits): number {
  head.resetFields();
  head.expectContinue = false;
  head.teTrailers = false;
  head.http10 = false;
  const result = parse(head, buffer, start, end, limits);
  // Too large counts before incomplete: nobody waits for the rest of a head that can no longer be taken.
  if (result === 0) return end - start > limits.maxHeadBytes ? HeadError.too_large : 0;
  if (result > 0 && result - start > limits.maxHeadBytes) return HeadError.too_large;
  return result;
}

function parse(head: RequestHead, buffer: Buffer, start: number, end: number, limits: HeadLimits): number {
  let pos = start;
  // RFC 9112 §2.2: empty lines before a request are taken, some clients send one after a body.
  while (buffer[pos] === 13 && pos < end) {
    if (pos + 1 >= end) return 0;
    if (buffer[pos + 1] !== 10) return HeadError.bad_line_end;
    pos += 2;
  }
  const base = pos;
  while (pos < end && buffer[pos] !== 32) {
    const c = buffer[pos]!;
    if ((c < 0x41 || c > 0x5a) && c !== 0x2d) return HeadError.bad_method;
    if (++pos - base > 11) return HeadError.bad_method;
  }
  if (pos >= end) return 0;
  const method = internMethod(buffer, base, pos);
  if (method === undefined) return startsPreface(buffer, base, end);
  head.method = method;

  const targetStart = ++pos;
  let special = false;
  let previous = 0;
  for (;;) {
    if (pos >= end) return 0;
    const c = buffer[pos]!;
    if (TARGET[c] !== 1) break;
    if (TARGET_SPECIAL[c] === 1 || ((c === 0x2e || c === 0x2f) && previous === 0x2f)) special = true;
    previous = c;
    pos++;
  }
  if (buffer[pos] !== 32 || pos === targetStart) return HeadError.bad_target;
  const targetEnd = pos++;
  if (end - pos < 10) {
    for (let i = 0; pos + i < end && i < 7; i++) if (buffer[pos + i] !== VERSION[i]) return HeadError.bad_version;
    return 0;
  }
  for (let i = 0; i < 7; i++) if (buffer[pos + i] !== VERSION[i]) return otherVersion(buffer, pos);
  const minor = buffer[pos + 7]!;
  if (minor !== 0x31 && (minor !== 0x30 || limits.acceptHttp10 !== true)) return otherVersion(buffer, pos);
  if (buffer[pos + 8] !== 13 || buffer[pos + 9] !== 10) return HeadError.bad_line_end;
  pos = parseFields(head, buffer, pos + 10, end, base, limits);
  if (pos <= 0) return pos;
  head.http10 = minor === 0x30;
  if (head.http10) {
    if (!head.keepAliveAsked) head.keepAlive = false;
    if (head.chunked) return HeadError.bad_transfer_encoding;
  }
  head.store(buffer, base, pos);
  head.pathSpecial = special;
  const refusal = readHost(head);
  if (refusal !== 0) return refusal;
  const target = readTarget(head, targetStart - base, targetEnd - base);
  if (target !== 0) return target;
  if (limits.underscores !== undefined && !applyUnderscoreAction(head, limits.underscores, limits.underscoreStats))
    return HeadError.underscore_framing;
  return head.authority !== '' || head.method === 'CONNECT' || takeDefaultHost(head, limits.defaultHost) ? pos : HeadError.missing_host;
}

/** For a client of HTTP/1.0, which need not say. Spec: Envoy `default_host_for_http_10`. */
function takeDefaultHost(head: RequestHead, host: string | undefined): boolean {
  if (host === undefined) return false;
  head.set('host', host);
  head.authority = host;
  return true;
}

/** A version of HTTP that is not served, or none. */
function otherVersion(buffer: Buffer, pos: number): number {
  return /^HTTP\/\d\.\d\r$/.test(buffer.latin1Slice(pos, pos + 9)) ? HeadError.low_version : HeadError.bad_version;
}

/** Finds Host and Expect among the fields that are no framing. */
function readHost(head: RequestHead): number {
  let host = -1;
  for (let i = 0; i < head.count; i++) {
    const id = head.slot(i, Slot.id);
    if (id === Header.host) host = i;
    else if (id === Header.expect) {
      if (!isWord(head.bytes, head.slot(i, Slot.valueStart), head.slot(i, Slot.valueEnd), '100-continue')) return HeadError.bad_expect;
      head.expectContinue = true;
      head.drop(i);
    } else if (id === Header.te) {
      head.teTrailers ||= /(^|,)\s*trailers\s*(,|$)/i.test(head.valueAt(i));
    }
  }
  if (host === -1) {
    head.authority = '';
    return head.method === 'CONNECT' || head.http10 ? 0 : HeadError.missing_host;
  }
  const start = head.slot(host, Slot.valueStart);
  const end = head.slot(host, Slot.valueEnd);
  if (!validHost(head.bytes, start, end)) return HeadError.bad_host;
  head.authority = head.textAt(start, end, head.authority);
  return 0;
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`. */
export function validHost(bytes: Buffer, start: number, end: number): boolean {
  let pos = start;
  if (bytes[pos] === 0x5b && end > start) {
    do pos++;
    while (pos < end && bytes[pos] !== 0x5d && (HOST[bytes[pos]!] === 1 || bytes[pos] === 0x3a));
    if (bytes[pos] !== 0x5d || pos >= end || pos === start + 1) return false;
    pos++;
  } else {
    while (pos < end && HOST[bytes[pos]!] === 1) pos++;
    if (pos === start) return false;
  }
  if (pos === end) return true;
  if (bytes[pos] !== 0x3a || end - pos > 6) return false;
  for (pos++; pos < end; pos++) if (bytes[pos]! < 0x30 || bytes[pos]! > 0x39) return false;
  return true;
}

/** Origin form as it is; absolute form only when it names the same host; `*` only for OPTIONS. */
function readTarget(head: RequestHead, start: number, end: number): number {
  const bytes = head.bytes;
  if (head.method === 'CONNECT') return readConnectTarget(head, start, end);
  if (bytes[start] === 0x2f) {
    head.path = head.textAt(start, end, head.path);
    return 0;
  }
  const target = bytes.latin1Slice(start, end);
  if (target === '*') {
    head.path = '*';
    return head.method === 'OPTIONS' ? 0 : HeadError.bad_target;
  }
  const match = /^https?:\/\/([^/?#]+)(.*)$/i.exec(target);
  if (match === null) return HeadError.bad_target;
  const authority = match[1]!;
  const rest = match[2]!;
  if (head.authority === '') {
    const from = start + target.indexOf('//') + 2;
    if (!validHost(bytes, from, from + authority.length)) return HeadError.bad_host;
    head.set('host', authority);
    head.authority = authority;
  } else if (authority.toLowerCase() !== head.authority.toLowerCase()) return HeadError.host_mismatch;
  head.path = rest.startsWith('/') ? rest : `/${rest}`;
  head.pathSpecial = true;
  return 0;
}

/** The authority alone, with its port: it stands for Host, whatever that says. Content there is none. Spec: RFC 9112 §3.2.3. */
function readConnectTarget(head: RequestHead, start: number, end: number): number {
  const target = head.bytes.latin1Slice(start, end);
  if (!validHost(head.bytes, start, end) || !/:\d+$/.test(target)) return HeadError.bad_target;
  if (head.chunked) return HeadError.bad_transfer_encoding;
  if (head.contentLength > 0) return HeadError.bad_content_length;
  head.contentLength = -1;
  head.set('host', target);
  head.authority = target;
  head.path = '';
  head.pathSpecial = false;
  return 0;
}

function startsPreface(buffer: Buffer, start: number, end: number): number {
  const length = Math.min(PREFACE.length, end - start);
  for (let i = 0; i < length; i++) if (buffer[start + i] !== PREFACE[i]) return HeadError.bad_method;
  return length < PREFACE.length ? 0 : HeadError.http2_preface;
}
