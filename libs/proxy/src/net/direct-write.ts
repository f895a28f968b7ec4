import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { giveRoom, type Room, takeRoom } from './rooms';
import { streamState } from './stream-state';

/** One write as the runtime knows it. */
interface WriteRequest {
  oncomplete: (status: number) => void;
  /** What is being written, so that it lives as long as the write. */
  buffer: Uint8Array | undefined;
  /** -1 unless the write is under way. */
  getAsyncId(): number;
}

/** The side of a socket's handle that writes. */
export interface WritableHandle {
  /** Of the socket, where the system has such. */
  readonly fd?: number;
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
}

/**
 * The constructor of the runtime's write requests, learned from one that `node:net` makes for a handle of ours;
 * undefined where sockets work differently, and then everything is written through the socket's public methods.
 */
const Request = learnRequest();
let enabled = Request !== undefined;
/** For writes that end within their call, which most do: such a write never touches its request, so that all share one. */
let untouched = Request === undefined ? undefined : new Request();

/** Whether writes go straight to the handle. */
export function directWrites(): boolean {
  return enabled;
}

/** For the test of the way around. */
export function setDirectWrites(value: boolean): void {
  enabled = value && Request !== undefined;
}

/**
 * Writes to one socket's handle, past the stream that wraps it: a few microseconds a write.
 *
 * One write is under way at a time, as TLS wants it; what comes meanwhile waits here and goes out next, together.
 */
export class DirectWrite {
  /** Bytes that are under way or wait. */
  pending = 0;
  private handle: WritableHandle | undefined;
  private request: WriteRequest;
  /** The runtime holds a request until its callback has returned: two take turns. */
  private spare: WriteRequest | undefined;
  private busy = false;
  /** Inside the runtime's call, where TLS may read and so write again; and how a write ended that ended there. */
  private starting = false;
  private ended: number | undefined;
  private waiting: Uint8Array[] = [];
  /** What the bytes lie in that are under way, where it is to be given back. */
  private room: Room | undefined;

  /**
   * @param handleOf The handle; null once it is gone. It stays the same until then.
   * @param encrypted TLS: a write may end within its call and still use its request.
   * @param onIdle All is written.
   * @param onError A write failed: nothing more can be written.
   */
  constructor(
    private readonly handleOf: () => WritableHandle | null,
    private readonly encrypted: boolean,
    private readonly onIdle: () => void,
    private readonly onError: (error: Error) => void,
  ) {
    this.request = this.createRequest();
  }

  /** Writes `bytes`; true when that is over and they may be reused, false when they were kept. */
  write(bytes: Uint8Array): boolean {
    if (!this.busy && this.start(bytes)) {
      this.startWaiting();
      return true;
    }
    this.pending += bytes.length;
    if (this.request.buffer !== bytes) this.waiting.push(bytes);
    return false;
  }

  /** Writes bytes that cannot be kept: what the socket does not take now waits in a room of its own. Only while nothing is pending. */
  writeAtOnce(buffer: Buffer, start: number, end: number): void {
    // TLS takes what it is given before it returns.
    if (this.encrypted) {
      this.write(buffer.subarray(start, end));
      return;
    }
    const rest = start + this.writeNow(buffer, start, end - start);
    if (rest === end) return;
    const room = takeRoom(end - rest);
    buffer.copy(room.bytes, 0, rest, end);
    if (this.write(room.bytes.subarray(0, end - rest))) giveRoom(room);
    else this.room = room;
  }

  /** What a plain socket takes of some bytes without waiting. */
  private writeNow(buffer: Buffer, start: number, length: number): number {
    const fd = (this.handle ??= this.handleOf() ?? undefined)?.fd ?? -1;
    if (fd < 0) return 0;
    try {
      return writeSync(fd, buffer, start, length);
    } catch {
      // A full socket or a broken one: the usual write meets the same, and waits or says so.
      return 0;
    }
  }

  /** Bytes wait for a write to finish; otherwise all have been handed over. */
  get waits(): boolean {
    return this.waiting.length > 0;
  }

