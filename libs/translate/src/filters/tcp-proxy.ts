import { type Any } from '@bufbuild/protobuf/wkt';
import { type AccessLog } from '@lateen/xds/gen/envoy/config/accesslog/v3/accesslog_pb';
import { TcpProxySchema } from '@lateen/xds/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb';
import { pack } from './envoy';

/** Where a TCP connection goes: one cluster, or several by weight. */
export interface TcpTarget {
  readonly statPrefix: string;
  /** At least one; a single one's weight does not count. */
  readonly clusters: readonly { readonly name: string; readonly weight: number }[];
  readonly accessLog: AccessLog[];
}

/** A packed `TcpProxy`. */
export function tcpProxy({ statPrefix, clusters, accessLog }: TcpTarget): Any {
  const [first] = clusters;
  return pack(TcpProxySchema, {
    statPrefix,
    accessLog,
    clusterSpecifier:
      clusters.length === 1 && first !== undefined
        ? { case: 'cluster', value: first.name }
        : { case: 'weightedClusters', value: { clusters: clusters.map(({ name, weight }) => ({ name, weight })) } },
  });
}

/** A packed `TcpProxy` to one cluster, its statistics named for the cluster. */
export function tcpProxyTo(cluster: string, accessLog: AccessLog[]): Any {
  return tcpProxy({ statPrefix: cluster, clusters: [{ name: cluster, weight: 1 }], accessLog });
}
