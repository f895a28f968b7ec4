import { create, type JsonObject, type MessageInitShape } from '@bufbuild/protobuf';
import { type Subset } from '@lateen/config';
import { canonicalName, type Endpoint, matchesLabels } from '@lateen/registry';
import { HealthStatus } from '@lateen/xds/gen/envoy/config/core/v3/health_check_pb';
import { type ClusterLoadAssignment, ClusterLoadAssignmentSchema } from '@lateen/xds/gen/envoy/config/endpoint/v3/endpoint_pb';
import { type LbEndpointSchema } from '@lateen/xds/gen/envoy/config/endpoint/v3/endpoint_components_pb';

/** Everything one cluster's endpoints depend on. */
export interface AssignmentInputs {
  readonly clusterName: string;
  readonly endpoints: readonly Endpoint[];
  readonly subset: Subset | undefined;
  /** Of the cluster the endpoints are in: `Kubernetes`. */
  readonly clusterId: string;
  /** Whether the endpoint is to be reached by mutual TLS. */
  readonly isMutual: (endpoint: Endpoint) => boolean;
}

/** Builds a load assignment, endpoints grouped by locality; without endpoints it is empty, and the cluster answers 503. */
export function assignment({ clusterName, endpoints, subset, clusterId, isMutual }: AssignmentInputs): ClusterLoadAssignment {
  const groups = byLocality(ofSubset(endpoints, subset));
  return create(ClusterLoadAssignmentSchema, {
    clusterName,
    endpoints: groups.map((group) => ({
      locality: group[0]?.locality ?? {},
      loadBalancingWeight: group.reduce((sum, { weight }) => sum + weight, 0),
      lbEndpoints: group.map((endpoint) => lbEndpoint(endpoint, { clusterId, mutual: isMutual(endpoint) })),
    })),
  });
}

/** The assignment inside a DNS cluster: host names with their ports, one group per locality. */
export function declaredAssignment(clusterName: string, endpoints: readonly Endpoint[], subset: Subset | undefined): ClusterLoadAssignment {
  return assignment({ clusterName, endpoints, subset, clusterId: 'Kubernetes', isMutual: ({ tlsMode }) => tlsMode === 'istio' });
}

function ofSubset(endpoints: readonly Endpoint[], subset: Subset | undefined): readonly Endpoint[] {
  const labels = subset?.labels;
  return labels === undefined ? endpoints : endpoints.filter((endpoint) => matchesLabels(endpoint.labels, labels));
}

function byLocality(endpoints: readonly Endpoint[]): readonly (readonly Endpoint[])[] {
  const groups = new Map<string, Endpoint[]>();
  for (const endpoint of endpoints) {
    const { region = '', zone = '', subZone = '' } = endpoint.locality ?? {};
    const key = `${region}/${zone}/${subZone}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [endpoint]);
    else group.push(endpoint);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

function lbEndpoint(
  endpoint: Endpoint,
  { clusterId, mutual }: { readonly clusterId: string; readonly mutual: boolean },
): MessageInitShape<typeof LbEndpointSchema> {
  const filterMetadata: Record<string, JsonObject> = {
    ...(mutual ? { 'envoy.transport_socket_match': { tlsMode: 'istio' } } : {}),
    ...(endpoint.workload === '' ? {} : { istio: { workload: workloadKey(endpoint, clusterId) } }),
  };
  return {
    hostIdentifier: { case: 'endpoint', value: { address: addressOf(endpoint) } },
    healthStatus: endpoint.instance === undefined ? HealthStatus.UNKNOWN : endpoint.ready ? HealthStatus.HEALTHY : HealthStatus.UNHEALTHY,
    loadBalancingWeight: endpoint.weight,
    metadata: Object.keys(filterMetadata).length === 0 ? undefined : { filterMetadata },
  };
}

/** `WORKLOAD;NAMESPACE;CANONICAL-NAME;REVISION;CLUSTER`, which Istio's telemetry reads. */
function workloadKey({ workload, namespace, labels }: Endpoint, clusterId: string): string {
  const revision = labels['service.istio.io/canonical-revision'] ?? labels['app.kubernetes.io/version'] ?? labels['version'] ?? '';
  return [workload, namespace, canonicalName(labels, workload), revision, clusterId].join(';');
}

function addressOf({ address, port }: Endpoint) {
  if (address.startsWith('unix://')) return { address: { case: 'pipe' as const, value: { path: address.slice('unix://'.length) } } };
  return { address: { case: 'socketAddress' as const, value: { address, portSpecifier: { case: 'portValue' as const, value: port } } } };
}
