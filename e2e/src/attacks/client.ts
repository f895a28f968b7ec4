import { connect, type Socket } from 'node:net';

/** What a segment costs on the wire besides its bytes: headers of IPv4 and TCP. */
const SEGMENT_BYTES = 40;
const SEGMENT_PAYLOAD = 1448;

/** An attacker's connection: counts what it sends, as a network would. */
export class Client {
  /** Bytes on the wire, with the headers of their segments. */
  sent = 0;
  /** The proxy has ended it, or it failed. */
  ended = false;
  /** Bytes that came. */
  received = 0;
  private wake: () => void = () => undefined;
  private onData: ((bytes: Buffer) => void) | undefined;

  private constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    const over = (): void => {
      this.ended = true;
      this.wake();
    };
    socket.on('error', over).on('end', over).on('close', over);
    socket.on('drain', () => this.wake());
    socket.on('data', (bytes: Buffer) => {
      this.received += bytes.length;
      this.onData?.(bytes);
      this.wake();
    });
  }

  static async open(port: number): Promise<Client> {
    const socket = connect({ port, host: '127.0.0.1' });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new Client(socket);
  }

  /** Writes bytes; resolves when more can be written, or never will. */
  async send(bytes: Buffer | string): Promise<void> {
    if (this.ended) return;
    const { length } = bytes;
    this.sent += length + SEGMENT_BYTES * Math.max(1, Math.ceil(length / SEGMENT_PAYLOAD));
    const more = typeof bytes === 'string' ? this.socket.write(bytes, 'latin1') : this.socket.write(bytes);
    if (!more) await this.until(() => this.socket.writableLength === 0, 5000);
  }

  /** Hears of what comes. */
  listen(onData: (bytes: Buffer) => void): void {
    this.onData = onData;
  }

  /** Reads no more. */
  stall(): void {
    this.socket.pause();
  }

  /** Resolves when `test` holds, the connection is over or `limitMs` have passed. */
  async until(test: () => boolean, limitMs: number): Promise<void> {
    const end = performance.now() + limitMs;
    while (!test() && !this.ended && performance.now() < end) {
      const late = setTimeout(() => this.wake(), Math.max(1, end - performance.now()));
      await new Promise<void>((resolve) => (this.wake = resolve));
      clearTimeout(late);
    }
  }

  close(): void {
    this.socket.destroy();
  }
}
