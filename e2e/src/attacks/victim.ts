import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

/** What the latencies of a while were, in milliseconds. */
export interface Latencies {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

type Order = { readonly type: 'aim'; readonly port: number } | { readonly type: 'begin' } | { readonly type: 'end' };

const PAUSE_MS = 2;
const REQUEST = 'GET / HTTP/1.1\r\nhost: victim\r\n\r\n';
const BIG = Buffer.alloc(4 * 1024 * 1024, 'big ');

/** Somebody else's process: a server behind the proxy, and, once aimed, a client that asks it again and again. */
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
    if (order.type === 'aim') ask(order.port, (ms) => samples.push(ms));
    else if (order.type === 'begin') samples = [];
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
