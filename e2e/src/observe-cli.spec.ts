import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type DeadPart, type Graph, type GraphEdge, type Rates, type RequestRecord, type WorkloadRef } from '@lateen/observation';
import { run } from './mesh';

// Every case starts a process.
jest.setTimeout(60_000);

const TOKEN = 'admin-token-of-the-test';
const workload = (name: string, namespace = 'default'): WorkloadRef => ({
  name,
  namespace,
  app: name.replace(/-v\d+$/, ''),
  version: /-(v\d+)$/.exec(name)?.[1] ?? 'latest',
});
const rates = (perSecond: number, errors = 0): Rates => ({
  perSecond,
  errorRatio: errors / (perSecond * 60),
  requests: perSecond * 60,
  errors,
  p50Ms: 4.2,
  p90Ms: 12,
  p99Ms: 1234,
});
const node = (name: string, namespace: string, inbound: Rates, kind: Graph['nodes'][0]['kind'] = 'workload') => ({
  id: kind === 'unknown' ? 'unknown' : `${namespace}/${name}`,
  kind,
  workload: workload(name, namespace),
  group: workload(name).app,
  running: true,
  inbound,
});
const edge = (source: string, target: string, more: Partial<GraphEdge> = {}): GraphEdge => ({
  id: `${source}>${target}`,
  source,
  target,
  protocol: 'http',
  rates: rates(2),
  security: { mutualTls: 'yes', principal: 'spiffe://cluster.local/ns/default/sa/x' },
  codes: { '200': 120 },
  flags: {},
  ...more,
});
const GATEWAY = 'istio-system/istio-ingressgateway';
const GRAPH: Graph = {
  atMs: 1_795_237_629_000,
  windowSeconds: 60,
  nodes: [
    node('', '', rates(0.0001), 'unknown'),
    node('istio-ingressgateway', 'istio-system', rates(2), 'gateway'),
    node('productpage-v1', 'default', rates(2)),
    node('reviews-v1', 'default', rates(1.5)),
    node('reviews-v2', 'default', rates(0.5, 6)),
  ],
  edges: [
    edge('unknown', GATEWAY, { security: { mutualTls: 'no', reason: 'the client is outside the mesh' } }),
    edge(GATEWAY, 'default/productpage-v1'),
    edge('default/productpage-v1', 'default/reviews-v1', {
      rates: rates(1.5),
      split: { configured: 0.8, measured: 0.75, rule: 'reviews' },
    }),
    edge('default/productpage-v1', 'default/reviews-v2', {
      rates: rates(0.5, 6),
      split: { configured: 0.2, measured: 0.25, rule: 'reviews' },
      flags: { UF: 6 },
    }),
  ],
};

const record = (id: string, more: Partial<RequestRecord> = {}): RequestRecord =>
  ({
    id,
    requestId: `r-${id}`,
    workload: workload('productpage-v1'),
    peer: workload('reviews-v2'),
    reporter: 'source',
    startTimeMs: 1_795_237_629_045,
    durationMs: 12.3,
    protocol: 'http',
    method: 'GET',
    authority: 'reviews:9080',
    path: '/reviews/0',
    status: 200,
    grpcStatus: -1,
    flags: [],
    attempts: 1,
    cluster: 'outbound|9080|v2|reviews.default.svc.cluster.local',
    upstreamHost: '10.44.1.7:9080',
    mutualTls: true,
    serverName: '',
    localAddress: '',
    remoteAddress: '',
    virtualHost: '',
    ...more,
  }) as RequestRecord;
const FAILED = record('p/2', {
  status: 503,
  flags: ['UF'],
  path: '/evil\u001b[2J',
  rule: { kind: 'VirtualService', namespace: 'default', name: 'reviews', rule: 'http[1]', match: '' },
  cause: {
    code: 'connection_refused',
    short: '10.44.1.7:9080 refused the connection',
    sentence: 'reviews refused the connection: nothing listens there.',
    evidence: ['response flag UF'],
    where: { file: 'reviews.yaml', line: 14, path: 'spec.http[1]' },
    patch: { title: 'Send to v1', yaml: 'kind: VirtualService\nspec: {}\n' },
  },
});

