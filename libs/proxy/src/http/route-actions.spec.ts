import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type HeaderMutation,
  type HeaderMutations,
  parseSubstitutionFormat,
  prefixRewrite,
  redirectLocation,
  type RedirectParts,
  regex,
  regexRewrite,
} from '@lateen/routing';
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

const wire = new Wire();
afterEach(() => wire.stop());

const prefixMatch = { kind: 'prefix', value: '/old', caseSensitive: true } as const;
const noHeaders = { request: [], response: [] };
/** A route to `backend` with header changes, as they are inherited by its one cluster. */
const changing = (headers: HeaderMutations) =>
  route('/', forwardTo('backend', { clusters: [{ name: 'backend', weight: 1, perFilter: {}, headers }] }), { headers });
const overwrite = (name: string, literal: string): HeaderMutation => ({ action: 'overwriteOrAdd', name, literal, keepEmpty: false });

describe('redirect', () => {
  const cases: readonly { name: string; parts: Partial<RedirectParts>; status?: 301 | 302 | 307 | 308; sent?: string; want: string }[] = [
    { name: 'to another host keeps scheme, path and query', parts: { host: 'b.example' }, want: 'http://b.example/old/x?y=1' },
    { name: 'to https drops no port of its own', parts: { scheme: 'https' }, want: 'https://a.example/old/x?y=1' },
    {
      name: 'to https drops port 80',
      parts: { scheme: 'https' },
      sent: 'GET /old/x?y=1 HTTP/1.1\r\nHost: a.example:80\r\n\r\n',
      want: 'https://a.example/old/x?y=1',
    },
    {
      name: 'keeps a port that is not the default',
      parts: {},
      sent: 'GET /old HTTP/1.1\r\nHost: a.example:8080\r\n\r\n',
      want: 'http://a.example:8080/old',
    },
    { name: 'to a port', parts: { port: 8443 }, want: 'http://a.example:8443/old/x?y=1' },
    { name: 'to a path keeps the query', parts: { path: '/new' }, want: 'http://a.example/new?y=1' },
    { name: 'by prefix', parts: { rewritePath: prefixRewrite(prefixMatch, '/new') }, want: 'http://a.example/new/x?y=1' },
    { name: 'without the query', parts: { stripQuery: true }, status: 308, want: 'http://a.example/old/x' },
  ];
  it.each(cases)('$name', async ({ parts, status = 301, sent = get('/old/x?y=1'), want }) => {
    const proxy = await wire.proxyTo(
      [],
      [route('/', { kind: 'redirect', status, location: redirectLocation({ stripQuery: false, ...parts }) })],
    );
    const response = await wire.request(proxy.port, sent);
    expect({ status: response.status, location: response.headers['location'], body: response.body }).toEqual({
      status,
      location: want,
      body: '',
    });
    expect(proxy.log()).toEqual([`${status} - direct_response`]);
  });
});

describe('direct response', () => {
  const cases: readonly { name: string; status: number; body: string; type: string | undefined }[] = [
    { name: 'a body is text', status: 503, body: 'maintenance', type: 'text/plain' },
    { name: 'no body, no type', status: 404, body: '', type: undefined },
    { name: 'no flag, no failure: a 200', status: 200, body: 'hi', type: 'text/plain' },
  ];
  it.each(cases)('$name', async ({ status, body, type }) => {
    const proxy = await wire.proxyTo([], [route('/', { kind: 'directResponse', status, body })]);
    const response = await wire.request(proxy.port, get());
    expect({ status: response.status, body: response.body, type: response.headers['content-type'] }).toEqual({ status, body, type });
    expect(proxy.log()).toEqual([`${status} - direct_response`]);
  });

  it("adds the route's response headers", async () => {
    const proxy = await wire.proxyTo(
      [],
      [
        route(
          '/',
          { kind: 'directResponse', status: 200, body: '' },
          { headers: { request: [], response: [overwrite('x-from', 'config')] } },
        ),
      ],
    );
    expect((await wire.request(proxy.port, get())).headers).toMatchObject({ 'x-from': 'config', 'content-length': '0' });
  });
});

