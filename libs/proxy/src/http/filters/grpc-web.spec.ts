import { connect, createServer, type IncomingHttpHeaders } from 'node:http2';
import { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type HttpFilter } from '@lateen/proxy-config';
import { forwardTo, route } from '../../testing/fixtures';
import { Wire, type WireProxy } from '../../testing/wire';
import { GrpcFrames } from '../grpc-frames';
import { Base64Messages } from './grpc-web';

const wire = new Wire();
afterEach(() => wire.stop());

const message = (text: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, 0, text.length]), Buffer.from(text)]);
const base64 = (...messages: readonly Buffer[]): string => messages.map((bytes) => bytes.toString('base64')).join('');

/** A gRPC server: says every request message back, twice over, then the status. */
async function grpcServer(status = '0') {
  const seen: { readonly headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer();
  server.on('session', (session) => {
    wire.onStop(() => session.destroy());
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers) => {
    const parts: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (bytes: Buffer) => parts.push(bytes));
    stream.on('end', () => {
      const body = Buffer.concat(parts);
      seen.push({ headers, body: body.toString('latin1') });
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status, 'grpc-message': 'as is' }));
      stream.write(body);
      stream.end(body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  wire.onStop(() => server.close());
  return { port: (server.address() as AddressInfo).port, seen };
}

const filters: readonly HttpFilter[] = [
  { kind: 'grpc_web', name: 'envoy.filters.http.grpc_web' },
  { kind: 'grpc_stats', name: 'envoy.filters.http.grpc_stats', methods: new Map([['pkg.Svc', new Set(['Own'])]]) },
  { kind: 'router', name: 'envoy.filters.http.router', suppressEnvoyHeaders: false },
];

const proxyTo = async (ports: readonly number[]): Promise<WireProxy> =>
  await wire.proxyTo(ports, [route('/', forwardTo('backend'))], {
    manager: { httpFilters: filters },
    cluster: { upstreamProtocol: 'http2' },
  });

/** A browser's call over HTTP/1.1, its body in the parts given. */
async function call1(port: number, type: string, parts: readonly (string | Buffer)[], accept = type, path = '/pkg.Svc/Any') {
  const client = await wire.connect(port);
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  client.send(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nAccept: ${accept}\r\nContent-Length: ${length}\r\n\r\n`);
  for (const part of parts) {
    client.send(typeof part === 'string' ? part : part.toString('latin1'));
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  const { status, headers, body } = await client.response();
  return { status, headers, body: Buffer.from(dechunked(body), 'latin1') };
}

function dechunked(text: string): string {
  let [rest, body] = [text, ''];
  for (let match = /^([0-9a-f]+)\r\n/.exec(rest); match !== null && match[1] !== '0'; match = /^([0-9a-f]+)\r\n/.exec(rest)) {
    const size = Number.parseInt(match[1]!, 16);
    body += rest.slice(match[0].length, match[0].length + size);
    rest = rest.slice(match[0].length + size + 2);
  }
  return body;
}

/** What a client reads: messages, and the trailers in the last frame. */
function framesOf(bytes: Buffer): { readonly messages: readonly string[]; readonly trailers: string } {
  const messages: string[] = [];
  let trailers = '';
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUInt32BE(at + 1);
    const text = bytes.toString('latin1', at + 5, at + 5 + size);
    if (bytes[at] === 0x80) trailers += text;
    else messages.push(text);
    at += 5 + size;
  }
  return { messages, trailers };
}

/** Base64 whose parts are padded one by one. */
const decoded = (text: string): Buffer => Buffer.concat((text.match(/[^=]+=*/g) ?? []).map((part) => Buffer.from(part, 'base64')));

describe('gRPC-Web', () => {
  const hello = message('hello');
  const you = message('you');
  const want = { messages: ['hello', 'you', 'hello', 'you'], trailers: 'grpc-status:0\r\ngrpc-message:as is\r\n' };

  it('binary, over HTTP/1.1', async () => {
    const server = await grpcServer();
    const proxy = await proxyTo([server.port]);
    const { status, headers, body } = await call1(proxy.port, 'application/grpc-web+proto', [hello, you]);
    expect([status, headers['content-type']]).toEqual([200, 'application/grpc-web+proto']);
    expect(framesOf(body)).toEqual(want);
    const seen = server.seen[0]!;
    expect(seen.headers).toMatchObject({ 'content-type': 'application/grpc', te: 'trailers', 'grpc-accept-encoding': 'identity' });
    expect(seen.headers).not.toHaveProperty('content-length');
    expect(seen.body).toBe(Buffer.concat([hello, you]).toString('latin1'));
  });

  it.each([
    { name: 'in one piece', parts: [base64(Buffer.concat([hello, you]))] },
    { name: 'padded in the middle', parts: [base64(hello, you)] },
    { name: 'byte by byte', parts: [...base64(hello, you)] },
  ])('text, over HTTP/1.1: $name', async ({ parts }) => {
    const server = await grpcServer();
    const proxy = await proxyTo([server.port]);
    const { headers, body } = await call1(proxy.port, 'application/grpc-web-text', parts);
    expect(headers['content-type']).toBe('application/grpc-web-text+proto');
    expect(framesOf(decoded(body.toString('latin1')))).toEqual(want);
    expect(server.seen[0]!.body).toBe(Buffer.concat([hello, you]).toString('latin1'));
  });

  it('binary in, text out', async () => {
    const server = await grpcServer('5');
    const proxy = await proxyTo([server.port]);
    const { body } = await call1(proxy.port, 'application/grpc-web', [hello], 'application/grpc-web-text');
    expect(framesOf(decoded(body.toString('latin1'))).trailers).toMatch(/^grpc-status:5\r\n/);
  });

  it('over HTTP/2, where it has no trailers either', async () => {
    const server = await grpcServer();
    const proxy = await proxyTo([server.port]);
    const session = connect(`http://127.0.0.1:${proxy.port}`);
    wire.onStop(() => session.destroy());
    const stream = session.request({ ':method': 'POST', ':path': '/pkg.Svc/Any', 'content-type': 'application/grpc-web' });
    const parts: Buffer[] = [];
    let trailers: IncomingHttpHeaders | undefined;
    stream.on('data', (bytes: Buffer) => parts.push(bytes));
    stream.on('trailers', (fields) => (trailers = fields));
    stream.end(Buffer.concat([hello, you]));
    await new Promise((resolve) => stream.once('close', resolve));
    expect(framesOf(Buffer.concat(parts))).toEqual(want);
    expect(trailers).toBeUndefined();
  });

  it('hears of a failure of ours in its own words, and in those of HTTP', async () => {
    const proxy = await proxyTo([]);
    const { status, headers, body } = await call1(proxy.port, 'application/grpc-web', [hello]);
    expect([status, headers['content-type'], headers['grpc-status'], body.length]).toEqual([503, 'application/grpc-web+proto', '14', 0]);
  });

  it.each([
    { name: 'no base64', parts: ['****'], details: 'grpc_base_64_decode_failed' },
    { name: 'base64 cut short', parts: [base64(hello).slice(0, -1)], details: 'grpc_base_64_decode_failed_bad_size' },
  ])('is refused: $name', async ({ parts, details }) => {
    const server = await grpcServer();
    const proxy = await proxyTo([server.port]);
    const { headers } = await call1(proxy.port, 'application/grpc-web-text', parts);
    expect(headers['grpc-message']).toBe('Bad gRPC-web request, invalid base64 data.');
    expect(server.seen).toEqual([]);
    expect(proxy.log()).toEqual([expect.stringMatching(new RegExp(`${details}$`))]);
  });

  it('leaves everything else alone', async () => {
    const server = await grpcServer();
    const proxy = await proxyTo([server.port]);
    const { body } = await call1(proxy.port, 'application/octet-stream', [hello]);
    expect(framesOf(body)).toEqual({ messages: ['hello', 'hello'], trailers: '' });
    expect(server.seen[0]!.headers['content-type']).toBe('application/octet-stream');
  });
});

