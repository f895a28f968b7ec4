import { connect as connectTls } from 'node:tls';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { inspectHttp, type HttpInspection } from './inspect-http';
import { inspectTls, MAX_CLIENT_HELLO_BYTES, TlsInspector } from './inspect-tls';

/** The client hello that Node sends for these options. */
async function clientHello(options: { servername?: string; ALPNProtocols?: string[] }): Promise<Buffer> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const first = new Promise<Buffer>((resolve) =>
    server.once('connection', (socket) => socket.once('data', (bytes) => resolve((socket.destroy(), bytes)))),
  );
  const client = connectTls({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  client.on('error', () => undefined);
  const hello = await first;
  client.destroy();
  server.close();
  return hello;
}

/** The same handshake bytes in records of at most `size` bytes. */
function inSmallRecords(record: Buffer, size: number): Buffer {
  const body = record.subarray(5);
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    parts.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(parts);
}

describe('inspectTls', () => {
  it('reads the name and the protocols of a real client hello', async () => {
    expect(inspectTls(await clientHello({ servername: 'Reviews.Default.SVC', ALPNProtocols: ['istio', 'h2'] }))).toEqual({
      kind: 'tls',
      serverName: 'reviews.default.svc',
      applicationProtocols: ['istio', 'h2'],
    });
  });

  it('knows a hello without either', async () => {
    expect(inspectTls(await clientHello({ servername: '' }))).toEqual({ kind: 'tls', serverName: undefined, applicationProtocols: [] });
  });

  it('waits for every byte but the last, and reads a hello cut into records', async () => {
    const hello = await clientHello({ servername: 'a.b', ALPNProtocols: ['istio'] });
    for (let length = 0; length < hello.length; length++) expect(inspectTls(hello.subarray(0, length))).toEqual({ kind: 'incomplete' });
    const cut = inSmallRecords(hello, 50);
    expect(inspectTls(cut)).toEqual({ kind: 'tls', serverName: 'a.b', applicationProtocols: ['istio'] });
    for (let length = 0; length < cut.length; length++) expect(inspectTls(cut.subarray(0, length)).kind).toBe('incomplete');
  });

  const plain: readonly { name: string; bytes: Buffer }[] = [
    { name: 'an HTTP request', bytes: Buffer.from('GET / HTTP/1.1\r\n') },
    { name: 'a record of another type', bytes: Buffer.from([23, 3, 1, 0, 1, 0]) },
    { name: 'a handshake that is no client hello', bytes: Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0]) },
    { name: 'a version TLS never had', bytes: Buffer.from([22, 9]) },
    { name: 'a record longer than a record may be', bytes: Buffer.from([22, 3, 1, 0x50, 0]) },
    { name: 'a hello that says it is longer than one may be', bytes: Buffer.from([22, 3, 1, 0, 4, 1, 0, 0x40, 1]) },
    { name: 'a change of ciphers within a hello', bytes: Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 50, 20, 3, 3, 0, 1, 1]) },
    { name: 'an empty hello', bytes: Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0]) },
    { name: 'another message behind a hello in its record', bytes: Buffer.from([22, 3, 1, 0, 8, 1, 0, 0, 0, 11, 0, 0, 0]) },
    { name: 'a fatal alert', bytes: Buffer.from([21, 3, 1, 0, 2, 2, 40]) },
    { name: 'records without content', bytes: Buffer.concat(Array.from({ length: 33 }, () => Buffer.from([22, 3, 1, 0, 0]))) },
  ];
  it.each(plain)('takes $name for plain bytes', ({ bytes }) => expect(inspectTls(bytes)).toEqual({ kind: 'plain' }));

  const refused: readonly { name: string; bytes: Buffer }[] = [
    { name: 'an end before it began', bytes: Buffer.from([21, 3, 1, 0, 2, 1, 0]) },
    { name: 'a hello without an end', bytes: Buffer.concat([Buffer.from([22, 3, 1, 0x40, 0]), Buffer.alloc(MAX_CLIENT_HELLO_BYTES)]) },
  ];
  it.each(refused)('refuses $name', ({ bytes }) => expect(inspectTls(bytes)).toEqual({ kind: 'refused' }));

  it('looks at a hello byte by byte as at the whole', async () => {
    const cut = inSmallRecords(await clientHello({ servername: 'a.b', ALPNProtocols: ['istio'] }), 7);
    const inspector = new TlsInspector();
    for (let length = 0; length < cut.length; length++) expect(inspector.look(cut.subarray(0, length)).kind).toBe('incomplete');
    expect(inspector.look(cut)).toEqual({ kind: 'tls', serverName: 'a.b', applicationProtocols: ['istio'] });
  });

  it('never throws and never reads a name that is not there, whatever byte is wrong', async () => {
    const hello = await clientHello({ servername: 'a.b', ALPNProtocols: ['istio'] });
    for (let i = 0; i < hello.length; i++) {
      const damaged = Buffer.from(hello);
      damaged[i] = (damaged[i] ?? 0) ^ 0xa5;
      const result = inspectTls(damaged);
      if (result.kind === 'tls' && result.serverName !== undefined) expect(result.serverName).toMatch(/^[a-z0-9._-]+$/);
    }
  });
});

describe('inspectHttp', () => {
  const cases: readonly { bytes: string; want: HttpInspection }[] = [
    { bytes: '', want: 'incomplete' },
    { bytes: 'GET / HTTP/1.1\r\n', want: 'http/1.1' },
    { bytes: 'GET / HTTP/1.0\r\n', want: 'http/1.0' },
    { bytes: 'M-SEARCH * HTTP/1.1\r\n', want: 'http/1.1' },
    { bytes: 'GET /', want: 'incomplete' },
    { bytes: 'PRI * HT', want: 'incomplete' },
    { bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', want: 'h2c' },
    { bytes: 'PRI * HTTP/1.1\r\n', want: 'http/1.1' },
    { bytes: 'GET / SPDY/3\r\n', want: 'other' },
    { bytes: '*1\r\n$4\r\nPING\r\n', want: 'other' },
    { bytes: ' GET / HTTP/1.1\r\n', want: 'other' },
    { bytes: 'get / HTTP/1.1\r\n', want: 'other' },
    { bytes: `${'A'.repeat(33)} / HTTP/1.1\r\n`, want: 'other' },
  ];
  it.each(cases)('$bytes → $want', ({ bytes, want }) => expect(inspectHttp(Buffer.from(bytes))).toBe(want));
});
