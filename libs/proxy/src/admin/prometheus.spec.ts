import { describe, expect, it } from '@jest/globals';
import { envoyPrometheus, type Stat, statsMatcherOf } from './prometheus';

const ANNOTATED = {
  ANNOTATIONS: {
    'sidecar.istio.io/statsInclusionPrefixes': 'cluster.outbound,listener,http',
    'sidecar.istio.io/statsInclusionSuffixes': 'odd_suffix',
    'sidecar.istio.io/statsInclusionRegexps': 'tcp\\..*,(',
  },
};

describe("Envoy's stats as Prometheus text", () => {
  const cases: readonly { readonly name: string; readonly stat: Stat; readonly want: string }[] = [
    { name: 'of the process', stat: ['server.live', 1], want: '# TYPE envoy_server_live gauge\nenvoy_server_live{} 1\n' },
    {
      name: 'of a plain cluster',
      stat: ['cluster.xds-grpc.upstream_cx_active', 1],
      want: '# TYPE envoy_cluster_upstream_cx_active gauge\nenvoy_cluster_upstream_cx_active{cluster_name="xds-grpc"} 1\n',
    },
    {
      name: "of a service's cluster, whose name has dots",
      stat: ['cluster.outbound|9080|v1|reviews.default.svc.cluster.local.upstream_cx_total', 3],
      want: '# TYPE envoy_cluster_upstream_cx_total counter\nenvoy_cluster_upstream_cx_total{cluster_name="outbound|9080|v1|reviews.default.svc.cluster.local"} 3\n',
    },
    {
      name: 'of responses by class',
      stat: ['cluster.outbound|80||a.b.svc.cluster.local.upstream_rq_5xx', 2],
      want: '# TYPE envoy_cluster_upstream_rq counter\nenvoy_cluster_upstream_rq{response_code_class="5xx",cluster_name="outbound|80||a.b.svc.cluster.local"} 2\n',
    },
    {
      name: 'of responses by status',
      stat: ['cluster.outbound|80||a.b.svc.cluster.local.upstream_rq_503', 2],
      want: '# TYPE envoy_cluster_upstream_rq counter\nenvoy_cluster_upstream_rq{response_code="503",cluster_name="outbound|80||a.b.svc.cluster.local"} 2\n',
    },
    {
      name: 'of responses that were tried again, of a cluster in a namespace of that name',
      stat: ['cluster.outbound|80||a.retry.svc.cluster.local.retry.upstream_rq_503', 2],
      want: '# TYPE envoy_cluster_retry_upstream_rq counter\nenvoy_cluster_retry_upstream_rq{response_code="503",cluster_name="outbound|80||a.retry.svc.cluster.local"} 2\n',
    },
    {
      name: "of a cluster's HTTP/2",
      stat: ['cluster.outbound|80||a.b.svc.cluster.local.http2.rx_reset', 1],
      want: '# TYPE envoy_cluster_http2_rx_reset counter\nenvoy_cluster_http2_rx_reset{cluster_name="outbound|80||a.b.svc.cluster.local"} 1\n',
    },
    {
      name: 'of faults under way',
      stat: ['http.outbound_0.0.0.0_8080;.fault.active_faults', 1],
      want: '# TYPE envoy_http_fault_active_faults gauge\nenvoy_http_fault_active_faults{http_conn_manager_prefix="outbound_0.0.0.0_8080"} 1\n',
    },
    {
      name: 'of a connection manager',
      stat: ['http.inbound_0.0.0.0_8080;.downstream_rq_total', 9],
      want: '# TYPE envoy_http_downstream_rq_total counter\nenvoy_http_downstream_rq_total{http_conn_manager_prefix="inbound_0.0.0.0_8080"} 9\n',
    },
    {
      name: 'of a listener',
      stat: ['listener.0.0.0.0_15006.downstream_cx_active', 4],
      want: '# TYPE envoy_listener_downstream_cx_active gauge\nenvoy_listener_downstream_cx_active{listener_address="0.0.0.0_15006"} 4\n',
    },
    { name: 'by its suffix', stat: ['x.odd_suffix', 1], want: '# TYPE envoy_x_odd_suffix counter\nenvoy_x_odd_suffix{} 1\n' },
    {
      name: 'by a pattern',
      stat: ['tcp.db.downstream_cx_total', 1],
      want: '# TYPE envoy_tcp_downstream_cx_total counter\nenvoy_tcp_downstream_cx_total{tcp_prefix="db"} 1\n',
    },
    { name: 'that nobody asked for', stat: ['cluster.other.upstream_cx_total', 1], want: '' },
  ];
  it.each(cases)('$name', ({ stat, want }) => expect(envoyPrometheus([stat], statsMatcherOf(ANNOTATED))).toBe(want));

  it('are few by default', () => {
    const stats: readonly Stat[] = [
      ['cluster.outbound|80||a.b.svc.cluster.local.upstream_cx_total', 1],
      ['http.x.downstream_rq_total', 1],
      ['cluster_manager.active_clusters', 2],
      ['http.x.rbac.denied', 1],
    ];
    const names = envoyPrometheus(stats, statsMatcherOf(undefined)).match(/^envoy\w+/gm);
    expect(names).toEqual(['envoy_cluster_manager_active_clusters', 'envoy_http_rbac_denied']);
  });
  it('of one family stand together', () => {
    const stats: readonly Stat[] = ['upstream_a', 'upstream_b'].map((name) => [`cluster.xds-grpc.${name}_total`, 1]);
    const text = envoyPrometheus([...stats, ['cluster.xds-grpc.upstream_a_total', 1]], statsMatcherOf({}));
    expect(text.match(/# TYPE/g)).toHaveLength(2);
  });
});