describe('rewrite', () => {
  const cases: readonly {
    name: string;
    sent: string;
    rewritePath?: (path: string) => string;
    host?: string;
    xfh?: boolean;
    want: RegExp;
  }[] = [
    {
      name: 'a prefix',
      sent: get('/old/x?y=1'),
      rewritePath: prefixRewrite(prefixMatch, '/new'),
      want: /^GET \/new\/x\?y=1 HTTP\/1\.1\r\nhost: a\.example\r\n[^]*x-envoy-original-path: \/old\/x\?y=1\r\n/,
    },
    {
      name: 'a whole path, as a prefix match of all of it',
      sent: get('/old'),
      rewritePath: prefixRewrite(prefixMatch, '/new'),
      want: /^GET \/new HTTP/,
    },
    {
      name: 'a whole path that a regex matched',
      sent: get('/old/x?y=/old/'),
      rewritePath: prefixRewrite({ kind: 'regex', matcher: regex('/old/[a-z]'), literalPrefix: '/old/' }, '/new'),
      want: /^GET \/new\?y=\/old\/ HTTP[^]*x-envoy-original-path: \/old\/x\?y=\/old\/\r\n/,
    },
    {
      name: 'by regex, with groups, the query apart',
      sent: get('/svc/a/b?u=/svc/'),
      rewritePath: regexRewrite('^/svc/([^/]+)(/.*)$', '\\2/\\1'),
      want: /^GET \/b\/a\?u=\/svc\/ HTTP/,
    },
    {
      name: 'the authority',
      sent: get('/old'),
      host: 'b.example',
      want: /^GET \/old HTTP\/1\.1\r\n[^]*x-envoy-original-host: a\.example[^]*host: b\.example\r\n/,
    },
    {
      name: 'the authority, telling the old one',
      sent: get('/old'),
      host: 'b.example',
      xfh: true,
      want: /x-forwarded-host: a\.example\r\n/,
    },
  ];
  it.each(cases)('$name', async ({ sent, rewritePath, host, xfh = false, want }) => {
    const backend = await wire.backend();
    const action = forwardTo('backend', {
      ...(rewritePath === undefined ? {} : { rewritePath }),
      ...(host === undefined ? {} : { hostRewrite: { kind: 'literal', value: host } }),
      appendXForwardedHost: xfh,
    });
    const proxy = await wire.proxyTo([backend.port], [route('/', action)]);
    expect((await wire.request(proxy.port, sent)).status).toBe(200);
    expect(backend.requests[0]).toMatch(want);
  });

  it('takes the authority from a header', async () => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend', { hostRewrite: { kind: 'header', name: 'x-to' } }))]);
    await wire.request(proxy.port, get('/', 'X-To: c.example\r\n'));
    await wire.request(proxy.port, get('/'));
    expect(backend.requests.map((request) => /\r\nhost: (.*)\r\n/.exec(request)![1])).toEqual(['c.example', 'a.example']);
  });

  it('takes the authority from the endpoint that is chosen, where it has a name', async () => {
    const backend = await wire.backend();
    for (const hostname of ['db.example', undefined]) {
      const plane = dataPlane();
      wire.onStop(() => plane.stop(0));
      await plane.apply(
        snapshot({
          listeners: [
            listener('l', {
              filters: [
                {
                  kind: 'http',
                  manager: manager([route('/', forwardTo('b', { hostRewrite: { kind: 'auto' }, appendXForwardedHost: true }))]),
                },
              ],
            }),
          ],
          clusters: [cluster('b')],
          endpoints: [assignment('b', [{ ...endpoint(backend.port), ...(hostname === undefined ? {} : { hostname }) }])],
        }),
      );
      await wire.request(portOf(plane, 'l'), get('/'));
    }
    expect(
      backend.requests.map((request) => [/\r\nhost: (.*)\r\n/.exec(request)![1], /x-forwarded-host: (.*)\r\n/.exec(request)?.[1]]),
    ).toEqual([
      ['db.example', 'a.example'],
      ['a.example', undefined],
    ]);
  });
});

