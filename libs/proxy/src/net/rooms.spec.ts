import { describe, expect, it } from '@jest/globals';
import { RequestHead } from '../codec/head';
import { giveRoom, newRoom, takeRoom } from './rooms';

describe('room', () => {
  it('is a power of two, and used again', () => {
    const room = takeRoom(40_000);
    expect([takeRoom(1).bytes.length, room.bytes.length, takeRoom(65_536).bytes.length]).toEqual([2048, 65_536, 65_536]);
    giveRoom(room);
    expect(takeRoom(33_000)).toBe(room);
    expect(takeRoom(33_000)).not.toBe(room);
  });

  it('of another size, or too much of it, is not kept', () => {
    const odd = newRoom(65_537);
    giveRoom(odd);
    expect(takeRoom(65_537).bytes.length).toBe(131_072);
    const rooms = Array.from({ length: 20 }, () => newRoom(131_072));
    for (const room of rooms) giveRoom(room);
    const again = rooms.map(() => takeRoom(131_072));
    expect(again.filter((room) => rooms.includes(room))).toHaveLength(16);
  });

  it('goes with a head that grows, and comes back from one that is done', () => {
    const head = new RequestHead();
    const line = Buffer.from('x: '.padEnd(70_000, 'y'));
    head.store(line, 0, line.length);
    const { bytes } = head;
    head.growBytes(100_000);
    expect(head.bytes.equals(bytes)).toBe(false);
    expect(head.bytes.subarray(0, 70_000).equals(line)).toBe(true);
    expect(takeRoom(bytes.length).bytes).toBe(bytes);
    head.shed();
    expect([head.bytes.length, head.length]).toEqual([1024, 0]);
  });
});
