import http2 from 'node:http2';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { expect, it } from '@jest/globals';
import { Output } from '../../../net/output';
import { type Field } from '../../../testing/header-block';
import { RequestHead, ResponseHead } from '../../head';
import { BlockResult } from '../block-result';
import { DEFAULT_HEAD_LIMITS } from '../../http1/parse-fields';
import { readResponseHead } from '../read-response-head';
import { writeRequestHead } from '../write-head';
import { HpackDecoder } from './decoder';
import { HpackEncoder } from './encoder';

const REQUESTS = 300;
const Frame = { headers: 1, settings: 4 } as const;

/** Requests as a mesh sends them: most fields over and over, some new each time, some of a few values. */
function fieldsOf(i: number): readonly Field[] {
  const few = (values: number, step: number): string => String(Math.floor(i / step) % values);
  return [
    ['user-agent', `agent/${few(3, 40)}`],
    ['accept-encoding', 'gzip, deflate'],
    ['x-request-id', `id-${i}`],
    ['authorization', `Bearer ${few(2, 5)}`],
    ['cookie', i % 3 === 0 ? 'a=1' : `session=${'s'.repeat(30)}${few(4, 1)}`],
    ['x-large', `${few(2, 1)}`.repeat(900)],
    ['x-changing', `value ${i * 7919}`],
    ['x-unusual', '{"a": "~^@"}'],
    [`x-name-${few(70, 1)}`, 'same'],
    ...(i % 4 === 0 ? [['empty', ''] as const] : []),
  ];
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Splits what arrives into frames, for as long as the connection lasts. */
async function* framesOf(socket: Socket): AsyncGenerator<{ type: number; flags: number; stream: number; payload: Buffer }> {
  let data = Buffer.alloc(0);
  for await (const chunk of socket) {
    data = Buffer.concat([data, chunk as Buffer]);
    while (data.length >= 9 && data.length >= 9 + data.readUIntBE(0, 3)) {
      const end = 9 + data.readUIntBE(0, 3);
      yield { type: data[3]!, flags: data[4]!, stream: data.readUInt32BE(5), payload: data.subarray(9, end) };
      data = data.subarray(end);
    }
  }
}

const cases: readonly [name: string, theirs: number, ours: number][] = [
  ['the sizes everybody uses', 4096, 4096],
  ['no tables', 0, 0],
  ['small tables', 300, 200],
  ['large tables', 65536, 65536],
];

it.each(cases)('many requests to nghttp2 and its answers, %s', async (_, theirs, ours) => {
  const seen: string[][] = [];
  const server = http2.createServer({ settings: { headerTableSize: theirs, maxConcurrentStreams: REQUESTS * 2 } });
  server.on('stream', (stream: http2.ServerHttp2Stream, _headers: unknown, _flags: unknown, raw: unknown) => {
    seen.push(raw as string[]);
    stream.respond(Object.fromEntries(fieldsOf(seen.length - 1).filter(([name]) => name !== 'authorization')), { endStream: true });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const settings = Buffer.alloc(6);
  settings.writeUInt16BE(1, 0);
  settings.writeUInt32BE(ours, 2);
  socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(Frame.settings, 0, 0, settings)]));

  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder(ours);
  const send = (i: number): number => {
    const head = new RequestHead();
    head.scheme = 'http';
    head.authority = `host-${i % 3}`;
    head.path = i % 5 === 0 ? '/' : `/path/${i % 4}`;
    for (const [name, value] of fieldsOf(i)) head.add(name, value);
    const output = new Output();
    writeRequestHead(encoder, output, head, i % 2 === 0 ? 0 : -1);
    socket.write(frame(Frame.headers, 5, 2 * i + 1, Buffer.from(output.view())));
    return output.length;
  };
  const answers: string[][] = [];
  const response = new ResponseHead();
  let started = false;
  for await (const { type, flags, stream, payload } of framesOf(socket)) {
    if (type === Frame.settings && (flags & 1) === 0) {
      for (let at = 0; at < payload.length; at += 6)
        if (payload.readUInt16BE(at) === 1) encoder.setMaxTableBytes(payload.readUInt32BE(at + 2));
      socket.write(frame(Frame.settings, 1, 0, Buffer.alloc(0)));
    }
    // Once it has our settings: until then its answers are for tables of the usual size.
    if (type === Frame.settings && (flags & 1) === 1 && !started) {
      started = true;
      for (let i = 0; i < REQUESTS; i++) send(i);
    }
    if (type !== Frame.headers) continue;
    expect(readResponseHead(decoder, response, payload, 0, payload.length, DEFAULT_HEAD_LIMITS)).toBe(BlockResult.ok);
    const fields: string[] = [];
    response.forEach((name, value) => fields.push(name, value));
    answers[(stream - 1) / 2] = [String(response.status), ...fields];
    if (stream === 2 * REQUESTS - 1) break;
  }
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));

  for (let i = 0; i < REQUESTS; i++) {
    expect(seen[i]).toEqual([
      ...[':method', 'GET', ':scheme', 'http', ':authority', `host-${i % 3}`, ':path', i % 5 === 0 ? '/' : `/path/${i % 4}`],
      ...fieldsOf(i).flat(),
      ...(i % 2 === 0 ? ['content-length', '0'] : []),
    ]);
    const { date, ...rest } = Object.fromEntries(pairs(answers[i]!.slice(1)));
    expect(date).toMatch(/GMT$/);
    expect([answers[i]![0], rest]).toEqual(['200', Object.fromEntries(fieldsOf(i).filter(([name]) => name !== 'authorization'))]);
  }
});

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!]);
}
