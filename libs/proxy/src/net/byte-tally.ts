import { type Transport } from './transport';

/**
 * Adds up the bytes of connections: when one ends, and of those that are open when somebody asks. Reads and writes cost
 * nothing more than the two numbers each connection keeps anyway.
 */
export class ByteTally {
  private readonly open = new Map<Transport, { read: number; written: number }>();

  constructor(private readonly add: (received: number, sent: number) => void) {}

  /** Takes a connection in; `before`: bytes read of it that are not its own. */
  join(transport: Transport, before = 0): void {
    this.open.set(transport, { read: before, written: 0 });
  }

  /** A connection is over. */
  leave(transport: Transport): void {
    this.count(transport);
    this.open.delete(transport);
  }

  /** Its bytes are counted elsewhere, all of them. */
  forget(transport: Transport): void {
    this.open.delete(transport);
  }

  /** Brings the sums up to date. */
  settle(): void {
    for (const transport of this.open.keys()) this.count(transport);
  }

  private count(transport: Transport): void {
    const seen = this.open.get(transport);
    if (seen === undefined) return;
    const { bytesRead, bytesWritten } = transport;
    this.add(bytesRead - seen.read, bytesWritten - seen.written);
    seen.read = bytesRead;
    seen.written = bytesWritten;
  }
}
