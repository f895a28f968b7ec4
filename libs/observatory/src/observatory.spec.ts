import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PausedClock } from '@lateen/base/testing';
import { type Cause, type Patch, type Rates, type RequestRecord } from '@lateen/observation';
import { type MeshFacts, NO_FACTS } from './mesh-facts';
import { Observatory } from './observatory';
import { stepOf } from './steps';
import { SUM } from './sums';
import { proxyOf, reportOf, type Told, windowOf } from './testing';

let clock: PausedClock;
let observatory: Observatory;

beforeEach(() => {
  clock = new PausedClock();
  observatory = new Observatory({ clock, facts: () => NO_FACTS });
});

const causeWith = (patch: Patch): Cause => ({ code: 'x', short: 'x', sentence: 'It broke.', evidence: [], patch });

/** Requests that all tracks hold together. */
function total(of: Observatory): number {
  const sum = new Float64Array(SUM.width);
  for (const { numbers } of of.traffic.tracks()) numbers.sumInto(0, Infinity, sum);
  return Math.round(sum[SUM.count]! * 1000) / 1000;
}

describe('windows', () => {
  it('count once, however often they come', () => {
    const session = observatory.join(proxyOf('a'), 'one');
    for (const sequence of [1, 1, 2, 1, 2]) session.window(windowOf(sequence, [{ peer: 'b', count: 3 }]));
    expect([total(observatory), session.acknowledged]).toEqual([6, 2]);
  });

  it('of a process that was started again count from its beginning', () => {
    observatory.join(proxyOf('a'), 'one').window(windowOf(7, [{ peer: 'b' }]));
    const session = observatory.join(proxyOf('a'), 'two');
    expect(session.acknowledged).toBe(0);
    session.window(windowOf(1, [{ peer: 'b' }]));
    expect(total(observatory)).toBe(2);
  });

  it('say after a reconnect how far they came', () => {
    const first = observatory.join(proxyOf('a'), 'one');
    first.window(windowOf(4, [{ peer: 'b' }]));
    first.close();
    expect(observatory.join(proxyOf('a'), 'one').acknowledged).toBe(4);
  });

  it('that were held back are spread over the time they are of, by our clock', () => {
    const aDayOff = clock.now() - 86_400_000;
    observatory.join(proxyOf('a'), 'one').window(windowOf(1, [{ peer: 'b', count: 60 }], { endMs: aDayOff, lengthMs: 60_000 }));
    const perStep: number[] = [];
    const now = stepOf(clock.now());
    for (let step = now - 14; step <= now; step++) {
      const sum = new Float64Array(SUM.width);
      for (const { numbers } of observatory.traffic.tracks()) numbers.sumInto(step, step, sum);
      perStep.push(Math.round(sum[SUM.count]!));
    }
    expect([perStep.reduce((a, b) => a + b), Math.max(...perStep)]).toEqual([60, 5]);
  });

  it('of labels that were never told say nothing, and no number is taken that is none', () => {
    const session = observatory.join(proxyOf('a'), 'one');
    const window = windowOf(1, [
      { peer: 'b', count: Number.NaN },
      { peer: 'c', count: -5 },
      { peer: 'd', count: Infinity },
    ]);
    window.sums.push({ ...window.sums[0]!, id: 99, count: 5 });
    session.window(window);
    expect(total(observatory)).toBe(0);
  });
});

