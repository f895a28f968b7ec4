/** What the first bytes of a connection say about TLS. */
export type TlsInspection =
  /** Not TLS: no records, or no client hello that adds up. */
  | { readonly kind: 'plain' }
  /** A client hello; names are lower case, lists empty where it has none. */
  | { readonly kind: 'tls'; readonly serverName: string | undefined; readonly applicationProtocols: readonly string[] }
  /** It may be TLS, but more bytes are needed to tell. */
  | { readonly kind: 'incomplete' }
  /** TLS that nobody goes on with: over before it began, of a version nobody speaks, or a hello without an end. */
  | { readonly kind: 'refused' };

const PLAIN: TlsInspection = { kind: 'plain' };
const INCOMPLETE: TlsInspection = { kind: 'incomplete' };
const REFUSED: TlsInspection = { kind: 'refused' };
const NOTHING: Buffer = Buffer.alloc(0);

const HANDSHAKE_RECORD = 22;
const ALERT_RECORD = 21;
const RECORD_HEAD_BYTES = 5;
const WARNING = 1;
const CLOSE_NOTIFY = 0;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const ALPN = 16;
/** What a hello may say its version is, for whoever reads no list of versions. */
const TLS_1_0 = 0x0301;
const LAST_VERSION = 0x03ff;
const MAX_NAME_BYTES = 255;
const MAX_SESSION_ID_BYTES = 32;

/** All that is read of a connection to find its client hello. Spec: Envoy tls_inspector reads up to 16 KiB. */
export const MAX_CLIENT_HELLO_BYTES = 16 * 1024;
/** What a record, and a client hello, may say of their length; and how much may come that says nothing. As BoringSSL has it. */
const MAX_RECORD_BYTES = 16 * 1024 + 320;
const MAX_MESSAGE_BYTES = 16 * 1024;
const MAX_EMPTY_RECORDS = 32;
const MAX_WARNINGS = 4;

/**
 * Reads a client hello without touching the connection: whether this is TLS, for whom, and which protocols are offered.
 * A hello may span several records, and is looked at when the last of them is whole. What does not add up to one is not
 * taken for TLS, so that nobody chooses by a name which whoever ends the connection would read otherwise; extensions
 * other than the names and protocols are left to the TLS library to refuse.
 * Spec: RFC 8446 §4.1.2, §5.1, RFC 6066 §3, RFC 7301; Envoy `tls_inspector`.
 */
export class TlsInspector {
  /** Where the first record begins that has not been taken. */
  private at = 0;
  /** The handshake's bytes, without the records' heads. */
  private hello = NOTHING;
  private emptyRecords = 0;
  private warnings = 0;

  /** `bytes` are all so far: more than last time, or as many. */
  look(bytes: Buffer): TlsInspection {
    const seen = this.readRecords(bytes.length > MAX_CLIENT_HELLO_BYTES ? bytes.subarray(0, MAX_CLIENT_HELLO_BYTES) : bytes);
    return seen === INCOMPLETE && bytes.length >= MAX_CLIENT_HELLO_BYTES ? REFUSED : seen;
  }

  private readRecords(bytes: Buffer): TlsInspection {
    for (;;) {
      const left = bytes.length - this.at;
      if (left === 0) return INCOMPLETE;
      const type = bytes[this.at];
      if ((type !== HANDSHAKE_RECORD && type !== ALERT_RECORD) || (left > 1 && bytes[this.at + 1] !== 3)) return PLAIN;
      if (left < RECORD_HEAD_BYTES) return INCOMPLETE;
      const length = bytes.readUInt16BE(this.at + 3);
      if (length > MAX_RECORD_BYTES) return PLAIN;
      if (left < RECORD_HEAD_BYTES + length) return INCOMPLETE;
      const record = bytes.subarray(this.at + RECORD_HEAD_BYTES, this.at + RECORD_HEAD_BYTES + length);
      this.at += RECORD_HEAD_BYTES + length;
      const seen = type === ALERT_RECORD ? this.readAlert(record) : this.readHandshake(record);
      if (seen !== INCOMPLETE) return seen;
    }
  }

