import { afterEach, describe, expect, it } from '@jest/globals';
import { type ForwardAction } from '@lateen/routing';
import { type HttpTimeouts } from '@lateen/proxy-config';
import { cluster, eventually, forwardTo, get, manager, ok, retry, route, Wire } from '../testing';

const wire = new Wire();
afterEach(() => wire.stop());

const timeouts = (changes: Partial<HttpTimeouts>): { readonly timeouts: HttpTimeouts } => ({
  timeouts: { ...manager([]).timeouts, ...changes },
});
const UNFINISHED = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf';

describe('limits of time', () => {
  const cases: readonly {
    name: string;
    limits: Partial<HttpTimeouts>;
    action?: Partial<ForwardAction>;
    sent: string;
    silent?: boolean;
    want: { status: number; body: string };
    log: string;
  }[] = [
    {
      name: 'a request that does not end',
      limits: { requestMs: 50 },
      sent: UNFINISHED,
      want: { status: 408, body: 'request timeout' },
      log: '408 - request_overall_timeout',
    },
    {
      name: 'a head that does not end',
      limits: { requestHeadersMs: 50 },
      sent: 'GET / HTTP/1.1\r\nHos',
      want: { status: 408, body: 'request header timeout' },
      log: '408 - request_header_timeout',
    },
    {
      name: 'a stream without a byte, request unfinished',
      limits: { streamIdleMs: 50 },
      sent: UNFINISHED,
      want: { status: 408, body: 'stream timeout' },
      log: '408 SI stream_idle_timeout',
    },
    {
      name: 'a stream without a byte, waiting for the answer',
      limits: { streamIdleMs: 50 },
      sent: get(),
      silent: true,
      want: { status: 504, body: 'stream timeout' },
      log: '504 SI stream_idle_timeout',
    },
    {
      name: "a stream without a byte, by its route's limit",
      limits: { streamIdleMs: 60_000 },
      action: { idleTimeoutMs: 50 },
      sent: get(),
      silent: true,
      want: { status: 504, body: 'stream timeout' },
      log: '504 SI stream_idle_timeout',
    },
    {
      name: 'an exchange that takes too long',
      limits: { maxStreamDurationMs: 50 },
      sent: get(),
      silent: true,
      want: { status: 504, body: 'downstream duration timeout' },
      log: '504 - max_duration_timeout',
    },
    {
      name: "an exchange that takes too long, by its route's limit",
      limits: {},
      action: { maxStreamDurationMs: 50 },
      sent: get(),
      silent: true,
      want: { status: 504, body: 'downstream duration timeout' },
      log: '504 - max_duration_timeout',
    },
  ];
  it.each(cases)('$name', async ({ limits, action, sent, silent = false, want, log }) => {
    const backend = await wire.backend(silent ? () => undefined : ok());
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend', action))], { manager: timeouts(limits) });
    expect(await wire.request(proxy.port, sent)).toMatchObject(want);
    expect(proxy.log()).toEqual([log]);
  });

  const enough: readonly { name: string; limits: Partial<HttpTimeouts>; action?: Partial<ForwardAction> }[] = [
    { name: 'a request in time', limits: { requestMs: 60 } },
    {
      name: 'a route may lift the limit',
      limits: { maxStreamDurationMs: 40, streamIdleMs: 40 },
      action: { maxStreamDurationMs: 0, idleTimeoutMs: 0 },
    },
  ];
  it.each(enough)('$name', async ({ limits, action }) => {
    const backend = await wire.backend((_request, socket) => void setTimeout(() => socket.write(ok()), 100));
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend', action))], { manager: timeouts(limits) });
    expect((await wire.request(proxy.port, get())).status).toBe(200);
  });

  it('bytes keep a stream from being idle, either way', async () => {
    const backend = await wire.backend((_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n');
      let sent = 0;
      const timer = setInterval(() => {
        socket.write('x');
        if (++sent === 5) clearInterval(timer);
      }, 30);
      return undefined;
    });
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend'))], { manager: timeouts({ streamIdleMs: 90 }) });
    const client = await wire.connect(proxy.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n');
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      client.send('y');
    }
    expect((await client.response()).body).toBe('xxxxx');
  });

  it('a head that drips gets no more time', async () => {
    const proxy = await wire.proxyTo([], [], { manager: timeouts({ requestHeadersMs: 60 }) });
    const client = await wire.connect(proxy.port);
    const timer = setInterval(() => client.send('X'), 10);
    client.send('GET / HTTP/1.1\r\n');
    expect(await client.response().finally(() => clearInterval(timer))).toMatchObject({ status: 408 });
  });

  it('a head in pieces is no shorter idle time afterwards', async () => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend'))], { manager: timeouts({ requestHeadersMs: 40 }) });
    const client = await wire.connect(proxy.port);
    client.send('GET / HTTP/1.1\r\n');
    await new Promise((resolve) => setTimeout(resolve, 10));
    client.send('Host: a\r\n\r\n');
    expect((await client.response()).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.send(get());
    expect((await client.response()).status).toBe(200);
  });

  it('a connection that is idle too long is closed', async () => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend'))], { manager: timeouts({ idleMs: 50 }) });
    const client = await wire.connect(proxy.port);
    client.send(get());
    await client.response();
    expect(await client.rest()).toBe('');
    expect(new Map(proxy.plane.stats()).get('http.test.downstream_cx_idle_timeout')).toBe(1);
  });

  it('a connection that is old ends with its next response', async () => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend'))], {
      manager: timeouts({ maxConnectionDurationMs: 60, drainMs: 5000 }),
    });
    const client = await wire.connect(proxy.port);
    client.send(get());
    expect((await client.response()).headers['connection']).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.send(get());
    expect((await client.response()).headers['connection']).toBe('close');
    expect(await client.rest()).toBe('');
    expect(new Map(proxy.plane.stats()).get('http.test.downstream_cx_max_duration_reached')).toBe(1);
  });

  it('a connection that is old and idle is closed after the drain time', async () => {
    const proxy = await wire.proxyTo([], [], { manager: timeouts({ maxConnectionDurationMs: 30, drainMs: 30 }) });
    expect(await (await wire.connect(proxy.port)).rest()).toBe('');
  });

  it('a connection that has carried its requests is closed', async () => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend'))], { manager: { maxRequestsPerConnection: 2 } });
    const client = await wire.connect(proxy.port);
    client.send(get());
    expect((await client.response()).headers['connection']).toBeUndefined();
    client.send(get());
    expect((await client.response()).headers['connection']).toBe('close');
  });
});

