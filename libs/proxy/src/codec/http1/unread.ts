const LINE_FEED = 10;
/** Heads that are this small are looked at whenever something comes. */
const SMALL_BYTES = 2048;
/** Others with each line that ends, and with each eighth that they grow. */
const GROWTH = 8;

/**
 * Bytes that wait: for more of their head, or for their turn. A head that comes byte by byte is neither copied nor read
 * from its beginning with each of them: whoever sends one would make us work for the square of it.
 */
export class Unread {
  /** How many there were when they were read in vain; 0: they were not. */
  private triedLength: number;
  private lineEnded = false;

  /**
   * @param bytes Nobody else's. Those that wait are before `length`.
   * @param tried Whether they were read, and more was needed.
   */
  constructor(
    public bytes: Buffer,
    public length: number,
    tried: boolean,
  ) {
    this.triedLength = tried ? length : 0;
  }

  /** A copy of `start`..`end`. */
  static copyOf(buffer: Buffer, start: number, end: number, tried: boolean): Unread {
    return new Unread(Buffer.from(buffer.subarray(start, end)), end - start, tried);
  }

  /** Appends a copy of the first `length` bytes. */
  add(buffer: Buffer, length: number): void {
    const total = this.length + length;
    if (total > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(total, this.bytes.length * 2));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    buffer.copy(this.bytes, this.length, 0, length);
    this.lineEnded ||= this.bytes.subarray(this.length, total).includes(LINE_FEED);
    this.length = total;
  }

  /** Whether reading them may come to something now. */
  get worthReading(): boolean {
    const { length, triedLength } = this;
    return this.lineEnded || triedLength < SMALL_BYTES || length - triedLength >= triedLength / GROWTH;
  }
}
