import { type StreamState, streamState } from './stream-state';

/** Whoever takes what a handle reads. */
export interface ReadTarget {
  /** So many bytes are in the buffer that the handle reads into. */
  read(length: number): void;
}

/** The side of a socket's handle that reads. */
export interface ReadableHandle {
  onread: (this: ReadableHandle, bytes: unknown) => void;
  lateenTarget?: ReadTarget;
  /** Reads into another buffer from now on. */
  useUserBuffer?(buffer: Buffer): void;
}

/**
 * Takes a handle's bytes past the stream that wraps it, which would look at five objects of its own first: with many
 * connections none of them is in the processor's cache. Ends and errors go the usual way.
 *
 * @returns Gives the bytes back to the stream; undefined where the runtime's handles do not work so, and then nothing was changed.
 */
export function readDirectly(handle: ReadableHandle, target: ReadTarget): (() => void) | undefined {
  const { onread } = handle;
  if (streamState === undefined || typeof onread !== 'function') return undefined;
  handle.lateenTarget = target;
  handle.onread = readerBefore(onread, streamState);
  return () => {
    handle.onread = onread;
    handle.lateenTarget = undefined;
  };
}

type OnRead = ReadableHandle['onread'];

/** One function for all handles of a kind, which keeps the call cheap. */
const readers = new WeakMap<OnRead, OnRead>();

function readerBefore(onread: OnRead, { values, read }: StreamState): OnRead {
  let reader = readers.get(onread);
  if (reader === undefined) {
    reader = function (bytes) {
      const length = values[read]!;
      if (length > 0) this.lateenTarget!.read(length);
      else onread.call(this, bytes);
    };
    readers.set(onread, reader);
  }
  return reader;
}
