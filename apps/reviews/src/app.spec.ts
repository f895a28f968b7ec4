import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { createApp } from './app';
import { parseConfig } from './config';

const texts = [
  { reviewer: 'Reviewer1', text: 'An extremely entertaining play by Shakespeare. The slapstick humour is refreshing!' },
  {
    reviewer: 'Reviewer2',
    text: 'Absolutely fun and entertaining. The play lacks thematic depth when compared to other plays by Shakespeare.',
  },
];
const unavailable = { error: 'Ratings service is currently unavailable' };

const closing: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  jest.restoreAllMocks();
});

async function backend(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function reviews(ratings?: { origin: string; starColor?: string; timeoutMs?: number }): Promise<string> {
  const app = await createApp({
    port: 0,
    version: 'v1',
    podName: 'reviews-v1-0',
    clusterName: 'null',
    ratings: ratings && { starColor: 'black', timeoutMs: 1000, ...ratings },
  });
  await app.listen(0, '127.0.0.1');
  closing.push(() => app.close());
  return app.getUrl();
}

const json =
  (value: unknown): RequestListener =>
  (_, response) =>
    response.end(JSON.stringify(value));

describe('reviews', () => {
  it('is healthy', async () => {
    expect(await (await fetch(`${await reviews()}/health`)).json()).toEqual({ status: 'Reviews is healthy' });
  });

  it('shows no ratings in v1', async () => {
    const response = await fetch(`${await reviews()}/reviews/0`);
    expect(await response.json()).toEqual({ id: '0', podname: 'reviews-v1-0', clustername: 'null', reviews: texts });
  });

  it.each(['abc', '1e1', '..%2f..%2fadmin', '0%0d%0aX: y'])('refuses the id %s', async (id) => {
    expect((await fetch(`${await reviews({ origin: await backend(json({})) })}/reviews/${id}`)).status).toBe(404);
  });

  it.each(['black', 'red'])('shows %s stars', async (starColor) => {
    const origin = await backend(json({ id: 0, ratings: { Reviewer1: 5, Reviewer2: 4 } }));
    const response = await fetch(`${await reviews({ origin, starColor })}/reviews/0`);
    expect(await response.json()).toEqual({
      id: '0',
      podname: 'reviews-v1-0',
      clustername: 'null',
      reviews: [
        { ...texts[0], rating: { stars: 5, color: starColor } },
        { ...texts[1], rating: { stars: 4, color: starColor } },
      ],
    });
  });

  const failures: readonly { name: string; listener: RequestListener; ratings?: unknown[] }[] = [
    { name: 'an error status', listener: (_, response) => response.writeHead(503).end('{"ratings":{"Reviewer1":1}}') },
    { name: 'no JSON', listener: (_, response) => response.end('upstream connect error') },
    { name: 'no ratings', listener: json({ id: 0 }) },
    { name: 'nothing in time', listener: () => undefined },
    { name: 'half an answer', listener: (_, response) => response.writeHead(200, { 'content-length': '100' }).write('{') },
    { name: 'a closed connection', listener: (request) => request.socket.destroy() },
    { name: 'one reviewer only', listener: json({ ratings: { Reviewer2: 0 } }), ratings: [unavailable, { stars: 0, color: 'black' }] },
    { name: 'no numbers', listener: json({ ratings: { Reviewer1: '<b>', Reviewer2: -1 } }) },
  ];
  it.each(failures)('answers 200 and says so when ratings gives $name', async ({ listener, ratings = [unavailable, unavailable] }) => {
    const response = await fetch(`${await reviews({ origin: await backend(listener), timeoutMs: 100 })}/reviews/0`);
    expect(response.status).toBe(200);
    expect(((await response.json()) as { reviews: { rating: unknown }[] }).reviews.map((review) => review.rating)).toEqual(ratings);
  });

  it('passes on trace context and user, each call over its own connection', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const ports = new Set<number | undefined>();
    const origin = await backend((request, response) => {
      seen.push(request.headers);
      ports.add(request.socket.remotePort);
      json({ ratings: {} })(request, response);
    });
    const url = await reviews({ origin });
    const headers = {
      'x-request-id': 'r',
      'x-b3-traceid': 't',
      traceparent: 'p',
      'end-user': 'jason',
      cookie: 'a=b',
      authorization: 'c',
      jwt: 'd',
      sw8: 'e',
      'user-agent': 'f',
    };
    await fetch(`${url}/reviews/0`, { headers: { ...headers, 'x-unrelated': 'no' } });
    await fetch(`${url}/reviews/0`);
    expect(seen[0]).toMatchObject(headers);
    expect(seen[0]).not.toHaveProperty('x-unrelated');
    expect(ports.size).toBe(2);
  });

  it('passes on bytes beyond ASCII as they came', async () => {
    let user: string | undefined;
    const origin = await backend((request, response) => {
      user = request.headers['end-user'] as string;
      json({ ratings: {} })(request, response);
    });
    const { port } = new URL(await reviews({ origin }));
    const socket = connect(Number(port), '127.0.0.1');
    socket.end('GET /reviews/0 HTTP/1.1\r\nHost: x\r\nEnd-User: ja\u00f6n\ttab\r\nConnection: close\r\n\r\n', 'latin1');
    await new Promise((closed) => socket.resume().once('close', closed));
    expect(user).toBe('ja\u00f6n\ttab');
  });
});

describe('parseConfig', () => {
  const base = { port: 9080, version: 'v1', podName: 'pod', clusterName: 'null', ratings: undefined };
  const HOSTNAME = 'pod';
  it.each([
    { name: 'v1 shows none', env: { HOSTNAME, ENABLE_RATINGS: 'false' }, want: base },
    {
      name: 'black waits ten seconds',
      env: { HOSTNAME, ENABLE_RATINGS: 'true' },
      want: { ...base, ratings: { origin: 'http://ratings:9080', starColor: 'black', timeoutMs: 10_000 } },
    },
    {
      name: 'red waits two and a half',
      env: {
        HOSTNAME,
        ENABLE_RATINGS: 'true',
        STAR_COLOR: 'red',
        RATINGS_HOSTNAME: 'r',
        RATINGS_SERVICE_PORT: '80',
        SERVICES_DOMAIN: 'bookinfo.svc',
        CLUSTER_NAME: 'east',
      },
      want: { ...base, clusterName: 'east', ratings: { origin: 'http://r.bookinfo.svc:80', starColor: 'red', timeoutMs: 2500 } },
    },
  ])('$name', ({ env, want }) => expect(parseConfig(env)).toEqual(want));
});
