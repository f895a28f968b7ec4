/** Methods with a number of their own; all are methods llhttp knows, so that nothing read here is refused there. */
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  'COPY',
  'LOCK',
  'MKCOL',
  'MOVE',
  'PROPFIND',
  'PROPPATCH',
  'SEARCH',
  'UNLOCK',
  'BIND',
  'REBIND',
  'UNBIND',
  'ACL',
  'REPORT',
  'MKACTIVITY',
  'CHECKOUT',
  'MERGE',
  'M-SEARCH',
  'NOTIFY',
  'SUBSCRIBE',
  'UNSUBSCRIBE',
  'PURGE',
  'MKCALENDAR',
  'LINK',
  'UNLINK',
] as const;

const byLength: (readonly (readonly [string, Buffer])[])[] = [];
for (let length = 0; length <= 11; length++) {
  byLength.push(METHODS.filter((m) => m.length === length).map((m) => [m, Buffer.from(m, 'latin1')] as const));
}

/** The interned method at `start`..`end`, or undefined for one that does not exist; methods are case-sensitive. */
export function internMethod(buffer: Buffer, start: number, end: number): string | undefined {
  // GET and POST without a search.
  if (end - start === 3 && buffer[start] === 0x47 && buffer[start + 1] === 0x45 && buffer[start + 2] === 0x54) return 'GET';
  const candidates = byLength[end - start];
  if (candidates === undefined) return undefined;
  next: for (const [method, bytes] of candidates) {
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== buffer[start + i]) continue next;
    return method;
  }
  return undefined;
}
