import { frame, FRAME, word } from '../differential/peers/h2';
import { type Client } from './client';

/** GET or POST / of authority `a`, without tables or Huffman code. */
export const GET: Buffer = Buffer.from([0x82, 0x84, 0x86, 0x01, 0x01, 0x61]);
export const POST: Buffer = Buffer.from([0x83, 0x84, 0x86, 0x01, 0x01, 0x61]);
/** GET /big. */
export const GET_BIG: Buffer = Buffer.concat([Buffer.from([0x82, 0x04, 4]), Buffer.from('/big'), Buffer.from([0x86, 0x01, 0x01, 0x61])]);

const END_STREAM = 1;
const END_HEADERS = 4;

/** A whole request without a body. */
export function request(id: number, block: Buffer = GET): Buffer {
  return frame(FRAME.headers, END_STREAM | END_HEADERS, id, block);
}

/** The head of a request whose body follows. */
export function opened(id: number, block: Buffer = POST): Buffer {
  return frame(FRAME.headers, END_HEADERS, id, block);
}

/** RST_STREAM with CANCEL. */
export function reset(id: number): Buffer {
  return frame(FRAME.rstStream, 0, id, word(8));
}

/** A field that goes into no table. */
export function literal(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

/** A field whose name is entry `name` of the table, below 15, and which goes into no table itself. */
export function literalName(name: number, value: string): Buffer {
  return Buffer.concat([Buffer.from([name]), text(value)]);
}

/** A field that goes into the table. */
export function indexed(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40]), text(name), text(value)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  const length = bytes.length < 127 ? [bytes.length] : [127, ((bytes.length - 127) & 127) | 128, (bytes.length - 127) >>> 7];
  return Buffer.concat([Buffer.from(length), bytes]);
}

/** Number of the stream that the `i`th request of a connection opens. */
export function streamId(i: number): number {
  return 2 * i + 1;
}

/** SETTINGS with pairs of number and value. */
export function settingsFrame(settings: readonly number[]): Buffer {
  const payload = Buffer.alloc(settings.length * 3);
  for (let i = 0; i < settings.length; i += 2) {
    payload.writeUInt16BE(settings[i]!, i * 3);
    payload.writeUInt32BE(settings[i + 1]!, i * 3 + 2);
  }
  return frame(FRAME.settings, 0, 0, payload);
}

/** Resolves once the proxy has read all that was sent: it answers a PING, or ends the connection. */
export async function settled(client: Client, limitMs = 2000): Promise<void> {
  const opaque = `p${Math.random().toString(36).slice(2, 9)}`.padEnd(8, '.');
  let answered = false;
  let tail = Buffer.alloc(0);
  client.listen((bytes) => {
    const seen = Buffer.concat([tail, bytes]);
    answered ||= seen.includes(opaque);
    tail = seen.subarray(-8);
  });
  await client.send(frame(FRAME.ping, 0, 0, opaque));
  await client.until(() => answered, limitMs);
}