describe('hashing', () => {
  it('gives a client a cookie that brings it back', async () => {
    const backends = await Promise.all(['a', 'b', 'c', 'd'].map((name) => wire.backend(ok(name))));
    const proxy = await wire.proxy({
      routes: [
        route('/', forwardTo('ring', { hashPolicies: [{ kind: 'cookie', name: 'who', path: '/', ttlMs: 3_600_000, terminal: false }] })),
      ],
      clusters: [
        {
          config: cluster('ring', { lbPolicy: { kind: 'ring_hash', minimumRingSize: 64, maximumRingSize: 1024 } }),
          ports: backends.map(({ port }) => port),
        },
      ],
    });
    const first = await wire.request(proxy.port, get());
    const [, value] = /^who="([0-9a-f-]+)"; Max-Age=3600; Path=\/; HttpOnly$/.exec(first.headers['set-cookie'] ?? '') ?? [];
    expect(value).toBeDefined();
    for (let i = 0; i < 10; i++) {
      const again = await wire.request(proxy.port, get('/', `Cookie: x=1; who="${value}"\r\n`));
      expect([again.body, again.headers['set-cookie']]).toEqual([first.body, undefined]);
    }
  });

  it('by a header finds the same host', async () => {
    const backends = await Promise.all(['a', 'b', 'c', 'd'].map((name) => wire.backend(ok(name))));
    const proxy = await wire.proxy({
      routes: [route('/', forwardTo('maglev', { hashPolicies: [{ kind: 'header', name: 'x-user', terminal: false }] }))],
      clusters: [{ config: cluster('maglev', { lbPolicy: { kind: 'maglev', tableSize: 251 } }), ports: backends.map(({ port }) => port) }],
    });
    const hostsOf = async (user: string) =>
      new Set(
        await Promise.all(Array.from({ length: 6 }, async () => (await wire.request(proxy.port, get('/', `X-User: ${user}\r\n`))).body)),
      );
    const users = await Promise.all(Array.from({ length: 12 }, (_, i) => hostsOf(`user-${i}`)));
    for (const hosts of users) expect(hosts.size).toBe(1);
    expect(new Set(users.flatMap((hosts) => [...hosts])).size).toBeGreaterThan(1);
  });
});

