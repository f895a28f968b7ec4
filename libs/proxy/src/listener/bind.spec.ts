import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { dataPlane, eventually, get, listener, manager, route, snapshot, Wire } from '../testing';

const wire = new Wire();
afterEach(() => wire.stop());

async function taken(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  wire.onStop(() => server.close());
  return { server, port: (server.address() as AddressInfo).port };
}

const listenerOn = (port: number) =>
  listener(
    'late',
    { filters: [{ kind: 'http', manager: manager([route('/', { kind: 'directResponse', status: 200, body: 'here' })]) }] },
    { address: { address: '127.0.0.1', port } },
  );

describe('an address that is taken', () => {
  it('is named, tried again, and opened once it is free', async () => {
    const { server, port } = await taken();
    const plane = dataPlane();
    wire.onStop(() => plane.stop(0));
    await plane.apply(snapshot({ listeners: [listenerOn(port)], clusters: [], endpoints: [] }));
    expect(plane.failingListeners()).toEqual([
      { name: 'late', address: { address: '127.0.0.1', port }, error: expect.stringContaining('EADDRINUSE'), attempts: 1 },
    ]);
    expect([...plane.listeners()]).toEqual([]);
    await eventually(() => plane.failingListeners()[0]?.attempts === 2);
    server.close();
    await eventually(() => plane.failingListeners().length === 0);
    expect((await wire.request(port, get())).body).toBe('here');
    expect(new Map(plane.stats()).get('listener_manager.listener_create_failure')).toBeGreaterThanOrEqual(2);
  });

  it('is forgotten when nobody wants it any more', async () => {
    const { port } = await taken();
    const plane = dataPlane();
    wire.onStop(() => plane.stop(0));
    await plane.apply(snapshot({ listeners: [listenerOn(port)], clusters: [], endpoints: [] }));
    await plane.apply(snapshot({ version: 2, listeners: [], clusters: [], endpoints: [] }));
    expect(plane.failingListeners()).toEqual([]);
  });
});
