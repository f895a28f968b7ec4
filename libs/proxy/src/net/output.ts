import { copyWords } from '@lateen/base';
import { FEW_BYTES, newView } from './buffer-view';
import './latin1';

/** Views remembered; a power of two. */
const VIEWS = 64;

/**
 * Where outgoing bytes are put together before one write: a buffer reused by every connection of the process.
 *
 * Filled and flushed within one synchronous step. `take` hands the bytes to a write; when that write did not finish
 * at once, the buffer goes with it and the next message gets a new one.
 */
export class Output {
  buffer: Buffer;
  length = 0;
  private data: DataView;
  private readonly views: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(VIEWS).fill(undefined);

  /** @param size Bytes to begin with; it grows as messages need. */
  constructor(private readonly size: number = 64 * 1024) {
    this.buffer = Buffer.allocUnsafeSlow(size);
    this.data = newView(this.buffer);
  }

  /** Makes room for `bytes` more. */
  reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(grown, 0, 0, this.length);
    this.replaceBuffer(grown);
  }

  /** Appends ASCII text. */
  text(text: string): void {
    this.reserve(text.length);
    const { buffer } = this;
    let pos = this.length;
    if (text.length <= 40) {
      // Below this a loop beats the call into the runtime.
      for (let i = 0; i < text.length; i++) buffer[pos++] = text.charCodeAt(i);
      this.length = pos;
    } else this.length = pos + buffer.latin1Write(text, pos);
  }

  /** Appends a field line of HTTP/1, both texts ASCII. */
  field(name: string, value: string): void {
    const { length: names } = name;
    const { length: values } = value;
    if (names + values > 80) {
      this.text(name);
      this.text(': ');
      this.text(value);
      this.text('\r\n');
      return;
    }
    this.reserve(names + values + 4);
    const { buffer } = this;
    let pos = this.length;
    for (let i = 0; i < names; i++) buffer[pos++] = name.charCodeAt(i);
    buffer[pos++] = 0x3a;
    buffer[pos++] = 0x20;
    for (let i = 0; i < values; i++) buffer[pos++] = value.charCodeAt(i);
    buffer[pos++] = 0x0d;
    buffer[pos++] = 0x0a;
    this.length = pos;
  }

  /** Appends bytes of another buffer. */
  bytes(source: Buffer, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    if (length <= 48) {
      const { buffer } = this;
      let pos = this.length;
      for (let i = start; i < end; i++) buffer[pos++] = source[i]!;
    } else source.copy(this.buffer, this.length, start, end);
    this.length += length;
  }

  /** Appends bytes that a view is there of: the cheapest way for a few. */
  viewed(source: DataView, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    if (length <= FEW_BYTES) copyWords(source, start, this.data, this.length, length);
    else this.buffer.set(new Uint8Array(source.buffer, source.byteOffset + start, length), this.length);
    this.length += length;
  }

  /** Appends a non-negative integer in decimal. */
  decimal(value: number): void {
    if (value < 10) {
      this.reserve(1);
      this.buffer[this.length++] = 0x30 + value;
    } else this.text(String(value));
  }

  /** Appends one chunk of chunked coding; nothing when it is empty, since that would end the body. */
  chunk(source: Buffer, start: number, end: number): void {
    if (start === end) return;
    this.text((end - start).toString(16));
    this.text('\r\n');
    this.bytes(source, start, end);
    this.text('\r\n');
  }

  /** What has been appended, without a copy. Views of one length are made once: messages repeat. */
  view(): Uint8Array {
    const { buffer, length } = this;
    const slot = length & (VIEWS - 1);
    const known = this.views[slot];
    if (known !== undefined && known.length === length) return known;
    return (this.views[slot] = buffer.subarray(0, length));
  }

  /** The buffer was given away: go on with a new one. */
  surrender(): void {
    this.replaceBuffer(Buffer.allocUnsafeSlow(this.size));
    this.length = 0;
  }

  private replaceBuffer(buffer: Buffer): void {
    this.buffer = buffer;
    this.data = newView(buffer);
    this.views.fill(undefined);
  }
}