describe('header operations', () => {
  const cases: readonly { name: string; sent: string; mutations: readonly HeaderMutation[]; want: readonly string[] }[] = [
    { name: 'set replaces every value', sent: 'X-A: 1\r\nX-A: 2\r\n', mutations: [overwrite('x-a', '3')], want: ['x-a: 3'] },
    { name: 'set adds', sent: '', mutations: [overwrite('x-a', '3')], want: ['x-a: 3'] },
    {
      name: 'add keeps what is there',
      sent: 'X-A: 1\r\n',
      mutations: [{ action: 'append', name: 'x-a', literal: '2', keepEmpty: false }],
      want: ['x-a: 1', 'x-a: 2'],
    },
    {
      name: 'add if absent',
      sent: 'X-A: 1\r\n',
      mutations: [
        { action: 'addIfAbsent', name: 'x-a', literal: '2', keepEmpty: false },
        { action: 'addIfAbsent', name: 'x-b', literal: '2', keepEmpty: false },
      ],
      want: ['x-a: 1', 'x-b: 2'],
    },
    {
      name: 'overwrite if there',
      sent: 'X-A: 1\r\n',
      mutations: [
        { action: 'overwriteIfExists', name: 'x-a', literal: '2', keepEmpty: false },
        { action: 'overwriteIfExists', name: 'x-b', literal: '2', keepEmpty: false },
      ],
      want: ['x-a: 2'],
    },
    {
      name: 'remove, whatever the case',
      sent: 'X-A: 1\r\nx-a: 2\r\nX-B: 3\r\n',
      mutations: [{ action: 'remove', name: 'x-a' }],
      want: ['x-b: 3'],
    },
    {
      name: 'an empty value is not added',
      sent: '',
      mutations: [{ action: 'append', name: 'x-a', literal: '', keepEmpty: false }],
      want: [],
    },
    {
      name: 'an empty value is kept when asked',
      sent: '',
      mutations: [{ action: 'append', name: 'x-a', literal: '', keepEmpty: true }],
      want: ['x-a: '],
    },
    {
      name: 'in order',
      sent: '',
      mutations: [overwrite('x-a', '1'), { action: 'remove', name: 'x-a' }, overwrite('x-a', '2')],
      want: ['x-a: 2'],
    },
    {
      name: 'from the stream',
      sent: 'X-B: you\r\n',
      mutations: [{ action: 'overwriteOrAdd', name: 'x-a', format: parseSubstitutionFormat('for %REQ(X-B)%'), keepEmpty: false }],
      want: ['x-b: you', 'x-a: for you'],
    },
  ];
  it.each(cases)('$name, on requests', async ({ sent, mutations, want }) => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo([backend.port], [changing({ request: mutations, response: [] })]);
    await wire.request(proxy.port, get('/', sent));
    expect([...backend.requests[0]!.matchAll(/\r\n(x-[ab]: [^\r]*)/g)].map((m) => m[1])).toEqual(want);
  });

  it('changes responses', async () => {
    const backend = await wire.backend(ok('ok', 'X-A: 1\r\nX-B: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n'));
    const proxy = await wire.proxyTo(
      [backend.port],
      [changing({ request: [], response: [overwrite('x-a', '9'), { action: 'remove', name: 'x-b' }] })],
    );
    const { headers } = await wire.request(proxy.port, get());
    expect(headers).toMatchObject({ 'x-a': '9', 'set-cookie': 'a=1,b=2' });
    expect(headers['x-b']).toBeUndefined();
  });

  it('changes by destination, in place of the route', async () => {
    const backend = await wire.backend();
    const weighted = (name: string, value: string) => ({
      name,
      weight: 1,
      perFilter: {},
      headers: { request: [overwrite('x-dest', value)], response: [overwrite('x-back', value)] },
      hostRewrite: `${value}.example`,
    });
    const proxy = await wire.proxy({
      routes: [
        route('/', forwardTo('', { clusters: [weighted('one', 'one'), weighted('two', 'two')], totalWeight: 2 }), {
          headers: { request: [overwrite('x-dest', 'route')], response: [] },
        }),
      ],
      clusters: ['one', 'two'].map((name) => ({ config: cluster(name), ports: [backend.port] })),
      dataPlane: { random: { next: () => 0.9 } },
    });
    expect((await wire.request(proxy.port, get())).headers['x-back']).toBe('two');
    expect(backend.requests[0]).toContain('\r\nhost: two.example\r\n');
    expect(backend.requests[0]).toContain('\r\nx-dest: two\r\n');
  });
});