const dead = (name: string, candidates: number): DeadPart => ({
  kind: 'VirtualService',
  namespace: 'default',
  name,
  path: 'http[0]',
  file: 'reviews.yaml',
  line: 9,
  appliedAtMs: Date.now() - 300_000,
  judgedSinceMs: Date.now() - 300_000,
  candidates,
  reason: 'shadowed by http[1]',
});

/** A control plane's admin API, as `libs/observation` has it, with answers of the test's own. */
class FakeControlPlane {
  readonly asked: string[] = [];
  answers: Readonly<Record<string, unknown>> = {};
  streamed: readonly RequestRecord[] = [];
  /** What ends a stream after its records; else it stays open. */
  endsStream = false;
  closedStreams = 0;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => this.answer(request, response));
  }

  async listen(): Promise<number> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.asked.push(path);
    const json = (status: number, body: unknown): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${TOKEN}`) json(401, { message: 'Cannot answer: the admin token is wrong' });
    else if (path.startsWith('/api/requests/stream')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.on('close', () => this.closedStreams++);
      response.write(': hello\n\n');
      // A multi-byte character and an event are split between two writes.
      const bytes = Buffer.from(this.streamed.map((item) => `event: request\ndata: ${JSON.stringify(item)}\n\n`).join(''));
      response.write(bytes.subarray(0, 40));
      setImmediate(() => {
        response.write(bytes.subarray(40));
        if (this.endsStream) response.end();
      });
    } else {
      const answer = this.answers[path.split('?')[0] ?? ''];
      if (answer === undefined) json(404, { message: `Cannot GET ${path}` });
      else json(200, answer);
    }
  }
}

const state = mkdtempSync(join(tmpdir(), 'lateen-observe-cli-'));
const plane = new FakeControlPlane();
beforeAll(async () => {
  const port = await plane.listen();
  writeFileSync(join(state, 'admin-token'), `${TOKEN}\n`);
  writeFileSync(join(state, 'mesh.json'), JSON.stringify({ pid: 1, ready: true, addresses: { admin: `127.0.0.1:${port}`, ingress: {} } }));
});
afterAll(() => {
  plane.close();
  rmSync(state, { recursive: true });
});

const WORKLOADS = {
  workloads: ['productpage-v1', 'reviews-v1', 'reviews-v2'].map((name) => ({ ...workload(name), pod: `${name}-0` })),
};
const lateen = (...args: readonly string[]) => run([...args, '--state', state]);

describe('lateen tap', () => {
  it('prints a line a hop, and the cause under a failure, without what would move the cursor', async () => {
    plane.answers = {};
    plane.streamed = [record('p/1'), FAILED];
    const { code, stdout, stderr } = await lateen('tap', '--max', '2');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3}/, 'TIME'))).toEqual([
      'TIME  out  productpage-v1 → reviews-v2  GET reviews:9080/reviews/0  200  12 ms  mTLS',
      'TIME  out  productpage-v1 → reviews-v2  GET reviews:9080/evil?[2J  503 UF  12 ms  mTLS  reviews http[1]',
      '    reviews refused the connection: nothing listens there.',
      '    response flag UF',
      '    at reviews.yaml:14 spec.http[1]',
      '    to change: Send to v1',
      '',
    ]);
  });

  it('asks for what is wanted, before and from now on, and prints each once as JSON', async () => {
    plane.answers = { '/api/requests': { requests: [FAILED, record('p/1')] }, '/api/workloads': WORKLOADS };
    plane.streamed = [FAILED, record('p/3')];
    plane.asked.length = 0;
    const { code, stdout } = await lateen(
      ...['tap', 'productpage', '--failed', '--method', 'get', '--path', '/r', '--status', '5xx', '--header', 'a: b'],
      ...['--cause', 'connection_refused', '--since', '5m', '--max', '3', '-o', 'json'],
    );
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as RequestRecord).id),
    ).toEqual(['p/1', 'p/2', 'p/3']);
    const filter =
      'method=GET&path=%2Fr&status=5xx&header=a%3A+b&cause=connection_refused&failed=1&namespace=default&workload=productpage-v1';
    expect(plane.asked.find((path) => path.startsWith('/api/requests?'))).toMatch(
      new RegExp(`^/api/requests\\?${filter.replaceAll('+', '\\+')}&since=\\d+&limit=1000$`),
    );
    expect(plane.asked.find((path) => path.startsWith('/api/requests/stream'))).toBe(`/api/requests/stream?${filter}`);
  });

  it('prints the patch where it is asked for', async () => {
    plane.streamed = [FAILED];
    expect((await lateen('tap', '--max', '1', '--patch')).stdout).toContain(
      '    to change: Send to v1\n      kind: VirtualService\n      spec: {}\n',
    );
  });

  it('tells versions of one app apart from other workloads', async () => {
    plane.answers = { '/api/workloads': WORKLOADS };
    plane.streamed = [
      record('p/1'),
      record('p/2', { workload: workload('reviews-v2'), reporter: 'destination', peer: workload('productpage-v1') }),
    ];
    expect((await lateen('tap', 'reviews', '--max', '1')).stdout).toMatch(/ in {3}productpage-v1 → reviews-v2 /);
  });

  it('ends with 0 when it is interrupted, and with its stream', async () => {
    plane.streamed = [record('p/1')];
    plane.closedStreams = 0;
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../apps/cli/bin/lateen.mjs'), 'tap', '--state', state]);
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(plane.closedStreams).toBe(1);
  });

  const refusals: readonly { name: string; args: readonly string[]; exit: number; says: RegExp }[] = [
    { name: 'a misspelt workload', args: ['reviws-v1'], exit: 2, says: /Cannot find workload "reviws-v1": did you mean "reviews-v1"\?/ },
    {
      name: 'a workload elsewhere',
      args: ['reviews', '-n', 'prod'],
      exit: 2,
      says: /in namespace "prod": there is one in namespace "default"/,
    },
    {
      name: 'a status that is none',
      args: ['--status', 'bad'],
      exit: 2,
      says: /Cannot use --status "bad": expected a status such as 503, or 5xx/,
    },
    { name: 'a header without a value', args: ['--header', 'x'], exit: 2, says: /expected NAME:VALUE/ },
    { name: 'a time that is none', args: ['--since', 'yesterday'], exit: 2, says: /expected a duration such as 30s or 5m/ },
    {
      name: 'a cause that is none',
      args: ['--no-follow', '--cause', 'nonsense'],
      exit: 2,
      says: /Cannot use --cause "nonsense": no failure/,
    },
    { name: 'a misspelt cause', args: ['--cause', 'no_endpoint'], exit: 2, says: /did you mean "no_endpoints"\?/ },
    {
      name: 'a namespace without workloads',
      args: ['--no-follow', '-n', 'nosuch'],
      exit: 2,
      says: /there is no workload in namespace "nosuch"; there are some in default/,
    },
    {
      name: 'a workload in one',
      args: ['web', '-n', 'defualt'],
      exit: 2,
      says: /no workload in namespace "defualt"; did you mean "default"\?/,
    },
    { name: 'a count that is none', args: ['--max', '1.5'], exit: 2, says: /expected a whole number from 1/ },
    { name: 'no mesh', args: ['--state', '/nowhere'], exit: 1, says: /none is running\. Start one with "lateen up"/ },
  ];
  it.each(refusals)('$name', async ({ args, exit, says }) => {
    plane.answers = { '/api/workloads': WORKLOADS, '/api/requests': { requests: [] } };
    const { code, stderr } = await run(['tap', '--state', state, ...args]);
    expect({ code, stderr }).toEqual({ code: exit, stderr: expect.stringMatching(says) });
  });

  it('says so when the control plane goes', async () => {
    plane.streamed = [record('p/1')];
    plane.endsStream = true;
    const { code, stderr } = await lateen('tap');
    plane.endsStream = false;
    expect({ code, stderr }).toEqual({ code: 1, stderr: "error: Cannot go on: the mesh's control plane has ended the stream\n" });
  });
});

describe('lateen top', () => {
  beforeAll(() => void (plane.answers = { '/api/graph': GRAPH, '/api/workloads': WORKLOADS }));

  it('has a row a workload, busiest first', async () => {
    const { code, stdout } = await lateen('top');
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        '3 workloads, 2.0 requests/s from outside, 0% errors, last 60 s',
        '',
        'WORKLOAD                            VERSION   RPS    ERRORS   P50      P90     P99',
        'productpage-v1                      v1        2.0    0%       4.2 ms   12 ms   1.2 s',
        'istio-system/istio-ingressgateway   latest    2.0    0%       4.2 ms   12 ms   1.2 s',
        'reviews-v1                          v1        1.5    0%       4.2 ms   12 ms   1.2 s',
        'reviews-v2                          v2        0.5    20%      4.2 ms   12 ms   1.2 s',
        'unknown                             latest    <0.1   0%       4.2 ms   12 ms   1.2 s',
        '',
      ].join('\n'),
    );
  });

  it('has a row an edge, of one workload', async () => {
    const { stdout } = await lateen('top', 'reviews-v2', '--by', 'edge', '--window', '30');
    expect(stdout.split('\n').slice(2)).toEqual([
      'FROM             TO           PROTOCOL   RPS   ERRORS   P50      P90     P99     BYTES   SECURITY   SPLIT                FLAGS',
      'productpage-v1   reviews-v2   http       0.5   20%      4.2 ms   12 ms   1.2 s   -       mTLS       20% (25% measured)   UF 6',
      '',
    ]);
    expect(plane.asked.some((path) => path === '/api/graph?window=30')).toBe(true);
  });

  it.each([
    [['--window', '3'], /argument '3' is invalid. expected a whole number from 5 to 900/],
    [['--interval', 'often'], /expected a whole number from 1 to 86400/],
    [['--once', '-n', 'nosuch'], /there is no workload in namespace "nosuch"; there are some in default, istio-system$/],
  ])('refuses %j', async (args, says) => {
    const { code, stdout, stderr } = await lateen('top', ...args);
    expect({ code, stdout, stderr: stderr.split('\n')[0] }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(says) });
  });

  it('is the graph as JSON', async () => expect(JSON.parse((await lateen('top', '-o', 'json')).stdout)).toEqual(GRAPH));
});

describe('lateen graph', () => {
  beforeAll(() => void (plane.answers = { '/api/graph': GRAPH, '/api/workloads': WORKLOADS }));

  it('is a tree from where requests come in', async () => {
    expect((await lateen('graph')).stdout).toBe(
      [
        'unknown',
        '└─ istio-system/istio-ingressgateway  2.0/s  0% errors  p99 1.2 s  plaintext  the client is outside the mesh',
        '   └─ productpage-v1  2.0/s  0% errors  p99 1.2 s  mTLS',
        '      ├─ reviews-v1  1.5/s  0% errors  p99 1.2 s  mTLS  split 80% (75% measured)',
        '      └─ reviews-v2  0.5/s  20% errors  p99 1.2 s  mTLS  split 20% (25% measured)',
        '',
      ].join('\n'),
    );
  });

  it('is a drawing for Graphviz', async () => {
    const { stdout } = await lateen('graph', '-o', 'dot');
    expect(stdout).toContain('    label="reviews";');
    expect(stdout).toContain(
      '  "default/productpage-v1" -> "default/reviews-v2" [label="0.5/s, 20% errors, mTLS, 20% (25% measured)", color=red];',
    );
  });

  it('is a drawing for Mermaid', async () => {
    const { stdout } = await lateen('graph', '-o', 'mermaid');
    expect(stdout).toContain('  n2["productpage-v1"]');
    expect(stdout).toContain('  n0 -.->|"2.0/s, plaintext"| n1');
  });

  it('refuses a namespace without workloads', async () => {
    expect(await lateen('graph', '-n', 'nosuch')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'error: Cannot show "nosuch": there is no workload in namespace "nosuch"; there are some in default, istio-system\n',
    });
    expect((await lateen('graph', '-n', 'istio-system')).code).toBe(0);
  });

  it('says when there is none', async () => {
    plane.answers = { '/api/graph': { ...GRAPH, edges: [] } };
    expect((await lateen('graph')).stdout).toBe('no traffic in the last 60 s\n');
  });
});

describe('lateen describe', () => {
  const instance = (name: string) => ({
    name: `${name}-0`,
    namespace: 'default',
    workload: name,
    kind: 'sidecar',
    address: '10.44.1.7',
    labels: { app: 'reviews', version: workload(name).version },
    annotations: {},
    serviceAccount: 'reviews',
    ports: [{ number: 9080, containerPort: 9080 }],
    ready: true,
  });
  const RESOURCES = [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'reviews', namespace: 'default' },
      spec: { selector: { app: 'reviews' }, ports: [{ port: 9080, name: 'http' }] },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: { name: 'reviews', namespace: 'default' },
      spec: { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews', subset: 'v1' } }] }] },
    },
  ];
  const ANSWERS = {
    '/api/v1/resources': { items: RESOURCES },
    '/api/v1/workloads': { workloads: [instance('reviews-v1')] },
    '/api/v1/proxies': [
      {
        id: 'reviews-v1-0.default',
        namespace: 'default',
        types: { CDS: { state: 'SYNCED' }, LDS: { state: 'NACK', message: 'no such filter' } },
      },
    ],
    '/api/configuration': {
      resources: [{ kind: 'VirtualService', namespace: 'default', name: 'reviews', file: 'reviews.yaml', line: 12 }],
    },
    '/api/graph': GRAPH,
    '/api/requests': {
      requests: [
        { ...FAILED, peer: workload('reviews-v1') },
        { ...FAILED, peer: workload('reviews-v1') },
        { ...FAILED, peer: workload('ratings-v1') },
      ],
    },
    '/api/dropped-headers': {
      workloads: [{ workload: 'reviews-v1', namespace: 'default', sentence: 'reviews-v1 receives end-user and calls ratings without it.' }],
    },
  };

  it('says what applies, how it is, and what is wrong', async () => {
    plane.answers = ANSWERS;
    const { code, stdout, stderr } = await lateen('describe', 'reviews-v1');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      [
        'Workload default/reviews-v1',
        '  reviews-v1-0  10.44.1.7  ready  sidecar',
        '    labels app=reviews, version=v1',
        '    identity spiffe://cluster.local/ns/default/sa/reviews',
        '    proxy LDS NACK: no such filter',
        '',
        'Traffic, last minute',
        '  received 1.5/s, 0% errors, p50 4.2 ms, p99 1.2 s',
        '  from productpage-v1  1.5/s  0% errors  p99 1.2 s',
        '',
        'Services',
        '  reviews.default.svc.cluster.local',
        '    9080 http HTTP',
        '      10.44.1.7:9080  reviews-v1',
        '',
        'VirtualServices',
        '  default/reviews  reviews.yaml:12  hosts reviews',
        '    http[0]  any request → reviews subset v1',
        '',
        'Mutual TLS',
        '  port 9080  PERMISSIVE  the default: no PeerAuthentication says otherwise',
        '  other ports  PERMISSIVE  the default: no PeerAuthentication says otherwise',
        '',
        'Problems',
        '  error IST0101 Referenced host+subset in destinationrule not found: "reviews+v1"  VirtualService default/reviews  reviews.yaml:12',
        '',
        'Failures, last 5 minutes',
        stdout.split('\n').find((line) => line.includes(' × ')),
        '    reviews refused the connection: nothing listens there.',
        '    response flag UF',
        '    at reviews.yaml:14 spec.http[1]',
        '    to change: Send to v1',
        '',
        'Dropped headers',
        '  reviews-v1 receives end-user and calls ratings without it.',
        '',
      ].join('\n'),
    );
    expect(stdout).toMatch(/^ {2}2 × connection_refused, the last \d+[smhd] ago$/m);
  });

  it('is JSON for machines', async () => {
    plane.answers = ANSWERS;
    const { stdout } = await lateen('describe', 'service/reviews', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'service', name: 'reviews', live: { proxies: [{ id: 'reviews-v1-0.default' }] } });
  });

  it('needs no mesh with files', async () => {
    const file = join(state, 'service.yaml');
    writeFileSync(file, JSON.stringify(RESOURCES[0]));
    const { code, stdout } = await run(['describe', 'reviews', '-f', file, '--state', '/nowhere']);
    expect(code).toBe(0);
    expect(stdout).toContain(`  reviews.default.svc.cluster.local  ${file}:1\n    9080 http HTTP  no endpoints`);
  });

  it('guesses what was meant', async () => {
    plane.answers = ANSWERS;
    expect(await lateen('describe', 'reviws')).toMatchObject({
      code: 2,
      stderr: 'error: Cannot find a workload or service "reviws" in namespace "default": did you mean "reviews"?\n',
    });
  });
});

describe('lateen report --dead', () => {
  const cases: readonly { name: string; dead: readonly DeadPart[]; args?: readonly string[]; exit: number; says: RegExp }[] = [
    { name: 'nothing is dead', dead: [], exit: 0, says: /^Requests have reached every part, since 2026/ },
    { name: 'a rule is dead', dead: [dead('reviews', 214), dead('ratings', 0)], exit: 1, says: /^1 part that no request has reached/ },
    { name: 'nothing to judge by', dead: [dead('ratings', 0)], exit: 4, says: /^No request was there that could have reached 1 part/ },
    {
      name: 'only of one namespace',
      dead: [dead('reviews', 214)],
      args: ['-n', 'prod'],
      exit: 0,
      says: /^Requests have reached every part/,
    },
    {
      name: 'of a namespace that has no configuration',
      dead: [dead('reviews', 214)],
      args: ['-n', 'pord'],
      exit: 2,
      says: /pord/,
    },
  ];
  it.each(cases)('$name', async ({ dead: parts, args = [], exit, says }) => {
    plane.answers = {
      '/api/dead': { dead: parts, judgedSinceMs: Date.UTC(2026, 10, 21) },
      '/api/configuration': { resources: [{ kind: 'VirtualService', namespace: 'prod', name: 'a' }] },
    };
    const { code, stdout, stderr } = await lateen('report', '--dead', ...args);
    expect({ code, stderr }).toEqual({ code: exit, stderr: expect.stringMatching(says) });
    if (parts.length === 2)
      expect(stdout.split('\n').filter((line) => line !== '')).toEqual([
        expect.stringMatching(/^DEAD +PART +AT +AGE +REQUESTS +WHY$/),
        expect.stringMatching(/^VirtualService default\/reviews +http\[0\] +reviews\.yaml:9 +\d+m +214 +shadowed by http\[1\]$/),
        expect.stringMatching(/^NOT JUDGED/),
        expect.stringMatching(/^VirtualService default\/ratings .* 0 /),
      ]);
  });

  it('is JSON for machines', async () => {
    plane.answers = { '/api/dead': { dead: [dead('reviews', 3), dead('ratings', 0)], judgedSinceMs: 0 } };
    const { code, stdout } = await lateen('report', '--dead', '-o', 'json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ dead: [{ name: 'reviews' }], unjudged: [{ name: 'ratings' }] });
  });

  it('needs to know what on', async () => expect(await lateen('report')).toMatchObject({ code: 2, stderr: /say what on, --dead/ }));
});