describe('what is told of requests as they are reported', () => {
  const yaml = 'x'.repeat(10_000);
  const shared = { title: 'p', yaml };
  const cases: readonly { name: string; patches: readonly (Patch | undefined)[]; want: number }[] = [
    { name: 'nothing', patches: [undefined, undefined], want: 0 },
    { name: 'a patch', patches: [shared], want: 1 },
    { name: 'one that they share counts once', patches: [shared, shared, shared], want: 1 },
    { name: 'two', patches: [shared, { title: 'p', yaml }, shared], want: 2 },
  ];
  it.each(cases)('is kept with them, and its bytes are counted: $name', ({ patches, want }) => {
    let i = 0;
    const told = (record: RequestRecord): RequestRecord => {
      const patch = patches[i++];
      return patch === undefined ? record : { ...record, cause: causeWith(patch) };
    };
    observatory = new Observatory({ clock, facts: () => NO_FACTS, told });
    observatory.join(proxyOf('a'), 'one').requests(patches.map(() => reportOf({ status: 503 })));
    expect(observatory.list({}, 10).map(({ cause }) => cause?.patch)).toEqual(patches);
    expect(Math.floor(observatory.requests.bytes / 20_000)).toBe(want);
    observatory.requests.shrinkTo(0);
    expect(observatory.requests.bytes).toBe(0);
  });

  it('lasts as long as one of them does', () => {
    observatory = new Observatory({ clock, facts: () => NO_FACTS, told: (record) => ({ ...record, cause: causeWith(shared) }) });
    const session = observatory.join(proxyOf('a'), 'one');
    session.requests([reportOf({ status: 503 })]);
    clock.advance(10 * 60_000);
    session.requests([reportOf({ status: 503 })]);
    const bytes: boolean[] = [];
    for (let minutes = 0; minutes < 2; minutes++) {
      clock.advance(8 * 60_000);
      observatory.age();
      bytes.push(observatory.requests.bytes > 20_000);
    }
    expect([bytes, observatory.requests.bytes]).toEqual([[true, false], 0]);
  });
});

describe('the logs of a request', () => {
  it('are the lines that name it, printed soon after, and what its workloads printed meanwhile', () => {
    const at = clock.now();
    observatory.join(proxyOf('a'), 'one').requests([reportOf({ requestId: 'r-1', startTimeMs: at, durationMs: 10 })]);
    const print = (atMs: number, text: string, workload = 'a'): void =>
      observatory.log({ atMs, namespace: 'default', workload, process: 'proxy', stream: 'stdout', text });
    for (let i = 0; i < 300; i++) print(at + 5, `meanwhile ${i}`);
    print(at + 130, 'the access log, id r-1, as its batch is written');
    print(at + 130, 'another request, id r-2');
    print(at + 130, 'elsewhere, id r-1', 'b');
    print(at + 9000, 'much later, id r-1');
    const lines = observatory.exchange('r-1')?.logs.map(({ text }) => text) ?? [];
    expect([lines.length, lines.filter((text) => text.includes('id r-'))]).toEqual([
      201,
      ['the access log, id r-1, as its batch is written'],
    ]);
  });
});

