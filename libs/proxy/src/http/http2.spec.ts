import { connect, constants, createServer, type ClientHttp2Session, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { forwardTo, route } from '../testing/fixtures';
import { get, ok, Wire } from '../testing/wire';

const wire = new Wire();
afterEach(() => wire.stop());

interface Seen {
  readonly headers: IncomingHttpHeaders;
  body: string;
  trailers?: IncomingHttpHeaders;
}

/** An HTTP/2 server of the runtime's own; `answer` gets each stream once its request is whole. */
async function backend(
  answer: (stream: ServerHttp2Stream, seen: Seen) => void,
): Promise<{ port: number; seen: Seen[]; sessions: () => number }> {
  const seen: Seen[] = [];
  let sessions = 0;
  const server = createServer();
  server.on('session', (session) => {
    sessions++;
    wire.onStop(() => session.destroy());
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers) => {
    const entry: Seen = { headers, body: '' };
    seen.push(entry);
    stream.on('error', () => undefined);
    stream.on('data', (bytes: Buffer) => (entry.body += bytes.toString('latin1')));
    stream.on('trailers', (trailers) => (entry.trailers = trailers));
    stream.on('end', () => answer(stream, entry));
    stream.resume();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  wire.onStop(() => server.close());
  return { port: (server.address() as AddressInfo).port, seen, sessions: () => sessions };
}

interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly trailers: IncomingHttpHeaders | undefined;
  readonly code: number | undefined;
}

function client(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  wire.onStop(() => session.destroy());
  return session;
}

function request(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body?: string | Buffer,
  trailers?: Record<string, string>,
): Promise<Response> {
  return new Promise((resolve) => {
    const stream = session.request(
      { ':path': '/', ':authority': 'a.example', ...headers },
      { endStream: body === undefined, waitForTrailers: trailers !== undefined },
    );
    let [status, text] = [0, ''];
    let head: IncomingHttpHeaders = {};
    let last: IncomingHttpHeaders | undefined;
    stream.on('error', () => undefined);
    stream.on('wantTrailers', () => stream.sendTrailers(trailers ?? {}));
    stream.on('response', (fields) => ([status, head] = [fields[':status'] ?? 0, fields]));
    stream.on('trailers', (fields) => (last = fields));
    stream.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
    stream.on('close', () => resolve({ status, headers: head, body: text, trailers: last, code: stream.rstCode }));
    if (body !== undefined) stream.end(body);
  });
}

const toHttp2 = { cluster: { upstreamProtocol: 'http2' } } as const;

describe('HTTP/2 on both sides', () => {
  it('passes a request on, and its response back', async () => {
    const server = await backend((stream) => {
      stream.respond({ ':status': 201, 'x-from': 'server' });
      stream.end('hello');
    });
    const proxy = await wire.proxyTo([server.port], [route('/', forwardTo('backend'))], toHttp2);
    const response = await request(client(proxy.port), { 'x-a': 'b', ':path': '/x?y=1' });
    expect(response).toMatchObject({ status: 201, body: 'hello', code: constants.NGHTTP2_NO_ERROR });
    expect(response.headers).toMatchObject({ 'x-from': 'server', server: 'envoy' });
    expect(server.seen[0]?.headers).toMatchObject({
      ':method': 'GET',
      ':path': '/x?y=1',
      ':authority': 'a.example',
      ':scheme': 'http',
      'x-a': 'b',
      'x-forwarded-proto': 'http',
    });
    expect(proxy.log()).toEqual(['201 - via_upstream']);
  });

  it('carries bodies larger than every window both ways', async () => {
    const body = Buffer.alloc(3_000_000, 'abcdefghij');
    const server = await backend((stream, seen) => {
      stream.respond({ ':status': 200 });
      stream.end(Buffer.from(seen.body, 'latin1'));
    });
    const proxy = await wire.proxyTo([server.port], [route('/', forwardTo('backend'))], toHttp2);
    const session = client(proxy.port);
    const responses = await Promise.all([1, 2, 3].map(() => request(session, { ':method': 'POST' }, body)));
    for (const response of responses) expect(response.body === body.toString('latin1')).toBe(true);
    expect(server.sessions()).toBe(1);
  });

  it('carries trailers both ways', async () => {
    const server = await backend((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '5', 'grpc-message': 'gone' }));
      stream.end('x');
    });
    const proxy = await wire.proxyTo([server.port], [route('/', forwardTo('backend'))], toHttp2);
    const response = await request(client(proxy.port), { ':method': 'POST', te: 'trailers', 'content-type': 'application/grpc' }, 'ping', {
      'x-sum': '4',
    });
    expect(response.trailers).toMatchObject({ 'grpc-status': '5', 'grpc-message': 'gone' });
    expect(server.seen[0]).toMatchObject({ body: 'ping', headers: { te: 'trailers' }, trailers: { 'x-sum': '4' } });
  });

  it('serves a thousand streams on one connection', async () => {
    const server = await backend((stream, { headers }) => {
      stream.respond({ ':status': 200 });
      stream.end(headers[':path']);
    });
    const proxy = await wire.proxyTo([server.port], [route('/', forwardTo('backend'))], toHttp2);
    const session = client(proxy.port);
    const responses = await Promise.all(Array.from({ length: 1000 }, (_, i) => request(session, { ':path': `/${i}` })));
    responses.forEach((response, i) => expect([response.status, response.body]).toEqual([200, `/${i}`]));
  });
});