describe('counters', () => {
  it('add up', async () => {
    const backend = await wire.backend((_request, _socket, index) => (index === 0 ? ok() : 'HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n'));
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend'))]);
    const client = await wire.connect(proxy.port);
    client.send(get());
    await client.response();
    client.send(get());
    await client.response();
    client.socket.destroy();
    const stat = (name: string): number | undefined => new Map(proxy.plane.stats()).get(name);
    await eventually(() => stat('http.test.downstream_cx_active') === 0);
    const names = [
      'downstream_cx_total',
      'downstream_cx_destroy',
      'downstream_rq_total',
      'downstream_rq_active',
      'downstream_rq_completed',
      'downstream_rq_2xx',
      'downstream_rq_4xx',
      'downstream_rq_5xx',
    ];
    expect(names.map((name) => stat(`http.test.${name}`))).toEqual([1, 1, 2, 0, 2, 1, 1, 0]);
    expect(
      ['downstream_cx_total', 'downstream_cx_active', 'downstream_cx_destroy'].map((name) => stat(`listener.127.0.0.1_0.${name}`)),
    ).toEqual([1, 0, 1]);
  });

  it('say how many bytes open connections have carried, and the same once they are closed', async () => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend'))]);
    const client = await wire.connect(proxy.port);
    client.send(get());
    await client.response();
    const counted = (): unknown => {
      const stats = new Map(proxy.plane.stats());
      const [of] = [...proxy.plane.clusters()].map((one) => one.counters());
      return [
        stats.get('http.test.downstream_cx_rx_bytes_total'),
        stats.get('http.test.downstream_cx_tx_bytes_total'),
        of?.['upstream_cx_tx_bytes_total'],
        of?.['upstream_cx_rx_bytes_total'],
      ];
    };
    const open = counted();
    expect(open).toEqual([get().length, expect.any(Number), backend.requests[0]!.length, ok().length]);
    expect(counted()).toEqual(open);
    client.socket.destroy();
    await eventually(() => new Map(proxy.plane.stats()).get('http.test.downstream_cx_active') === 0);
    expect(counted()).toEqual(open);
  });

  it('have a connection once that begins in HTTP/2', async () => {
    const proxy = await wire.proxyTo([], [route('/', forwardTo('backend'))]);
    const client = await wire.connect(proxy.port);
    const sent = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0';
    client.send(sent);
    const stat = (name: string): number | undefined => new Map(proxy.plane.stats()).get(name);
    await eventually(
      () => stat('http.test.downstream_cx_http2_total') === 1 && stat('http.test.downstream_cx_rx_bytes_total') === sent.length,
    );
    client.socket.end();
    await eventually(() => stat('http.test.downstream_cx_active') === 0);
    for (const family of ['http.test', 'listener.127.0.0.1_0'])
      expect([family, stat(`${family}.downstream_cx_total`), stat(`${family}.downstream_cx_destroy`)]).toEqual([family, 1, 1]);
    expect(stat('http.test.downstream_cx_destroy_remote')).toBe(1);
  });

  it('tell responses by status, those of other attempts apart', async () => {
    const statuses = [503, 200, 404, 404];
    const backend = await wire.backend((_request, _socket, index) => `HTTP/1.1 ${statuses[index]} X\r\nContent-Length: 0\r\n\r\n`);
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend', { retry: retry({ serverError: true }) }))]);
    for (let i = 0; i < 3; i++) await wire.request(proxy.port, get());
    const [counters] = [...proxy.plane.clusters()].map((one) => one.counters());
    expect(Object.fromEntries(Object.entries(counters ?? {}).filter(([name]) => /_rq_(\dxx|\d{3}|completed)$/.test(name)))).toEqual({
      upstream_rq_1xx: 0,
      upstream_rq_2xx: 1,
      upstream_rq_3xx: 0,
      upstream_rq_4xx: 2,
      upstream_rq_5xx: 0,
      upstream_rq_200: 1,
      upstream_rq_404: 2,
      upstream_rq_completed: 3,
      'retry.upstream_rq_503': 1,
      'retry.upstream_rq_5xx': 1,
      'retry.upstream_rq_completed': 1,
    });
  });
});
