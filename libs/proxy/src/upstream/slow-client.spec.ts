import { connect } from 'node:http2';
import { afterEach, expect, it } from '@jest/globals';
import { forwardTo, get, ok, route, Wire } from '../testing';

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