describe('HTTP/2 and HTTP/1.1', () => {
  it('HTTP/2 to HTTP/1.1: a body of unknown length goes in chunks', async () => {
    const server = await wire.backend(ok('fine'));
    const proxy = await wire.proxyTo([server.port], [route('/', forwardTo('backend'))]);
    const response = await request(client(proxy.port), { ':method': 'POST', cookie: 'a=1; b=2' }, 'some text');
    expect(response).toMatchObject({ status: 200, body: 'fine' });
    expect(server.requests[0]).toMatch(/^POST \/ HTTP\/1\.1\r\n/);
    expect(server.requests[0]).toContain('host: a.example\r\n');
    expect(server.requests[0]).toContain('transfer-encoding: chunked\r\n');
    expect(server.requests[0]).toContain('\r\n\r\n9\r\nsome text\r\n0\r\n\r\n');
  });

  it('HTTP/1.1 to HTTP/2', async () => {
    const server = await backend((stream, seen) => {
      stream.respond({ ':status': 200, 'content-type': 'text/plain' });
      stream.end(`got ${seen.body}`);
    });
    const proxy = await wire.proxyTo([server.port], [route('/', forwardTo('backend'))], toHttp2);
    const response = await wire.request(proxy.port, 'POST /p HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc');
    expect(response.status).toBe(200);
    expect(response.headers['transfer-encoding']).toBe('chunked');
    expect(response.body).toBe('7\r\ngot abc\r\n0\r\n\r\n');
    expect(server.seen[0]?.headers).toMatchObject({ ':method': 'POST', ':path': '/p', ':authority': 'a.example', 'content-length': '3' });
  });

  it('a listener takes both on one port', async () => {
    const server = await wire.backend(ok());
    const proxy = await wire.proxyTo([server.port], [route('/', forwardTo('backend'))]);
    expect((await wire.request(proxy.port, get())).status).toBe(200);
    expect((await request(client(proxy.port), {})).status).toBe(200);
    const stats = proxy.plane;
    expect(stats).toBeDefined();
  });
});

describe('gRPC', () => {
  it('hears of a failure in its own words', async () => {
    const proxy = await wire.proxyTo([], [route('/', forwardTo('backend'))], toHttp2);
    const response = await request(client(proxy.port), { ':method': 'POST', 'content-type': 'application/grpc+proto' }, 'x');
    expect(response).toMatchObject({ status: 200, body: '' });
    expect(response.headers).toMatchObject({
      'content-type': 'application/grpc',
      'grpc-status': '14',
      'grpc-message': 'no healthy upstream',
    });
    expect(proxy.log()).toEqual(['200 UH no_healthy_upstream']);
  });
});
