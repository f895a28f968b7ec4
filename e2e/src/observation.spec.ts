import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { statePaths, SupervisorClient, type MeshStatus } from '@lateen/local';
import { type Explanation } from '@lateen/explain';
import { type DeadPart, type DroppedHeader, type Exchange, type Graph, type RequestRecord, type SecretView } from '@lateen/observation';
import { Mesh, ROOT, sample } from './mesh';

jest.setTimeout(120_000);

const relay = (name: string): string => `
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{name: http, port: 8000}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: ${name}, image: ${name}, ports: [{containerPort: 8000}]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}}
spec:
  hosts: ["${name}.example"]
  gateways: [bookinfo-gateway]
  http: [{route: [{destination: {host: ${name}, port: {number: 8000}}}]}]
---
`;
/** Jason is sent to v1 of ratings: of whom nobody tells whoever calls through the relays. */
const RULES = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ratings}
spec:
  hosts: [ratings]
  http:
    - match: [{headers: {end-user: {exact: jason}}}]
      route: [{destination: {host: ratings}}]
    - route: [{destination: {host: ratings}}]
    - match: [{uri: {prefix: /never}}]
      route: [{destination: {host: ratings}}]
`;

/** A service of bytes, and one more of the reviews whose requests are split, steered and rewritten. */
const SPLITS = `
---
apiVersion: v1
kind: Service
metadata: {name: raw}
spec: {selector: {app: bytes}, ports: [{name: tcp, port: 9001, targetPort: 8000}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: bytes}
spec:
  selector: {matchLabels: {app: bytes}}
  template:
    metadata: {labels: {app: bytes}}
    spec: {containers: [{name: bytes, image: passes, ports: [{containerPort: 8000}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: split}
spec: {selector: {app: reviews}, ports: [{name: http, port: 9002, targetPort: 9080}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: split}
spec: {host: split, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: split}
spec:
  hosts: [split]
  http:
  - match: [{uri: {prefix: /reviews/0}, headers: {end-user: {exact: jason}}}]
    rewrite: {uri: /reviews/1, authority: rewritten.example}
    route: [{destination: {host: split, subset: v2}}]
  - route:
    - {destination: {host: split, subset: v1}, weight: 80}
    - {destination: {host: split, subset: v2}, weight: 20}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: raw}
spec:
  hosts: [raw]
  tcp:
  - match: [{destinationSubnets: [10.0.0.0/8]}]
    route: [{destination: {host: raw}}]
  - match: [{sourceLabels: {app: nobody}}]
    route: [{destination: {host: raw}}]
  - route: [{destination: {host: raw}}]
`;

let mesh: Mesh;
let files: string;

beforeAll(async () => {
  files = mkdtempSync(join(tmpdir(), 'observation-'));
  const images = (['passes', 'drops'] as const).map(
    (name) =>
      `  ${name}:\n    command: [node, ${join(ROOT, 'e2e/src/fixtures/relay.mjs')}]\n    port: PORT\n    environment: { FORWARD: "${name === 'passes' ? 'x-request-id,traceparent,end-user' : ''}" }\n`,
  );
  const shipped = readFileSync(join(ROOT, 'lateen.yaml'), 'utf8').replaceAll('dist/apps/', join(ROOT, 'dist/apps/'));
  writeFileSync(
    join(files, 'lateen.yaml'),
    shipped.replace(/^images:\n/m, (line) => line + images.join('')),
  );
  writeFileSync(join(files, 'more.yaml'), relay('passes') + relay('drops') + RULES + SPLITS);
  mesh = await Mesh.start({
    interception: 'explicit',
    files: [sample('platform'), sample('networking/bookinfo-gateway.yaml'), join(files, 'more.yaml')],
    appsFile: join(files, 'lateen.yaml'),
  });
});

afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
  rmSync(files, { recursive: true, force: true });
});

async function api<T>(path: string): Promise<T> {
  const token = readFileSync(statePaths(mesh.state).adminToken, 'utf8').trim();
  const response = await fetch(`${mesh.admin}${path}`, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`GET ${path} was answered with ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** One request through the gateway. */
function send(path: string, headers: Readonly<Record<string, string>> = {}): Promise<{ readonly status: number }> {
  return new Promise((resolve, reject) => {
    const call = request(`${mesh.ingress}${path}`, { headers: { ...headers, connection: 'close' } }, (response) => {
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0 }));
    });
    call.on('error', reject);
    call.end();
  });
}

async function sendMany(count: number, path: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  for (let sent = 0; sent < count; sent += 10) await Promise.all(Array.from({ length: 10 }, () => send(path, headers)));
}

/** Asks until the answer is right, since sums come every five seconds; then the last answer is what fails the test. */
async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean, timeoutMs = 40_000): Promise<T> {
  for (const end = Date.now() + timeoutMs; ;) {
    const answer = await ask().catch((error: unknown) => error as T);
    if ((!(answer instanceof Error) && isRight(answer)) || Date.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Edges as `SOURCE > TARGET REQUESTS MTLS`. */
function edgesOf({ edges }: Graph): readonly string[] {
  return edges.map(({ source, target, rates, security }) => `${source} > ${target} ${rates.requests > 0} ${security.mutualTls}`);
}
const GATEWAY = 'istio-system/istio-ingressgateway';

describe('the graph', () => {
  it('has every edge of Bookinfo, with its rate and mutual TLS', async () => {
    await sendMany(60, '/productpage');
    const want = [
      `${GATEWAY} > default/productpage-v1 true yes`,
      'default/productpage-v1 > default/details-v1 true yes',
      'default/productpage-v1 > default/reviews-v1 true yes',
      'default/productpage-v1 > default/reviews-v2 true yes',
      'default/productpage-v1 > default/reviews-v3 true yes',
      'default/reviews-v2 > default/ratings-v1 true yes',
      'default/reviews-v3 > default/ratings-v1 true yes',
    ];
    const fromOutside = ({ nodes }: Graph): number => nodes.find(({ id }) => id === GATEWAY)?.inbound.requests ?? 0;
    const graph = await until(
      () => api<Graph>('/api/graph?window=120'),
      (answer) => want.every((edge) => edgesOf(answer).includes(edge)) && fromOutside(answer) >= 60,
    );
    expect(edgesOf(graph)).toEqual(expect.arrayContaining(want));
    expect(fromOutside(graph) % 60).toBe(0);
  });
});

describe('a proxy', () => {
  it('tells which certificates it holds, and until when', async () => {
    const { secrets } = await until(
      () => api<{ readonly secrets: readonly SecretView[] }>('/api/workloads/default/reviews-v1/config'),
      (answer) => answer.secrets.length >= 2,
    );
    const dayMs = 86_400_000;
    const [own, ...roots] = [...secrets].sort((a, b) => (a.kind < b.kind ? -1 : 1));
    expect(own).toMatchObject({
      name: 'default',
      kind: 'certificate',
      names: [expect.stringMatching(/^spiffe:\/\/cluster\.local\/ns\/default\/sa\//)],
    });
    expect(own?.notAfterMs).toBeGreaterThan(Date.now());
    expect(own?.notAfterMs).toBeLessThanOrEqual(Date.now() + dayMs);
    expect(roots).toMatchObject([{ name: 'ROOTCA', kind: 'trusted root' }]);
    expect(roots[0]?.notAfterMs).toBeGreaterThan(Date.now() + 3000 * dayMs);
  });
});

describe('single requests', () => {
  it('that failed are there without anybody watching, with their cause', async () => {
    await send('/nowhere');
    const { requests } = await until(
      () => api<{ readonly requests: readonly RequestRecord[] }>('/api/requests?failed=1&path=/nowhere'),
      ({ requests: found }) => found.length > 0,
    );
    expect(requests).toMatchObject([
      { status: 404, flags: ['NR'], proxy: 'istio-ingressgateway-0.istio-system', cause: { code: 'no_rule_matched' } },
    ]);
    const before = await api<{ readonly requests: readonly RequestRecord[] }>('/api/requests?path=/productpage&limit=1000');
    const ofGateway = before.requests.filter(({ reporter }) => reporter === 'source');
    expect([ofGateway.length > 0, before.requests.filter(({ sampled }) => sampled !== true)]).toEqual([true, []]);
  });

  it('that succeed while nobody watches can be explained, as long as there are few', async () => {
    // What was sent before has been paid for by then.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await send('/productpage?u=quiet');
    const path = encodeURIComponent('/productpage?u=quiet');
    const { requests } = await until(
      () => api<{ readonly requests: readonly RequestRecord[] }>(`/api/requests?path=${path}`),
      ({ requests: found }) => found.length > 0,
    );
    const id = requests[0]!.requestId;
    const whole = (exchange: Exchange): boolean => exchange.hops.length >= 6 && exchange.hops.every(({ depth }, i) => i === 0 || depth > 0);
    const { hops } = await until(() => api<Exchange>(`/api/requests/${id}`), whole);
    expect(hops.map(({ record }) => [record.status, record.sampled])).toEqual(hops.map(() => [200, true]));
    expect((await mesh.lateen('explain', '--request-id', id)).stdout).toContain('productpage');
  });

  it('come all while somebody watches, and make one tree of hops', async () => {
    const token = readFileSync(statePaths(mesh.state).adminToken, 'utf8').trim();
    const stop = new AbortController();
    const stream = await fetch(`${mesh.admin}/api/requests/stream`, { headers: { authorization: `Bearer ${token}` }, signal: stop.signal });
    await until(
      () => api<{ readonly watching: number }>('/api/status'),
      ({ watching }) => watching === 1,
    );
    const since = Date.now();
    await sendMany(10, '/productpage');
    const { requests } = await until(
      () => api<{ readonly requests: readonly RequestRecord[] }>(`/api/requests?path=/productpage&limit=100&since=${since}`),
      ({ requests: found }) => found.length >= 20,
    );
    expect(requests.length).toBeGreaterThanOrEqual(20);
    const reader = stream.body?.getReader();
    let events = '';
    while (!events.includes('event: request')) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      events += new TextDecoder().decode(value);
    }
    expect(events).toContain('event: request');
    const exchange = await until(
      () => api<Exchange>(`/api/requests/${requests[0]?.requestId}`),
      ({ hops }) => hops.length >= 6 && hops.every(({ depth }, i) => i === 0 || depth > 0),
    );
    expect(exchange.hops.slice(0, 2).map(({ record, depth }) => `${depth} ${record.workload.name} ${record.reporter}`)).toEqual([
      '0 istio-ingressgateway source',
      '1 productpage-v1 destination',
    ]);
    const roots = exchange.hops.filter(({ depth }) => depth === 0);
    expect(roots.map(({ record }) => `${record.workload.name} ${record.reporter}`)).toEqual(['istio-ingressgateway source']);
    stop.abort();
    await until(
      () => api<{ readonly watching: number }>('/api/status'),
      ({ watching }) => watching === 0,
    );
  });

  it('are for the holder of the token only', async () => {
    for (const path of ['/api/graph', '/api/requests', '/api/dead', '/api/configuration', '/api/workloads'])
      expect((await fetch(`${mesh.admin}${path}`)).status).toBe(401);
  });
});

describe('what nothing reaches', () => {
  it('is told with why, and what is reached is not', async () => {
    const ofRatings = ({ dead }: { readonly dead: readonly DeadPart[] }): readonly string[] =>
      dead.filter(({ kind, name }) => kind === 'VirtualService' && name === 'ratings').map(({ path }) => path);
    const answer = await until(
      () => api<{ readonly dead: readonly DeadPart[] }>('/api/dead'),
      (found) => ofRatings(found).length === 2,
    );
    expect(ofRatings(answer)).toEqual(['http[0]', 'http[2]']);
    const shadowed = answer.dead.find(({ name, path }) => name === 'ratings' && path === 'http[2]');
    expect(shadowed).toMatchObject({ reason: expect.stringContaining('shadowed'), file: join(files, 'more.yaml') });
    expect(shadowed?.candidates).toBeGreaterThan(0);
  });
});

describe('rules of a sidecar', () => {
  async function explained(service: string): Promise<Explanation['steps']> {
    const { stdout } = await mesh.lateen('explain', '-o', 'json', '--from', 'productpage', 'GET', `http://${service}/`);
    return (JSON.parse(stdout) as Explanation).steps;
  }
  /** Where productpage's sidecar takes what is for a service. */
  async function dial(service: string): Promise<string> {
    const steps = await explained(service);
    return `http://${steps.find(({ stage }) => stage === 'listener')?.name?.replace('_', ':')}`;
  }
  const get = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<void> => {
    for (let i = 0; i < 40; i++) await (await fetch(url, { headers: { ...headers, connection: 'close' } })).arrayBuffer();
  };
  const effects = async (name: string): Promise<readonly string[]> => {
    const { parts } = await api<{ readonly parts: readonly { readonly path: string; readonly sentence: string }[] }>(
      `/api/configuration/VirtualService/default/${name}`,
    );
    return parts.map(({ path, sentence }) => `${path} ${sentence.replace(/, in \d+ .*$/, '')}`);
  };

  it('for TCP are explained with their lines', async () => {
    const steps = await explained('raw:9001');
    expect(steps.find(({ stage, verdict }) => stage === 'route' && verdict === 'chosen')).toMatchObject({
      name: 'tcp[2]',
      file: join(files, 'more.yaml'),
      line: lineOf('route: [{destination: {host: raw}}]', 3),
    });
  });

  it('for TCP are judged by the connections they took', async () => {
    await get(`${await dial('raw:9001')}/`);
    const want = [
      'tcp[1] never matched: no gateway and no sidecar can reach it: no workload has its source labels',
      'tcp[2] matched 40 connections in 5 min',
      'tcp[0] not in effect: matching by address is not built, so it holds for nothing',
    ];
    expect(
      await until(
        () => effects('raw'),
        (told) => told.join() === want.join(),
      ),
    ).toEqual(want);
    const { dead } = await api<{ readonly dead: readonly DeadPart[] }>('/api/dead');
    expect(
      dead.filter(({ name }) => name === 'raw').map(({ path, file, line, candidates }) => `${path} ${file} ${line} of ${candidates}`),
    ).toEqual([`tcp[1] ${join(files, 'more.yaml')} ${lineOf('sourceLabels: {app: nobody}')} of 40`]);
  });

  it('that split have beside their weights what they split themselves, and rewritten requests are told as they came', async () => {
    const url = await dial('split:9002');
    const stop = new AbortController();
    const token = readFileSync(statePaths(mesh.state).adminToken, 'utf8').trim();
    await fetch(`${mesh.admin}/api/requests/stream`, { headers: { authorization: `Bearer ${token}` }, signal: stop.signal });
    await until(
      () => api<{ readonly watching: number }>('/api/status'),
      ({ watching }) => watching === 1,
    );
    await get(`${url}/reviews/0`, { 'end-user': 'jason' });
    await get(`${url}/reviews/0`);
    // Of 80 requests 40 are Jason's: of all, v2 gets 60 %, of those that the rule splits 20 %.
    const measured = ({ edges }: Graph): number | undefined =>
      edges.find(({ source, target, split }) => source.includes('productpage') && target.includes('reviews-v2') && split !== undefined)
        ?.split?.measured;
    const graph = await until(
      () => api<Graph>('/api/graph?window=120'),
      (answer) => (measured(answer) ?? 0) > 0,
    );
    expect(measured(graph)).toBeLessThan(0.5);
    const { requests } = await until(
      () => api<{ readonly requests: readonly RequestRecord[] }>('/api/requests?path=/reviews/0&limit=200'),
      ({ requests: found }) => found.some(({ sentPath }) => sentPath !== undefined),
    );
    expect(requests.find(({ sentPath }) => sentPath !== undefined)).toMatchObject({
      path: '/reviews/0',
      authority: url.slice('http://'.length),
      sentPath: '/reviews/1',
      sentAuthority: 'rewritten.example',
    });
    stop.abort();
  });

  /** The line of a text in the mesh's file, the `nth` time it is there. */
  function lineOf(text: string, nth = 1): number | undefined {
    const lines = readFileSync(join(files, 'more.yaml'), 'utf8').split('\n');
    return lines.flatMap((line, i) => (line.includes(text) ? [i + 1] : []))[nth - 1];
  }
});

describe('headers', () => {
  it('that an app drops are told, with the rule that can never match; an app that passes them on is never named', async () => {
    const headers = { 'end-user': 'jason', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    const ask = async (): Promise<readonly DroppedHeader[]> => {
      await Promise.all([
        sendMany(50, '/', { ...headers, host: 'drops.example' }),
        sendMany(50, '/', { ...headers, host: 'passes.example' }),
      ]);
      return (await api<{ readonly workloads: readonly DroppedHeader[] }>('/api/dropped-headers')).workloads;
    };
    const named = await until(ask, (found) => found.filter(({ workload }) => workload === 'drops').length >= 3, 60_000);
    expect(named.filter(({ workload }) => workload === 'drops').map(({ header }) => header)).toEqual(
      expect.arrayContaining(['end-user', 'traceparent', 'x-request-id']),
    );
    expect(named.filter(({ workload }) => workload !== 'drops')).toEqual([]);
    expect(named.find(({ header }) => header === 'end-user')).toMatchObject({
      towards: ['ratings.default.svc.cluster.local'],
      rules: [{ kind: 'VirtualService', name: 'ratings', path: 'http[0].match[0]' }],
    });
  });
});

describe('a control plane that is killed', () => {
  it('is told by every proxy again, and of what happened meanwhile', async () => {
    const { observedProxies } = await api<{ readonly observedProxies: number }>('/api/status');
    const client = await SupervisorClient.connect(statePaths(mesh.state).socket);
    const { controlPlane } = (await client?.call({ op: 'status' })) as MeshStatus;
    client?.close();
    process.kill(controlPlane.pid ?? -1, 'SIGKILL');
    await sendMany(20, '/productpage');
    const status = await until(
      () => api<{ readonly observedProxies: number }>('/api/status'),
      (answer) => answer.observedProxies === observedProxies,
      60_000,
    );
    expect(status.observedProxies).toBe(observedProxies);
    const reached = (graph: Graph): number => graph.nodes.find(({ id }) => id === GATEWAY)?.inbound.requests ?? 0;
    const graph = await until(
      () => api<Graph>('/api/graph?window=300'),
      (answer) => reached(answer) >= 20,
    );
    expect(reached(graph)).toBeGreaterThanOrEqual(20);
  });
});
