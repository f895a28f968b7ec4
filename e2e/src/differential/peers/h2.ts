import { type Socket } from 'node:net';
import { headerBlock, ReferenceDecoder } from '@lateen/proxy/testing';

/** A field as name and value. */
export type Field = readonly [name: string, value: string];

/** Frame types by name. Spec: RFC 9113 §6. */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Error codes as the RFC names them. Spec: RFC 9113 §7. */
export const ERRORS = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
] as const;

export type ErrorName = (typeof ERRORS)[number];

export const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

/** A frame as bytes. */
export function frame(type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** A number of four bytes. */
export function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** HEADERS, whole; `end`: nothing follows. */
export function headersFrame(stream: number, fields: readonly Field[], end: boolean): Buffer {
  return frame(FRAME.headers, (end ? 1 : 0) | 4, stream, headerBlock(fields));
}

/** DATA. */
export function dataFrame(stream: number, data: string, end: boolean): Buffer {
  return frame(FRAME.data, end ? 1 : 0, stream, data);
}

/** RST_STREAM. */
export function resetFrame(stream: number, error: ErrorName): Buffer {
  return frame(FRAME.rstStream, 0, stream, word(ERRORS.indexOf(error)));
}

/** GOAWAY. */
export function goawayFrame(lastStream: number, error: ErrorName): Buffer {
  return frame(FRAME.goaway, 0, 0, Buffer.concat([word(lastStream), word(ERRORS.indexOf(error))]));
}

/** What came on one stream. */
export interface StreamSeen {
  /** Header blocks, in order: the head, perhaps more of 1xx, perhaps trailers. */
  readonly blocks: (readonly Field[])[];
  body: string;
  ended: boolean;
  reset?: string;
}

/** What a peer does about what comes. */
export interface H2Events {
  /** A stream has more: its head, body or end. */
  readonly onStream?: (id: number, seen: StreamSeen) => void;
  readonly onGoaway?: (error: string) => void;
  /** A PING; false: it is not answered. */
  readonly onPing?: () => boolean;
}

/** One side of an HTTP/2 connection, as plain as can be: no tables, no Huffman, wide windows, every SETTINGS and PING answered. */
export class H2Peer {
  readonly streams = new Map<number, StreamSeen>();
  goaway: string | undefined;
  private pending = Buffer.alloc(0);
  private readonly decoder = new ReferenceDecoder(0);
  private block: { stream: number; end: boolean; parts: Buffer[] } | undefined;
  private sawPreface: boolean;

  constructor(
    readonly socket: Pick<Socket, 'write'>,
    readonly role: 'client' | 'server',
    private readonly events: H2Events = {},
    /** `manual`: windows are as they are at first, and nobody widens them. */
    private readonly windows: 'wide' | 'manual' = 'wide',
    settings: Buffer = Buffer.alloc(0),
  ) {
    this.sawPreface = role === 'client';
    if (role === 'client') socket.write(PREFACE);
    // HEADER_TABLE_SIZE 0: what the other side sends can be read without a table.
    socket.write(frame(FRAME.settings, 0, 0, Buffer.concat([Buffer.from([0, 1, 0, 0, 0, 0]), settings])));
    if (windows === 'wide') socket.write(frame(FRAME.windowUpdate, 0, 0, word(1 << 30)));
  }

  /** Bytes have come. */
  receive(bytes: Buffer): void {
    this.pending = Buffer.concat([this.pending, bytes]);
    if (!this.sawPreface) {
      if (this.pending.length < PREFACE.length) return;
      this.pending = this.pending.subarray(PREFACE.length);
      this.sawPreface = true;
    }
    while (this.pending.length >= 9) {
      const length = this.pending.readUIntBE(0, 3);
      if (this.pending.length < 9 + length) return;
      const type = this.pending[3]!;
      const flags = this.pending[4]!;
      const stream = this.pending.readUInt32BE(5) & 0x7fffffff;
      const payload = this.pending.subarray(9, 9 + length);
      this.pending = this.pending.subarray(9 + length);
      this.onFrame(type, flags, stream, payload);
    }
  }

  private onFrame(type: number, flags: number, id: number, payload: Buffer): void {
    switch (type) {
      case FRAME.settings:
        if ((flags & 1) === 0) this.socket.write(frame(FRAME.settings, 1, 0));
        return;
      case FRAME.ping:
        if ((flags & 1) === 0 && this.events.onPing?.() !== false) this.socket.write(frame(FRAME.ping, 1, 0, payload));
        return;
      case FRAME.goaway:
        this.goaway = ERRORS[payload.readUInt32BE(4)] ?? 'UNKNOWN';
        this.events.onGoaway?.(this.goaway);
        return;
      case FRAME.rstStream: {
        const seen = this.stream(id);
        seen.reset = ERRORS[payload.readUInt32BE(0)] ?? 'UNKNOWN';
        seen.ended = true;
        this.events.onStream?.(id, seen);
        return;
      }
      case FRAME.headers: {
        const padded = (flags & 8) !== 0 ? 1 : 0;
        const skip = padded + ((flags & 0x20) !== 0 ? 5 : 0);
        const until = payload.length - (padded === 1 ? payload[0]! : 0);
        this.block = { stream: id, end: (flags & 1) !== 0, parts: [payload.subarray(skip, until)] };
        if ((flags & 4) !== 0) this.onBlock();
        return;
      }
      case FRAME.continuation:
        this.block?.parts.push(payload);
        if ((flags & 4) !== 0) this.onBlock();
        return;
      case FRAME.data: {
        const seen = this.stream(id);
        seen.body += payload.latin1Slice();
        seen.ended ||= (flags & 1) !== 0;
        if (payload.length > 0 && this.windows === 'wide' && !seen.ended)
          this.socket.write(frame(FRAME.windowUpdate, 0, id, word(payload.length)));
        this.events.onStream?.(id, seen);
      }
    }
  }

  private onBlock(): void {
    const { stream, end, parts } = this.block!;
    this.block = undefined;
    const fields = this.decoder.decode(Buffer.concat(parts));
    const seen = this.stream(stream);
    seen.blocks.push((fields ?? [['(a header block that cannot be read)', '', false]]).map(([name, value]) => [name, value] as const));
    seen.ended ||= end;
    this.events.onStream?.(stream, seen);
  }

  stream(id: number): StreamSeen {
    let seen = this.streams.get(id);
    if (seen === undefined) this.streams.set(id, (seen = { blocks: [], body: '', ended: false }));
    return seen;
  }
}
