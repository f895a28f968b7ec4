import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { setDirectWrites } from './direct-write';
import { createListener } from './sockets';
import { type Transport } from './transport';

const BYTES = 8 * 1024 * 1024;

afterEach(() => setDirectWrites(true));

/** What a client that reads slowly gets from a server that does `serve` with its connection. */
async function received(
  serve: (transport: Transport) => void,
): Promise<{ readonly length: number; readonly ordered: boolean; readonly failed: boolean }> {
  const server = createListener(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const chunks: Buffer[] = [];
  let failed = false;
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.pause();
  setTimeout(() => client.resume(), 50);
  client.on('data', (chunk: Buffer) => void chunks.push(chunk));
  client.on('error', () => (failed = true));
  await new Promise((resolve) => client.on('close', resolve));
  server.close();
  const all = Buffer.concat(chunks);
  let ordered = true;
  for (let i = 0; i < all.length; i += 512) if (all[i] !== Math.floor(i / 1024) % 251) ordered = false;
  return { length: all.length, ordered, failed };
}

/** Appends and writes 1 KB blocks, each filled with its own number, one, 40 or 300 at once, until told to wait; then goes on after the drain. */
function pump(transport: Transport, done: () => void): { waits: number } {
  const count = { waits: 0 };
  const blocks = BYTES / 1024;
  let next = 0;
  const go = (): void => {
    while (next < blocks && !transport.blocked) {
      const size = next % 7 === 0 && next + 300 <= blocks ? 300 : next % 3 === 0 && next + 40 <= blocks ? 40 : 1;
      const block = Buffer.alloc(1024 * size);
      for (let i = 0; i < block.length; i += 1024) block.fill(next++ % 251, i, i + 1024);
      transport.forward(block, 0, block.length);
      // Nobody holds on to what was passed on.
      block.fill(0xff);
    }
    if (next < blocks) count.waits++;
    else done();
  };
  transport.owner = { onBytes: () => undefined, onEnd: () => transport.end(), onDrain: go, onClose: () => undefined };
  transport.resume();
  go();
  return count;
}

describe.each([{ direct: true }, { direct: false }])('writes with the handle: $direct', ({ direct }) => {
  it('arrive whole and in order at a slow reader, and the writer waits', async () => {
    setDirectWrites(direct);
    let count = { waits: 0 };
    const result = await received((transport) => (count = pump(transport, () => transport.end())));
    expect(result).toEqual({ length: BYTES, ordered: true, failed: false });
    expect(count.waits).toBeGreaterThan(0);
  });

  it('are finished before the connection closes', async () => {
    setDirectWrites(direct);
    expect(await received((transport) => void pump(transport, () => transport.endAndDestroy()))).toEqual({
      length: BYTES,
      ordered: true,
      failed: false,
    });
  });

  it('are dropped by a reset', async () => {
    setDirectWrites(direct);
    const { length } = await received((transport) => {
      pump(transport, () => undefined);
      setTimeout(() => transport.reset(), 20);
    });
    expect(length).toBeLessThan(BYTES);
  });
});
