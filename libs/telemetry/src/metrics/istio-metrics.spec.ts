import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RESPONSE_FLAG } from '../response-flag';
import { createStreamRecord, type StreamRecord } from '../stream-record';
import { BUCKETS, exposeHistogram, HISTOGRAM_SIZE, record as recordValue } from './histogram';
import { IstioMetrics } from './istio-metrics';

const self = {
  workload: 'productpage-v1',
  namespace: 'default',
  canonicalService: 'productpage',
  canonicalRevision: 'v1',
  app: 'productpage',
  version: 'v1',
  cluster: 'Kubernetes',
};
const create = () => new IstioMetrics({ self, principal: 'spiffe://cluster.local/ns/default/sa/bookinfo-productpage', version: '1.31.0' });
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
  it('have the labels of the source, in order', () => {
    const metrics = create();
    metrics.observe(stream(metrics), true);
    expect(metrics.expose().split('\n')[1]).toBe(
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
  it.each(cases)('$name', ({ more, hostFallback = true, want }) => {
    const metrics = create();
    metrics.observe(stream(metrics, more(metrics)), hostFallback);
    expect(labels(metrics.expose(), 'istio_requests_total')).toMatchObject(want);
  });

  it('count each outcome apart and add up like ones', () => {
    const metrics = create();
    for (const code of [200, 503, 200]) metrics.observe(stream(metrics, { responseCode: code }), true);
    const counts = [...metrics.expose().matchAll(/^istio_requests_total\{.*response_code="(\d+)".*\} (\d+)$/gm)].map(
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
  it('count connections and bytes, without response codes', () => {
    const metrics = create();
    const record = stream(metrics, { protocol: 'tcp', responseCode: 0 });
    metrics.tcpOpened(record);
    metrics.tcpReport(record, 10, 20);
    metrics.tcpReport(record, 1, 2);
    metrics.tcpClosed(record);
    const text = metrics.expose();
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
  it('count a value in the first bucket it does not exceed', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 5_000_000, noNaN: true }), { minLength: 1, maxLength: 30 }), (values) => {
        const series = new Float64Array(HISTOGRAM_SIZE);
        for (const value of values) recordValue(series, 0, value);
        const text = exposeHistogram('h', '', series, 0);
        for (const bound of BUCKETS) expect(text).toContain(`h_bucket{le="${bound}"} ${values.filter((v) => v <= bound).length}\n`);
        expect(text).toContain(`h_count ${values.length}\n`);
      }),
    );
  });
});