describe('gRPC statistics', () => {
  it('count calls and messages by cluster, and by method where that is configured', async () => {
    const good = await grpcServer();
    const proxy = await proxyTo([good.port]);
    await call1(proxy.port, 'application/grpc-web', [message('a'), message('b')]);
    await call1(proxy.port, 'application/grpc', [message('a')]);
    await call1(proxy.port, 'application/grpc-web', [message('a')], undefined, '/pkg.Svc/Own');
    await call1(proxy.port, 'text/plain', ['x']);
    const grpc = [...proxy.plane.stats()].filter(([name]) => name.startsWith('cluster.backend.grpc.'));
    expect(Object.fromEntries(grpc)).toEqual({
      'cluster.backend.grpc.0': 2,
      'cluster.backend.grpc.success': 2,
      'cluster.backend.grpc.total': 2,
      'cluster.backend.grpc.request_message_count': 3,
      'cluster.backend.grpc.response_message_count': 6,
      'cluster.backend.grpc.pkg.Svc.Own.0': 1,
      'cluster.backend.grpc.pkg.Svc.Own.success': 1,
      'cluster.backend.grpc.pkg.Svc.Own.total': 1,
      'cluster.backend.grpc.pkg.Svc.Own.request_message_count': 1,
      'cluster.backend.grpc.pkg.Svc.Own.response_message_count': 2,
    });
  });

  it('count failures', async () => {
    const server = await grpcServer('7');
    const proxy = await proxyTo([server.port]);
    await call1(proxy.port, 'application/grpc', [message('a')]);
    const stats = new Map(proxy.plane.stats());
    expect([
      stats.get('cluster.backend.grpc.7'),
      stats.get('cluster.backend.grpc.failure'),
      stats.get('cluster.backend.grpc.success'),
    ]).toEqual([1, 1, undefined]);
  });
});

describe('messages in content', () => {
  const content = Buffer.concat([message(''), message('one'), message('x'.repeat(200)), message('')]);

  it('are counted alike however it is cut', () => {
    for (let size = 1; size <= content.length; size++) {
      const frames = new GrpcFrames();
      for (let at = 0; at < content.length; at += size) frames.add(content, at, Math.min(content.length, at + size));
      expect([frames.count, frames.atBoundary]).toEqual([4, true]);
    }
  });

  it('can be read from base64 as soon as they are whole', () => {
    for (let size = 1; size <= content.length; size++) {
      const encoder = new Base64Messages();
      let text = '';
      for (let at = 0; at < content.length; at += size) text += encoder.encode(content.subarray(at, at + size)).toString('latin1');
      expect(decoded(text).equals(content)).toBe(true);
    }
  });
});
