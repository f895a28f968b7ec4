import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { create } from '@bufbuild/protobuf';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { silentLogger, systemClock } from '@lateen/base';
import { translateProxy } from '@lateen/translate';
import { HelloSchema, type ProxyInstruction, RequestsSchema, WindowSchema } from '@lateen/xds/gen/lateen/observation_pb';
import { type Caller } from '@lateen/xds/server';
import { createAdminApp } from '../admin/admin-app';
import { type ControlPlane, createControlPlane } from '../control-plane';
import { metricsServer } from '../metrics/metrics-server';
import { parseOptions } from '../options';
import { openSockets } from '../sockets';

jest.setTimeout(30_000);

const VS = (path: string): string =>
  `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v, namespace: default}\nspec:\n  hosts: [a]\n  http:\n    - match: [{uri: {prefix: ${path}}}]\n      route: [{destination: {host: a}}]\n`;

let state: string;
let controlPlane: ControlPlane;
let app: NestFastifyApplication;
let base: string;

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'observe-api-'));
  const dashboard = join(state, 'dashboard');
  mkdirSync(join(dashboard, 'assets'), { recursive: true });
  writeFileSync(join(dashboard, 'index.html'), '<!doctype html>');
  writeFileSync(join(dashboard, 'assets/main-B7x_k2Qz.js'), 'plain');
  writeFileSync(join(dashboard, 'assets/main-B7x_k2Qz.js.br'), 'packed');
  const any = '127.0.0.1:0';
  const argv = ['--state', state, '--dashboard', dashboard, '--xds-plaintext', any, '--xds', any, '--admin', any, '--metrics', any];
  const options = parseOptions(argv, {});
  controlPlane = await createControlPlane(options, { clock: systemClock, logger: silentLogger, translate: translateProxy });
  app = await createAdminApp(controlPlane);
  const metrics = metricsServer(controlPlane.metrics.registry, controlPlane.version).unref();
  base = `http://${(await openSockets(options, controlPlane, { admin: app.getHttpServer(), metrics })).admin}`;
});

afterAll(async () => {
  await app.close();
  await controlPlane[Symbol.asyncDispose]();
  rmSync(state, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** With the token unless `headers` say otherwise; fetch would not let a Host be chosen. */
function call(method: string, path: string, headers: Readonly<Record<string, string>> = {}, body?: unknown): Promise<Answer> {
  const token = readFileSync(join(state, 'admin-token'), 'utf8').trim();
  const text = body === undefined ? undefined : JSON.stringify(body);
  const all = { authorization: `Bearer ${token}`, ...(text === undefined ? {} : { 'content-type': 'application/json' }), ...headers };
  return new Promise((resolve, reject) => {
    const sent = request(`${base}${path}`, { method, headers: all }, (response) => {
      let answer = '';
      response.on('data', (data: Buffer) => (answer += data.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: answer }));
    });
    sent.on('error', reject);
    sent.end(text);
  });
}
const json = async (method: string, path: string, body?: unknown): Promise<{ readonly [key: string]: unknown }> =>
  JSON.parse((await call(method, path, {}, body)).text) as { readonly [key: string]: unknown };

describe('what is seen of traffic', () => {
  const cases: readonly {
    name: string;
    method?: string;
    path: string;
    headers?: Readonly<Record<string, string>>;
    body?: unknown;
    want: number;
  }[] = [
    { name: 'the holder of the token', path: '/api/graph', want: 200 },
    { name: 'a page of this origin', path: '/api/graph', headers: { origin: 'SELF' }, want: 200 },
    { name: 'nobody without the token', path: '/api/graph', headers: { authorization: '' }, want: 401 },
    { name: 'nobody with the explain token', path: '/api/graph', headers: { authorization: 'EXPLAIN' }, want: 401 },
    { name: 'no page of another port', path: '/api/graph', headers: { origin: 'http://127.0.0.1:1' }, want: 403 },
    { name: 'no page of another site', path: '/api/graph', headers: { 'sec-fetch-site': 'cross-site' }, want: 403 },
    { name: 'nobody by a name of an attacker', path: '/api/graph', headers: { host: 'evil.example' }, want: 403 },
    { name: 'no window that is none', path: '/api/graph?window=soon', want: 400 },
    { name: 'no filter that it does not know', path: '/api/requests?wat=1', want: 400 },
    { name: 'no text without bound', path: `/api/requests?workload=${'x'.repeat(300)}`, want: 400 },
    { name: 'nothing of a request that is not there', path: '/api/requests/none', want: 404 },
    { name: 'nothing of a resource that is not there', path: '/api/configuration/Service/default/none', want: 404 },
    { name: 'no restart where no supervisor runs', method: 'POST', path: '/api/workloads/default/a/restart', want: 501 },
    { name: 'no logs where no supervisor runs', path: '/api/workloads/default/a/logs', want: 501 },
    {
      name: 'no request to a file',
      method: 'POST',
      path: '/api/try',
      body: { from: 'ingress', method: 'GET', url: 'file:///etc/passwd', headers: [] },
      want: 400,
    },
    {
      name: 'no header that is two',
      method: 'POST',
      path: '/api/try',
      body: { from: 'ingress', method: 'GET', url: 'http://a/', headers: [['a', 'b\r\nc: d']] },
      want: 400,
    },
  ];
  it.each(cases)('is shown to $name: $want', async ({ method = 'GET', path, headers = {}, body, want }) => {
    const explain = `Bearer ${readFileSync(join(state, 'explain-token'), 'utf8').trim()}`;
    const real = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, v === 'SELF' ? base : v === 'EXPLAIN' ? explain : v]));
    expect((await call(method, path, real, body)).status).toBe(want);
  });

  it('and the explain token is readable by the owner only', () => expect(statSync(join(state, 'explain-token')).mode & 0o777).toBe(0o600));
});

