import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RESPONSE_FLAG } from '../response-flag';
import { createStreamRecord, type StreamRecord } from '../stream-record';
import { loadExpressions } from '../expressions/expression';
import { SERIES_NUMBERS } from './catalog';
import { pageOf } from '../testing/page-of';
import { BUCKETS, HISTOGRAM_SIZE, record as recordValue } from './histogram';
import { IstioMetrics, type MetricsOptions } from './istio-metrics';
import { parseOwnBuckets } from './own-buckets';
import { type MetricRule } from './plan';

const self = {
  workload: 'productpage-v1',
  namespace: 'default',
  canonicalService: 'productpage',
  canonicalRevision: 'v1',
  app: 'productpage',
  version: 'v1',
  cluster: 'Kubernetes',
};
const create = (more: Partial<MetricsOptions> = {}) =>
  new IstioMetrics({ self, principal: 'spiffe://cluster.local/ns/default/sa/bookinfo-productpage', version: '1.31.0', ...more });
/** As outbound listeners count: the Host header may name the service. */
const OUTBOUND = { disableHostHeaderFallback: false, metrics: [] };
const reviews = {
  name: 'outbound|9080|v1|reviews.default.svc.cluster.local',
  metadata: { services: [{ host: 'reviews.default.svc.cluster.local', name: 'reviews', namespace: 'default' }] },
};

function stream(metrics: IstioMetrics, more: Partial<StreamRecord> = {}): StreamRecord {
  return Object.assign(createStreamRecord(), {
    responseCode: 200,
    durationMs: 7,
    wireBytesReceived: 300,
    wireBytesSent: 1200,
    mutualTls: true,
    authority: 'reviews:9080',
    peer: metrics.peers.fromWorkload('reviews-v1;default;reviews;v1;Kubernetes', 'spiffe://cluster.local/ns/default/sa/bookinfo-reviews'),
    cluster: metrics.clusters.of(reviews),
    ...more,
  });
}

/** The labels of the first series of a metric. */
function labels(text: string, metric: string): Record<string, string> {
  const line = text.split('\n').find((l) => l.startsWith(`${metric}{`)) ?? '';
  return Object.fromEntries([...line.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name ?? '', value ?? '']));
}

