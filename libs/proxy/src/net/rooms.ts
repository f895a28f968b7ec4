import { newView } from './buffer-view';

/** What a head or a body is kept in, to be read and written by bytes and by words. */
export interface Room {
  readonly bytes: Buffer;
  readonly view: DataView;
}

const SMALLEST_BITS = 11;
const LARGEST_BITS = 20;
/** Bytes that are kept for those to come at most. */
const SPARE_BYTES = 2 * 1024 * 1024;

/** Rooms that nobody uses, by the power of two that is their size. */
const spare: Room[][] = Array.from({ length: LARGEST_BITS + 1 }, () => []);
let spareBytes = 0;

/**
 * Room for so many bytes or more: a power of two, one that was given back where there is one. What lies outside the
 * collector's heap makes it collect all of that, over and over, when each large head or small body gets its own.
 */
export function takeRoom(bytes: number): Room {
  const bits = Math.max(SMALLEST_BITS, 32 - Math.clz32(bytes - 1));
  const room = spare[bits]?.pop();
  if (room === undefined) return newRoom(2 ** bits);
  spareBytes -= room.bytes.length;
  return room;
}

/** Gives room back, which nobody holds on to from now on. What is of another size, or too much, is left to the collector. */
export function giveRoom(room: Room): void {
  const { length } = room.bytes;
  if (length < 2 ** SMALLEST_BITS || length > 2 ** LARGEST_BITS || (length & (length - 1)) !== 0) return;
  if (spareBytes + length > SPARE_BYTES) return;
  spareBytes += length;
  spare[31 - Math.clz32(length)]!.push(room);
}

/** Room of exactly so many bytes. */
export function newRoom(bytes: number): Room {
  const buffer = Buffer.allocUnsafeSlow(bytes);
  return { bytes: buffer, view: newView(buffer) };
}
