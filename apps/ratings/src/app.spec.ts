import { afterEach, describe, expect, it } from '@jest/globals';
import { createApp, type Effects } from './app';
import { parseConfig, type RatingsConfig } from './config';

const usual = { id: 0, ratings: { Reviewer1: 5, Reviewer2: 4 } };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function ratings(version = 'v1', config: Partial<RatingsConfig> = {}, effects: Partial<Effects> = {}): Promise<string> {
  const app = await createApp(
    { ...parseConfig({ SERVICE_VERSION: version, PORT: '0' }), ...config },
    { now: () => 0, random: () => 0.5, ...effects },
  );
  await app.listen(0, '127.0.0.1');
  closing.push(() => app.close());
  return app.getUrl();
}

async function answer(url: string, init?: RequestInit): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, init);
  return { status: response.status, body: await response.json() };
}

const post = (body: string, contentType = 'application/json'): RequestInit => ({
  method: 'POST',
  body,
  headers: { 'content-type': contentType },
});

describe('ratings', () => {
  const badJson = { status: 400, body: { error: 'please provide valid ratings JSON' } };
  const badId = { status: 400, body: { error: 'please provide numeric product ID' } };
  const stored = { status: 200, body: { id: 0, ratings: { Reviewer1: 1 } } };
  it.each([
    { name: 'health', path: '/health', want: { status: 200, body: { status: 'Ratings is healthy' } } },
    { name: 'a product', path: '/ratings/0', want: { status: 200, body: usual } },
    { name: 'an id that is no number', path: '/ratings/abc', want: badId },
    { name: 'a post to an id that is no number', path: '/ratings/abc', init: post('{}'), want: badId },
    { name: 'a post', path: '/ratings/0', init: post('{"Reviewer1":1}'), want: stored },
    {
      name: 'a post as curl -d sends it',
      path: '/ratings/0',
      init: post('{"Reviewer1":1}', 'application/x-www-form-urlencoded'),
      want: stored,
    },
    { name: 'a cut post', path: '/ratings/0', init: post('{"Reviewer1":'), want: badJson },
    { name: 'an empty post', path: '/ratings/0', init: { method: 'POST' }, want: badJson },
    { name: 'an array', path: '/ratings/0', init: post('[1]'), want: badJson },
    { name: 'null', path: '/ratings/0', init: post('null'), want: badJson },
    { name: 'words for stars', path: '/ratings/0', init: post('{"Reviewer1":"<b>"}'), want: badJson },
  ])('$name', async ({ path, init, want }) => expect(await answer(`${await ratings()}${path}`, init)).toEqual(want));

  it('keeps what was posted, for that product alone', async () => {
    const url = await ratings();
    await answer(`${url}/ratings/1`, post('{"Reviewer1":2,"__proto__":3}'));
    expect((await answer(`${url}/ratings/1`)).body).toEqual({ id: 1, ratings: JSON.parse('{"Reviewer1":2,"__proto__":3}') });
    expect((await answer(`${url}/ratings/0`)).body).toEqual(usual);
  });

  it('refuses a body beyond 64 KiB', async () => {
    expect((await answer(`${await ratings()}/ratings/0`, post(`{"a":${'1'.repeat(70_000)}}`))).status).toBe(413);
  });

  it('v2 wants its database', async () => {
    const url = await ratings('v2');
    expect(await answer(`${url}/ratings/0`)).toEqual({ status: 500, body: { error: 'could not connect to ratings database' } });
    expect((await answer(`${url}/ratings/0`, post('{}'))).status).toBe(501);
  });

  const refused = { status: 503, body: { error: 'Service unavailable' } };
  const served = { status: 200, body: usual };
  it.each([
    { random: 0.49, want: refused },
    { random: 0.5, want: served },
  ])('v-faulty with $random answers $want.status', async ({ random, want }) => {
    expect(await answer(`${await ratings('v-faulty', {}, { random: () => random })}/ratings/0`)).toEqual(want);
  });

  it('v-delayed waits on half of its requests', async () => {
    let random = 0;
    const url = await ratings('v-delayed', { delayMs: 150 }, { random: () => random });
    const timed = async (): Promise<number> => {
      const start = performance.now();
      expect(await answer(`${url}/ratings/0`)).toEqual(served);
      return performance.now() - start;
    };
    expect(await timed()).toBeGreaterThanOrEqual(140);
    random = 0.9;
    expect(await timed()).toBeLessThan(140);
  });

  it.each([
    { version: 'v-unavailable', minutes: 1, health: 200 },
    { version: 'v-unhealthy', minutes: 15, health: 500 },
  ])('$version flips every $minutes minutes', async ({ version, minutes, health }) => {
    let now = 0;
    const url = await ratings(version, {}, { now: () => now });
    const period = minutes * 60_000;
    for (const [at, want, healthStatus] of [
      [0, served, 200],
      [period - 1, served, 200],
      [period, refused, health],
      [2 * period, served, 200],
    ] as const) {
      now = at;
      expect(await answer(`${url}/ratings/0`)).toEqual(want);
      expect((await answer(`${url}/health`)).status).toBe(healthStatus);
    }
  });
});

describe('parseConfig', () => {
  it('waits seven seconds and stands on 9080', () => {
    expect(parseConfig({})).toEqual({ port: 9080, version: 'v1', fault: undefined, databaseBacked: false, delayMs: 7000, flipMs: 60_000 });
  });
});