describe('request metrics', () => {
  it('have the labels of the source, in order', async () => {
    const metrics = create();
    metrics.counter(OUTBOUND).observe(stream(metrics));
    expect((await pageOf(metrics.expose())).split('\n')[2]).toBe(
      'istio_requests_total{reporter="source",source_workload="productpage-v1",source_canonical_service="productpage",source_canonical_revision="v1",source_workload_namespace="default",' +
        'source_principal="spiffe://cluster.local/ns/default/sa/bookinfo-productpage",source_app="productpage",source_version="v1",source_cluster="Kubernetes",' +
        'destination_workload="reviews-v1",destination_workload_namespace="default",destination_principal="spiffe://cluster.local/ns/default/sa/bookinfo-reviews",' +
        'destination_app="reviews",destination_version="v1",destination_service="reviews.default.svc.cluster.local",destination_canonical_service="reviews",' +
        'destination_canonical_revision="v1",destination_service_name="reviews",destination_service_namespace="default",destination_cluster="Kubernetes",' +
        'request_protocol="http",response_code="200",grpc_response_status="",response_flags="-",connection_security_policy="unknown"} 1',
    );
  });

  const cases: readonly {
    name: string;
    more: (m: IstioMetrics) => Partial<StreamRecord>;
    hostFallback?: boolean;
    want: Readonly<Record<string, string>>;
  }[] = [
    {
      name: 'the destination says who came',
      more: () => ({ reporter: 'destination' }),
      want: {
        reporter: 'destination',
        source_workload: 'reviews-v1',
        destination_workload: 'productpage-v1',
        connection_security_policy: 'mutual_tls',
      },
    },
    {
      name: 'plaintext has no principals',
      more: () => ({ reporter: 'destination', mutualTls: false }),
      want: { source_principal: 'unknown', destination_principal: 'unknown', connection_security_policy: 'none' },
    },
    {
      name: 'an unknown peer',
      more: () => ({ peer: undefined }),
      want: { destination_workload: 'unknown', destination_canonical_revision: 'latest', destination_app: 'unknown' },
    },
    {
      name: 'flags',
      more: () => ({ responseCode: 503, responseFlags: RESPONSE_FLAG.UF | RESPONSE_FLAG.URX }),
      want: { response_code: '503', response_flags: 'URX,UF' },
    },
    {
      name: 'no response',
      more: () => ({ responseCode: 0, responseFlags: RESPONSE_FLAG.DC }),
      want: { response_code: '0', response_flags: 'DC' },
    },
    { name: 'gRPC', more: () => ({ protocol: 'grpc', grpcStatus: 14 }), want: { request_protocol: 'grpc', grpc_response_status: '14' } },
    {
      name: 'PassthroughCluster',
      more: (m) => ({ cluster: m.clusters.of({ name: 'PassthroughCluster', metadata: { services: [] } }), authority: 'example.com' }),
      want: { destination_service: 'example.com', destination_service_name: 'PassthroughCluster' },
    },
    {
      name: 'no fallback to the Host header',
      hostFallback: false,
      more: (m) => ({ cluster: m.clusters.of({ name: 'InboundPassthroughCluster', metadata: { services: [] } }) }),
      want: { destination_service: 'unknown', destination_service_name: 'InboundPassthroughCluster' },
    },
    {
      name: 'no cluster at all',
      more: () => ({ cluster: undefined }),
      hostFallback: false,
      want: { destination_service: 'unknown', destination_service_name: 'unknown' },
    },
    { name: 'values are escaped', more: () => ({ cluster: undefined, authority: 'a"b\\c' }), want: { destination_service: 'a\\"b\\\\c' } },
  ];
  it.each(cases)('$name', async ({ more, hostFallback = true, want }) => {
    const metrics = create();
    metrics.counter({ ...OUTBOUND, disableHostHeaderFallback: !hostFallback }).observe(stream(metrics, more(metrics)));
    expect(labels(await pageOf(metrics.expose()), 'istio_requests_total')).toMatchObject(want);
  });

  it('count each outcome apart and add up like ones', async () => {
    const metrics = create();
    for (const code of [200, 503, 200]) metrics.counter(OUTBOUND).observe(stream(metrics, { responseCode: code }));
    const counts = [...(await pageOf(metrics.expose())).matchAll(/^istio_requests_total\{.*response_code="(\d+)".*\} (\d+)$/gm)].map(
      ([, code, count]) => `${code}=${count}`,
    );
    expect(counts.sort()).toEqual(['200=2', '503=1']);
  });

  it('keep a peer told by its header apart from its word on its namespace', () => {
    const { peers } = create();
    const peer = peers.fromWorkload('w;forged;s;v1;c', 'spiffe://cluster.local/ns/real/sa/x');
    expect([peer.namespace, peer === peers.fromWorkload('w;forged;s;v1;c', 'spiffe://cluster.local/ns/real/sa/x')]).toEqual(['real', true]);
  });
});

describe('TCP metrics', () => {
  it('count connections and bytes, without response codes', async () => {
    const metrics = create();
    const record = stream(metrics, { protocol: 'tcp', responseCode: 0 });
    const counter = metrics.counter(OUTBOUND);
    counter.tcpOpened(record);
    counter.tcpReport(record, 10, 20);
    counter.tcpReport(record, 1, 2);
    counter.tcpClosed(record);
    const text = await pageOf(metrics.expose());
    const value = (name: string): string | undefined => new RegExp(`^${name}\\{.*\\} (\\d+)$`, 'm').exec(text)?.[1];
    expect(
      ['opened', 'closed']
        .map((n) => value(`istio_tcp_connections_${n}_total`))
        .concat(['sent', 'received'].map((n) => value(`istio_tcp_${n}_bytes_total`))),
    ).toEqual(['1', '1', '11', '22']);
    expect(labels(text, 'istio_tcp_sent_bytes_total')).not.toHaveProperty('response_code');
    expect(text).not.toContain('istio_requests_total');
  });
});

