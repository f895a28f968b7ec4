import { afterEach, expect, it } from '@jest/globals';
import { forwardTo, get, route, Wire } from '../testing';

const wire = new Wire();
afterEach(() => wire.stop());

const LARGE = 64 * 1024 * 1024;

/** How much an endpoint gets rid of while the client reads nothing. */
async function taken(limit: number): Promise<number> {
  let sent = 0;
  const { port: upstream } = await wire.server((socket) => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${LARGE}\r\n\r\n`);
      const piece = Buffer.alloc(16 * 1024);
      const more = (): void => {
        while (socket.write(piece)) sent += piece.length;
        sent += piece.length;
      };
      socket.on('drain', more);
      more();
    });
  });
  const proxy = await wire.proxyTo([upstream], [route('/', forwardTo('backend'))], { cluster: { perConnectionBufferLimitBytes: limit } });
  const client = await wire.connect(proxy.port);
  client.socket.pause();
  client.send(get('/'));
  await new Promise((done) => setTimeout(done, 300));
  return sent;
}

it('a client that reads nothing holds up the endpoint, whatever the limit', async () => {
  for (const limit of [1, 1024 * 1024]) expect(await taken(limit)).toBeLessThan(LARGE);
});

it('a small limit carries a large response all the same', async () => {
  const body = 'x'.repeat(1_000_000);
  const backend = await wire.backend(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  for (const limit of [0, 1, 5000]) {
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend'))], {
      cluster: { perConnectionBufferLimitBytes: limit },
    });
    expect((await wire.request(proxy.port, get('/'))).body).toBe(body);
  }
});
