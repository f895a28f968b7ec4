import { create } from '@bufbuild/protobuf';
import { type InboundPort, type MergedDestinationRule, type MeshSnapshot } from '@lateen/mesh';
import {
  type Cluster,
  Cluster_DiscoveryType as DiscoveryType,
  Cluster_LbPolicy as LbPolicy,
  ClusterSchema,
} from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { type Init } from '../common/init';
import { durationOf } from '../filters/envoy';
import { inboundClusterName } from './names';
import { policyFor } from './policy';
import { connectionPool } from './pool';
import { protocolOptions, upstreamVersion } from './protocol-options';
import { istioMetadata } from './service-clusters';

/** Everything the cluster of one of the workload's own ports depends on. */
export interface InboundClusterInputs {
  readonly snapshot: MeshSnapshot;
  /** The service ports on one workload port; the first one decides the protocol. */
  readonly ports: readonly [InboundPort, ...InboundPort[]];
  /** The rule in effect for the first one's service, whose pool holds here too. */
  readonly rule: MergedDestinationRule | undefined;
  /** The application's port on 127.0.0.1 where nothing is captured; undefined where traffic is. */
  readonly appPort: number | undefined;
}

/** Nine hundred years, about the most a duration holds: a connection's destination is never forgotten. */
const NEVER_MS = 9_223_372_035_000;

/** Builds the cluster that is the workload itself. */
export function inboundCluster({ snapshot, ports, rule, appPort }: InboundClusterInputs): Cluster {
  const [{ service, port, targetPort }] = ports;
  const { meshConfig } = snapshot;
  const pool = policyFor(rule, port.port).connectionPool;
  // A rule with subsets alone says nothing of the workload itself.
  const effective = rule?.trafficPolicy === undefined ? undefined : rule;
  const name = inboundClusterName(targetPort);
  return create(ClusterSchema, {
    name,
    altStatName: `${name};`,
    ...destination(name, appPort),
    ...connectionPool(pool, meshConfig),
    commonLbConfig: {},
    typedExtensionProtocolOptions: protocolOptions({ version: upstreamVersion({ protocol: port.protocol, pool, mesh: meshConfig }), pool }),
    metadata: { filterMetadata: { istio: { ...istioMetadata({ service, rule: effective }), services: servicesOf(ports) } } },
  });
}

function servicesOf(ports: readonly InboundPort[]) {
  const byHost = new Map(ports.map(({ service }) => [service.hostname, service]));
  return [...byHost.values()].map(({ hostname, name, namespace }) => ({ host: hostname, name, namespace }));
}

/** Where the connection was going, from an address that capture lets through; else the application's own port. */
function destination(name: string, appPort: number | undefined): Partial<Init<typeof ClusterSchema>> {
  if (appPort === undefined) {
    return {
      clusterDiscoveryType: { case: 'type', value: DiscoveryType.ORIGINAL_DST },
      lbPolicy: LbPolicy.CLUSTER_PROVIDED,
      cleanupInterval: durationOf(NEVER_MS),
      upstreamBindConfig: PASSTHROUGH_SOURCE,
    };
  }
  const address = {
    address: { case: 'socketAddress', value: { address: '127.0.0.1', portSpecifier: { case: 'portValue', value: appPort } } },
  } as const;
  const endpoint = { hostIdentifier: { case: 'endpoint', value: { address } } } as const;
  return {
    clusterDiscoveryType: { case: 'type', value: DiscoveryType.STATIC },
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [endpoint] }] },
  };
}

/** The source address of what the proxy sends to its own workload, which interception lets pass. */
export const PASSTHROUGH_SOURCE: Init<typeof ClusterSchema>['upstreamBindConfig'] = {
  sourceAddress: { address: '127.0.0.6', portSpecifier: { case: 'portValue', value: 0 } },
};
