import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer as createTlsServer } from 'node:tls';
import { createServer, type AddressInfo, connect as connectPlain } from 'node:net';
import { type TransportSocket } from '@lateen/proxy-config';
import { parseProxyProtocol } from '../listener/proxy-protocol';
import {
  assignment,
  cluster,
  dataPlane,
  endpoint,
  eventually,
  forwardTo,
  get,
  listener,
  manager,
  ok,
  portOf,
  route,
  snapshot,
  Wire,
} from '../testing';
import { testAuthority } from '@lateen/proxy-config/testing';
import { meshSecrets, outboundTls } from '../testing/mesh-tls';
import { proxyHeader } from './proxy-header';

const wire = new Wire();
afterEach(() => wire.stop());

const ipv4 = { address: '192.0.2.1', port: 40000 };
const other4 = { address: '198.51.100.2', port: 443 };
const ipv6 = { address: '2001:db8::1:0:0:7', port: 40001 };
const other6 = { address: '::1', port: 65535 };

describe('the PROXY header for an endpoint', () => {
  it.each([
    { name: 'IPv4', remote: ipv4, local: other4, want: 'PROXY TCP4 192.0.2.1 198.51.100.2 40000 443\r\n' },
    { name: 'IPv6', remote: ipv6, local: other6, want: 'PROXY TCP6 2001:db8::1:0:0:7 ::1 40001 65535\r\n' },
    { name: 'of two families', remote: ipv4, local: other6, want: 'PROXY UNKNOWN\r\n' },
  ])('in version 1, $name', ({ remote, local, want }) => expect(proxyHeader(1, { remote, local }).latin1Slice()).toBe(want));

  it.each([
    { name: 'IPv4', remote: ipv4, local: other4 },
    { name: 'IPv6', remote: ipv6, local: other6 },
    { name: 'all groups', remote: { address: '1:2:3:4:5:6:7:8', port: 1 }, local: { address: '2001:db8::', port: 0 } },
    { name: 'of two families', remote: ipv4, local: other6 },
    { name: 'with IPv4 at the end', remote: { address: '64:ff9b::192.0.2.33', port: 1 }, local: other6, read: '64:ff9b::c000:221' },
  ])('in version 2, $name, is read back', ({ remote, local, read }) => {
    const bytes = proxyHeader(2, { remote, local });
    expect(parseProxyProtocol(bytes)).toEqual({
      kind: 'header',
      version: 2,
      length: bytes.length,
      extensions: 0,
      addresses: { source: { ...remote, address: read ?? remote.address }, destination: local },
    });
  });
});

/** A proxy of HTTP and of TCP over one endpoint that is told who the client is. */
async function telling(port: number, transportSocket: TransportSocket, secrets = new Map()) {
  const plane = dataPlane();
  wire.onStop(() => plane.stop(0));
  await plane.apply(
    snapshot({
      listeners: [
        listener('http', { filters: [{ kind: 'http', manager: manager([route('/', forwardTo('app'))]) }] }),
        listener('tcp', {
          filters: [
            {
              kind: 'tcp_proxy',
              statPrefix: 'tcp',
              clusters: [{ name: 'app', weight: 1 }],
              totalWeight: 1,
              idleTimeoutMs: 0,
              maxDownstreamConnectionDurationMs: 0,
              maxConnectAttempts: 1,
              accessLogs: [],
            },
          ],
        }),
      ],
      clusters: [cluster('app', { transportSocket })],
      endpoints: [assignment('app', [endpoint(port)])],
      secrets,
    }),
  );
  return { plane, http: portOf(plane, 'http'), tcp: portOf(plane, 'tcp') };
}

describe('an endpoint that is told of clients', () => {
  it.each([
    { name: 'HTTP', kind: 'http' as const, version: 1 as const },
    { name: 'TCP', kind: 'tcp' as const, version: 1 as const },
    { name: 'TCP', kind: 'tcp' as const, version: 2 as const },
  ])('hears of each on a connection of its own, in version $version: $name', async ({ kind, version }) => {
    const heard: string[] = [];
    const server = await wire.server((socket) => {
      let bytes = Buffer.alloc(0);
      let length = 0;
      socket.on('data', (more) => {
        bytes = Buffer.concat([bytes, more]);
        const seen = parseProxyProtocol(bytes);
        if (length === 0 && seen.kind === 'header') {
          length = seen.length;
          heard.push(`v${seen.version} ${seen.addresses?.source.port} ${seen.addresses?.destination.port}`);
        }
        while (length > 0 && bytes.indexOf('\r\n\r\n', length) !== -1) {
          bytes = Buffer.concat([bytes.subarray(0, length), bytes.subarray(bytes.indexOf('\r\n\r\n', length) + 4)]);
          socket.write(ok());
        }
      });
    });
    const proxy = await telling(server.port, { kind: 'raw', proxyProtocol: version });
    const want: string[] = [];
    for (let i = 0; i < 3; i++) {
      const client = await wire.connect(proxy[kind]);
      want.push(`v${version} ${client.socket.localPort} ${proxy[kind]}`);
      for (let request = 0; request < 2; request++) {
        client.send(get());
        expect((await client.response()).status).toBe(200);
      }
    }
    expect(heard).toEqual(want);
    expect(server.connections()).toBe(3);
  });

  it('hears of the client before TLS begins', async () => {
    const authority = testAuthority('root');
    const secrets = meshSecrets('spiffe://cluster.local/ns/default/sa/b', authority);
    const { certificate, privateKey } = authority.leaf('spiffe://cluster.local/ns/default/sa/b');
    const secure = createTlsServer({ cert: certificate, key: privateKey }, (socket) => {
      wire.onStop(() => socket.destroy());
      socket.on('data', () => socket.write(ok('secure')));
    });
    await new Promise<void>((done) => secure.listen(0, '127.0.0.1', done));
    wire.onStop(() => secure.close());
    let heard = '';
    // Takes the header off, and passes the rest on to a TLS server.
    const server = createServer((socket) => {
      wire.onStop(() => socket.destroy());
      socket.once('data', (bytes) => {
        const seen = parseProxyProtocol(bytes);
        if (seen.kind !== 'header') return;
        heard = `${seen.addresses?.source.port}`;
        const inner = connectPlain({ port: (secure.address() as AddressInfo).port, host: '127.0.0.1' });
        inner.write(bytes.subarray(seen.length));
        socket.pipe(inner).pipe(socket);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    wire.onStop(() => server.close());
    const proxy = await telling(
      (server.address() as AddressInfo).port,
      { kind: 'tls', tls: outboundTls('spiffe://cluster.local/'), proxyProtocol: 2 },
      secrets,
    );
    const client = await wire.connect(proxy.http);
    client.send(get());
    expect(await client.response()).toMatchObject({ status: 200, body: 'secure' });
    await eventually(() => heard !== '');
    expect(heard).toBe(String(client.socket.localPort));
  });
});
