import { type MessageInitShape } from '@bufbuild/protobuf';
import { parseDurationMs } from '@lateen/base';
import { type ConnectionPoolSettings, type MeshConfig } from '@lateen/config';
import { type ClusterSchema } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { type HttpProtocolOptionsSchema } from '@lateen/xds/gen/envoy/config/core/v3/protocol_pb';
import { type Init } from '../common/init';
import { durationOf } from '../filters/envoy';

type ClusterInit = Init<typeof ClusterSchema>;

/** As good as no limit. */
const UNLIMITED = 4_294_967_295;

/** The limits of a cluster and how it connects. Spec: Istio `ConnectionPoolSettings`; unset limits are 2^32-1. */
export function connectionPool(
  pool: ConnectionPoolSettings | undefined,
  mesh: MeshConfig,
): Pick<ClusterInit, 'circuitBreakers' | 'connectTimeout' | 'upstreamConnectionOptions'> {
  const { tcp, http } = pool ?? {};
  const connectTimeout = tcp?.connectTimeout ?? mesh.connectTimeout ?? '10s';
  return {
    connectTimeout: durationOf(parseDurationMs(connectTimeout) ?? 10_000),
    circuitBreakers: {
      thresholds: [
        {
          maxConnections: limit(tcp?.maxConnections),
          maxPendingRequests: limit(http?.http1MaxPendingRequests),
          maxRequests: limit(http?.http2MaxRequests),
          maxRetries: limit(http?.maxRetries),
        },
      ],
    },
    upstreamConnectionOptions: keepalive(tcp?.tcpKeepalive ?? mesh.tcpKeepalive),
  };
}

/** Zero means unset here, as it does to Istio. */
function limit(value: number | undefined): number {
  return value === undefined || value <= 0 ? UNLIMITED : value;
}

function keepalive(settings: MeshConfig['tcpKeepalive']): ClusterInit['upstreamConnectionOptions'] {
  if (settings === undefined) return undefined;
  const { probes, time, interval } = settings;
  return {
    tcpKeepalive: {
      ...(probes === undefined ? {} : { keepaliveProbes: probes }),
      ...(time === undefined ? {} : { keepaliveTime: seconds(time) }),
      ...(interval === undefined ? {} : { keepaliveInterval: seconds(interval) }),
    },
  };
}

function seconds(duration: string): number {
  return Math.trunc((parseDurationMs(duration) ?? 0) / 1000);
}

/** The part of a pool that is about HTTP connections of any version; undefined when nothing is said. */
export function commonHttpOptions(
  pool: ConnectionPoolSettings | undefined,
): MessageInitShape<typeof HttpProtocolOptionsSchema> | undefined {
  const { tcp, http } = pool ?? {};
  const options = {
    ...(http?.idleTimeout === undefined ? {} : { idleTimeout: durationOf(parseDurationMs(http.idleTimeout) ?? 0) }),
    ...(http?.maxRequestsPerConnection === undefined ? {} : { maxRequestsPerConnection: http.maxRequestsPerConnection }),
    ...(tcp?.maxConnectionDuration === undefined
      ? {}
      : { maxConnectionDuration: durationOf(parseDurationMs(tcp.maxConnectionDuration) ?? 0) }),
  };
  return Object.keys(options).length === 0 ? undefined : options;
}