describe('the graph', () => {
  const edges = (): object[] =>
    observatory.graph(60).edges.map(({ source, target, rates, codes, flags, security }) => ({
      edge: `${source} > ${target}`,
      requests: rates.requests,
      errors: rates.errors,
      codes,
      flags,
      mutualTls: security.mutualTls,
      principal: security.principal,
    }));
  const tell = (name: string, told: readonly Told[]): void => observatory.join(proxyOf(name), name).window(windowOf(1, told));

  it('has the numbers of the client and the word of the server on who came', () => {
    tell('a', [
      { peer: 'b', count: 8 },
      { peer: 'b', count: 2, code: 503, flags: 'UC' },
    ]);
    tell('b', [{ peer: 'a', destination: true, count: 9 }]);
    clock.advance(5000);
    expect(edges()).toEqual([
      {
        edge: 'default/a > default/b',
        requests: 10,
        errors: 2,
        codes: { '200': 8, '503': 2 },
        flags: { UC: 2 },
        mutualTls: 'yes',
        principal: 'spiffe://cluster.local/ns/default/sa/a',
      },
    ]);
  });

  it('says when something failed last, across all that it has kept', () => {
    const session = observatory.join(proxyOf('a'), 'a');
    const at = clock.now();
    session.window(windowOf(1, [{ peer: 'b', code: 503, flags: 'UC' }]));
    clock.advance(400_000);
    session.window(windowOf(2, [{ peer: 'b' }]));
    clock.advance(5000);
    const told = [60, 900].map((seconds) => {
      const { edges: seen, nodes } = observatory.graph(seconds);
      return [seen[0]?.rates.lastErrorMs, nodes.find(({ id }) => id === 'default/b')?.inbound.lastErrorMs];
    });
    const step = Math.ceil(at / 5000) * 5000;
    expect(told).toEqual([
      [undefined, undefined],
      [step, step],
    ]);
  });

  it('shows a client without identity, and why it has none', () => {
    tell('b', [{ destination: true, mutualTls: false, count: 3 }]);
    clock.advance(5000);
    expect(observatory.graph(60).edges).toMatchObject([
      {
        source: 'unknown',
        target: 'default/b',
        rates: { requests: 3 },
        security: { mutualTls: 'no', reason: expect.stringContaining('no identity') },
      },
    ]);
  });

  it('shows where requests would have gone that nobody took', () => {
    const facts: MeshFacts = { ...NO_FACTS, workloadsOf: () => [proxyOf('b').workload] };
    observatory = new Observatory({ clock, facts: () => facts });
    tell('a', [
      { code: 503, flags: 'UH', cluster: 'outbound|80|v1|b.default.svc.cluster.local' },
      { code: 404, flags: 'NR', cluster: 'unknown' },
      { protocol: 'tcp', code: 0, cluster: 'PassthroughCluster' },
    ]);
    clock.advance(5000);
    expect(edges().map((edge) => (edge as { readonly edge: string }).edge)).toEqual([
      'default/a > default/b',
      'default/a > black-hole',
      'default/a > passthrough',
    ]);
  });

  describe('beside a split’s weights', () => {
    const V1 = 'outbound|80|v1|b.default.svc.cluster.local';
    const V2 = 'outbound|80|v2|b.default.svc.cluster.local';
    const of = { kind: 'VirtualService', namespace: 'default', name: 'vs', rule: 'http[1]' };
    const where = { rule: 'VirtualService default/vs http[1]' };
    const facts: MeshFacts = {
      ...NO_FACTS,
      splitOf: (_, { name }) => (name === 'b1' ? { share: 0.8, subset: 'v1', of, ...where } : { share: 0.2, subset: 'v2', of, ...where }),
    };
    const toBoth = [
      { peer: 'b1', cluster: V1, count: 9 },
      { peer: 'b2', cluster: V2, count: 31 },
    ];
    const split = (rule: string, v1: number, v2: number) => [
      { rule, cluster: V1, hits: v1 },
      { rule, cluster: V2, hits: v2 },
    ];
    const cases: readonly {
      name: string;
      /** Hits by rule, of `a`; and of another client. */
      rules: readonly { readonly rule: string; readonly cluster?: string; readonly hits: number }[];
      others?: readonly { readonly rule: string; readonly cluster?: string; readonly hits: number }[];
      want: readonly (number | undefined)[];
    }[] = [
      {
        name: 'a rule’s own share counts, not what other rules send',
        rules: [...split('http[1]', 9, 1), { rule: 'http[0]', hits: 30 }],
        want: [0.9, 0.1],
      },
      { name: 'another rule’s split is its own', rules: [...split('http[1]', 9, 1), ...split('http[2]', 0, 30)], want: [0.9, 0.1] },
      { name: 'a client’s own share counts', rules: split('http[1]', 9, 1), others: split('http[1]', 0, 40), want: [0.9, 0.1] },
      { name: 'nothing is said while nothing came to the rule', rules: [{ rule: 'http[0]', hits: 40 }], want: [undefined, undefined] },
    ];
    it.each(cases)('$name', ({ rules, others = [], want }) => {
      observatory = new Observatory({ clock, facts: () => facts });
      observatory.join(proxyOf('a'), 'a').window(windowOf(1, toBoth, { rules }));
      observatory.join(proxyOf('c'), 'c').window(windowOf(1, [], { rules: others }));
      clock.advance(5000);
      expect(observatory.graph(60).edges.map((edge) => edge.split)).toEqual([
        { configured: 0.8, ...(want[0] === undefined ? {} : { measured: want[0], measuredOf: 10 }), ...where },
        { configured: 0.2, ...(want[1] === undefined ? {} : { measured: want[1], measuredOf: 10 }), ...where },
      ]);
    });

    it('of several services of one workload the one counts that is split', () => {
      observatory = new Observatory({
        clock,
        facts: () => ({ ...facts, splitOf: (host, to, by) => (host[0] === 'b' ? facts.splitOf(host, to, by) : undefined) }),
      });
      const other = { peer: 'b1', cluster: 'outbound|80||other.default.svc.cluster.local', count: 5 };
      observatory.join(proxyOf('a'), 'a').window(windowOf(1, [other, ...toBoth], { rules: split('http[1]', 3, 1) }));
      clock.advance(5000);
      expect(observatory.graph(60).edges.map((edge) => edge.split?.measured)).toEqual([0.75, 0.25]);
    });

    it('a gateway has none that it did not split', () => {
      observatory = new Observatory({ clock, facts: () => facts });
      observatory.join(proxyOf('a', { kind: 'gateway' }), 'a').window(windowOf(1, toBoth));
      clock.advance(5000);
      expect(observatory.graph(60).edges.map((edge) => edge.split)).toEqual([undefined, undefined]);
    });

    it('nothing is left of what was before the resource changed, and of what is old', () => {
      observatory = new Observatory({ clock, facts: () => facts });
      const session = observatory.join(proxyOf('a'), 'a');
      session.window(windowOf(1, toBoth, { rules: split('http[1]', 9, 1) }));
      const { splits } = observatory.reached;
      const share = () => splits.shareOf({ source: 'default/a', rule: of, host: 'b.default.svc.cluster.local', subset: 'v1' }, 0, Infinity);
      expect([share(), splits.bytes > 0]).toEqual([{ share: 0.9, of: 10 }, true]);
      observatory.reached.restart({ kind: 'VirtualService', namespace: 'default', name: 'vs' }, clock.now());
      expect([share(), splits.bytes]).toEqual([undefined, 0]);
      session.window(windowOf(2, [], { rules: split('http[1]', 9, 1) }));
      clock.advance(20 * 60_000);
      observatory.age();
      expect([share(), splits.bytes]).toEqual([undefined, 0]);
    });
  });

  describe('divides by the time that was really observed', () => {
    const rates = () => {
      const { edges, nodes } = observatory.graph(60);
      const of = ({ perSecond, observedSeconds }: Rates) => [Math.round(perSecond * 100) / 100, observedSeconds];
      const edge = edges.find(({ target }) => target === 'default/b');
      return { edge: of(edge!.rates), node: of(nodes.find(({ id }) => id === 'default/b')!.inbound) };
    };
    /** Windows of five seconds with ten requests each, told by their ends. */
    const run = (name: string, told: readonly Told[], windows: number): void => {
      const session = observatory.join(proxyOf(name), name);
      for (let i = 1; i <= windows; i++) {
        clock.advance(5000);
        session.window(windowOf(i, told));
      }
    };
    const cases: readonly { name: string; before: () => void; want: ReturnType<typeof rates> }[] = [
      {
        name: 'for as long as anybody has told of it',
        before: () => run('a', [{ peer: 'b', count: 10 }], 2),
        want: { edge: [2, 10], node: [2, 10] },
      },
      {
        name: 'by the whole window when it was seen throughout',
        before: () => run('a', [{ peer: 'b', count: 10 }], 20),
        want: { edge: [2, undefined], node: [2, undefined] },
      },
      {
        name: 'since a workload is there that was not',
        before: () => {
          run('a', [{ peer: 'c' }], 20);
          observatory.join(proxyOf('b'), 'b').window(windowOf(1, [{ peer: 'a', destination: true, count: 20 }]));
          observatory.join(proxyOf('a'), 'a').window(windowOf(21, [{ peer: 'b', count: 20 }], { lengthMs: 0 }));
          clock.advance(5000);
        },
        want: { edge: [4, 5], node: [4, 5] },
      },
      {
        name: 'by the whole window when it was there, and quiet',
        before: () => {
          run('a', [{ peer: 'c' }], 20);
          observatory.join(proxyOf('a'), 'a').window(windowOf(21, [{ peer: 'b', count: 60 }], { lengthMs: 1000 }));
          clock.advance(5000);
        },
        want: { edge: [1, undefined], node: [1, undefined] },
      },
    ];
    it.each(cases)('$name', ({ before, want }) => {
      before();
      expect(rates()).toEqual(want);
    });
  });

  it('can be asked for any moment that is kept', () => {
    const session = observatory.join(proxyOf('a'), 'one');
    const counts: number[] = [];
    for (let minute = 0; minute < 10; minute++) {
      session.window(windowOf(minute + 1, [{ peer: 'b', count: minute + 1 }]));
      clock.advance(60_000);
    }
    for (let minute = 10; minute > 0; minute--)
      counts.push(observatory.graph(60, clock.now() - minute * 60_000).edges[0]?.rates.requests ?? 0);
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('tells latencies from histograms', () => {
    tell('a', [
      { peer: 'b', count: 98, bucket: 3 },
      { peer: 'b', count: 2, bucket: 9, code: 500 },
    ]);
    clock.advance(5000);
    const { p50Ms = 0, p99Ms = 0 } = observatory.graph(60).edges[0]!.rates;
    // Bucket 3 is 5 to 10 ms, bucket 9 is 500 to 1000 ms.
    expect([p50Ms > 5 && p50Ms < 10, p99Ms > 500 && p99Ms <= 1000]).toEqual([true, true]);
  });
});

describe('memory', () => {
  const told = fc.record({
    peer: fc.integer({ min: 0, max: 400 }).map((n) => `w${n}`),
    destination: fc.boolean(),
    code: fc.constantFrom(200, 404, 503),
    flags: fc.constantFrom('', 'UF', 'UH,URX'),
    count: fc.integer({ min: 0, max: 1000 }),
    cluster: fc.integer({ min: 0, max: 50 }).map((n) => `outbound|80||s${n}.default.svc.cluster.local`),
  });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('window' as const), proxy: fc.integer({ min: 0, max: 30 }), told: fc.array(told, { maxLength: 20 }) }),
    fc.record({
      kind: fc.constant('requests' as const),
      proxy: fc.integer({ min: 0, max: 30 }),
      count: fc.integer({ min: 1, max: 40 }),
      status: fc.constantFrom(200, 503),
      size: fc.integer({ min: 0, max: 2000 }),
    }),
    fc.record({ kind: fc.constant('log' as const), size: fc.integer({ min: 0, max: 8000 }) }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1000, max: 200_000 }) }),
  );

  it('is never more than was allowed, whatever comes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 30_000, max: 600_000 }), fc.array(step, { maxLength: 80 }), (maxBytes, steps) => {
        const paused = new PausedClock();
        // Failures come with patches that several share.
        const patches = Array.from({ length: 30 }, (_, i) => ({ title: 'p', yaml: 'x'.repeat(i * 400) }));
        const told = (record: RequestRecord): RequestRecord =>
          record.status < 500 ? record : { ...record, cause: causeWith(patches[record.path.length % 30]!) };
        const small = new Observatory({ clock: paused, maxBytes, facts: () => NO_FACTS, told });
        let sequence = 0;
        for (const one of steps) {
          if (one.kind === 'wait') paused.advance(one.ms);
          else if (one.kind === 'log')
            small.log({ atMs: paused.now(), workload: 'w', namespace: 'n', process: 'app', stream: 'stdout', text: 'x'.repeat(one.size) });
          else {
            const session = small.join(proxyOf(`p${one.proxy}`), `i${one.proxy}`);
            if (one.kind === 'window')
              session.window(
                windowOf(++sequence, one.told, {
                  rules: one.told.map(({ cluster, count }) => ({ rule: 'http[0]', cluster, hits: count })),
                }),
              );
            else
              session.requests(
                Array.from({ length: one.count }, (_, i) =>
                  reportOf({ status: one.status, requestId: `r${i}`, path: '/'.padEnd(one.size, 'x') }),
                ),
              );
            session.close();
          }
          small.age();
          if (small.bytes > maxBytes) return false;
        }
        return true;
      }),
      { numRuns: 60 },
    );
  });

  it('loses no request of the graph while there is room', () => {
    fc.assert(
      fc.property(fc.array(fc.array(told, { maxLength: 10 }), { maxLength: 15 }), (windows) => {
        const roomy = new Observatory({ clock: new PausedClock(), facts: () => NO_FACTS });
        const session = roomy.join(proxyOf('a'), 'one');
        let wanted = 0;
        for (const [i, list] of windows.entries()) {
          session.window(windowOf(i + 1, list));
          for (const { count } of list) wanted += count;
        }
        return Math.abs(total(roomy) - wanted) <= wanted * 1e-5 + 0.01;
      }),
    );
  });

  it('that runs short merges the small tracks and keeps the large', () => {
    const small = new Observatory({ clock, maxBytes: 400_000, facts: () => NO_FACTS });
    const session = small.join(proxyOf('a'), 'one');
    session.window(
      windowOf(
        1,
        Array.from({ length: 200 }, (_, i) => ({ peer: `w${i}`, count: i === 7 ? 1_000_000 : 1 })),
      ),
    );
    clock.advance(5000);
    const edges = small.graph(60).edges;
    expect(small.traffic.merged).toBeGreaterThan(0);
    expect(edges.find(({ target }) => target === 'default/w7')?.rates.requests).toBe(1_000_000);
    expect(edges.find(({ target }) => target === 'others')?.rates.requests).toBe(small.traffic.merged);
  });

  it('forgets after 15 minutes', () => {
    const session = observatory.join(proxyOf('a'), 'one');
    session.window(windowOf(1, [{ peer: 'b' }]));
    session.requests([reportOf()]);
    clock.advance(20 * 60_000);
    observatory.age();
    expect([observatory.traffic.bytes, observatory.requests.bytes]).toEqual([0, 0]);
  });
});

