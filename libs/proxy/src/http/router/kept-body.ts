import { giveRoom, type Room, takeRoom } from '../../net/rooms';

const NOTHING: Buffer = Buffer.alloc(0);

/** What came of a request's body, for attempts that need it again, in room that goes back as soon as nobody does. */
export class KeptBody {
  /** Bytes kept: the first of `bytes`. */
  length = 0;
  private room: Room | undefined;

  get bytes(): Buffer {
    return this.room?.bytes ?? NOTHING;
  }

  /** Appends a copy of `start`..`end`. */
  add(buffer: Buffer, start: number, end: number): void {
    const length = this.length + end - start;
    const { room } = this;
    if (room === undefined || room.bytes.length < length) {
      this.room = takeRoom(length);
      if (room !== undefined) {
        room.bytes.copy(this.room.bytes, 0, 0, this.length);
        giveRoom(room);
      }
    }
    buffer.copy(this.room!.bytes, this.length, start, end);
    this.length = length;
  }

  /** Gives everything up. */
  clear(): void {
    this.length = 0;
    if (this.room === undefined) return;
    giveRoom(this.room);
    this.room = undefined;
  }
}
