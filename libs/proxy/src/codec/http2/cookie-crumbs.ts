import { type Head } from '../head';
import { Header } from '../http1/header-names';

const NAME = 'cookie: ';

/**
 * Appends the cookie in the head's place number `count` to the field before it, when that is a cookie too: `a` and `b`
 * become `a; b` where `a` is, so that joining many costs no more than reading them. One that is empty is left out.
 * @returns false when another field came between. Spec: RFC 9113 §8.2.3.
 */
export function joinCrumb(head: Head): boolean {
  const { bytes, count } = head;
  const last = count - 1;
  if (last < 0 || head.ids[last] !== Header.cookie) return false;
  const start = head.valueStart[count]!;
  const end = head.valueEnd[count]!;
  if (start === end) return true;
  let at = head.valueEnd[last]!;
  if (at > head.valueStart[last]!) {
    bytes[at++] = 0x3b;
    bytes[at++] = 0x20;
  }
  bytes.copyWithin(at, start, end);
  endLine(head, last, at + end - start);
  head.hashes[last] = 0;
  head.sensitive[last]! |= head.sensitive[count]!;
  return true;
}

/** Joins cookies that other fields stand between, at the end of the head. */
export function joinScattered(head: Head): void {
  const { count } = head;
  let crumbs = 0;
  let length = 0;
  for (let i = 0; i < count; i++) {
    if (head.ids[i] !== Header.cookie) continue;
    crumbs++;
    length += head.lineEnd[i]! - head.nameStart[i]!;
  }
  if (crumbs < 2) return;
  if (count >= head.ids.length) head.growFields();
  if (head.bytes.length - head.length < length) head.growBytes(length);
  const { bytes, ids, keep } = head;
  const nameStart = head.length;
  const valueStart = nameStart + NAME.length;
  let at = nameStart + bytes.latin1Write(NAME, nameStart);
  head.sensitive[count] = 0;
  for (let i = 0; i < count; i++) {
    if (ids[i] !== Header.cookie) continue;
    const start = head.valueStart[i]!;
    const end = head.valueEnd[i]!;
    if (at > valueStart && end > start) at += bytes.latin1Write('; ', at);
    bytes.copyWithin(at, start, end);
    at += end - start;
    keep[i] = 0;
    head.sensitive[count]! |= head.sensitive[i]!;
  }
  head.ids[count] = Header.cookie;
  head.keep[count] = 1;
  head.hashes[count] = 0;
  head.nameStart[count] = nameStart;
  head.nameEnd[count] = valueStart - 2;
  head.valueStart[count] = valueStart;
  head.count = count + 1;
  endLine(head, count, at);
}

function endLine(head: Head, index: number, valueEnd: number): void {
  head.bytes[valueEnd] = 13;
  head.bytes[valueEnd + 1] = 10;
  head.valueEnd[index] = valueEnd;
  head.lineEnd[index] = valueEnd + 2;
  head.length = valueEnd + 2;
}
