import { type Socket } from 'node:net';
import { type PeerCertificate } from 'node:tls';
import { type ReadableHandle, readDirectly, type ReadTarget } from './direct-read';
import { DirectWrite, directWrites, type WritableHandle } from './direct-write';
import { Gather, type GatherTarget } from './gather';
import { type Output } from './output';

/** Bytes read at once. One buffer serves every socket: a read is handled to its end before the next begins. */
const READ_BYTES = 256 * 1024;

/** And at once where nothing but bytes are carried: fewer and longer turns of reading and writing. */
const BULK_READ_BYTES = 1024 * 1024;

/** Below this a copy is cheaper than giving the output buffer away. */
const COPY_BYTES = 16 * 1024;

/** From here on a write of its own costs less than a copy. */
const BULK_BYTES = 128 * 1024;

/** Gathered bytes that are written without waiting for more. */
const FULL_BYTES = 64 * 1024;

/** Bytes queued on a socket before writers are told to wait. */
export const WRITE_HIGH_WATER = 256 * 1024;

/** No connection reads less at once, whatever its limit. */
const MIN_READ_BYTES = 4096;

const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);
let bulkBuffer: Buffer | undefined;
/** Shared by the sockets that may read no more than so many bytes at once: what they read may have to be kept. */
const smallerBuffers = new Map<number, Buffer>();

function readBufferOf(limitBytes: number): Buffer {
  if (limitBytes >= READ_BYTES || limitBytes === 0) return readBuffer;
  const size = 2 ** Math.ceil(Math.log2(Math.max(limitBytes, MIN_READ_BYTES)));
  let buffer = smallerBuffers.get(size);
  if (buffer === undefined) smallerBuffers.set(size, (buffer = Buffer.allocUnsafeSlow(size)));
  return buffer;
}

/** What the process's connections gather their writes in. */
export const gather = new Gather();

/** Whoever a connection's events are for; replaced when the connection changes hands. */
export interface TransportOwner {
  /** Bytes 0..`length` of a buffer that is reused as soon as this returns. */
  onBytes(buffer: Buffer, length: number): void;
  /** The peer sends no more. */
  onEnd(): void;
  /** Writing may go on after `blocked` was true. */
  onDrain(): void;
  /** The connection is gone, with the reason when it failed. Called once. */
  onClose(error: Error | undefined): void;
}

/** A socket, plain or TLS, as the data path uses it. */
export class Transport implements GatherTarget, ReadTarget {
  owner: TransportOwner = nobody;
  pending: Output | undefined;
  /** Bytes as the socket saw them, after decryption. */
  bytesRead = 0;
  bytesWritten = 0;
  /** The peer takes no more for now: wait for `onDrain`. */
  blocked = false;
  /** What the peer of a TLS connection that we made proved itself with, now or when the session began. */
  peerCertificate: PeerCertificate | undefined;
  /** Nothing can be written any more. */
  ended = false;
  closed = false;
  /** The peer has ended its side, or broken the connection, before we ended ours. */
  endedByPeer = false;
  /** Still being dialled: the handle cannot be written to yet. */
  private connecting: boolean;
  /** Lets the socket read by itself again; undefined while it does. */
  private readBySocket: (() => void) | undefined;
  private failure: Error | undefined;
  private highWater = WRITE_HIGH_WATER;
  /** Undefined where the runtime's handles cannot be written to. */
  private readonly direct: DirectWrite | undefined;
  /** What to do once all is written: say that no more comes, or also close. */
  private ending: 'no' | 'end' | 'close' = 'no';

  private constructor(
    readonly socket: Socket,
    /** TLS keeps a copy of what it is given, so that the output buffer is free after every write. */
    readonly encrypted: boolean,
    private readBuffer: Buffer,
  ) {
    this.connecting = socket.connecting;
    if (this.connecting) socket.once('connect', () => (this.connecting = false));
    if (!directWrites()) return;
    const { _handle: handle } = socket as unknown as WithHandle;
    if (!encrypted && handle !== null) this.readBySocket = readDirectly(handle, this);
    this.direct = new DirectWrite(
      () => (socket as unknown as WithHandle)._handle,
      encrypted,
      () => this.onWritten(),
      (error) => this.fail(error),
    );
  }

