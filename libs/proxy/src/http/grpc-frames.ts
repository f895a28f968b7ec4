const PREFIX_BYTES = 5;

/** Counts the messages in a gRPC stream's content as it passes. Spec: gRPC over HTTP/2, Length-Prefixed-Message. */
export class GrpcFrames {
  /** Messages that are here in full. */
  count = 0;
  private prefix = 0;
  private size = 0;
  private left = 0;

  /** Whether the content so far ends with a message. */
  get atBoundary(): boolean {
    return this.prefix === 0;
  }

  /** Takes content. */
  add(buffer: Buffer, start: number, end: number): void {
    for (let at = start; at < end;) at = this.next(buffer, at, end);
  }

  /** Takes content up to the end of a message, or all of it; returns where it stopped. */
  next(buffer: Buffer, start: number, end: number): number {
    let at = start;
    for (; this.prefix < PREFIX_BYTES && at < end; at++, this.prefix++) this.size = this.prefix === 0 ? 0 : this.size * 256 + buffer[at]!;
    if (this.prefix < PREFIX_BYTES) return at;
    if (this.left === 0) this.left = this.size;
    const taken = Math.min(this.left, end - at);
    this.left -= taken;
    if (this.left === 0) {
      this.count++;
      this.prefix = 0;
    }
    return at + taken;
  }
}
