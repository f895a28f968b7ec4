import { type MergedDestinationRule, type MeshSnapshot } from '@lateen/mesh';
import { type Endpoint, type Service, type ServicePort } from '@lateen/registry';
import { Cluster_DiscoveryType as DiscoveryType, type Cluster } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { type ClusterLoadAssignment } from '@lateen/xds/gen/envoy/config/endpoint/v3/endpoint_pb';
import { type ClustersInputs } from '../clusters/index';
import { policyFor } from '../clusters/policy';
import { type Translated } from '../proxy-resources';
import { assignment } from './assignment';

/** What the endpoints of a proxy depend on: also which clusters it has. */
export interface EndpointsInputs extends ClustersInputs {
  readonly clusters: readonly Translated<Cluster>[];
}

type Assignments = Map<Translated<Cluster>, Translated<ClusterLoadAssignment>>;

/** Kept by cluster object, which proxies share, and so are these. */
const caches = new WeakMap<MeshSnapshot, Map<string, Assignments>>();

/** The load assignments of all clusters that a proxy asks endpoints for. Spec: Istio EDS. */
export function endpointsFor({ snapshot, proxy, clusters }: EndpointsInputs): readonly Translated<ClusterLoadAssignment>[] {
  let byCluster = caches.get(snapshot);
  if (byCluster === undefined) caches.set(snapshot, (byCluster = new Map()));
  let assignments = byCluster.get(proxy.clusterId);
  if (assignments === undefined) byCluster.set(proxy.clusterId, (assignments = new Map()));
  const found: Translated<ClusterLoadAssignment>[] = [];
  for (const cluster of clusters) {
    if (cluster.message.clusterDiscoveryType.case !== 'type' || cluster.message.clusterDiscoveryType.value !== DiscoveryType.EDS) continue;
    let translated = assignments.get(cluster);
    if (translated === undefined) {
      translated = translate(cluster, { snapshot, proxy });
      if (translated === undefined) continue;
      assignments.set(cluster, translated);
    }
    found.push(translated);
  }
  return found;
}

function translate(cluster: Translated<Cluster>, { snapshot, proxy }: ClustersInputs): Translated<ClusterLoadAssignment> | undefined {
  const [, portText, subsetName = '', ...host] = cluster.name.split('|');
  const service = snapshot.services.get(host.join('|'));
  const port = service?.ports.find((p) => p.port === Number(portText));
  if (service === undefined || port === undefined) return undefined;
  const rule = snapshot.destinationRuleFor(proxy, service.hostname);
  const subset = rule?.subsets.find(({ name }) => name === subsetName);
  const message = assignment({
    clusterName: cluster.name,
    endpoints: snapshot.endpointsOf(service, port),
    subset,
    clusterId: proxy.clusterId,
    isMutual: mutualTo({ snapshot, service, port, rule, subsetName }),
  });
  return { name: cluster.name, message, origin: service.origin };
}

interface MutualInputs {
  readonly snapshot: MeshSnapshot;
  readonly service: Service;
  readonly port: ServicePort;
  readonly rule: MergedDestinationRule | undefined;
  readonly subsetName: string;
}

/** A proxy must be there, its port must take mutual TLS, and the rule must not ask for something else. */
function mutualTo({ snapshot, port, rule, subsetName }: MutualInputs): (endpoint: Endpoint) => boolean {
  const tls = policyFor(
    rule,
    port.port,
    rule?.subsets.find(({ name }) => name === subsetName),
  ).tls;
  if (tls !== undefined && tls.mode !== 'ISTIO_MUTUAL') return () => false;
  return ({ tlsMode, namespace, labels, workloadPort }) =>
    tlsMode === 'istio' && snapshot.mtlsMode({ namespace, labels }, workloadPort) !== 'DISABLE';
}