  /** The `onread` option of a socket that will be handed to `attach`; it reads at most `limitBytes` at once. */
  static readInto(
    holder: TransportHolder,
    limitBytes = READ_BYTES,
  ): { buffer: Buffer; callback: (length: number, buffer: Uint8Array) => boolean } {
    holder.readBuffer = readBufferOf(limitBytes);
    return {
      buffer: holder.readBuffer,
      callback: (length) => {
        const transport = holder.transport;
        if (transport !== undefined) transport.read(length);
        return true;
      },
    };
  }

  /** Takes over a socket that was made with `readInto(holder)`. */
  static attach(socket: Socket, holder: TransportHolder, encrypted: boolean): Transport {
    const transport = new Transport(socket, encrypted, holder.readBuffer ?? readBuffer);
    holder.transport = transport;
    socket.on('error', (error: Error) => {
      transport.endedByPeer ||= !transport.ended;
      transport.failure ??= encrypted ? inWords(error) : error;
    });
    socket.on('close', () => transport.onSocketClose());
    socket.on('end', () => {
      transport.endedByPeer ||= !transport.ended;
      gather.enter();
      transport.owner.onEnd();
      gather.leave();
    });
    socket.on('drain', () => transport.onDrained());
    return transport;
  }

  /** The output buffer, for bytes that go out with the turn's one write; a full one goes out now. */
  output(): Output {
    const { pending } = this;
    if (pending !== undefined) {
      if (pending.length < FULL_BYTES) return pending;
      gather.flush(this);
    }
    return gather.begin(this);
  }

  /** Gives `owner` bytes that were read before it owned the connection. */
  replay(bytes: Buffer): void {
    gather.enter();
    this.owner.onBytes(bytes, bytes.length);
    gather.leave();
  }

  /** Passes on bytes of the read buffer, behind whatever waits: a few with the turn's others, many at once. */
  forward(buffer: Buffer, start: number, end: number): void {
    const length = end - start;
    // A read of TLS is one record.
    if (length < (this.encrypted ? COPY_BYTES : BULK_BYTES)) {
      this.output().bytes(buffer, start, end);
      return;
    }
    gather.flush(this);
    const { direct } = this;
    if (direct === undefined || direct.pending > 0 || this.connecting || this.ended || this.closed) {
      this.output().bytes(buffer, start, end);
      gather.flush(this);
      return;
    }
    this.bytesWritten += length;
    direct.writeAtOnce(buffer, start, end);
    this.blocked ||= direct.pending > 0;
  }

  writeOut(output: Output): void {
    const { length } = output;
    if (this.ended || this.closed) {
      output.length = 0;
      return;
    }
    this.bytesWritten += length;
    if (this.direct !== undefined && !this.connecting) this.writeDirect(this.direct, output);
    else this.writeToSocket(output);
  }

  /** The way of runtimes whose handles cannot be written to, and of what is said before the connection is there. */
  private writeToSocket(output: Output): void {
    const { socket } = this;
    const { length } = output;
    if (socket.destroyed) {
      output.length = 0;
      return;
    }
    const queued = socket.writableLength > 0;
    if (queued && length <= COPY_BYTES) {
      const copy = Buffer.allocUnsafe(length);
      output.buffer.copy(copy, 0, 0, length);
      output.length = 0;
      this.blocked = !socket.write(copy);
      return;
    }
    const accepted = socket.write(output.buffer.subarray(0, length));
    if (socket.writableLength === 0) output.length = 0;
    else {
      if (!accepted || socket.writableLength >= this.highWater) this.blocked = true;
      if (this.encrypted && !queued) output.length = 0;
      else output.surrender();
    }
  }

  private writeDirect(direct: DirectWrite, output: Output): void {
    const { length } = output;
    if (direct.pending > 0 && length <= COPY_BYTES) {
      const copy = Buffer.allocUnsafe(length);
      output.buffer.copy(copy, 0, 0, length);
      direct.write(copy);
      output.length = 0;
    } else if (direct.write(output.view()) || (this.encrypted && !direct.waits)) output.length = 0;
    else output.surrender();
    if (direct.pending >= this.highWater) this.blocked = true;
  }

