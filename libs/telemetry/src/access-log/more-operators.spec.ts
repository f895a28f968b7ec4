import { beforeAll, describe, expect, it } from '@jest/globals';
import { parseSubstitutionFormat } from '@lateen/routing';
import { loadExpressions } from '../expressions/expression';
import { PeerTable } from '../peer';
import { RESPONSE_FLAG } from '../response-flag';
import { createStreamRecord, type StreamRecord } from '../stream-record';
import { compileValueText } from './formatter';
import { isKnownOperator } from './operators';

const record = (more: Partial<StreamRecord> = {}): StreamRecord =>
  Object.assign(createStreamRecord(), {
    startTimeMs: Date.UTC(2026, 10, 21, 5, 7, 9, 45),
    durationMs: 1500.5,
    requestDurationMs: 2,
    responseDurationMs: 12,
    method: 'GET',
    path: '/a?b=1&c=x%20y',
    responseCode: 503,
    responseFlags: RESPONSE_FLAG.UF | RESPONSE_FLAG.URX,
    bytesReceived: 10,
    wireBytesReceived: 110,
    bytesSent: 20,
    wireBytesSent: 220,
    upstreamHost: '10.0.0.7:9080',
    upstreamLocalAddress: '10.0.0.5:40000',
    downstreamRemoteAddress: '[::1]:50000',
    downstreamLocalAddress: '10.96.0.12:9080',
    peer: new PeerTable().fromWorkload('reviews-v1;default;reviews;v1;Kubernetes'),
    trace: { traceId: 'a'.repeat(32), sampled: true },
    ...more,
  });

const CLUSTER = {
  services: [{ host: 'b.default.svc.cluster.local', name: 'b', namespace: 'default' }],
  subset: 'v1',
  config: '/apis/d',
  alpnOverride: true,
  external: false,
};

