import { type Output } from '../../net/output';
import { FRAME_HEADER_BYTES, FrameType, Flag } from './protocol';

/** Appends the nine bytes before a payload. Spec: RFC 9113 §4.1. */
export function writeFrameHeader(output: Output, length: number, type: number, flags: number, streamId: number): void {
  output.reserve(FRAME_HEADER_BYTES);
  putFrameHeader(output.buffer, output.length, length, type, flags, streamId);
  output.length += FRAME_HEADER_BYTES;
}

/** As `writeFrameHeader`, at an offset that has room. */
export function putFrameHeader(buffer: Buffer, at: number, length: number, type: number, flags: number, streamId: number): void {
  buffer[at] = length >>> 16;
  buffer[at + 1] = length >>> 8;
  buffer[at + 2] = length;
  buffer[at + 3] = type;
  buffer[at + 4] = flags;
  putUint32(buffer, at + 5, streamId);
}

/** Appends SETTINGS: identifiers and values alternating. */
export function writeSettings(output: Output, settings: readonly number[]): void {
  writeFrameHeader(output, (settings.length / 2) * 6, FrameType.settings, 0, 0);
  output.reserve(settings.length * 3);
  for (let i = 0; i < settings.length; i += 2) {
    const at = output.length;
    output.buffer[at] = settings[i]! >>> 8;
    output.buffer[at + 1] = settings[i]!;
    putUint32(output.buffer, at + 2, settings[i + 1]!);
    output.length += 6;
  }
}

/** Appends the acknowledgement of the peer's SETTINGS. */
export function writeSettingsAck(output: Output): void {
  writeFrameHeader(output, 0, FrameType.settings, Flag.ack, 0);
}

/** Appends PING with eight opaque bytes. */
export function writePing(output: Output, ack: boolean, opaque: Buffer, start: number): void {
  writeFrameHeader(output, 8, FrameType.ping, ack ? Flag.ack : 0, 0);
  output.bytes(opaque, start, start + 8);
}

/** Appends RST_STREAM. */
export function writeReset(output: Output, streamId: number, code: number): void {
  writeFrameHeader(output, 4, FrameType.rstStream, 0, streamId);
  writeUint32(output, code);
}

/** Appends GOAWAY; `debug` is plain ASCII for whoever reads a capture. */
export function writeGoaway(output: Output, lastStreamId: number, code: number, debug = ''): void {
  writeFrameHeader(output, 8 + debug.length, FrameType.goaway, 0, 0);
  writeUint32(output, lastStreamId);
  writeUint32(output, code);
  output.text(debug);
}

/** Appends WINDOW_UPDATE; stream 0 is the connection. */
export function writeWindowUpdate(output: Output, streamId: number, increment: number): void {
  writeFrameHeader(output, 4, FrameType.windowUpdate, 0, streamId);
  writeUint32(output, increment);
}

function writeUint32(output: Output, value: number): void {
  output.reserve(4);
  putUint32(output.buffer, output.length, value);
  output.length += 4;
}

function putUint32(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
}
