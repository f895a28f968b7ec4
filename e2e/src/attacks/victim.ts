import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { frame, FRAME, PREFACE, word } from '../differential/peers/h2';
import { literalName, request, settingsFrame, streamId } from './h2-bytes';

/** What the latencies of a while were, in milliseconds. */
export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

type Order = { readonly type: 'aim'; readonly h1: number; readonly h2: number } | { readonly type: 'begin' } | { readonly type: 'end' };

const PAUSE_MS = 2;
const REQUEST = 'GET / HTTP/1.1\r\nhost: victim\r\n\r\n';
const BIG = Buffer.alloc(4 * 1024 * 1024, 'big ');

/** Somebody else's process: a server behind the proxy, and, once aimed, clients of both protocols that ask it again and again. */
export function runVictim(): void {
  const server = createServer((request, response) => {
    request.on('error', () => undefined).resume();
    response.on('error', () => undefined);
    if (request.url === '/big') response.end(BIG);
    else request.on('end', () => response.end('an answer of some length, as answers are\n'.repeat(5)));
  });
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send?.({ port: (server.address() as AddressInfo).port }));
  let samples: number[] = [];
  process.on('disconnect', () => process.exit(0));
  process.on('message', (order: Order) => {
    if (order.type === 'aim') {
      ask(order.h1, (ms) => samples.push(ms));
      askHttp2(order.h2, (ms) => samples.push(ms));
    } else if (order.type === 'begin') samples = [];
    else {
      const sorted = samples.sort((a, b) => a - b);
      const at = (ratio: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * ratio))] ?? Infinity;
      process.send?.({ count: sorted.length, p50: at(0.5), p99: at(0.99) } satisfies Latencies);
    }
  });
}

/** One request after the other on one connection, a new one when that ends; a failure counts as a second. */
function ask(port: number, took: (ms: number) => void): void {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.setNoDelay(true);
  let text = '';
  let since = 0;
  const send = (): void => {
    since = performance.now();
    socket.write(REQUEST);
  };
  socket.on('connect', send);
  socket.on('data', (bytes: Buffer) => {
    text += bytes.latin1Slice();
    const head = text.indexOf('\r\n\r\n');
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
    if (head < 0 || text.length < head + 4 + length) return;
    took(text.startsWith('HTTP/1.1 200') ? performance.now() - since : 1000);
    text = '';
    setTimeout(send, PAUSE_MS);
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    took(1000);
    setTimeout(() => ask(port, took), 50);
  });
}

const BLOCK = Buffer.concat([Buffer.from([0x82, 0x84, 0x86]), literalName(1, 'victim')]);

/** As `ask`, one stream after the other. */
function askHttp2(port: number, took: (ms: number) => void): void {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.setNoDelay(true);
  let since = 0;
  let streams = 0;
  let held: Buffer = Buffer.alloc(0);
  const send = (): void => {
    since = performance.now();
    socket.write(request(streamId(streams++), BLOCK));
  };
  socket.on('connect', () => {
    socket.write(Buffer.concat([Buffer.from(PREFACE), settingsFrame([4, 0x7fff_ffff])]));
    send();
  });
  socket.on('data', (bytes: Buffer) => {
    held = Buffer.concat([held, bytes]);
    while (held.length >= 9 && held.length >= 9 + held.readUIntBE(0, 3)) {
      const [size, type, flags] = [held.readUIntBE(0, 3), held[3]!, held[4]!];
      held = held.subarray(9 + size);
      if (type === FRAME.settings && (flags & 1) === 0) socket.write(frame(FRAME.settings, 1, 0));
      if (type === FRAME.data && size > 0) socket.write(frame(FRAME.windowUpdate, 0, 0, word(size)));
      if (type === FRAME.rstStream) took(1000);
      if (type !== FRAME.rstStream && (type > FRAME.headers || (flags & 1) === 0)) continue;
      took(performance.now() - since);
      setTimeout(send, PAUSE_MS);
    }
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    took(1000);
    setTimeout(() => askHttp2(port, took), 50);
  });
}
