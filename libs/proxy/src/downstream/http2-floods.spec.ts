import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually, forwardTo, route, Wire } from '../testing';

const wire = new Wire();
afterEach(() => wire.stop());

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const ENHANCE_YOUR_CALM = 11;

function frame(type: number, flags: number, stream: number, payload: string | Buffer = ''): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

const SETTINGS = frame(4, 0, 0);
const GET = Buffer.from([0x82, 0x84, 0x86, 0x01, 0x01, 0x61]);
const POST = Buffer.from([0x83, 0x84, 0x86, 0x01, 0x01, 0x61]);
const CANCEL = Buffer.from([0, 0, 0, 8]);
const times = (count: number, one: (i: number) => Buffer): Buffer => Buffer.concat(Array.from({ length: count }, (_, i) => one(i)));

interface Frame {
  readonly type: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** The frames of what came back, as text. */
function framesIn(received: string): readonly Frame[] {
  const all = Buffer.from(received, 'latin1');
  const found: Frame[] = [];
  for (let at = 0; at + 9 <= all.length; at += 9 + all.readUIntBE(at, 3))
    found.push({ type: all[at + 3]!, stream: all.readUInt32BE(at + 5), payload: all.subarray(at + 9, at + 9 + all.readUIntBE(at, 3)) });
  return found;
}

/** A client's bytes against a listener of so many streams at a time; frames that came back, and counters. */
async function say(bytes: Buffer, maxConcurrentStreams = 1) {
  const backend = await wire.backend();
  const { port, plane } = await wire.proxyTo([backend.port], [route('/', forwardTo('backend'))], {
    manager: { codec: 'http2', http2: { maxConcurrentStreams, initialStreamWindowBytes: 65_536, allowConnect: false } },
  });
  const client = await wire.connect(port);
  client.send(PREFACE);
  client.send(Buffer.concat([SETTINGS, bytes]).latin1Slice());
  const frames = (): readonly Frame[] => framesIn(client.received);
  return { port, client, frames, stat: (name: string) => new Map(plane.stats()).get(name) };
}

describe('a flood', () => {
  const floods: readonly { name: string; bytes: Buffer; counter: string }[] = [
    {
      name: 'of priorities',
      bytes: times(101, (i) => frame(2, 0, 2 * i + 3, Buffer.from([0, 0, 0, 0, 9]))),
      counter: 'http2.inbound_priority_frames_flood',
    },
    {
      name: 'of window updates',
      bytes: times(6, () => frame(8, 0, 0, Buffer.from([0, 0, 0, 1]))),
      counter: 'http2.inbound_window_update_frames_flood',
    },
    {
      name: 'of empty DATA',
      bytes: Buffer.concat([frame(1, 4, 1, POST), times(101, () => frame(0, 0, 1))]),
      counter: 'http2.inbound_empty_frames_flood',
    },
    {
      name: 'of DATA that is padding',
      bytes: Buffer.concat([frame(1, 4, 1, POST), times(101, () => frame(0, 8, 1, Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 0, 0])))]),
      counter: 'http2.inbound_empty_frames_flood',
    },
    {
      name: 'of streams taken back',
      bytes: times(251, (i) => Buffer.concat([frame(1, 5, 2 * i + 1, GET), frame(3, 0, 2 * i + 1, CANCEL)])),
      counter: 'http.test.downstream_rq_too_many_premature_resets',
    },
    {
      name: 'of one field again and again',
      bytes: frame(1, 5, 1, Buffer.concat([GET, Buffer.from([0x40, 1, 0x78, 126]), Buffer.alloc(126, 'y'), Buffer.alloc(16_000, 0xbe)])),
      counter: 'http2.header_overflow',
    },
  ];
  it.each(floods)('$name ends the connection, and is counted', async ({ bytes, counter }) => {
    const { client, frames, stat } = await say(bytes);
    await client.rest();
    const goaway = frames().find(({ type }) => type === 7);
    expect({ code: goaway?.payload.readUInt32BE(4), [counter]: stat(counter), sent: stat('http2.goaway_sent') }).toEqual({
      code: ENHANCE_YOUR_CALM,
      [counter]: 1,
      sent: 1,
    });
  });
});

it.each([
  { name: 'was refused', first: frame(1, 4, 1, POST), refused: 3, block: POST },
  { name: 'is malformed', first: Buffer.alloc(0), refused: 1, block: Buffer.concat([POST, Buffer.from([0x00, 1, 0x58, 1, 0x79])]) },
])('what is under way on a stream that $name is no fault of the connection', async ({ first, refused, block }) => {
  const bytes = [
    first,
    frame(1, 4, refused, block),
    frame(0, 0, refused, 'body'),
    frame(0, 1, refused, 'more'),
    frame(6, 0, 0, '12345678'),
  ];
  const { client, frames } = await say(Buffer.concat(bytes));
  await eventually(() => frames().some(({ type }) => type === 6));
  const seen = frames();
  expect(seen.filter(({ type, stream }) => type === 3 && stream === refused)).toHaveLength(1);
  expect(seen.some(({ type }) => type === 7)).toBe(false);
  client.socket.destroy();
});

it('heads that unfold to a thousand times their bytes are all answered, and somebody else between them', async () => {
  const crumb = Buffer.concat([Buffer.from([0x40, 6]), Buffer.from('cookie'), Buffer.from([0x7f, 0xbd, 0x1d]), Buffer.alloc(3900, 'c')]);
  const first = frame(1, 5, 1, Buffer.concat([GET, crumb]));
  const again = Buffer.concat([GET, Buffer.alloc(14, 0xbe)]);
  const { port, frames } = await say(Buffer.concat([first, times(99, (i) => frame(1, 5, 2 * i + 3, again))]), 100);
  const answered = (): number => frames().filter(({ type }) => type === 1).length;
  const other = await wire.connect(port);
  other.send(Buffer.concat([Buffer.from(PREFACE), SETTINGS, frame(1, 5, 1, GET)]).latin1Slice());
  await eventually(() => framesIn(other.received).some(({ type }) => type === 1));
  const meanwhile = answered();
  await eventually(() => answered() === 100);
  expect(meanwhile).toBeLessThan(60);
});

it('requests that end with an empty DATA frame are no flood', async () => {
  const one = (i: number): Buffer => Buffer.concat([frame(1, 4, 2 * i + 1, POST), frame(0, 1, 2 * i + 1)]);
  const { frames, stat } = await say(times(150, one), 1000);
  await eventually(() => frames().filter(({ type }) => type === 1).length === 150);
  expect(stat('http2.inbound_empty_frames_flood')).toBe(0);
});