describe('single requests', () => {
  const list = (filter: Parameters<Observatory['list']>[0]): readonly string[] => observatory.list(filter, 10).map(({ path }) => path);

  beforeEach(() => {
    const session = observatory.join(proxyOf('a'), 'one');
    session.requests([reportOf({ path: '/one' }), reportOf({ path: '/two', status: 503, method: 'POST', flags: 'UF' })]);
    clock.advance(1000);
    session.requests([
      reportOf({ path: '/three', requestHeaders: [{ $typeName: 'lateen.observation.v1.Header', name: 'end-user', value: 'jason' }] }),
    ]);
  });

  const cases: readonly { name: string; filter: Parameters<Observatory['list']>[0]; want: readonly string[] }[] = [
    { name: 'all, newest first', filter: {}, want: ['/three', '/two', '/one'] },
    { name: 'those that failed', filter: { failed: true }, want: ['/two'] },
    { name: 'those of a class of status', filter: { status: '5xx' }, want: ['/two'] },
    { name: 'those of a status', filter: { status: '200' }, want: ['/three', '/one'] },
    { name: 'those of a method', filter: { method: 'post' }, want: ['/two'] },
    { name: 'those of a path', filter: { path: '/t' }, want: ['/three', '/two'] },
    { name: 'those with a header', filter: { header: { name: 'end-user', value: 'jason' } }, want: ['/three'] },
    { name: 'those of a workload', filter: { workload: 'b' }, want: [] },
    { name: 'those since a moment', filter: { sinceMs: 1_700_000_000_500 }, want: ['/three'] },
  ];
  it.each(cases)('$name', ({ filter, want }) => expect(list(filter)).toEqual(want));

  it('that failed are not driven out by what is watched', () => {
    const small = new Observatory({ clock, maxBytes: 100_000, facts: () => NO_FACTS });
    const session = small.join(proxyOf('a'), 'one');
    session.requests([reportOf({ path: '/failed', status: 503 })]);
    for (let i = 0; i < 2000; i++) session.requests([reportOf({ path: `/${i}` })]);
    expect(small.list({ failed: true }, 10)).toHaveLength(1);
  });

  it('speak for the proxy that sent them, in texts of bounded length', () => {
    observatory.join(proxyOf('mallory'), 'x').requests([reportOf({ path: '/p'.padEnd(100_000, 'x'), cluster: 'c'.repeat(10_000) })]);
    const [record] = observatory.list({ workload: 'mallory' }, 1);
    expect([record?.proxy, record?.path.length, record?.cluster.length]).toEqual(['mallory-0.default', 2048, 512]);
  });
});
