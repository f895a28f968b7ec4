import { afterEach, expect, it } from '@jest/globals';
import { systemRandom } from '@lateen/base';
import { assignment, cluster, endpoint, eventually, forwardTo, ok, route, Wire } from '../testing';
import { type UpstreamRequest } from '../http/codec';
import { ClusterRuntime } from './cluster';
import { TlsContexts } from './tls-contexts';

const wire = new Wire();
afterEach(() => wire.stop());

const CLIENT = { remote: { address: '127.0.0.1', port: 1 }, local: { address: '127.0.0.1', port: 2 } };

it.each([{ protocol: 'http1' }, { protocol: 'http2' }] as const)(
  'serves requests that waited for a connection when their endpoint went: $protocol',
  async ({ protocol }) => {
    const backend = await wire.backend(ok());
    const config = cluster('c', { upstreamProtocol: protocol });
    const runtime = new ClusterRuntime(config, { tlsContexts: new TlsContexts(), random: systemRandom, labelsOf: () => undefined });
    runtime.update(config, assignment('c', [endpoint(backend.port)]));
    const pool = runtime.pick(undefined)?.poolFor(protocol, { kind: 'raw' }, undefined, undefined, CLIENT);
    const served: UpstreamRequest[] = [];
    const failed: string[] = [];
    for (let i = 0; i < 3; i++) {
      const now = pool?.acquire(
        { onConnection: (connection) => void served.push(connection), onConnectFailure: (reason) => void failed.push(reason) },
        false,
      );
      expect(now).toBeUndefined();
    }
    runtime.update(config, assignment('c', [endpoint(1)]));
    await eventually(() => served.length + failed.length === 3);
    expect(failed).toEqual([]);
    runtime.retire();
  },
);

it('closes a connection that was idle for as long as it may be, and hardly longer', async () => {
  const took: number[] = [];
  // A busy machine may be late now and then; half a second each time was the wheel's.
  for (let i = 0; i < 4; i++) {
    let served = 0;
    const closed = new Promise<number>((done) => {
      void wire
        .server((socket) => {
          socket.on('data', () => {
            served = performance.now();
            socket.write(ok());
          });
          socket.on('end', () => done(performance.now() - served));
        })
        .then(async ({ port: backend }) => {
          const http = { ...cluster('c').http, idleTimeoutMs: 100 };
          const { port } = await wire.proxyTo([backend], [route('/', forwardTo('backend'))], { cluster: { http } });
          await wire.request(port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
        });
    });
    took.push(await closed);
  }
  expect(Math.min(...took)).toBeGreaterThanOrEqual(99);
  expect(Math.min(...took)).toBeLessThan(400);
});
