/** Bytes of an extension's type and length. */
const HEAD_BYTES = 3;

/**
 * Follows the extensions (TLVs) of a PROXY header through the reads they arrive in, and keeps none of them.
 * Spec: HAProxy "The PROXY protocol" §2.2.7.
 */
export class ProxyExtensions {
  private head = 0;
  private value = 0;

  /** @param left Bytes of them that are still to come. */
  constructor(private left: number) {}

  /** Reads on; false when one is longer than what is left for it. */
  read(bytes: Buffer, start: number, end: number): boolean {
    for (let pos = start; pos < end && this.left > 0;) {
      if (this.head === HEAD_BYTES && this.value > 0) {
        const take = Math.min(this.value, end - pos);
        this.value -= take;
        this.left -= take;
        pos += take;
        continue;
      }
      if (this.head === HEAD_BYTES) this.head = 0;
      if (this.left < HEAD_BYTES - this.head) return false;
      if (this.head > 0) this.value = (this.head === 1 ? 0 : this.value << 8) + bytes[pos]!;
      this.head++;
      this.left--;
      pos++;
      if (this.head === HEAD_BYTES && this.value > this.left) return false;
    }
    return true;
  }
}