describe('histograms', () => {
  it('count a value in the first bucket it does not exceed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double({ min: 0, max: 5_000_000, noNaN: true }), { minLength: 1, maxLength: 30 }), async (values) => {
        const metrics = create();
        for (const durationMs of values) metrics.counter(OUTBOUND).observe(stream(metrics, { durationMs }));
        const text = await pageOf(metrics.expose());
        const name = 'istio_request_duration_milliseconds';
        for (const bound of BUCKETS)
          expect(text).toMatch(
            new RegExp(`^${name}_bucket\\{le="${bound}",.*\\} ${values.filter((value) => value <= bound).length}$`, 'm'),
          );
        expect(text).toMatch(new RegExp(`^${name}_count\\{.*\\} ${values.length}$`, 'm'));
      }),
      { numRuns: 20 },
    );
  });
  it('have the bounds that the workload sets, and keep the default ones for who looks at the numbers', async () => {
    const ownBuckets = parseOwnBuckets('{"istiocustom": [1000, 100], "istiocustom.istio_request_dur": [5, 7.5, 7.5], "cluster": [1]}');
    const metrics = create({ ownBuckets });
    for (const durationMs of [5, 7, 8]) metrics.counter(OUTBOUND).observe(stream(metrics, { durationMs }));
    const buckets = (name: string, text: string): readonly string[] =>
      [...text.matchAll(new RegExp(`^${name}_bucket\\{le="([^"]+)",.*\\} (\\d+)$`, 'gm'))].map(([, le, count]) => `${le} ${count}`);
    const text = await pageOf(metrics.expose());
    expect(buckets('istio_request_duration_milliseconds', text)).toEqual(['5 1', '7.5 2', '+Inf 3']);
    expect(buckets('istio_request_bytes', text)).toEqual(['100 0', '1000 3', '+Inf 3']);
    expect(buckets('istio_response_bytes', text)).toEqual(['100 0', '1000 0', '+Inf 3']);
    expect(text).toMatch(/^istio_request_duration_milliseconds_sum\{.*\} 20$/m);
    metrics.forEachSeries(({ numbers }) => {
      const { duration } = SERIES_NUMBERS.http;
      expect([...numbers.subarray(duration, duration + 6)]).toEqual([20, 0, 0, 1, 2, 0]);
    });
  });
  it.each([
    ['[1, 2]', 'not [1, 2]'],
    ['{"istiocustom": [1, "2"]}', 'not {"istiocustom":"2"}'],
    ['{"istiocustom": [0]}', 'not {"istiocustom":0}'],
    ['{"istiocustom": []}', 'not {"istiocustom":[]}'],
    ['1, 2', 'JSON'],
  ])('refuse %s as bounds', (annotation, words) => {
    expect(() => parseOwnBuckets(annotation)).toThrow(words);
  });
  it('has room for all of them in a series', () => {
    const series = new Float64Array(HISTOGRAM_SIZE);
    recordValue(series, 0, 1e9);
    expect([series[0], series[HISTOGRAM_SIZE - 1]]).toEqual([1e9, 1]);
  });
});

describe('what is not printed', () => {
  it('is counted all the same', async () => {
    const metrics = create();
    metrics.counter({ ...OUTBOUND, metrics: [{ name: '', drop: true, dimensions: {}, tagsToRemove: [] }] }).observe(stream(metrics));
    expect(await pageOf(metrics.expose())).not.toMatch(/istio_requests|_bucket/);
    const counted: number[] = [];
    metrics.forEachSeries(({ numbers }) => counted.push(numbers[SERIES_NUMBERS.http.requests]!));
    expect(counted).toEqual([1]);
  });
});