describe('operators', () => {
  beforeAll(loadExpressions);
  const cases: readonly { readonly format: string; readonly more?: Partial<StreamRecord>; readonly want: string }[] = [
    { format: '%ACCESS_LOG_TYPE%', want: 'DownstreamEnd' },
    { format: '%ACCESS_LOG_TYPE%', more: { protocol: 'tcp' }, want: 'TcpConnectionEnd' },
    { format: '%RESPONSE_FLAGS_LONG%', want: 'UpstreamConnectionFailure,UpstreamRetryLimitExceeded' },
    { format: '%RESPONSE_FLAGS_LONG%', more: { responseFlags: 0 }, want: '-' },
    { format: '%REQUEST_HEADERS_BYTES% %RESPONSE_HEADERS_BYTES%', want: '100 200' },
    { format: '%DOWNSTREAM_HEADER_BYTES_RECEIVED% %DOWNSTREAM_HEADER_BYTES_SENT%', want: '100 200' },
    { format: '%UPSTREAM_HOST_NAME_WITHOUT_PORT% %UPSTREAM_REMOTE_PORT%', want: '10.0.0.7 9080' },
    { format: '%UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT% %UPSTREAM_LOCAL_PORT%', want: '10.0.0.5 40000' },
    { format: '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_REMOTE_PORT%', want: '::1 50000' },
    { format: '%DOWNSTREAM_DIRECT_LOCAL_ADDRESS% %DOWNSTREAM_DIRECT_LOCAL_PORT%', want: '10.96.0.12:9080 9080' },
    { format: '%UPSTREAM_PROTOCOL%', want: '-' },
    { format: '%UPSTREAM_PROTOCOL%', more: { upstreamProtocol: 'HTTP/2' }, want: 'HTTP/2' },
    { format: '%UPSTREAM_WIRE_BYTES_SENT% %UPSTREAM_WIRE_BYTES_RECEIVED%', want: '110 220' },
    { format: '%UPSTREAM_WIRE_BYTES_SENT% %UPSTREAM_WIRE_BYTES_RECEIVED%', more: { upstreamLocalAddress: '' }, want: '0 0' },
    { format: '%RESPONSE_TX_DURATION%', want: '-' },
    { format: '%RESPONSE_TX_DURATION% %COMMON_DURATION(DS_RX_BEG:US_RX_END:us)%', more: { responseEndMs: 40 }, want: '28 40000' },
    { format: '%QUERY_PARAMS%', want: 'b=1&c=x%20y' },
    { format: '%QUERY_PARAM(c)%', want: 'x y' },
    { format: '%QUERY_PARAM(no)%', want: '-' },
    { format: '%PATH% %PATH(NQ)%', want: '/a?b=1&c=x%20y /a' },
    { format: '%PATH(NQ:ORIG)%', want: '-' },
    {
      format: '%PATH(NQ:ORIG)%',
      more: { requestHeader: (name) => (name === 'x-envoy-original-path' ? '/was?x' : undefined) },
      want: '/was',
    },
    { format: '%CONNECTION_ID%', more: { connectionId: 7 }, want: '7' },
    { format: '%CONNECTION_ID%', want: '-' },
    { format: '%STREAM_ID%', more: { requestHeader: (name) => (name === 'x-request-id' ? 'id-1' : undefined) }, want: 'id-1' },
    { format: '%STREAM_ID%', want: '-' },
    { format: '%STREAM_ID%', more: { protocol: 'tcp', connectionId: 258 }, want: '01234567-89ab-4cde-8f01-000000000102' },
    { format: '%METADATA(ROUTE:istio:config)%', more: { routeSource: '/apis/x' }, want: '/apis/x' },
    { format: '%METADATA(ROUTE:istio)%', more: { routeSource: '/apis/x' }, want: '{"config":"/apis/x"}' },
    { format: '%METADATA(ROUTE:istio:config):5%', more: { routeSource: '/apis/x' }, want: '/apis' },
    { format: '%METADATA(ROUTE:istio:config)% %METADATA(ROUTE:istio:no:no)%', want: '- -' },
    { format: '%METADATA(CLUSTER:istio:subset)%|%METADATA(CLUSTER:istio:config)%', more: { clusterMetadata: CLUSTER }, want: 'v1|/apis/d' },
    {
      format: '%METADATA(CLUSTER:istio:services)%',
      more: { clusterMetadata: CLUSTER },
      want: '[{"host":"b.default.svc.cluster.local","name":"b","namespace":"default"}]',
    },
    {
      format: '%METADATA(CLUSTER:istio)%',
      more: { clusterMetadata: { services: [], alpnOverride: false, external: true } },
      want: '{"alpn_override":"false","external":true}',
    },
    { format: '%METADATA(CLUSTER:istio)%|%METADATA(CLUSTER:other:a)%|%METADATA(UPSTREAM_HOST:istio:a)%|%METADATA()%', want: '-|-|-|-' },
    { format: '%TRACE_ID%', want: 'a'.repeat(32) },
    { format: '%TRACE_ID%', more: { trace: undefined }, want: '-' },
    { format: '%EMIT_TIME%', want: '2026-11-21T05:07:10.545Z' },
    { format: '%EMIT_TIME(%H:%M:%S)%', want: '05:07:10' },
    { format: '%COMMON_DURATION(DS_RX_END:US_RX_BEG:us)%', want: '10000' },
    { format: '%COMMON_DURATION(DS_RX_BEG:DS_TX_END:ms)%', want: '1500' },
    { format: '%COMMON_DURATION(US_RX_BEG:DS_TX_END:ms)%', more: { responseDurationMs: -1 }, want: '-' },
    { format: '%COMMON_DURATION(NO:WHERE:ms)%', want: '-' },
    { format: '%FILTER_STATE(upstream_peer:FIELD:workload)%', want: 'reviews-v1' },
    { format: '%FILTER_STATE(downstream_peer:PLAIN)%', want: '-' },
    { format: '%CEL(request.method)%', want: 'GET' },
    { format: "%CEL(string(response.code) + '!')%", want: '503!' },
    { format: '%CEL(response.code >= 500)%', want: 'true' },
    { format: '%CEL(no.such)%', want: '-' },
    { format: '%TYPED_CEL(response.code)%', want: '503' },
  ];
  it.each(cases)('$format is $want', ({ format, more, want }) =>
    expect(compileValueText(format, { hostname: '', environment: {}, instance: '0123456789abcdef01' })(record(more))).toBe(want),
  );
  it('are all known', () => {
    const commands = cases.flatMap(({ format }) =>
      parseSubstitutionFormat(format).flatMap((s) => (s.kind === 'operator' ? [s.command] : [])),
    );
    expect(commands.filter((command) => !isKnownOperator(command))).toEqual([]);
  });
});