describe('weighted clusters', () => {
  it('splits by weight, and never to weight 0', async () => {
    const names = ['v1', 'v2', 'v3'];
    const backends = await Promise.all(names.map((name) => wire.backend(ok(name))));
    let turn = 0;
    const proxy = await wire.proxy({
      routes: [
        route(
          '/',
          forwardTo('', {
            clusters: [80, 20, 0].map((weight, i) => ({ name: names[i]!, weight, headers: noHeaders, perFilter: {} })),
            totalWeight: 100,
          }),
        ),
      ],
      clusters: names.map((name, i) => ({ config: cluster(name, { lbPolicy: { kind: 'round_robin' } }), ports: [backends[i]!.port] })),
      dataPlane: { random: { next: () => ((turn++ * 37) % 100) / 100 } },
    });
    const client = await wire.connect(proxy.port);
    for (let i = 0; i < 100; i++) {
      client.send(get());
      await client.response();
    }
    const shares = backends.map(({ requests }) => requests.length);
    expect(shares[2]).toBe(0);
    expect(Math.abs(shares[0]! - 80)).toBeLessThanOrEqual(5);
    expect(shares[0]! + shares[1]!).toBe(100);
  });

  it('takes the cluster from a header', async () => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo(
      [backend.port],
      [route('/', forwardTo('', { clusters: [], totalWeight: 0, clusterHeader: 'x-cluster' }))],
    );
    expect((await wire.request(proxy.port, get('/', 'X-Cluster: backend\r\n'))).status).toBe(200);
    expect((await wire.request(proxy.port, get('/', 'X-Cluster: other\r\n'))).status).toBe(503);
    expect((await wire.request(proxy.port, get('/'))).status).toBe(503);
    expect(proxy.log()).toEqual(['200 - via_upstream', '503 NC cluster_not_found', '503 NC cluster_not_found']);
  });
});