describe('the dashboard', () => {
  it('is served without a token, under a strict policy, and asked for anew', async () => {
    const { status, headers, text } = await call('GET', '/', { authorization: '' });
    expect([status, text, headers['cache-control']]).toEqual([200, '<!doctype html>', 'no-cache']);
    expect(headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self';.*frame-ancestors 'none'/);
  });

  it.each([
    ['br', 'packed'],
    ['identity', 'plain'],
  ])('has files named by their content that are kept for ever, in %s', async (encoding, want) => {
    const { headers, text } = await call('GET', '/assets/main-B7x_k2Qz.js', { 'accept-encoding': encoding });
    expect([text, headers['cache-control'], headers['content-type']]).toEqual([
      want,
      'public, max-age=31536000, immutable',
      'text/javascript; charset=utf-8',
    ]);
  });

  it.each(['/assets/none.js', '/../admin-token', '/..%2fadmin-token', '/%2e%2e/admin-token', '/assets', '/api/none'])(
    'has no %s',
    async (path) => expect((await call('GET', path)).status).toBe(404),
  );
});

describe('configuration', () => {
  it('is undone to an earlier version', async () => {
    for (const [path, name] of [
      ['/one', 'a.yaml'],
      ['/two', 'dashboard/a.yaml'],
    ] as const)
      await json('POST', '/api/v1/apply', { files: [{ name, text: VS(path) }] });
    const view = await json('GET', '/api/configuration/VirtualService/default/v');
    expect(view).toMatchObject({
      generation: 2,
      yaml: VS('/two'),
      errors: 0,
      revisions: [
        { generation: 2, file: 'dashboard/a.yaml' },
        { generation: 1, yaml: VS('/one'), file: 'a.yaml', line: 1 },
      ],
    });
    expect(view['effect']).toMatchObject({ proxies: { synced: 0, of: 0 } });
    await json('POST', '/api/configuration/undo', { kind: 'VirtualService', namespace: 'default', name: 'v', generation: 1 });
    expect(await json('GET', '/api/configuration/VirtualService/default/v')).toMatchObject({
      generation: 3,
      yaml: VS('/one'),
      revisions: [{ generation: 3, undoneTo: 1 }, { generation: 2 }, { generation: 1 }],
    });
    const missing = { kind: 'VirtualService', namespace: 'default', name: 'v', generation: 99 };
    expect((await call('POST', '/api/configuration/undo', {}, missing)).status).toBe(404);
  });

  it('is judged before it is applied, at its lines', async () => {
    expect(await json('POST', '/api/configuration/validate', { yaml: VS('/a').replace('hosts', 'hots') })).toMatchObject({
      findings: expect.arrayContaining([expect.objectContaining({ severity: 'error', code: 'unknown_field', line: 5 })]),
    });
  });

  it('shows no value of a Secret', async () => {
    const text = '{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: default}, data: {password: c2VjcmV0}}';
    await json('POST', '/api/v1/apply', { files: [{ name: 's.yaml', text }] });
    const { text: answer } = await call('GET', '/api/configuration/Secret/default/s');
    expect([answer.includes('password'), answer.includes('c2VjcmV0')]).toEqual([true, false]);
  });
});

describe('a proxy that reports', () => {
  const instance = (name: string): object => ({
    name,
    namespace: 'default',
    workload: name.replace(/-\d+$/, ''),
    kind: 'sidecar',
    address: '10.0.0.1',
    labels: {},
    annotations: {},
    serviceAccount: name.replace(/-\d+$/, ''),
    ports: [],
    ready: true,
  });
  const hello = (pod: string) =>
    create(HelloSchema, { nodeId: `sidecar~10.0.0.1~${pod}.default~default.svc.cluster.local`, instance: 'i' });
  const web: Caller = { via: 'certificate', trustDomain: 'cluster.local', namespace: 'default', serviceAccount: 'web' };

  beforeAll(async () => {
    await json('PUT', '/api/v1/workloads', { workloads: [instance('web-0'), instance('shop-0')] });
    await controlPlane.world.settled();
  });

  it('is told at once what is wanted, and that its windows came', () => {
    const told: ProxyInstruction[] = [];
    const session = controlPlane.observe.join(hello('web-0'), web, (instruction) => told.push(instruction));
    session.report({ case: 'window', value: create(WindowSchema, { sequence: 1, startMs: 1, endMs: 2 }) });
    const unwatch = controlPlane.observe.watch({ method: 'get' }, () => undefined);
    unwatch();
    session.close();
    expect(told.map(({ acknowledged, watch }) => [acknowledged, watch?.filters.map(({ method }) => method)])).toEqual([
      [0, undefined],
      [1, undefined],
      [1, ['GET']],
      [1, undefined],
    ]);
    expect(told[0]?.followedHeaders).toEqual(expect.arrayContaining(['x-request-id', 'traceparent']));
    expect(told.map(({ samplesPerSecond }) => samplesPerSecond)).toEqual([10, 10, 10, 10]);
  });

  it('is heard by watchers when it passes requests over', () => {
    const session = controlPlane.observe.join(hello('web-0'), web, () => undefined);
    const heard: string[] = [];
    for (const filter of [{}, { workload: 'web' }, { path: '/a' }])
      controlPlane.observe.watch(
        filter,
        () => undefined,
        ({ workload, requests, atMost, limitPerSecond }) => heard.push(`${workload.name} ${requests} ${atMost} ${limitPerSecond}`),
      );
    session.report({ case: 'requests', value: create(RequestsSchema, { failuresUnsent: 3, watchedUnsent: 4 }) });
    expect(heard).toEqual(['web 7 false 200', 'web 7 false 200', 'web 7 true 200']);
    session.report({ case: 'window', value: create(WindowSchema, { sequence: 2, startMs: 1, endMs: 2, watchedUnsent: 9 }) });
    session.report({ case: 'requests', value: create(RequestsSchema, {}) });
    expect(heard.slice(3)).toEqual(['web 9 false 200', 'web 9 false 200', 'web 9 true 200']);
    session.close();
  });

  const refusals: readonly { name: string; pod: string; caller: Caller; want: string }[] = [
    { name: 'another workload', pod: 'shop-0', caller: web, want: 'permission_denied' },
    { name: 'another pod than its token is for', pod: 'web-0', caller: { ...web, via: 'token', pod: 'web-1' }, want: 'permission_denied' },
    { name: 'a pod that is not registered', pod: 'web-7', caller: web, want: 'unavailable' },
    { name: 'anybody without proof', pod: 'web-0', caller: { via: 'none' }, want: 'unauthenticated' },
  ];
  it.each(refusals)('may not speak for $name', ({ pod, caller, want }) => {
    expect(() => controlPlane.observe.join(hello(pod), caller, () => undefined)).toThrow(expect.objectContaining({ code: want }));
  });
});
