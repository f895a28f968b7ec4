import { afterEach, describe, expect, it } from '@jest/globals';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { type DataPlane } from '../data-plane';
import { assignment, cluster, dataPlane, endpoint, forwardTo, listener, manager, portOf, route, snapshot } from '../testing';
import { type RouteDraft } from '@lateen/routing';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A server that hands each connection's bytes to `onData`. */
async function backend(onData: (socket: Socket, text: string) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => onData(socket, bytes.toString('latin1')));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

async function proxyTo(
  ports: readonly number[],
  routes: readonly RouteDraft[] = [route('/', forwardTo('backend'))],
): Promise<{ plane: DataPlane; port: number }> {
  const plane = dataPlane();
  await plane.apply(
    snapshot({
      listeners: [listener('l', { filters: [{ kind: 'http', manager: manager(routes) }] })],
      clusters: [cluster('backend')],
      endpoints: [
        assignment(
          'backend',
          ports.map((port) => endpoint(port)),
        ),
      ],
    }),
  );
  stops.push(() => plane.stop(0));
  return { plane, port: portOf(plane, 'l') };
}

/** Sends bytes as they are and collects what comes back until the peer closes, or until `until` is in it. */
async function exchange(port: number, sent: string | readonly string[], until?: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  stops.push(() => socket.destroy());
  let got = '';
  for (const part of typeof sent === 'string' ? [sent] : sent) {
    socket.write(part, 'latin1');
    await new Promise((done) => setTimeout(done, 15));
  }
  return await new Promise((resolve) => {
    const check = (): void => {
      if (until !== undefined && got.includes(until)) resolve(got);
    };
    socket.on('data', (bytes) => {
      got += bytes.toString('latin1');
      check();
    });
    socket.on('close', () => resolve(got));
    socket.on('error', () => resolve(got));
  });
}

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a.example\r\n${more}\r\n`;

describe('HTTP/1.1 through a proxy', () => {
  it('forwards a request and its response', async () => {
    let seen = '';
    const port = await backend((socket, text) => {
      seen += text;
      socket.write(OK);
    });
    const proxy = await proxyTo([port]);
    const answer = await exchange(proxy.port, get('/x?y=1', 'X-Odd:  spaced \r\n'), 'ok');
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain('\r\nserver: envoy\r\n');
    expect(answer).toContain('\r\ncontent-length: 2\r\n');
    expect(seen).toMatch(
      /^GET \/x\?y=1 HTTP\/1\.1\r\nhost: a\.example\r\nx-odd: spaced\r\nx-forwarded-proto: http\r\nx-request-id: [0-9a-f-]{36}\r\n\r\n$/,
    );
  });

  it('answers pipelined requests in order', async () => {
    const port = await backend((socket, text) => {
      const path = /GET (\S+)/.exec(text)![1]!;
      setTimeout(() => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`), path === '/1' ? 30 : 0);
    });
    const proxy = await proxyTo([port]);
    const answer = await exchange(proxy.port, get('/1') + get('/2') + get('/3'), '/3');
    expect([...answer.matchAll(/\r\n\r\n(\/\d)/g)].map((m) => m[1])).toEqual(['/1', '/2', '/3']);
  });

  it.each([
    { how: 'at once', parts: [`${get('/1')}POST /pay HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`] },
    { how: 'in pieces', parts: [get('/1'), 'POST /pay HTTP/1.1\r\nHost: a\r\nConte', 'nt-Length: 0\r\n\r\n'] },
  ])('does not serve a request behind another one when its client has gone: $how', async ({ parts }) => {
    const seen: string[] = [];
    const port = await backend((socket, text) => {
      seen.push(text.slice(0, text.indexOf(' HTTP')));
      setTimeout(() => socket.write(OK), 150);
    });
    const proxy = await proxyTo([port]);
    const client = connect(proxy.port, '127.0.0.1');
    for (const part of parts) {
      client.write(part);
      await new Promise((done) => setTimeout(done, 20));
    }
    client.resetAndDestroy();
    await new Promise((done) => setTimeout(done, 300));
    expect(seen).toEqual(['GET /1']);
  });

  it('reads no more behind a request than a little', async () => {
    const port = await backend(() => undefined);
    const proxy = await proxyTo([port]);
    const client = connect(proxy.port, '127.0.0.1');
    stops.push(() => client.destroy());
    client.write(get('/'));
    const flood = Buffer.alloc(64 * 1024, get('/next'));
    let written = 0;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        while (client.write(flood)) written += flood.length;
        written += flood.length;
      };
      client.on('drain', go);
      go();
      setTimeout(resolve, 200);
    });
    // What the system's buffers hold, and no end of it.
    expect(written).toBeLessThan(16 * 1024 * 1024);
  });

  it('rebuilds chunked bodies both ways', async () => {
    let seen = '';
    const port = await backend((socket, text) => {
      seen += text;
      if (seen.endsWith('0\r\n\r\n'))
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n003;a=b\r\nabc\r\n2\r\nde\r\n0\r\nX-T: 1\r\n\r\n');
    });
    const proxy = await proxyTo([port]);
    const answer = await exchange(
      proxy.port,
      ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe', 'llo\r\n', '0\r\n\r\n'],
      '0\r\n\r\n',
    );
    expect(seen).toContain('\r\ntransfer-encoding: chunked\r\n');
    expect(seen.split('\r\n\r\n')[1]!.replace(/\r\n/g, '|')).toMatch(/^(2\|he\|3\|llo|5\|hello)\|0$/);
    expect(answer.split('\r\n\r\n')[1]!.replace(/\r\n/g, '|')).toMatch(/^3\|abc\|2\|de\|0$/);
  });

  it('frames a body that ends with the connection as chunks', async () => {
    const port = await backend((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nuntil the end'));
    const proxy = await proxyTo([port]);
    expect(await exchange(proxy.port, get('/'), '0\r\n\r\n')).toContain('\r\n\r\nd\r\nuntil the end\r\n0\r\n\r\n');
  });

  it('forwards a large body with the right length', async () => {
    let size = 0;
    const port = await backend((socket, text) => {
      size += text.length;
      if (size > 5_000_000) socket.write(OK);
    });
    const proxy = await proxyTo([port]);
    await exchange(proxy.port, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n${'z'.repeat(5_000_000)}`, 'ok');
    expect(size).toBeGreaterThan(5_000_000);
  });

  it('knows responses without bodies', async () => {
    const port = await backend((socket, text) =>
      socket.write(text.startsWith('HEAD') ? 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n' : 'HTTP/1.1 204 No Content\r\n\r\n'),
    );
    const proxy = await proxyTo([port]);
    const answer = await exchange(proxy.port, 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(
      /^HTTP\/1\.1 200 OK\r\n[^]*content-length: 99\r\n\r\nHTTP\/1\.1 204 No Content\r\n[^]*connection: close\r\n\r\n$/,
    );
  });

  it('tunnels a WebSocket', async () => {
    const port = await backend((socket, text) =>
      socket.write(
        text.startsWith('GET') ? 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n' : `echo ${text}`,
      ),
    );
    const proxy = await proxyTo([port]);
    const answer = await exchange(proxy.port, [get('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'), '', '', 'frame'], 'echo frame');
    expect(answer).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n[^]*upgrade: websocket\r\n\r\necho frame$/);
  });

  it('tries a fresh connection when the idle one was closed under it', async () => {
    let connections = 0;
    const known = new Set<Socket>();
    const port = await backend((socket) => {
      if (!known.has(socket)) {
        known.add(socket);
        connections++;
        socket.write(OK);
      } else socket.destroy();
    });
    const proxy = await proxyTo([port]);
    await exchange(proxy.port, get('/'), 'ok');
    expect(await exchange(proxy.port, get('/'), 'ok')).toMatch(/^HTTP\/1\.1 200/);
    expect(connections).toBe(2);
  });

  const failures: readonly { name: string; reply?: string; port?: number; routes?: readonly RouteDraft[]; want: RegExp }[] = [
    {
      name: 'no route: 404 and nothing more',
      routes: [route('/other', forwardTo('backend'))],
      want: /^HTTP\/1\.1 404 Not Found\r\n[^]*content-length: 0\r\n/,
    },
    {
      name: 'no cluster: 503',
      routes: [route('/', forwardTo('missing'))],
      want: /^HTTP\/1\.1 503 Service Unavailable\r\n[^]*content-length: 0\r\n/,
    },
    {
      name: 'nobody listens: 503 and the reason',
      port: 1,
      want: /^HTTP\/1\.1 503 [^]*upstream connect error or disconnect\/reset before headers/,
    },
    { name: 'a response that is none: 502', reply: 'nonsense over here\r\n\r\n', want: /^HTTP\/1\.1 502 Bad Gateway\r\n/ },
    {
      name: 'a timeout: 504',
      reply: '',
      routes: [route('/', forwardTo('backend', { timeoutMs: 40 }))],
      want: /^HTTP\/1\.1 504 [^]*upstream request timeout$/,
    },
    {
      name: 'a direct response',
      routes: [route('/', { kind: 'directResponse', status: 418, body: 'tea' })],
      want: /^HTTP\/1\.1 418 [^]*tea$/,
    },
    {
      name: 'an aborting fault',
      routes: [
        route('/', forwardTo('backend'), {
          perFilter: { fault: { abort: { httpStatus: 555, fraction: { numerator: 100, denominator: 100 } }, headers: [] } },
        }),
      ],
      want: /^HTTP\/1\.1 555 [^]*fault filter abort$/,
    },
    {
      name: 'both lengths in a response: 502',
      reply: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok',
      want: /^HTTP\/1\.1 502 /,
    },
  ];
  it.each(failures)('$name', async ({ reply = OK, port, routes, want }) => {
    const proxy = await proxyTo([port ?? (await backend((socket) => void (reply !== '' && socket.write(reply))))], routes);
    expect(await exchange(proxy.port, get('/', 'Connection: close\r\n'))).toMatch(want);
  });

  it('retries by policy, and stops at success', async () => {
    let tries = 0;
    const port = await backend((socket) => socket.write(++tries < 3 ? 'HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n' : OK));
    const on = {
      serverError: true,
      gatewayError: false,
      reset: false,
      resetBeforeRequest: false,
      connectFailure: true,
      envoyRatelimited: false,
      retriable4xx: false,
      refusedStream: false,
      retriableStatusCodes: false,
      retriableHeaders: false,
      grpcStatuses: [],
    };
    const retry = {
      on,
      numRetries: 2,
      perTryTimeoutMs: 0,
      perTryIdleTimeoutMs: 0,
      retriableStatusCodes: [],
      retriableHeaders: [],
      retriableRequestHeaders: [],
      backOff: { baseMs: 1, maxMs: 2 },
      previousHosts: false,
      hostSelectionMaxAttempts: 1,
    };
    const proxy = await proxyTo([port], [route('/', forwardTo('backend', { retry }))]);
    expect(await exchange(proxy.port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc')).toMatch(
      /^HTTP\/1\.1 200/,
    );
    expect(tries).toBe(3);
  });

  it('tells a client to go on once, however often its endpoint does', async () => {
    const port = await backend((socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(50) + OK));
    const { port: proxy } = await proxyTo([port]);
    const answer = await exchange(proxy, get('/', 'Connection: close\r\n'));
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200']);
  });

  it('loses no request while listeners are replaced', async () => {
    const port = await backend((socket) => socket.write(OK));
    const plane = dataPlane();
    stops.push(() => plane.stop(0));
    const world = (version: number) =>
      snapshot({
        version,
        listeners: [listener('l', { filters: [{ kind: 'http', manager: manager([route('/', forwardTo('backend'))]) }] })],
        clusters: [cluster('backend')],
        endpoints: [assignment('backend', [endpoint(port)])],
      });
    await plane.apply(world(1));
    const proxy = portOf(plane, 'l');
    const answers: Promise<string>[] = [];
    for (let i = 2; i < 12; i++) {
      answers.push(exchange(proxy, get('/', 'Connection: close\r\n')));
      await plane.apply(world(i));
    }
    for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1\.1 200/);
  });
});
