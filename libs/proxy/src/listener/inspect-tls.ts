/** What the first bytes of a connection say about TLS. */
export type TlsInspection =
  /** Not TLS: the first bytes are no handshake record. */
  | { readonly kind: 'plain' }
  /** A client hello; names are lower case, lists empty where it has none. */
  | { readonly kind: 'tls'; readonly serverName: string | undefined; readonly applicationProtocols: readonly string[] }
  /** It may be TLS, but more bytes are needed to tell. */
  | { readonly kind: 'incomplete' };

const PLAIN: TlsInspection = { kind: 'plain' };
const INCOMPLETE: TlsInspection = { kind: 'incomplete' };
const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const ALPN = 16;
/** A client hello beyond this is judged by what is there. Spec: Envoy tls_inspector reads up to 16 KiB. */
export const MAX_CLIENT_HELLO_BYTES = 16 * 1024;

/**
 * Reads a client hello without touching the connection: whether this is TLS, for whom, and which protocols are offered.
 * A hello may span several records. Malformed extensions are left to the TLS library to refuse.
 * Spec: RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301; Envoy `tls_inspector`.
 */
export function inspectTls(bytes: Buffer): TlsInspection {
  if (bytes.length === 0) return INCOMPLETE;
  if (bytes[0] !== HANDSHAKE_RECORD || (bytes.length > 1 && bytes[1] !== 3)) return PLAIN;
  const hello = joinRecords(bytes);
  if (hello === 'plain') return PLAIN;
  if (hello.length > 0 && hello[0] !== CLIENT_HELLO) return PLAIN;
  if (hello.length < 4) return bytes.length < MAX_CLIENT_HELLO_BYTES ? INCOMPLETE : PLAIN;
  const end = 4 + hello.readUIntBE(1, 3);
  if (hello.length < end)
    return bytes.length < MAX_CLIENT_HELLO_BYTES ? INCOMPLETE : { kind: 'tls', serverName: undefined, applicationProtocols: [] };
  return readExtensions(hello.subarray(0, end));
}

/** The handshake bytes of the records so far, without the records' heads. */
function joinRecords(bytes: Buffer): Buffer | 'plain' {
  const first = bytes.length >= 5 ? bytes.readUInt16BE(3) : 0;
  if (bytes.length <= 5 + first) return bytes.subarray(5);
  const parts: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length;) {
    if (bytes[at] !== HANDSHAKE_RECORD) return parts.length === 0 ? 'plain' : Buffer.concat(parts);
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    parts.push(bytes.subarray(at + 5, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** Walks a whole client hello to its extensions; a hello that does not add up has none. */
function readExtensions(hello: Buffer): TlsInspection {
  const reader = new Reader(hello, 4 + 2 + 32);
  reader.skip(reader.uint(1)); // session id
  reader.skip(reader.uint(2)); // cipher suites
  reader.skip(reader.uint(1)); // compression methods
  const end = reader.at + 2 + reader.uint(2);
  let serverName: string | undefined;
  let applicationProtocols: readonly string[] = [];
  while (reader.ok && reader.at + 4 <= Math.min(end, hello.length)) {
    const type = reader.uint(2);
    const body = reader.take(reader.uint(2));
    if (type === SERVER_NAME) serverName = readServerName(body);
    else if (type === ALPN) applicationProtocols = readAlpn(body);
  }
  return { kind: 'tls', serverName, applicationProtocols };
}

/** The one host name of a server_name extension. A name with bytes no host name has counts as none. */
function readServerName(body: Buffer): string | undefined {
  const reader = new Reader(body, 2);
  const type = reader.uint(1);
  const name = reader.take(reader.uint(2)).toString('latin1').toLowerCase();
  return reader.ok && type === 0 && /^[a-z0-9._-]+$/.test(name) ? name : undefined;
}

function readAlpn(body: Buffer): readonly string[] {
  const reader = new Reader(body, 2);
  const protocols: string[] = [];
  while (reader.ok && reader.at < body.length) {
    const name = reader.take(reader.uint(1));
    if (reader.ok && name.length > 0) protocols.push(name.toString('latin1'));
  }
  return protocols;
}

/** Reads big-endian fields in order; past the end it yields zeros and `ok` is false. */
class Reader {
  ok = true;

  constructor(
    private readonly bytes: Buffer,
    public at: number,
  ) {}

  uint(size: 1 | 2): number {
    if (this.at + size > this.bytes.length) {
      this.ok = false;
      return 0;
    }
    const value = this.bytes.readUIntBE(this.at, size);
    this.at += size;
    return value;
  }

  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) this.ok = false;
    const taken = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return taken;
  }

  skip(length: number): void {
    this.take(length);
  }
}
