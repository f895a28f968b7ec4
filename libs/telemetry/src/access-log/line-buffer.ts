/** Above this a call into the runtime beats a loop. */
const LOOP_CHARS = 96;

/** Log lines put together as UTF-8 bytes: strings of many pieces would have to be made flat again for every write. */
export class LineBuffer {
  length = 0;
  private bytes: Buffer;

  /** @param size Bytes to begin with; it grows as lines need. */
  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
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
  }
}
