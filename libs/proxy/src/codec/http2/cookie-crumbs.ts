import { type Head } from '../head';
import { Header } from '../http1/header-names';

/**
 * Appends the cookie in the head's place number `count` to the field before it, when that is a cookie too: `a` and `b`
 * become `a; b` where `a` is, so that joining many costs no more than reading them.
 * @returns false when another field came between. Spec: RFC 9113 §8.2.3.
 */
export function joinCrumb(head: Head): boolean {
  const { bytes, count } = head;
  const last = count - 1;
  if (last < 0 || head.ids[last] !== Header.cookie) return false;
  let at = head.lineEnd[last]! - 2;
  bytes[at++] = 0x3b;
  bytes[at++] = 0x20;
  const start = head.valueStart[count]!;
  const end = head.valueEnd[count]!;
  bytes.copyWithin(at, start, end);
  endLine(head, last, at + end - start);
  head.hashes[last] = 0;
  head.sensitive[last]! |= head.sensitive[count]!;
  return true;
}

/** Joins cookies that other fields stand between, at the end of the head. */
export function joinScattered(head: Head): void {
  const { ids, keep, count } = head;
  let crumbs = 0;
  let length = 0;
  for (let i = 0; i < count; i++) {
    if (ids[i] !== Header.cookie) continue;
    crumbs++;
    length += head.lineEnd[i]! - head.nameStart[i]!;
  }
  if (crumbs < 2) return;
  if (count >= ids.length) head.growFields();
  if (head.bytes.length - head.length < length) head.growBytes(length);
  const { bytes } = head;
  let at = head.length;
  head.sensitive[count] = 0;
  for (let i = 0; i < count; i++) {
    if (ids[i] !== Header.cookie) continue;
    // The first is copied with its name, the others as `; value`.
    const first = at === head.length;
    if (!first) at += bytes.latin1Write('; ', at);
    const start = first ? head.nameStart[i]! : head.valueStart[i]!;
    bytes.copyWithin(at, start, head.valueEnd[i]);
    at += head.valueEnd[i]! - start;
    keep[i] = 0;
    head.sensitive[count]! |= head.sensitive[i]!;
  }
  head.ids[count] = Header.cookie;
  head.keep[count] = 1;
  head.hashes[count] = 0;
  head.nameStart[count] = head.length;
  head.nameEnd[count] = head.length + 6;
  head.valueStart[count] = head.length + 8;
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
