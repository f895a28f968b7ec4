import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { parseConfig } from './config';
import { signedIn } from './session';
import { json, startPage } from './testing';

const details = json({ id: 0, author: 'William Shakespeare', year: 1595, type: 'paperback' });
const review = { reviewer: 'Reviewer1', text: 'Refreshing!' };
const reviews = (rating?: unknown, podname = 'reviews-v2-0'): RequestListener =>
  json({ id: '0', podname, clustername: 'null', reviews: [{ ...review, rating }] });
const silent: RequestListener = () => undefined;

const SORRY_DETAILS = 'Sorry, product details are currently unavailable for this book.';
const SORRY_REVIEWS = 'Sorry, product reviews are currently unavailable for this book.';

const open: AsyncDisposable[] = [];
const start = async (...args: Parameters<typeof startPage>): Promise<string> => {
  const page = await startPage(...args);
  open.push(page);
  return page.url;
};
beforeEach(() => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(async () => {
  for (const page of open.splice(0)) await page[Symbol.asyncDispose]();
  jest.restoreAllMocks();
});

describe('GET /productpage', () => {
  const count = (text: string, part: string): number => text.split(part).length - 1;

  it.each([
    { name: 'v1 shows no stars', rating: undefined, filled: 0, black: 0, red: 0 },
    { name: 'v2 shows black stars', rating: { stars: 4, color: 'black' }, filled: 4, black: 5, red: 0 },
    { name: 'v3 shows red stars', rating: { stars: 5, color: 'red' }, filled: 5, black: 0, red: 5 },
  ])('$name', async ({ rating, filled, black, red }) => {
    const response = await fetch(`${await start({ details, reviews: reviews(rating) })}/productpage`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect({
      filled: count(text, 'glyphicon glyphicon-star '),
      black: count(text, 'text-black-500'),
      red: count(text, 'text-red-500'),
    }).toEqual({ filled, black, red });
    expect(text).toContain('<title>Simple Bookstore App</title>');
    expect(text).toContain('Reviews served by: <code id="served-by">reviews-v2-0</code>');
    expect(text).not.toMatch(/<script|style=/);
  });

  it.each([
    {
      name: 'details fails',
      backend: { details: json({}, 555), reviews: reviews() },
      shows: ['Error fetching product details!', SORRY_DETAILS],
      not: SORRY_REVIEWS,
    },
    {
      name: 'reviews fails',
      backend: { details, reviews: json({}, 503) },
      shows: ['Error fetching product reviews!', SORRY_REVIEWS],
      not: SORRY_DETAILS,
    },
    { name: 'reviews never answers', backend: { details, reviews: silent }, shows: [SORRY_REVIEWS], not: SORRY_DETAILS },
    {
      name: 'reviews answers no JSON',
      backend: { details, reviews: ((_, response) => response.end('upstream')) as RequestListener },
      shows: [SORRY_REVIEWS],
      not: SORRY_DETAILS,
    },
    { name: 'reviews answers other JSON', backend: { details, reviews: json([]) }, shows: [SORRY_REVIEWS], not: SORRY_DETAILS },
    {
      name: 'ratings fails behind reviews',
      backend: { details, reviews: reviews({ error: 'Ratings service is currently unavailable' }) },
      shows: ['Ratings service is currently unavailable'],
      not: SORRY_REVIEWS,
    },
  ])('is 200 and says so when $name', async ({ backend, shows, not }) => {
    const response = await fetch(`${await start(backend, { timeoutMs: 100 })}/productpage`);
    const text = await response.text();
    expect(response.status).toBe(200);
    for (const sentence of shows) expect(text).toContain(sentence);
    expect(text).not.toContain(not);
  });

  it('escapes whatever a backend says', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'';
    const backend = {
      details: json({ author: evil, year: evil }),
      reviews: json({
        podname: evil,
        clustername: evil,
        reviews: [
          { reviewer: evil, text: evil, rating: { error: evil } },
          { reviewer: evil, text: evil, rating: { stars: 1, color: evil } },
        ],
      }),
    };
    const cookie = signedIn(evil, 'k').split(';', 1)[0] ?? '';
    const text = await (await fetch(`${await start(backend)}/productpage`, { headers: { cookie } })).text();
    expect(text).not.toContain('<img src=x');
    expect(count(text, '&lt;img src=x onerror=alert(1)&gt;&quot;&#39;')).toBe(10);
  });

  it('tries reviews twice and details once, each with its own timeout', async () => {
    const tries = { details: 0, reviews: 0 };
    const backend = { details: () => void tries.details++, reviews: () => void tries.reviews++ };
    const startedAt = performance.now();
    await (await fetch(`${await start(backend, { timeoutMs: 200 })}/productpage`)).text();
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(390);
    expect(tries).toEqual({ details: 1, reviews: 2 });
  });

  it('shows the second try when it succeeds', async () => {
    let tries = 0;
    const backend = {
      details,
      reviews: ((request, response) => (tries++ === 0 ? json({}, 500) : reviews())(request, response)) as RequestListener,
    };
    expect(await (await fetch(`${await start(backend)}/productpage`)).text()).toContain('Refreshing!');
  });

  it('opens a connection for every call', async () => {
    const ports = new Set<number | undefined>();
    const url = await start({
      details,
      reviews: (request, response) => {
        ports.add(request.socket.remotePort);
        reviews()(request, response);
      },
    });
    for (let i = 0; i < 3; i++) await (await fetch(`${url}/productpage`)).text();
    expect(ports.size).toBe(3);
  });

  it('floods reviews as often as it is told', async () => {
    let calls = 0;
    const url = await start(
      {
        details,
        reviews: (request, response) => {
          calls++;
          reviews()(request, response);
        },
      },
      { floodFactor: 5 },
    );
    await (await fetch(`${url}/productpage`)).text();
    expect(calls).toBe(6);
  });
});

describe('who asks', () => {
  async function seenBy(headers: Record<string, string>): Promise<IncomingHttpHeaders> {
    let seen: IncomingHttpHeaders = {};
    const url = await start({
      details,
      reviews: (request, response) => {
        seen = request.headers;
        reviews()(request, response);
      },
    });
    await (await fetch(`${url}/productpage`, { headers })).text();
    return seen;
  }
  const cookieOf = (user: string): string => signedIn(user, 'k').split(';', 1)[0] ?? '';

  const cases: readonly { name: string; headers: Record<string, string>; want?: string }[] = [
    { name: 'nobody', headers: {}, want: undefined },
    { name: 'a signed-in user', headers: { cookie: cookieOf('jason') }, want: 'jason' },
    { name: 'a forged session', headers: { cookie: 'session=amFzb24.x' }, want: undefined },
    { name: 'a header of the caller', headers: { 'end-user': 'mary' }, want: 'mary' },
    { name: 'a session goes before a header', headers: { 'end-user': 'mary', cookie: cookieOf('jason') }, want: 'jason' },
    { name: 'a name beyond Latin-1', headers: { cookie: cookieOf('日本') }, want: Buffer.from('日本').toString('latin1') },
  ];
  it.each(cases)('$name', async ({ headers, want }) => expect((await seenBy(headers))['end-user']).toBe(want));

  it('passes trace context on and nothing else', async () => {
    const trace = {
      'x-request-id': '1',
      'x-b3-traceid': '2',
      'x-b3-spanid': '3',
      'x-b3-parentspanid': '4',
      'x-b3-sampled': '1',
      'x-b3-flags': '0',
      traceparent: '5',
      tracestate: '6',
      'x-ot-span-context': '7',
      'x-datadog-trace-id': '8',
      'x-datadog-parent-id': '9',
      'x-datadog-sampling-priority': '1',
      'x-cloud-trace-context': 'a',
      'grpc-trace-bin': 'b',
      sw8: 'c',
      'user-agent': 'd',
      authorization: 'e',
      jwt: 'f',
    };
    const seen = await seenBy({ ...trace, 'x-forwarded-for': '1.1.1.1', 'x-other': 'no' });
    expect(seen).toMatchObject(trace);
    expect(
      Object.keys(seen)
        .filter((name) => !(name in trace))
        .sort(),
    ).toEqual(['connection', 'host']);
  });
});

describe('signing in and out', () => {
  const form = (body: string, headers: Record<string, string> = {}): RequestInit => ({
    method: 'POST',
    body,
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });

  it('signs in with any password, and back to where the browser was', async () => {
    const url = await start({ details, reviews: reviews() });
    const response = await fetch(`${url}/login`, form('username=jason&passwd=x', { referer: `${url}/productpage?u=test` }));
    expect({ status: response.status, location: response.headers.get('location') }).toEqual({
      status: 302,
      location: `${url}/productpage?u=test`,
    });
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^session=\S+; Path=\/; HttpOnly; SameSite=Lax$/);
    const text = await (await fetch(`${url}/productpage`, { headers: { cookie: cookie.split(';', 1)[0] ?? '' } })).text();
    expect(text).toContain('<span id="user">jason</span>');
  });

  it.each(['http://evil.example/x', 'javascript:alert(1)', '//evil.example', 'nonsense'])('never goes on to %s', async (referer) => {
    const response = await fetch(`${await start({})}/login`, form('username=jason', { referer }));
    expect(response.headers.get('location')).toBe('/productpage');
  });

  it.each(['', 'username=', 'username=%0d%0a', 'user=jason', 'username=a&username=b'])(
    'signs nobody in with the form "%s"',
    async (body) => {
      const response = await fetch(`${await start({})}/login`, form(body));
      expect({ status: response.status, cookie: response.headers.get('set-cookie') }).toEqual({ status: 302, cookie: null });
    },
  );

  it('signs out', async () => {
    const response = await fetch(`${await start({})}/logout`, { redirect: 'manual' });
    expect(response.status).toBe(302);
    expect(response.headers.get('set-cookie')).toMatch(/^session=;.*Max-Age=0/);
  });
});