describe('mirror', () => {
  const mirrored = async (
    policy: { fraction?: { numerator: number; denominator: 100 }; appendShadowSuffix?: boolean },
    shadowAnswer = ok('shadow'),
  ) => {
    const backend = await wire.backend();
    const shadow = await wire.backend(shadowAnswer);
    const proxy = await wire.proxy({
      routes: [
        route(
          '/',
          forwardTo('backend', {
            mirrors: [
              {
                cluster: 'shadow',
                appendShadowSuffix: policy.appendShadowSuffix ?? true,
                ...(policy.fraction === undefined ? {} : { fraction: policy.fraction }),
              },
            ],
          }),
        ),
      ],
      clusters: [
        { config: cluster('backend'), ports: [backend.port] },
        { config: cluster('shadow'), ports: [shadow.port] },
      ],
    });
    return { backend, shadow, proxy };
  };

  it('copies a request, to a host of its own name, and drops the answer', async () => {
    const { backend, shadow, proxy } = await mirrored({}, 'HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n');
    expect(await wire.request(proxy.port, get('/x?y', 'X-A: 1\r\n'))).toMatchObject({ status: 200, body: 'ok' });
    await eventually(() => shadow.requests.length === 1);
    expect(shadow.requests[0]).toMatch(/^GET \/x\?y HTTP\/1\.1\r\n[^]*host: a\.example-shadow\r\n/);
    expect(shadow.requests[0]).toContain('x-a: 1\r\n');
    expect(backend.requests).toHaveLength(1);
    expect(proxy.log()).toEqual(['200 - via_upstream']);
  });

  it.each([
    {
      name: 'with its length',
      sent: 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
      want: /\r\ncontent-length: 5\r\n\r\nhello$/,
    },
    {
      name: 'in chunks',
      sent: 'POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
      want: /\r\n5\r\nhello\r\n0\r\n\r\n$/,
    },
    { name: 'empty', sent: 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n', want: /\r\ncontent-length: 0\r\n\r\n$/ },
  ])('copies a body $name', async ({ sent, want }) => {
    const { backend, shadow, proxy } = await mirrored({});
    const client = await wire.connect(proxy.port);
    for (let i = 1; i <= 3; i++) {
      client.send(sent);
      expect((await client.response()).status).toBe(200);
      await eventually(() => shadow.requests.length === i);
    }
    for (const request of [...backend.requests, ...shadow.requests]) expect(request).toMatch(want);
    expect(shadow.connections()).toBe(1);
  });

  it('copies a large body as it comes', async () => {
    const { shadow, proxy } = await mirrored({});
    const body = Array.from({ length: 300_000 }, (_, i) => `${i} `).join('');
    expect((await wire.request(proxy.port, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`)).status).toBe(
      200,
    );
    await eventually(() => shadow.requests.length === 1);
    expect(shadow.requests[0]!.endsWith(body)).toBe(true);
  });

  it('copies a body that came during a delay', async () => {
    const backend = await wire.backend();
    const shadow = await wire.backend();
    const proxy = await wire.proxy({
      routes: [
        route('/', forwardTo('backend', { mirrors: [{ cluster: 'shadow', appendShadowSuffix: true }] }), {
          perFilter: { fault: { headers: [], delay: { delayMs: 30, fraction: { numerator: 100, denominator: 100 } } } },
        }),
      ],
      clusters: [
        { config: cluster('backend'), ports: [backend.port] },
        { config: cluster('shadow'), ports: [shadow.port] },
      ],
    });
    await wire.request(proxy.port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello');
    await eventually(() => shadow.requests.length === 1);
    expect(shadow.requests[0]).toMatch(/\r\n\r\nhello$/);
  });

  it('gives up a copy that cannot keep up, and the client does not notice', async () => {
    const size = 20_000_000;
    const backend = await wire.server((socket) => {
      let got = 0;
      socket.on('data', (bytes) => {
        got += bytes.length;
        if (got > size) socket.write(ok());
      });
    });
    const stuck = await wire.server((socket) => socket.pause());
    const proxy = await wire.proxy({
      routes: [route('/', forwardTo('backend', { mirrors: [{ cluster: 'shadow', appendShadowSuffix: true }] }))],
      clusters: [
        { config: cluster('backend'), ports: [backend.port] },
        { config: cluster('shadow'), ports: [stuck.port] },
      ],
    });
    expect(
      (await wire.request(proxy.port, `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${'z'.repeat(size)}`)).status,
    ).toBe(200);
    const stats = [...proxy.plane.clusters()].find(({ config }) => config.name === 'shadow')!.stats;
    expect([stats.upstream_rq_tx_reset, stats.upstream_rq_active]).toEqual([1, 0]);
  });

  it('gives up a copy whose client went away', async () => {
    const { shadow, proxy } = await mirrored({});
    const client = await wire.connect(proxy.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf');
    await eventually(() => shadow.connections() === 1);
    client.socket.resetAndDestroy();
    const stats = [...proxy.plane.clusters()].find(({ config }) => config.name === 'shadow')!.stats;
    await eventually(() => stats.upstream_rq_active === 0);
    expect(shadow.requests).toHaveLength(0);
  });

  it('keeps the name when asked', async () => {
    const { shadow, proxy } = await mirrored({ appendShadowSuffix: false });
    await wire.request(proxy.port, get());
    await eventually(() => shadow.requests.length === 1);
    expect(shadow.requests[0]).toContain('host: a.example\r\n');
  });

  it('copies none at 0 %', async () => {
    const { shadow, proxy } = await mirrored({ fraction: { numerator: 0, denominator: 100 } });
    for (let i = 0; i < 5; i++) await wire.request(proxy.port, get());
    expect(shadow.connections()).toBe(0);
  });

  it('is nothing to the client when nobody takes the copy', async () => {
    const backend = await wire.backend();
    const proxy = await wire.proxy({
      routes: [
        route(
          '/',
          forwardTo('backend', {
            mirrors: [
              { cluster: 'shadow', appendShadowSuffix: true },
              { cluster: 'missing', appendShadowSuffix: true },
            ],
          }),
        ),
      ],
      clusters: [
        { config: cluster('backend'), ports: [backend.port] },
        { config: cluster('shadow'), ports: [1] },
      ],
    });
    for (let i = 0; i < 3; i++) expect((await wire.request(proxy.port, get())).status).toBe(200);
  });
});