  private readAlert(record: Buffer): TlsInspection {
    if (record.length !== 2 || record[0] !== WARNING) return PLAIN;
    if (record[1] === CLOSE_NOTIFY) return REFUSED;
    this.emptyRecords = 0;
    return ++this.warnings > MAX_WARNINGS ? PLAIN : INCOMPLETE;
  }

  private readHandshake(record: Buffer): TlsInspection {
    this.warnings = 0;
    if (record.length === 0) return ++this.emptyRecords > MAX_EMPTY_RECORDS ? PLAIN : INCOMPLETE;
    this.emptyRecords = 0;
    this.hello = this.hello.length === 0 ? record : Buffer.concat([this.hello, record]);
    const { hello } = this;
    if (hello[0] !== CLIENT_HELLO) return PLAIN;
    if (hello.length < 4) return INCOMPLETE;
    const length = hello.readUIntBE(1, 3);
    if (length > MAX_MESSAGE_BYTES) return PLAIN;
    if (hello.length < 4 + length) return INCOMPLETE;
    return hello.length === 4 + length ? readHello(new Reader(hello, 4)) : PLAIN;
  }
}

/** The same for all bytes at once. */
export function inspectTls(bytes: Buffer): TlsInspection {
  return new TlsInspector().look(bytes);
}

/** Walks a whole client hello. */
function readHello(reader: Reader): TlsInspection {
  const version = reader.uint(2);
  reader.take(32); // random
  const sessionId = reader.take(reader.uint(1));
  const ciphers = reader.take(reader.uint(2));
  const compressions = reader.take(reader.uint(1));
  if (!reader.ok || sessionId.length > MAX_SESSION_ID_BYTES) return PLAIN;
  if (ciphers.length < 2 || ciphers.length % 2 !== 0 || compressions.length === 0) return PLAIN;
  let serverName: string | undefined;
  let applicationProtocols: readonly string[] = [];
  if (!reader.atEnd) {
    const extensions = new Reader(reader.take(reader.uint(2)), 0);
    if (!reader.ok || !reader.atEnd) return PLAIN;
    const known = new Set<number>();
    while (!extensions.atEnd) {
      const type = extensions.uint(2);
      const body = extensions.take(extensions.uint(2));
      if (!extensions.ok || known.has(type)) return PLAIN;
      known.add(type);
      if (type === ALPN) applicationProtocols = readAlpn(body);
      else if (type === SERVER_NAME) {
        const name = readServerName(body);
        if (name === undefined) return PLAIN;
        serverName = HOST_NAME.test(name) ? name.toLowerCase() : undefined;
      }
    }
  }
  return version < TLS_1_0 || version > LAST_VERSION ? REFUSED : { kind: 'tls', serverName, applicationProtocols };
}

/** What chains are chosen by, and what logs and clusters' names may have in them; any other name counts as none. */
const HOST_NAME = /^[A-Za-z0-9._-]+$/;

/** The one host name of a server_name extension; undefined: it has another list. */
function readServerName(body: Buffer): string | undefined {
  const reader = new Reader(body, 0);
  const listed = reader.uint(2);
  const type = reader.uint(1);
  const name = reader.take(reader.uint(2));
  if (!reader.ok || !reader.atEnd || listed !== body.length - 2 || type !== 0) return undefined;
  return name.length === 0 || name.length > MAX_NAME_BYTES || name.includes(0) ? undefined : name.latin1Slice();
}

/** Protocols that are offered; none where the list does not add up. */
function readAlpn(body: Buffer): readonly string[] {
  const reader = new Reader(body, 0);
  const protocols: string[] = [];
  if (reader.uint(2) !== body.length - 2) return [];
  while (!reader.atEnd) {
    const name = reader.take(reader.uint(1));
    if (!reader.ok || name.length === 0) return [];
    protocols.push(name.latin1Slice());
  }
  return protocols;
}

/** Reads big-endian fields in order; past the end it yields zeros and `ok` is false. */
class Reader {
  ok = true;

  constructor(
    private readonly bytes: Buffer,
    private at: number,
  ) {}

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

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
}