  private onWritten(): void {
    if (this.ending !== 'no') {
      if (this.ending === 'end') this.socket.end();
      else this.socket.destroySoon();
      return;
    }
    this.onDrained();
  }

  private onDrained(): void {
    if (!this.blocked) return;
    this.blocked = false;
    gather.enter();
    this.owner.onDrain();
    gather.leave();
  }

  private fail(error: Error): void {
    this.endedByPeer ||= !this.ended;
    this.failure ??= error;
    this.socket.destroy();
  }

  /** Lets writers wait once `bytes` are queued, where that is sooner; 0: no limit of its own. Spec: Envoy `per_connection_buffer_limit_bytes`. */
  limitWrites(bytes: number): void {
    if (bytes > 0) this.highWater = Math.min(WRITE_HIGH_WATER, bytes);
  }

  /** Whoever takes the handle over reads with it from now on. */
  releaseReads(): void {
    this.readBySocket?.();
    this.readBySocket = undefined;
  }

  /** Reads more at once from now on, unless its limit is lower. */
  readInBulk(): void {
    const { _handle: handle } = this.socket as unknown as WithHandle;
    if (this.readBySocket === undefined || handle?.useUserBuffer === undefined || this.readBuffer !== readBuffer) return;
    this.readBuffer = bulkBuffer ??= Buffer.allocUnsafeSlow(BULK_READ_BYTES);
    handle.useUserBuffer(this.readBuffer);
  }

  /** Whether something was written that the system has not taken yet. */
  get hasUnsent(): boolean {
    return this.pending !== undefined || (this.direct?.pending ?? 0) > 0 || this.socket.writableLength > 0;
  }

  /** Stops reading; the peer will feel it. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  /** Sends what is gathered, then says that no more comes. */
  end(): void {
    if (this.ended || this.closed) return;
    gather.flush(this);
    this.ended = true;
    if (this.direct !== undefined && this.direct.pending > 0) this.ending = 'end';
    else this.socket.end();
  }

  /** Closes at once; what was written but not sent yet may be lost. */
  destroy(error?: Error): void {
    if (this.closed) return;
    gather.forget(this);
    this.failure ??= error;
    this.socket.destroy();
  }

  /** Sends what is gathered, then closes both directions. */
  endAndDestroy(): void {
    if (this.closed) return;
    this.end();
    if (this.ending === 'no') this.socket.destroySoon();
    else this.ending = 'close';
  }

  /** Sends what is gathered. */
  flush(): void {
    if (!this.closed && !this.ended) gather.flush(this);
  }

  /** Closes with a TCP reset. */
  reset(): void {
    if (this.closed) return;
    gather.forget(this);
    if (this.encrypted) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  /** Called by the socket's read callback. */
  read(length: number): void {
    this.bytesRead += length;
    gather.enter();
    try {
      this.owner.onBytes(this.readBuffer, length);
    } finally {
      gather.leave();
    }
  }

  /** As `read`, for a socket that brings its own buffers. */
  readChunk(chunk: Buffer): void {
    this.bytesRead += chunk.length;
    gather.enter();
    this.owner.onBytes(chunk, chunk.length);
    gather.leave();
  }

  private onSocketClose(): void {
    if (this.closed) return;
    this.closed = true;
    this.direct?.clear();
    gather.forget(this);
    gather.enter();
    this.owner.onClose(this.failure);
    gather.leave();
  }
}

/** A failure of TLS as the library calls it, without its thread, its source files and the codes they are printed with. */
function inWords(error: Error & { readonly reason?: string }): Error {
  if (error.reason !== undefined) error.message = error.reason;
  return error;
}

interface WithHandle {
  readonly _handle: (WritableHandle & ReadableHandle) | null;
}

/** Lets a socket's read callback find its transport, which can only be made after the socket. */
export interface TransportHolder {
  transport: Transport | undefined;
  /** What its socket reads into. */
  readBuffer?: Buffer;
}

const nobody: TransportOwner = { onBytes: () => undefined, onEnd: () => undefined, onDrain: () => undefined, onClose: () => undefined };
