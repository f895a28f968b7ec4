import { newView } from '../../net/buffer-view';
import { type Output } from '../../net/output';
import { Slot, type Head, type RequestHead, type ResponseHead } from '../head';
import { reasonPhrase } from './reason-phrase';
import { NOT_IN_TRAILERS } from './trailers';

/** How the body after a head will be framed. */
export interface OutgoingFraming {
  /** Bytes; -1 when unknown. */
  readonly contentLength: number;
  readonly chunked: boolean;
}

const statusLines: DataView[] = [];
/** The same in HTTP/1.0, for a client of it. */
const statusLines10: DataView[] = [];
for (let status = 100; status < 1000; status++) {
  statusLines[status] = statusLine('HTTP/1.1', status);
  statusLines10[status] = statusLine('HTTP/1.0', status);
}
/** Methods whose requests nobody expects content of: silence says that there is none. Spec: RFC 9110 §8.6. */
const WITHOUT_CONTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'TRACE', 'CONNECT']);
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/**
 * Writes a request head. Framing and Connection are made from the parsed state, never copied;
 * other fields go out as the bytes they came in, in order, edits at the end.
 * @param upgrade The protocol to upgrade to, when this is a tunnel's request.
 */
export function encodeRequestHead(output: Output, head: RequestHead, framing: OutgoingFraming, upgrade: string | undefined): void {
  output.reserve(head.length + 256);
  output.text(head.method);
  output.buffer[output.length++] = 32;
  output.text(head.method === 'CONNECT' ? head.authority : head.path);
  output.text(' HTTP/1.1\r\n');
  encodeFields(output, head);
  encodeFraming(output, framing);
  if (upgrade !== undefined && head.method !== 'CONNECT') output.text(`connection: upgrade\r\nupgrade: ${upgrade}\r\n`);
  else if (framing.contentLength < 0 && !framing.chunked && !WITHOUT_CONTENT.has(head.method)) output.text('content-length: 0\r\n');
  if (head.teTrailers) output.text('te: trailers\r\n');
  output.text('\r\n');
}

/**
 * Writes a response head, as `encodeRequestHead` does, with the usual reason phrase.
 * @param close Say that the connection ends with this message.
 * @param http10 The client speaks HTTP/1.0, where a connection that stays is the exception.
 * @param extra Complete lines to add, ready as text: `server: x\r\n`.
 */
export function encodeResponseHead(
  output: Output,
  head: ResponseHead,
  framing: OutgoingFraming,
  close: boolean,
  upgrade: string | undefined,
  extra: string,
  http10 = false,
): void {
  output.reserve(head.length + 256);
  const line = (http10 ? statusLines10 : statusLines)[head.status] ?? statusLine('HTTP/1.1', head.status);
  output.viewed(line, 0, line.byteLength);
  encodeFields(output, head);
  if (extra !== '') output.text(extra);
  encodeFraming(output, framing);
  if (upgrade !== undefined) output.text(`connection: upgrade\r\nupgrade: ${upgrade}\r\n`);
  else if (close) output.text('connection: close\r\n');
  else if (http10) output.text('connection: keep-alive\r\n');
  output.text('\r\n');
}

/** Writes the interim answer to `Expect: 100-continue`. */
export function encodeContinue(output: Output): void {
  output.text(CONTINUE);
}

/** Ends a chunked body, and writes the fields after it. */
export function encodeLastChunk(output: Output, trailers?: Head): void {
  if (trailers === undefined) {
    output.text('0\r\n\r\n');
    return;
  }
  output.text('0\r\n');
  // What HTTP/2 lets pass may frame a message here.
  trailers.forEach((name, value) => {
    if (!NOT_IN_TRAILERS.has(name)) output.field(name, value);
  });
  output.text('\r\n');
}

function statusLine(version: string, status: number): DataView {
  return newView(Buffer.from(`${version} ${status} ${reasonPhrase(status)}\r\n`, 'latin1'));
}

function encodeFraming(output: Output, framing: OutgoingFraming): void {
  if (framing.chunked) output.text('transfer-encoding: chunked\r\n');
  else if (framing.contentLength >= 0) {
    output.text('content-length: ');
    output.decimal(framing.contentLength);
    output.text('\r\n');
  }
}

function encodeFields(output: Output, head: Head): void {
  const { view, count, added } = head;
  let runStart = -1;
  for (let i = 0; i < count; i++) {
    const keep = head.slot(i, Slot.keep);
    const nameStart = head.slot(i, Slot.nameStart);
    if (keep === 1) {
      if (runStart === -1) runStart = nameStart;
      continue;
    }
    if (runStart !== -1) {
      output.viewed(view, runStart, nameStart);
      runStart = -1;
    }
    if (keep === 2) {
      output.viewed(view, nameStart, head.slot(i, Slot.nameEnd));
      output.text(': ');
      output.viewed(view, head.slot(i, Slot.valueStart), head.slot(i, Slot.valueEnd));
      output.text('\r\n');
    }
  }
  if (runStart !== -1) output.viewed(view, runStart, head.slot(count - 1, Slot.lineEnd));
  for (let i = 0; i < added.length; i += 2) output.field(added[i]!, added[i + 1]!);
}