describe('the rest', () => {
  it.each([
    { path: '/', type: 'text/html; charset=utf-8', body: /Bookinfo/ },
    { path: '/index.html', type: 'text/html; charset=utf-8', body: /Bookinfo/ },
    { path: '/health', type: 'text/plain; charset=utf-8', body: /^Product page is healthy$/ },
    { path: '/static/style.css', type: 'text/css; charset=utf-8', body: /--paper/ },
    { path: '/static/cover.svg', type: 'image/svg+xml', body: /^<svg/ },
    { path: '/metrics', type: 'text/plain; version=0.0.4; charset=utf-8', body: /# TYPE request_result counter/ },
  ])('GET $path', async ({ path, type, body }) => {
    const response = await fetch(`${await start({})}${path}`);
    expect({ status: response.status, type: response.headers.get('content-type') }).toEqual({ status: 200, type });
    expect(await response.text()).toMatch(body);
  });

  it.each(['/static/..%2f..%2fpackage.json', '/static/x', '/nowhere'])('GET %s is 404', async (path) => {
    expect((await fetch(`${await start({})}${path}`)).status).toBe(404);
  });

  const book = { id: 0, author: 'William Shakespeare', year: 1595, type: 'paperback' };
  it.each([
    {
      path: '/api/v1/products',
      status: 200,
      body: [{ id: 0, title: 'The Comedy of Errors', descriptionHtml: expect.stringContaining('Shakespeare') }],
    },
    { path: '/api/v1/products/0', status: 200, body: book },
    { path: '/api/v1/products/0/reviews', status: 503, body: { error: SORRY_REVIEWS } },
    { path: '/api/v1/products/0/ratings', status: 500, body: { error: 'Sorry, product ratings are currently unavailable for this book.' } },
  ])("GET $path answers JSON with its backend's status", async ({ path, status, body }) => {
    const url = await start({ details, reviews: json({}, 503), ratings: silent }, { timeoutMs: 100 });
    const response = await fetch(`${url}${path}`);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect({ status: response.status, body: await response.json() }).toEqual({ status, body });
  });

  it('keeps a product id inside its path segment', async () => {
    const paths: (string | undefined)[] = [];
    const url = await start({
      details: (request, response) => {
        paths.push(request.url);
        details(request, response);
      },
    });
    await fetch(`${url}/api/v1/products/${encodeURIComponent('../ratings/0?x=\r\n')}`);
    expect(paths).toEqual(['/details/..%2Fratings%2F0%3Fx%3D%0D%0A']);
  });

  it('counts what calls came to', async () => {
    const url = await start({ details, reviews: json({}, 503) });
    await (await fetch(`${url}/productpage`)).text();
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('request_result{destination_app="details",response_code="200"} 1\n');
    expect(text).toContain('request_result{destination_app="reviews",response_code="503"} 2\n');
  });
});

describe('parseConfig', () => {
  it('asks services by name unless told otherwise', () => {
    expect(parseConfig({}).backends).toEqual({
      details: 'http://details:9080',
      reviews: 'http://reviews:9080',
      ratings: 'http://ratings:9080',
      timeoutMs: 3000,
    });
    expect(parseConfig({ REVIEWS_HOSTNAME: '127.0.0.1', REVIEWS_SERVICE_PORT: '22001' }).backends.reviews).toBe('http://127.0.0.1:22001');
    expect(parseConfig({ SERVICES_DOMAIN: 'default.svc' }).backends.details).toBe('http://details.default.svc:9080');
  });

  it.each([
    { env: { PORT: 'x' }, message: 'Cannot read PORT: "x" is not a port' },
    { env: { RATINGS_SERVICE_PORT: '99999' }, message: 'Cannot read RATINGS_SERVICE_PORT: "99999" is not a port' },
    { env: { FLOOD_FACTOR: 'many' }, message: 'Cannot read FLOOD_FACTOR: "many" is not a count' },
  ])('$message', ({ env, message }) => expect(() => parseConfig(env)).toThrow(message));
});
