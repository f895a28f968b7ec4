import { connect } from 'node:http2';
import { afterEach, expect, it } from '@jest/globals';
import { eventually, forwardTo, get, ok, route, Wire } from '../testing';

const wire = new Wire();
afterEach(() => wire.stop());

it('a client that took no more and left does not hold up the next one on the same upstream connection', async () => {
  const backend = await wire.backend(ok('x'.repeat(8000)));
  const { port } = await wire.proxyTo([backend.port], [route('/', forwardTo('backend'))]);
  const slow = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 1 } });
  slow.on('error', () => undefined);
  const stream = slow.request({ ':path': '/' });
  stream.on('error', () => undefined);
  await new Promise((done) => stream.once('response', done));
  slow.destroy();
  expect((await wire.request(port, get('/'))).body).toHaveLength(8000);
  expect(backend.connections()).toBe(1);
});

it('a client that reads none of its answers is not served more and more of them', async () => {
  const body = 'x'.repeat(16 * 1024);
  const backend = await wire.backend(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend'))]);
  const client = await wire.connect(proxy.port);
  client.socket.pause();
  client.send(get('/').repeat(2000));
  let before = -1;
  while (before !== backend.requests.length) {
    before = backend.requests.length;
    await new Promise((done) => setTimeout(done, 300));
  }
  // What kernel buffers and the proxy's own hold, and no more.
  expect(before).toBeLessThan(1000);
  client.socket.resume();
  await eventually(() => backend.requests.length === 2000);
});
