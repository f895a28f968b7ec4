import { Slot, type RequestHead } from '../head';
import { TARGET, TARGET_SPECIAL } from '../http1/chars';
import { Header } from '../http1/header-names';
import { internMethod } from '../http1/methods';
import { type HeadLimits, isWord } from '../http1/parse-fields';
import { validHost } from '../http1/parse-request';
import { BlockResult } from './block-result';
import { joinCrumb, joinScattered } from './cookie-crumbs';
import { Flaw, type HpackDecoder, Step } from './hpack/decoder';
import { FIRST_PSEUDO, Pseudo } from './hpack/pseudo';
import { LAST_FRAMING, keepField, takeFraming } from './take-field';

/** The pseudo-fields a request has had, as bits. */
const Seen = { method: 1, scheme: 2, path: 4, authority: 8, protocol: 16 } as const;
/** What a path that may change under normalization is remembered with. */
const SPECIAL = 1;
const HOST_LINE = Buffer.from('host: ', 'latin1');

/**
 * Reads a request's header block into `head`, as the HTTP/1 parser would leave it: `:authority` is its host field, and
 * what frames the message is in its state alone. Whatever is wrong with the message, the block is decoded to its end.
 *
 * `authority` is empty when the request names none. CONNECT without `:protocol` has an empty `path`.
 * @returns a `BlockResult`. Spec: RFC 9113 §8.2, §8.3, RFC 8441 §4.
 */
export function readRequestHead(
  decoder: HpackDecoder,
  head: RequestHead,
  block: Buffer,
  start: number,
  end: number,
  limits: HeadLimits,
): number {
  head.resetFields();
  head.fromHttp2 = true;
  head.expectContinue = false;
  head.http10 = false;
  head.teTrailers = false;
  head.protocol = undefined;
  let result: number = BlockResult.ok;
  let seen = 0;
  let fields = false;
  let hosted = false;
  let lines = 0;
  let cookies = 0;
  decoder.begin(block, start, end, limits.maxHeadBytes);
  for (;;) {
    const step = decoder.next(head);
    if (step !== Step.field) {
      if (step === Step.end) break;
      if (step === Step.skipped) continue;
      return step;
    }
    // Each counts as it came, whether it is kept: a pseudo-field, a crumb of a cookie.
    if (++lines > limits.maxFields) {
      result = BlockResult.tooManyFields;
      decoder.dropRest();
      continue;
    }
    const id = head.slot(head.count, Slot.id);
    if (decoder.flaw === Flaw.none) {
      if (id >= FIRST_PSEUDO) {
        const bit = fields ? 0 : takePseudo(decoder, head, id);
        if (bit !== 0 && (seen & bit) === 0) {
          seen |= bit;
          continue;
        }
      } else {
        fields = true;
        if (id === Header.cookie && cookies++ > 0 && joinCrumb(head)) continue;
        if (id > LAST_FRAMING || id === 0) {
          keepField(head);
          continue;
        }
        if (id === Header.host) {
          // Beside :authority it says nothing: dropped, whatever it is (what Envoy does).
          if ((seen & Seen.authority) !== 0) continue;
          if (!hosted && takeAuthority(decoder, head)) {
            hosted = true;
            continue;
          }
        } else if (takeFraming(head, id) && takeRequestField(head, id)) continue;
      }
    }
    result = BlockResult.malformed;
    decoder.dropRest();
  }
  if (result === BlockResult.malformed || !complete(head, seen)) return BlockResult.malformed;
  if ((seen & Seen.authority) === 0 && !hosted) head.authority = '';
  if (cookies > 1) joinScattered(head);
  return decoder.overflowed ? BlockResult.tooLarge : result;
}