describe('exposition', () => {
  it("is what prom-client's registry prints: families with help and type, apart by an empty line", async () => {
    const metrics = create();
    metrics.counter(OUTBOUND).observe(stream(metrics, { protocol: 'grpc', grpcStatus: 0, requestMessages: 2, responseMessages: 3 }));
    const text = await pageOf(metrics.expose());
    const shape = text
      .trimEnd()
      .split('\n\n')
      .map((family) =>
        family
          .split('\n')
          .map((line) => line.replace(/^(# HELP \w+).*/, '$1').replace(/\{.*\}/, ''))
          .filter((line, i, all) => line !== all[i - 1]),
      );
    const counter = (name: string, value: number): readonly string[] => [`# HELP ${name}`, `# TYPE ${name} counter`, `${name} ${value}`];
    expect(shape.filter(([help]) => !/request_duration|_bytes/.test(help ?? ''))).toEqual([
      counter('istio_requests_total', 1),
      counter('istio_request_messages_total', 2),
      counter('istio_response_messages_total', 3),
      ['# HELP istio_build', '# TYPE istio_build gauge', 'istio_build 1'],
      ['# HELP lateen_metrics_series', '# TYPE lateen_metrics_series gauge', 'lateen_metrics_series 1'],
      counter('lateen_metrics_overflow_total', 0),
    ]);
    expect(text).toContain('# TYPE istio_request_bytes histogram\n');
  });
  it('prints each of 1,000 series whole', async () => {
    const metrics = create();
    const counter = metrics.counter(OUTBOUND);
    for (let i = 0; i < 1000; i++)
      counter.observe(stream(metrics, { peer: metrics.peers.fromWorkload(`w${i};default;reviews;v1;Kubernetes`) }));
    const text = await pageOf(metrics.expose());
    expect(text.match(/^istio_requests_total\{/gm)).toHaveLength(1000);
    expect(text.match(/^istio_request_duration_milliseconds_count\{/gm)).toHaveLength(1000);
  });
});

describe('rules', () => {
  const rule = (more: Partial<MetricRule>): MetricRule => ({
    name: 'requests_total',
    drop: false,
    dimensions: {},
    tagsToRemove: [],
    ...more,
  });
  const counts = async (metrics: IstioMetrics, metric: string, ...wanted: readonly string[]): Promise<readonly string[]> =>
    (await pageOf(metrics.expose()))
      .split('\n')
      .filter((line) => line.startsWith(`${metric}{`))
      .map((line) =>
        [...wanted.map((name) => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? '(none)'), line.split(' ').at(-1)].join(' '),
      );
  beforeAll(loadExpressions);

  const cases: readonly {
    readonly name: string;
    readonly rules: readonly MetricRule[];
    readonly streams?: readonly Partial<StreamRecord>[];
    readonly labels: readonly string[];
    readonly want: readonly string[];
  }[] = [
    { name: 'none', rules: [], labels: ['request_protocol'], want: ['http 1'] },
    { name: 'a dropped metric', rules: [rule({ drop: true })], labels: [], want: [] },
    { name: 'a dropped metric that a later rule brings back', rules: [rule({ drop: true }), rule({})], labels: [], want: ['1'] },
    { name: 'another metric dropped', rules: [rule({ name: 'request_bytes', drop: true })], labels: [], want: ['1'] },
    { name: 'all metrics dropped', rules: [rule({ name: '', drop: true })], labels: [], want: [] },
    { name: 'a label removed', rules: [rule({ tagsToRemove: ['request_protocol'] })], labels: ['request_protocol'], want: ['(none) 1'] },
    {
      name: 'what a removed label told apart is added up',
      rules: [rule({ tagsToRemove: ['response_code', 'response_flags'] })],
      streams: [{ responseCode: 200 }, { responseCode: 503, responseFlags: RESPONSE_FLAG.UF }, { responseCode: 200 }],
      labels: ['response_code'],
      want: ['(none) 3'],
    },
    { name: 'a constant', rules: [rule({ dimensions: { mine: '"x"' } })], labels: ['mine'], want: ['x 1'] },
    {
      name: 'an attribute of the request',
      rules: [rule({ dimensions: { method: 'request.method' } })],
      streams: [{ method: 'GET' }, { method: 'POST' }, { method: 'GET' }],
      labels: ['method'],
      want: ['GET 2', 'POST 1'],
    },
    {
      name: 'over one of the standard labels',
      rules: [rule({ dimensions: { request_protocol: 'request.protocol' } })],
      streams: [{ httpProtocol: 'HTTP/2' }],
      labels: ['request_protocol'],
      want: ['HTTP/2 1'],
    },
    {
      name: 'a header that is there',
      rules: [rule({ dimensions: { h: "request.headers['X-A']" } })],
      streams: [{ requestHeader: (name) => (name === 'x-a' ? 'b' : undefined) }],
      labels: ['h'],
      want: ['b 1'],
    },
    { name: 'a header that is not', rules: [rule({ dimensions: { h: "request.headers['x-a']" } })], labels: ['h'], want: ['unknown 1'] },
    {
      name: 'has and a choice',
      rules: [rule({ dimensions: { h: 'has(request.host) ? request.host : "none"' } })],
      streams: [{ authority: 'a' }, { authority: '' }],
      labels: ['h'],
      want: ['a 1', 'none 1'],
    },
    {
      name: 'a port as text',
      rules: [rule({ dimensions: { p: 'string(destination.port)' } })],
      streams: [{ downstreamLocalAddress: '10.0.0.1:8080' }],
      labels: ['p'],
      want: ['8080 1'],
    },
    {
      name: 'a class of statuses',
      rules: [rule({ dimensions: { c: 'response.code >= 500 ? "bad" : "good"' } })],
      streams: [{ responseCode: 500 }, { responseCode: 404 }],
      labels: ['c'],
      want: ['bad 1', 'good 1'],
    },
    {
      name: 'the peer, as it is worked out once a series',
      rules: [rule({ dimensions: { a: 'upstream_peer.app', l: "upstream_peer.labels['version']" } })],
      labels: ['a', 'l'],
      want: ['reviews v1 1'],
    },
    { name: 'the other peer', rules: [rule({ dimensions: { a: 'downstream_peer.app' } })], labels: ['a'], want: ['unknown 1'] },
    {
      name: 'the filter state of a peer',
      rules: [rule({ dimensions: { a: "filter_state['upstream_peer'].namespace" } })],
      labels: ['a'],
      want: ['default 1'],
    },
    { name: 'the node', rules: [rule({ dimensions: { n: "node.metadata['ZONE']" } })], labels: ['n'], want: ['z1 1'] },
    {
      name: 'the cluster',
      rules: [rule({ dimensions: { c: "xds.cluster_metadata.filter_metadata['istio']['services'][0]['name']" } })],
      labels: ['c'],
      want: ['reviews 1'],
    },
    {
      name: 'a regular expression that would take ages elsewhere',
      rules: [rule({ dimensions: { m: "request.path.matches('^(a+)+$')" } })],
      streams: [{ path: `${'a'.repeat(60)}!` }],
      labels: ['m'],
      want: ['false 1'],
    },
    { name: 'an attribute that nobody has', rules: [rule({ dimensions: { n: 'no.such.thing' } })], labels: ['n'], want: ['unknown 1'] },
    { name: 'no expression at all', rules: [rule({ dimensions: { n: '(((' } })], labels: ['n'], want: ['unknown 1'] },
  ];
  it.each(cases)('$name', async ({ rules, streams = [{}], labels: wanted, want }) => {
    const metrics = create({ node: { metadata: { ZONE: 'z1' } } });
    const counter = metrics.counter({ disableHostHeaderFallback: true, metrics: rules });
    for (const more of streams) counter.observe(stream(metrics, more));
    expect(await counts(metrics, 'istio_requests_total', ...wanted)).toEqual(want);
  });
  it('change one metric and leave the others', async () => {
    const metrics = create();
    metrics.counter({ ...OUTBOUND, metrics: [rule({ tagsToRemove: ['reporter'] })] }).observe(stream(metrics));
    expect(await counts(metrics, 'istio_requests_total', 'reporter')).toEqual(['(none) 1']);
    expect(await counts(metrics, 'istio_request_bytes_count', 'reporter')).toEqual(['source 1']);
  });
  it('of old configurations keep what they counted', async () => {
    const metrics = create();
    metrics.counter(OUTBOUND).observe(stream(metrics));
    metrics.counter({ ...OUTBOUND, disableHostHeaderFallback: true }).observe(stream(metrics));
    expect(await counts(metrics, 'istio_requests_total')).toEqual(['2']);
  });
});

describe('bounds', () => {
  const byPath: MetricRule = { name: '', drop: false, dimensions: { path: 'request.url_path' }, tagsToRemove: [] };
  beforeAll(loadExpressions);
  it('forget a series that has not changed for long, and count anew after', async () => {
    let now = 0;
    const metrics = create({ monotonicMs: () => now, expiryMs: 1000 });
    const counter = metrics.counter(OUTBOUND);
    const seen = async (): Promise<string> =>
      [...(await pageOf(metrics.expose())).matchAll(/^istio_requests_total\{.*response_code="(\d+)".*\} (\d+)$/gm)]
        .map(([, code, n]) => `${code}=${n}`)
        .join(' ');
    counter.observe(stream(metrics));
    counter.observe(stream(metrics, { responseCode: 404 }));
    expect(await seen()).toBe('200=1 404=1');
    now = 900;
    counter.observe(stream(metrics));
    expect(await seen()).toBe('200=2 404=1');
    now = 1500;
    expect(await seen()).toBe('200=2');
    now = 3000;
    expect(await seen()).toBe('');
    counter.observe(stream(metrics));
    expect(await seen()).toBe('200=1');
  });
  it('tell so many series apart, and count the others in one by class of response', async () => {
    let now = 0;
    // Room for two.
    const metrics = create({ monotonicMs: () => now, expiryMs: 60_000, maxTextBytes: 130_000 });
    const counter = metrics.counter(OUTBOUND);
    for (const responseCode of [200, 201, 202, 200, 503, 504, 0]) counter.observe(stream(metrics, { responseCode }));
    const text = await pageOf(metrics.expose());
    const counts = [
      ...text.matchAll(
        /^istio_requests_total\{.*source_workload="([^"]*).*destination_workload="([^"]*).*response_code="(\w+)".*\} (\d+)$/gm,
      ),
    ];
    expect(counts.map(([line, ...parts]) => [...parts, line.includes('lateen_overflow="true"')])).toEqual([
      ['productpage-v1', 'reviews-v1', '200', '2', false],
      ['productpage-v1', 'reviews-v1', '201', '1', false],
      ['productpage-v1', 'unknown', '2xx', '1', true],
      ['productpage-v1', 'unknown', '5xx', '2', true],
      ['productpage-v1', 'unknown', '0', '1', true],
    ]);
    expect(text).toContain('\nlateen_metrics_overflow_total{bound="series"} 4\n');
    expect(text).toContain('\nlateen_metrics_series 2\n');
    // Nobody scrapes, and there is room again once the others are stale.
    now = 200_000;
    counter.observe(stream(metrics, { responseCode: 202 }));
    now = 260_001;
    counter.observe(stream(metrics, { responseCode: 202 }));
    expect(await pageOf(metrics.expose())).toMatch(/^istio_requests_total\{.*response_code="202"/m);
  });
  it('keep no trace of what found no room, scraped or not', () => {
    const metrics = create({ maxTextBytes: 130_000 });
    const counter = metrics.counter({ ...OUTBOUND, metrics: [byPath] });
    for (let i = 0; i < 1000; i++) counter.observe(stream(metrics, { path: `/${i}` }));
    let series = 0;
    metrics.forEachSeries(() => series++);
    expect([series, counter.sets]).toEqual([3, 3]);
  });
  it('cut the value of a tag', async () => {
    const metrics = create();
    metrics.counter({ ...OUTBOUND, metrics: [byPath] }).observe(stream(metrics, { path: `/${'a'.repeat(60_000)}` }));
    expect(labels(await pageOf(metrics.expose()), 'istio_requests_total')).toHaveProperty('path', `/${'a'.repeat(255)}`);
  });
  it('tell 300 hosts apart, count the others, and give room when they are forgotten', async () => {
    let now = 0;
    const metrics = create({ monotonicMs: () => now, expiryMs: 1000 });
    const counter = metrics.counter(OUTBOUND);
    const cluster = metrics.clusters.of({ name: 'PassthroughCluster', metadata: { services: [] } });
    const named = (text: string): number =>
      new Set([...text.matchAll(/^istio_requests_total\{.*destination_service="(h\d+)"/gm)].map(([, host]) => host)).size;
    for (let i = 0; i < 400; i++) counter.observe(stream(metrics, { cluster, authority: `h${i}` }));
    const text = await pageOf(metrics.expose());
    expect([named(text), /^lateen_metrics_overflow_total\{bound="hosts"\} (\d+)$/m.exec(text)?.[1]]).toEqual([300, '100']);
    now = 2000;
    await pageOf(metrics.expose());
    for (let i = 400; i < 600; i++) counter.observe(stream(metrics, { cluster, authority: `h${i}` }));
    expect(named(await pageOf(metrics.expose()))).toBe(200);
  });
  it('make a full page in slices that a turn can take, of a size that a scrape can', async () => {
    const metrics = create();
    const counter = metrics.counter({ ...OUTBOUND, metrics: [byPath] });
    for (let i = 0; i < 5000; i++) counter.observe(stream(metrics, { path: `/${i}` }));
    let turns = 0;
    let ticking: NodeJS.Immediate | undefined;
    const tick = (): void => void (ticking = setImmediate(() => (turns++, tick())));
    tick();
    let slices = 0;
    let chars = 0;
    let longest = 0;
    let series = 0;
    for await (const slice of metrics.expose()) {
      slices++;
      chars += slice.length;
      longest = Math.max(longest, slice.length);
      series += slice.match(/^istio_requests_total\{/gm)?.length ?? 0;
    }
    clearImmediate(ticking);
    // Beside the overflow's.
    expect(series).toBeGreaterThan(1800);
    expect(series).toBeLessThan(2300);
    expect(chars).toBeLessThan(125_000_000);
    expect(longest).toBeLessThan(400_000);
    // Headers and ends of families have no turn of their own.
    expect(turns).toBeGreaterThan(slices - 40);
    expect(slices).toBeGreaterThan(300);
  });
  it('show each live series by its numbers', () => {
    const metrics = create();
    metrics.counter(OUTBOUND).observe(stream(metrics));
    const seen: number[] = [];
    metrics.forEachSeries(({ numbers }) => seen.push(numbers[SERIES_NUMBERS.http.requests]!));
    expect(seen).toEqual([1]);
  });
});
