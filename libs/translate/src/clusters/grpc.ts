import { create } from '@bufbuild/protobuf';
import { type MergedDestinationRule } from '@lateen/mesh';
import { type Service, type ServicePort } from '@lateen/registry';
import {
  type Cluster,
  Cluster_DiscoveryType as DiscoveryType,
  Cluster_LbPolicy as LbPolicy,
  ClusterSchema,
} from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { ApiVersion } from '@lateen/xds/gen/envoy/config/core/v3/config_source_pb';
import { outboundClusterName } from './names';

/**
 * The clusters of a service port for a proxyless gRPC client: endpoints by EDS, round robin, plaintext.
 * Spec: gRFC A27; such a client refuses much of what an Envoy takes, so nothing else is said.
 */
export function grpcClusters(service: Service, port: ServicePort, rule: MergedDestinationRule | undefined): readonly Cluster[] {
  return ['', ...(rule?.subsets ?? []).map(({ name }) => name)].map((subset) => {
    const name = outboundClusterName(port.port, subset, service.hostname);
    const edsConfig = { configSourceSpecifier: { case: 'ads', value: {} }, resourceApiVersion: ApiVersion.V3 } as const;
    return create(ClusterSchema, {
      name,
      clusterDiscoveryType: { case: 'type', value: DiscoveryType.EDS },
      edsClusterConfig: { serviceName: name, edsConfig },
      lbPolicy: LbPolicy.ROUND_ROBIN,
    });
  });
}
