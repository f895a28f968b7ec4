import { afterEach, describe, expect, it } from '@jest/globals';
import { type CorsPolicy, exact, type FaultPolicy, type Fraction, regex } from '@lateen/routing';
import { forwardTo, get, route, Wire } from '../../testing';

const wire = new Wire();
afterEach(() => wire.stop());

const percent = (numerator: number): Fraction => ({ numerator, denominator: 100 });
const perMillion = (numerator: number): Fraction => ({ numerator, denominator: 1_000_000 });

describe('fault', () => {
  const cases: readonly {
    name: string;
    fault: Partial<FaultPolicy>;
    random?: number;
    sent?: string;
    want: { status: number; body: string };
    log: string;
    atLeastMs?: number;
    reaches?: number;
  }[] = [
    {
      name: 'abort: 100 %',
      fault: { abort: { httpStatus: 418, fraction: percent(100) } },
      want: { status: 418, body: 'fault filter abort' },
      log: '418 FI fault_filter_abort',
      reaches: 0,
    },
    {
      name: 'abort: 0 %',
      fault: { abort: { httpStatus: 418, fraction: percent(0) } },
      random: 0,
      want: { status: 200, body: 'ok' },
      log: '200 - via_upstream',
    },
    {
      name: 'abort: just inside 30 %',
      fault: { abort: { httpStatus: 500, fraction: percent(30) } },
      random: 0.299,
      want: { status: 500, body: 'fault filter abort' },
      log: '500 FI fault_filter_abort',
      reaches: 0,
    },
    {
      name: 'abort: just outside 30 %',
      fault: { abort: { httpStatus: 500, fraction: percent(30) } },
      random: 0.301,
      want: { status: 200, body: 'ok' },
      log: '200 - via_upstream',
    },
    {
      name: 'abort: 0.001 % is a share too',
      fault: { abort: { httpStatus: 500, fraction: perMillion(10) } },
      random: 0.000_005,
      want: { status: 500, body: 'fault filter abort' },
      log: '500 FI fault_filter_abort',
      reaches: 0,
    },
    {
      name: 'delay, then the request',
      fault: { delay: { delayMs: 60, fraction: percent(100) } },
      want: { status: 200, body: 'ok' },
      log: '200 DI via_upstream',
      atLeastMs: 58,
    },
    {
      name: 'delay, then abort',
      fault: { delay: { delayMs: 60, fraction: percent(100) }, abort: { httpStatus: 555, fraction: percent(100) } },
      want: { status: 555, body: 'fault filter abort' },
      log: '555 DI,FI fault_filter_abort',
      atLeastMs: 58,
      reaches: 0,
    },
    {
      name: 'delay: 0 %',
      fault: { delay: { delayMs: 60_000, fraction: percent(0) } },
      random: 0,
      want: { status: 200, body: 'ok' },
      log: '200 - via_upstream',
    },
    {
      name: 'only with the headers it names: not without',
      fault: {
        headers: [{ name: 'end-user', value: { kind: 'string', matcher: exact('jason') }, invert: false, treatMissingAsEmpty: false }],
        abort: { httpStatus: 500, fraction: percent(100) },
      },
      want: { status: 200, body: 'ok' },
      log: '200 - via_upstream',
    },
    {
      name: 'only with the headers it names: with',
      fault: {
        headers: [{ name: 'end-user', value: { kind: 'string', matcher: exact('jason') }, invert: false, treatMissingAsEmpty: false }],
        abort: { httpStatus: 500, fraction: percent(100) },
      },
      sent: 'End-User: jason\r\n',
      want: { status: 500, body: 'fault filter abort' },
      log: '500 FI fault_filter_abort',
      reaches: 0,
    },
  ];
  it.each(cases)('$name', async ({ fault, random = 0.5, sent = '', want, log, atLeastMs = 0, reaches = 1 }) => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo(
      [backend.port],
      [route('/', forwardTo('backend'), { perFilter: { fault: { headers: [], ...fault } } })],
      { dataPlane: { random: { next: () => random } } },
    );
    const began = performance.now();
    expect(await wire.request(proxy.port, get('/', sent))).toMatchObject(want);
    expect(performance.now() - began).toBeGreaterThanOrEqual(atLeastMs);
    expect(proxy.log()).toEqual([log]);
    expect(backend.requests).toHaveLength(reaches);
  });

  it('delays a request with its body, which arrives whole', async () => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo(
      [backend.port],
      [route('/', forwardTo('backend'), { perFilter: { fault: { headers: [], delay: { delayMs: 40, fraction: percent(100) } } } })],
    );
    expect((await wire.request(proxy.port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello')).status).toBe(200);
    expect(backend.requests[0]).toMatch(/\r\n\r\nhello$/);
  });

  it('forgets a delayed request whose client goes away', async () => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo(
      [backend.port],
      [route('/', forwardTo('backend'), { perFilter: { fault: { headers: [], delay: { delayMs: 50, fraction: percent(100) } } } })],
    );
    const client = await wire.connect(proxy.port);
    client.send(get());
    await new Promise((resolve) => setTimeout(resolve, 10));
    client.socket.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(backend.requests).toHaveLength(0);
    expect(proxy.log()).toEqual(['0 DI,DC downstream_remote_disconnect']);
  });

  it('stops at the most faults at once', async () => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo(
      [backend.port],
      [
        route('/', forwardTo('backend'), {
          perFilter: { fault: { headers: [], maxActiveFaults: 1, delay: { delayMs: 80, fraction: percent(100) } } },
        }),
      ],
    );
    const slow = wire.request(proxy.port, get('/slow'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await wire.request(proxy.port, get('/fast'));
    await slow;
    expect(backend.requests.map((request) => request.split(' ')[1])).toEqual(['/fast', '/slow']);
    await wire.request(proxy.port, get('/again'));
    expect(proxy.log()).toEqual(['200 - via_upstream', '200 DI via_upstream', '200 DI via_upstream']);
  });
});

describe('CORS', () => {
  const policy: CorsPolicy = {
    allowOrigins: [exact('https://good.example'), regex('https://[a-z]+\\.trusted\\.example')],
    allowMethods: 'GET,POST',
    allowHeaders: 'x-a,x-b',
    exposeHeaders: 'x-seen',
    maxAge: '86400',
    allowCredentials: true,
    filterEnabled: percent(100),
    forwardNotMatchingPreflights: true,
  };
  const preflight = (origin: string): string =>
    `OPTIONS /x HTTP/1.1\r\nHost: a.example\r\nOrigin: ${origin}\r\nAccess-Control-Request-Method: GET\r\n\r\n`;
  const cases: readonly {
    name: string;
    sent: string;
    changes?: Partial<CorsPolicy>;
    reaches: number;
    headers: Readonly<Record<string, string | undefined>>;
  }[] = [
    {
      name: 'a preflight is answered here',
      sent: preflight('https://good.example'),
      reaches: 0,
      headers: {
        'access-control-allow-origin': 'https://good.example',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-headers': 'x-a,x-b',
        'access-control-max-age': '86400',
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'x-seen',
      },
    },
    {
      name: 'an origin by regex',
      sent: preflight('https://a.trusted.example'),
      reaches: 0,
      headers: { 'access-control-allow-origin': 'https://a.trusted.example' },
    },
    {
      name: 'a preflight of a stranger goes on',
      sent: preflight('https://bad.example'),
      reaches: 1,
      headers: { 'access-control-allow-origin': undefined },
    },
    {
      name: 'a preflight of a stranger ends here when so configured',
      sent: preflight('https://bad.example'),
      changes: { forwardNotMatchingPreflights: false },
      reaches: 0,
      headers: { 'access-control-allow-origin': undefined },
    },
    {
      name: 'OPTIONS without a requested method is a request',
      sent: 'OPTIONS /x HTTP/1.1\r\nHost: a\r\nOrigin: https://good.example\r\n\r\n',
      reaches: 1,
      headers: { 'access-control-allow-origin': 'https://good.example' },
    },
    {
      name: 'a simple request is marked on its way back',
      sent: get('/', 'Origin: https://good.example\r\n'),
      reaches: 1,
      headers: {
        'access-control-allow-origin': 'https://good.example',
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'x-seen',
        'access-control-allow-methods': undefined,
      },
    },
    {
      name: "a stranger's request goes on, unmarked",
      sent: get('/', 'Origin: https://good.example.evil\r\n'),
      reaches: 1,
      headers: { 'access-control-allow-origin': undefined, 'access-control-allow-credentials': undefined },
    },
    { name: 'no origin, no marks', sent: get('/'), reaches: 1, headers: { 'access-control-allow-origin': undefined } },
    {
      name: 'switched off',
      sent: preflight('https://good.example'),
      changes: { filterEnabled: percent(0) },
      reaches: 1,
      headers: { 'access-control-allow-origin': undefined },
    },
  ];
  it.each(cases)('$name', async ({ sent, changes, reaches, headers }) => {
    const backend = await wire.backend();
    const proxy = await wire.proxyTo(
      [backend.port],
      [route('/', forwardTo('backend'), { perFilter: { cors: { ...policy, ...changes } } })],
    );
    const response = await wire.request(proxy.port, sent);
    expect(response.status).toBe(200);
    expect(backend.requests).toHaveLength(reaches);
    for (const [name, value] of Object.entries(headers)) expect([name, response.headers[name]]).toEqual([name, value]);
    expect(proxy.log()).toEqual([reaches === 0 ? '200 - cors_response' : '200 - via_upstream']);
  });

  it('does not double what the application says itself', async () => {
    const backend = await wire.backend('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nAccess-Control-Allow-Origin: *\r\n\r\n');
    const proxy = await wire.proxyTo([backend.port], [route('/', forwardTo('backend'), { perFilter: { cors: policy } })]);
    expect((await wire.request(proxy.port, get('/', 'Origin: https://good.example\r\n'))).headers['access-control-allow-origin']).toBe(
      'https://good.example',
    );
  });
});
