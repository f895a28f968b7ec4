import { create } from '@bufbuild/protobuf';
import { type MeshConfig } from '@lateen/config';
import {
  type Cluster,
  Cluster_DiscoveryType as DiscoveryType,
  Cluster_LbPolicy as LbPolicy,
  ClusterSchema,
} from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { type Init } from '../common/init';
import { METADATA_EXCHANGE } from '../filters/istio-filters';
import { PASSTHROUGH_SOURCE } from './inbound';
import { connectionPool } from './pool';
import { protocolOptions } from './protocol-options';

/** Has no endpoints, so that what is sent there fails. */
export function blackHoleCluster(mesh: MeshConfig): Cluster {
  return create(ClusterSchema, {
    name: 'BlackHoleCluster',
    altStatName: 'BlackHoleCluster;',
    clusterDiscoveryType: { case: 'type', value: DiscoveryType.STATIC },
    connectTimeout: connectionPool(undefined, mesh).connectTimeout,
  });
}

/** Sends outbound connections where they were going. */
export function passthroughCluster(mesh: MeshConfig, exchangesMetadata: boolean): Cluster {
  return create(ClusterSchema, {
    ...passthrough('PassthroughCluster', mesh),
    filters: exchangesMetadata ? [{ name: METADATA_EXCHANGE.name, typedConfig: METADATA_EXCHANGE.configType.value }] : [],
  });
}

/** Sends inbound connections on ports without a service to the application. */
export function inboundPassthroughCluster(mesh: MeshConfig): Cluster {
  return create(ClusterSchema, { ...passthrough('InboundPassthroughCluster', mesh), upstreamBindConfig: PASSTHROUGH_SOURCE });
}

function passthrough(name: string, mesh: MeshConfig): Init<typeof ClusterSchema> {
  return {
    name,
    altStatName: 'PassthroughCluster;',
    clusterDiscoveryType: { case: 'type', value: DiscoveryType.ORIGINAL_DST },
    lbPolicy: LbPolicy.CLUSTER_PROVIDED,
    ...connectionPool(undefined, mesh),
    typedExtensionProtocolOptions: protocolOptions({ version: 'downstream', pool: { http: { idleTimeout: '300s' } } }),
  };
}
