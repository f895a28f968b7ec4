import { copyWholeWords } from '@lateen/base';

/** Above this a call into the runtime beats a loop. */
const LOOP_CHARS = 24;
/** Bytes that are copied at once, and so may be written beyond what is meant. */
const WORD = 4;
/** A longer piece is put together anew every time. */
const REMEMBERED_BYTES = 512;

/** A piece of a line as it was written last: much of a line is that of the line before. */
export class Remembered {
  /** Bytes; 0 where nothing is remembered. */
  length = 0;
  view: DataView | undefined;
}

/** Log lines put together as UTF-8 bytes: strings of many pieces would have to be made flat again for every write. */
export class LineBuffer {
  length = 0;
  private bytes: Buffer;
  private view: DataView;

  /** @param size Bytes to begin with; it grows as lines need. */
  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Appends text. */
  text(value: string): void {
    const { length } = value;
    if (this.length + length * 3 > this.bytes.length) this.grow(length * 3);
    const { bytes } = this;
    let pos = this.length;
    if (length <= LOOP_CHARS) {
      for (let i = 0; i < length; i++) {
        const code = value.charCodeAt(i);
        if (code > 0x7f) {
          this.length += bytes.write(value, this.length);
          return;
        }
        bytes[pos++] = code;
      }
      this.length = pos;
    } else this.length += bytes.write(value, pos);
  }

  /** Remembers what was appended since `start`, unless that is too long. */
  remember(start: number, piece: Remembered): void {
    const length = this.length - start;
    piece.length = 0;
    if (length > REMEMBERED_BYTES) return;
    if (this.length + WORD > this.bytes.length) this.grow(WORD);
    copyWholeWords(this.view, start, (piece.view ??= new DataView(new ArrayBuffer(REMEMBERED_BYTES + WORD))), 0, length);
    piece.length = length;
  }

  /** Appends a piece that is remembered. */
  again({ view, length }: Remembered): void {
    if (this.length + length + WORD > this.bytes.length) this.grow(length + WORD);
    copyWholeWords(view!, 0, this.view, this.length, length);
    this.length += length;
  }

  /** Appends bytes that are UTF-8 already. */
  raw(source: Buffer): void {
    const { length } = source;
    if (this.length + length > this.bytes.length) this.grow(length);
    const { bytes } = this;
    let pos = this.length;
    for (let i = 0; i < length; i++) bytes[pos++] = source[i]!;
    this.length = pos;
  }

  /** Appends a non-negative integer in decimal. */
  decimal(value: number): void {
    if (value < 0 || value > 999_999) {
      this.text(String(value));
      return;
    }
    if (this.length + 6 > this.bytes.length) this.grow(6);
    let end = this.length + (value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : value < 10_000 ? 4 : value < 100_000 ? 5 : 6);
    this.length = end;
    let rest = value;
    do {
      const next = Math.floor(rest / 10);
      this.bytes[--end] = 48 + rest - next * 10;
      rest = next;
    } while (rest > 0);
  }

  /** What was appended, as a copy of its own; begins anew. */
  take(): Buffer {
    const taken = Buffer.from(this.bytes.subarray(0, this.length));
    this.length = 0;
    return taken;
  }

  private grow(more: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}