/** Takes a pseudo-field; returns its bit of `Seen`, 0 when it is wrong. */
function takePseudo(decoder: HpackDecoder, head: RequestHead, id: number): number {
  const { bytes, count } = head;
  const start = head.slot(count, Slot.valueStart);
  const end = head.slot(count, Slot.valueEnd);
  switch (id) {
    case Pseudo.method: {
      const method = internMethod(bytes, start, end);
      if (method === undefined) return 0;
      head.method = method;
      return Seen.method;
    }
    case Pseudo.scheme:
      if (isWord(bytes, start, end, 'https')) head.scheme = 'https';
      else if (isWord(bytes, start, end, 'http')) head.scheme = 'http';
      else return 0;
      return Seen.scheme;
    case Pseudo.path:
      return takePath(decoder, head, start, end) ? Seen.path : 0;
    case Pseudo.authority: {
      // The line becomes the host field's: its name is put right before the value.
      const nameStart = start - HOST_LINE.length;
      for (let i = 0; i < HOST_LINE.length; i++) bytes[nameStart + i] = HOST_LINE[i]!;
      head.put(count, Header.host, 1, nameStart, start - 2, start, end, head.slot(count, Slot.lineEnd), 0);
      return takeAuthority(decoder, head) ? Seen.authority : 0;
    }
    case Pseudo.protocol:
      if (start === end) return 0;
      head.protocol = head.textAt(start, end, 'websocket');
      return Seen.protocol;
    default:
      return 0;
  }
}

/** Keeps the host field in the head's place number `count`, when it is one. */
function takeAuthority(decoder: HpackDecoder, head: RequestHead): boolean {
  const { known } = decoder;
  if (known !== undefined) head.authority = known;
  else {
    const { count } = head;
    const start = head.slot(count, Slot.valueStart);
    const end = head.slot(count, Slot.valueEnd);
    if (!validHost(head.bytes, start, end)) return false;
    head.authority = head.textAt(start, end, head.authority);
    decoder.learn(head.authority, 0);
  }
  keepField(head);
  return true;
}

function takePath(decoder: HpackDecoder, head: RequestHead, start: number, end: number): boolean {
  const { known } = decoder;
  if (known !== undefined) {
    head.path = known;
    head.pathSpecial = decoder.knownMark === SPECIAL;
    return true;
  }
  const { bytes } = head;
  if (start === end) return false;
  let special = false;
  let previous = 0;
  for (let i = start; i < end; i++) {
    const c = bytes[i]!;
    if (TARGET[c] !== 1) return false;
    if (TARGET_SPECIAL[c] === 1 || ((c === 0x2e || c === 0x2f) && previous === 0x2f)) special = true;
    previous = c;
  }
  if (bytes[start] !== 0x2f && !(bytes[start] === 0x2a && end - start === 1)) return false;
  head.pathSpecial = special;
  head.path = head.textAt(start, end, head.path);
  decoder.learn(head.path, special ? SPECIAL : 0);
  return true;
}

/** Notes what only a request says; false when it is not understood. */
function takeRequestField(head: RequestHead, id: number): boolean {
  if (id === Header.te) head.teTrailers = true;
  else if (id === Header.expect) {
    head.expectContinue = true;
    return isWord(head.bytes, head.slot(head.count, Slot.valueStart), head.slot(head.count, Slot.valueEnd), '100-continue');
  }
  return true;
}

/** Whether the pseudo-fields make a request line. */
function complete(head: RequestHead, seen: number): boolean {
  if ((seen & Seen.method) === 0) return false;
  const target = seen & (Seen.scheme | Seen.path);
  if (head.method !== 'CONNECT') {
    if (target !== (Seen.scheme | Seen.path) || (seen & Seen.protocol) !== 0) return false;
    return head.path !== '*' || head.method === 'OPTIONS';
  }
  if ((seen & Seen.authority) === 0) return false;
  if ((seen & Seen.protocol) !== 0) return target === (Seen.scheme | Seen.path) && head.path !== '*';
  if (target !== 0) return false;
  head.path = '';
  head.scheme = '';
  head.pathSpecial = false;
  return true;
}
