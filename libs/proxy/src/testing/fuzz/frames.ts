import { FrameType, Flag, MAX_FRAME_BYTES } from '../../codec/http2/protocol';
import { ReferenceDecoder } from '../reference-hpack';

/** What an HTTP/2 peer said, read by somebody who trusts it in nothing. */
export interface Said {
  /** Streams' final words: statuses, bytes of content, how they ended. */
  readonly streams: readonly string[];
  readonly goaway: number | undefined;
}

interface Stream {
  status: string;
  content: number;
  end: string;
}

/**
 * Reads one side of a connection, and throws when it does not keep to the protocol: frames too large or cut, blocks that
 * cannot be decoded, anything on a stream after its end, a GOAWAY that is not the last word on new streams.
 * Spec: RFC 9113 §4, §5.1, §6.
 */
export function readSaid(bytes: Buffer, tableBytes = 4096): Said {
  const decoder = new ReferenceDecoder(tableBytes);
  const streams = new Map<number, Stream>();
  let goaway: number | undefined;
  let settings = false;
  let block: { readonly id: number; readonly end: boolean; readonly parts: Buffer[] } | undefined;
  for (let at = 0; at < bytes.length;) {
    if (bytes.length - at < 9) throw new Error('Half a frame header');
    const length = bytes.readUIntBE(at, 3);
    const type = bytes[at + 3]!;
    const flags = bytes[at + 4]!;
    const id = bytes.readUInt32BE(at + 5);
    const payload = bytes.subarray(at + 9, at + 9 + length);
    if (length > MAX_FRAME_BYTES || payload.length < length) throw new Error(`A frame of ${length} bytes`);
    if (!settings && type !== FrameType.settings) throw new Error('No SETTINGS first');
    settings = true;
    if (block !== undefined && (type !== FrameType.continuation || id !== block.id))
      throw new Error('No CONTINUATION where one must follow');
    at += 9 + length;
    const stream = streams.get(id) ?? { status: '', content: 0, end: '' };
    if (type === FrameType.data || type === FrameType.headers || type === FrameType.rstStream) {
      if (id === 0) throw new Error(`Frame ${type} on stream 0`);
      streams.set(id, stream);
      if (stream.end === 'reset' || (stream.end === 'end' && type !== FrameType.rstStream))
        throw new Error(`Frame ${type} after the end of ${id}`);
    }
    switch (type) {
      case FrameType.data:
        if (stream.status === '') throw new Error('DATA before HEADERS');
        stream.content += payload.length;
        if ((flags & Flag.endStream) !== 0) stream.end = 'end';
        break;
      case FrameType.headers:
      case FrameType.continuation:
        if (type === FrameType.headers) block = { id, end: (flags & Flag.endStream) !== 0, parts: [] };
        if (block === undefined) throw new Error('CONTINUATION of nothing');
        block.parts.push(payload);
        if ((flags & Flag.endHeaders) === 0) break;
        takeBlock(decoder, Buffer.concat(block.parts), stream);
        if (block.end) stream.end = 'end';
        block = undefined;
        break;
      case FrameType.rstStream:
        stream.end = 'reset';
        break;
      case FrameType.goaway:
        goaway = payload.readUInt32BE(4);
        break;
      case FrameType.settings:
        if (length % 6 !== 0 || ((flags & Flag.ack) !== 0 && length !== 0)) throw new Error('SETTINGS of a wrong size');
        break;
      case FrameType.windowUpdate:
        if (payload.readUInt32BE(0) === 0) throw new Error('WINDOW_UPDATE by nothing');
    }
  }
  return { streams: [...streams].map(([id, { status, content, end }]) => `${id} ${status} ${content} ${end}`), goaway };
}

function takeBlock(decoder: ReferenceDecoder, block: Buffer, stream: Stream): void {
  const fields = decoder.decode(block);
  if (fields === undefined) throw new Error('A header block that cannot be read');
  for (const [name, value] of fields) {
    if (name === ':status') stream.status += `${stream.status === '' ? '' : ','}${value}`;
    if (name === ':method') stream.status = value;
    if (/[A-Z\r\n\0]/.test(name) || /[\r\n\0]/.test(value)) throw new Error(`A field ${JSON.stringify([name, value])}`);
  }
}
