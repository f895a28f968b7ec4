/** What the first bytes of a plaintext connection say about HTTP. */
export type HttpInspection = 'http/1.0' | 'http/1.1' | 'h2c' | 'other' | 'incomplete';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** A request line that has not ended by here is judged by its method. Spec: Envoy http_inspector. */
const MAX_REQUEST_LINE_BYTES = 64 * 1024;

/**
 * Tells HTTP from anything else by its first line: an HTTP/2 preface, or a method, a target and a version. A first byte
 * that no method has ends the question at once, so that a client of another protocol is not kept waiting.
 * Spec: Envoy `http_inspector`; RFC 9112 §3, RFC 9113 §3.4.
 */
export function inspectHttp(bytes: Buffer): HttpInspection {
  if (bytes.length === 0) return 'incomplete';
  const shared = Math.min(bytes.length, PREFACE.length);
  if (bytes.compare(PREFACE, 0, shared, 0, shared) === 0) return shared === PREFACE.length ? 'h2c' : 'incomplete';
  const method = endOfMethod(bytes);
  if (method === 'other' || method === 'incomplete') return method;
  const lineEnd = bytes.indexOf(10, method);
  if (lineEnd === -1) return bytes.length < MAX_REQUEST_LINE_BYTES ? 'incomplete' : 'http/1.1';
  const line = bytes.toString('latin1', method, bytes[lineEnd - 1] === 13 ? lineEnd - 1 : lineEnd);
  if (line.endsWith(' HTTP/1.1')) return 'http/1.1';
  return line.endsWith(' HTTP/1.0') ? 'http/1.0' : 'other';
}

/** Longer than any registered method. */
const MAX_METHOD_BYTES = 32;

/** Where the method's space stands, if upper-case letters and `-` lead up to it. */
function endOfMethod(bytes: Buffer): number | 'other' | 'incomplete' {
  const limit = Math.min(bytes.length, MAX_METHOD_BYTES);
  for (let i = 0; i < limit; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 32) return i === 0 ? 'other' : i;
    if ((byte < 65 || byte > 90) && byte !== 45) return 'other';
  }
  return bytes.length < MAX_METHOD_BYTES ? 'incomplete' : 'other';
}
