import { EventEmitter } from 'node:events';
import { type Socket } from 'node:net';
import { headTurns } from '../../codec/http2/session';
import { setDirectWrites } from '../../net/direct-write';
import { gather, Transport, type TransportHolder } from '../../net/transport';

// One connection's bytes are read to their end before the next one's: nobody waits for a turn.
headTurns.budget = Infinity;

/** A socket that goes nowhere: keeps what is written to it, and takes all of it at once. */
class MemorySocket extends EventEmitter {
  readonly written: Buffer[] = [];
  readonly writableLength = 0;
  readonly connecting = false;
  readonly localAddress = '127.0.0.1';
  readonly localPort = 1;
  readonly _handle = null;
  destroyed = false;

  write(bytes: Uint8Array): boolean {
    this.written.push(Buffer.from(bytes));
    return true;
  }

  end(): void {}
  pause(): void {}
  resume(): void {}

  destroySoon(): void {
    this.destroy();
  }

  resetAndDestroy(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}

/** A connection in memory. */
export class MemoryTransport {
  readonly transport: Transport;
  private readonly socket = new MemorySocket();

  constructor() {
    setDirectWrites(false);
    const holder: TransportHolder = { transport: undefined };
    this.transport = Transport.attach(this.socket as unknown as Socket, holder, false);
    setDirectWrites(true);
  }

  /** Bytes of the peer. */
  receive(bytes: Buffer): void {
    if (!this.socket.destroyed) this.transport.replay(bytes);
    gather.flush(this.transport);
  }

  /** The peer is gone. */
  close(): void {
    gather.flush(this.transport);
    this.socket.destroy();
  }

  /** What was written so far. */
  sent(): Buffer {
    return Buffer.concat(this.socket.written);
  }
}