  /** Forgets what waits: the connection is gone. */
  clear(): void {
    this.waiting = [];
    this.pending = 0;
  }

  /** Hands bytes to the runtime; true when it is done with them, which it usually is at once. */
  private start(bytes: Uint8Array): boolean {
    const handle = (this.handle ??= this.handleOf() ?? undefined);
    if (handle === undefined) return true;
    return this.encrypted || streamState === undefined ? this.startEncrypted(handle, bytes) : this.startPlain(handle, bytes);
  }

  private startPlain(handle: WritableHandle, bytes: Uint8Array): boolean {
    const request = untouched!;
    const status = handle.writeBuffer(request, bytes);
    if (status !== 0) this.onStatus(status);
    if (status !== 0 || streamState!.values[streamState!.writeIsAsync] === 0) return true;
    untouched = new Request!();
    this.request = request;
    request.oncomplete = (ended) => this.onComplete(ended);
    request.buffer = bytes;
    this.busy = true;
    return false;
  }

  private startEncrypted(handle: WritableHandle, bytes: Uint8Array): boolean {
    const { request } = this;
    request.buffer = bytes;
    this.busy = this.starting = true;
    this.ended = undefined;
    const status = handle.writeBuffer(request, bytes);
    this.starting = false;
    // TLS may complete a write within the call, successfully or not.
    const ended = status !== 0 ? status : request.getAsyncId() === -1 ? 0 : this.ended;
    if (ended === undefined) return false;
    this.busy = false;
    if (this.ended === undefined) request.buffer = undefined;
    else this.takeNextRequest();
    if (ended !== 0) this.onStatus(ended);
    return true;
  }

  /** A write failed; one to a handle that is being closed has a better reason than its own. */
  private onStatus(status: number): void {
    this.clear();
    if (this.handleOf() !== null) this.onError(writeError(status));
  }

  private onComplete(status: number): void {
    if (this.starting) {
      this.ended = status;
      return;
    }
    const written = this.request.buffer?.length ?? 0;
    this.takeNextRequest();
    this.busy = false;
    if (this.room !== undefined) giveRoom(this.room);
    this.room = undefined;
    this.pending = Math.max(0, this.pending - written);
    if (status !== 0) {
      this.onStatus(status);
      return;
    }
    this.startWaiting();
    if (!this.busy) this.onIdle();
  }

  /** Writes what came while a write was under way. */
  private startWaiting(): void {
    while (this.waiting.length > 0 && !this.busy) {
      const { waiting } = this;
      this.waiting = [];
      const bytes = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting);
      if (this.start(bytes)) this.pending = Math.max(0, this.pending - bytes.length);
    }
  }

  /** The runtime is not done with a request until its callback has returned. */
  private takeNextRequest(): void {
    const { request, spare } = this;
    request.buffer = undefined;
    this.request = spare === undefined || spare.getAsyncId() !== -1 ? this.createRequest() : spare;
    this.spare = request;
  }

  private createRequest(): WriteRequest {
    const request = new Request!();
    request.oncomplete = (status) => this.onComplete(status);
    request.buffer = undefined;
    return request;
  }
}

function writeError(status: number): Error {
  const code = getSystemErrorName(status);
  return Object.assign(new Error(`write ${code}`), { code, errno: status, syscall: 'write' });
}

function learnRequest(): (new () => WriteRequest) | undefined {
  let found: (new () => WriteRequest) | undefined;
  const nothing = (): void => undefined;
  const handle = {
    reading: false,
    readStart: nothing,
    readStop: nothing,
    ref: nothing,
    unref: nothing,
    close: nothing,
    writeBuffer: (request: WriteRequest): number => {
      found = request.constructor as new () => WriteRequest;
      return 0;
    },
  };
  try {
    const socket = new Socket({ handle, readable: false, writable: true } as unknown as ConstructorParameters<typeof Socket>[0]);
    socket.on('error', nothing);
    socket.write(Buffer.from('x'));
    socket.destroy();
    const request = found === undefined ? undefined : new found();
    return typeof request?.getAsyncId === 'function' && request.getAsyncId() === -1 ? found : undefined;
  } catch {
    return undefined;
  }
}
