import { type ResponseHead } from '../head';
import { FIELD_VALUE } from './chars';
import { HeadError } from './head-error';
import { type HeadLimits, parseFields } from './parse-fields';

const VERSION = Buffer.from('HTTP/1.', 'latin1');

/**
 * Reads one response head from `start`, as strictly as a request's; HTTP/1.0 is taken, its connection is kept where it says so.
 * @returns the offset after the head; 0 when more bytes are needed; a negated refusal otherwise.
 * Spec: RFC 9112 §4.
 */
export function parseResponseHead(head: ResponseHead, buffer: Buffer, start: number, end: number, limits: HeadLimits): number {
  head.resetFields();
  const result = parse(head, buffer, start, end, limits);
  if (result === 0) return end - start > limits.maxHeadBytes ? HeadError.too_large : 0;
  if (result > 0 && result - start > limits.maxHeadBytes) return HeadError.too_large;
  return result;
}

function parse(head: ResponseHead, buffer: Buffer, start: number, end: number, limits: HeadLimits): number {
  const known = Math.min(7, end - start);
  for (let i = 0; i < known; i++) if (buffer[start + i] !== VERSION[i]) return HeadError.bad_version;
  if (end - start < 14) return 0;
  const minor = buffer[start + 7]!;
  if (minor !== 0x31 && minor !== 0x30) return HeadError.bad_version;
  head.http10 = minor === 0x30;
  if (buffer[start + 8] !== 32) return HeadError.bad_status_line;
  const hundreds = buffer[start + 9]! - 0x30;
  const tens = buffer[start + 10]! - 0x30;
  const ones = buffer[start + 11]! - 0x30;
  if (hundreds < 1 || hundreds > 9 || tens < 0 || tens > 9 || ones < 0 || ones > 9) return HeadError.bad_status_line;
  head.status = hundreds * 100 + tens * 10 + ones;
  let pos = start + 12;
  let reasonStart = pos;
  if (buffer[pos] === 32) {
    reasonStart = ++pos;
    for (;;) {
      if (pos >= end) return 0;
      const c = buffer[pos]!;
      if (FIELD_VALUE[c] !== 1 && c !== 32 && c !== 9) break;
      pos++;
    }
  }
  const reasonEnd = pos;
  if (buffer[pos] !== 13) return HeadError.bad_status_line;
  if (pos + 1 >= end) return 0;
  if (buffer[pos + 1] !== 10) return HeadError.bad_line_end;
  // The usual reasons are not made into strings: the encoder has them as bytes.
  head.reason = head.status === 200 && reasonEnd - reasonStart === 2 ? 'OK' : buffer.latin1Slice(reasonStart, reasonEnd);
  pos = parseFields(head, buffer, pos + 2, end, start, limits);
  if (pos <= 0) return pos;
  if (head.http10) {
    if (!head.keepAliveAsked) head.keepAlive = false;
    if (head.chunked) return HeadError.bad_transfer_encoding;
  }
  head.store(buffer, start, pos);
  return pos;
}
