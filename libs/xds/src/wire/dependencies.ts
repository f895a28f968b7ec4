import { fromBinary, type Message } from '@bufbuild/protobuf';
import { type Cluster, Cluster_DiscoveryType } from '../gen/envoy/config/cluster/v3/cluster_pb';
import { type FilterChain } from '../gen/envoy/config/listener/v3/listener_components_pb';
import { type Listener } from '../gen/envoy/config/listener/v3/listener_pb';
import { HttpConnectionManagerSchema } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { TYPE_URL } from './type-urls';

const HCM_URL = `type.googleapis.com/${HttpConnectionManagerSchema.typeName}`;

/**
 * What a receiver of this cluster or listener waits for before it uses it: the names of its load assignment or of its
 * route configurations. Empty for every other type.
 * Spec: xDS "Warming"; Envoy re-warms a changed cluster and then needs its endpoints again.
 */
export function dependenciesOf(typeUrl: string, message: Message): readonly string[] {
  if (typeUrl === TYPE_URL.CDS) return clusterDependencies(message as Cluster);
  if (typeUrl === TYPE_URL.LDS) return listenerDependencies(message as Listener);
  return [];
}

function clusterDependencies(cluster: Cluster): readonly string[] {
  if (cluster.clusterDiscoveryType.case !== 'type' || cluster.clusterDiscoveryType.value !== Cluster_DiscoveryType.EDS) return [];
  const serviceName = cluster.edsClusterConfig?.serviceName ?? '';
  return [serviceName === '' ? cluster.name : serviceName];
}

function listenerDependencies(listener: Listener): readonly string[] {
  const chains =
    listener.defaultFilterChain === undefined ? listener.filterChains : [...listener.filterChains, listener.defaultFilterChain];
  const names = new Set(chains.flatMap(routeNames));
  const api = listener.apiListener?.apiListener;
  if (api?.typeUrl === HCM_URL) routeName(api.value).forEach((name) => names.add(name));
  return [...names];
}

function routeNames(chain: FilterChain): readonly string[] {
  return chain.filters.flatMap(({ configType }) =>
    configType.case === 'typedConfig' && configType.value.typeUrl === HCM_URL ? routeName(configType.value.value) : [],
  );
}

function routeName(hcm: Uint8Array): readonly string[] {
  const { routeSpecifier } = fromBinary(HttpConnectionManagerSchema, hcm);
  return routeSpecifier.case === 'rds' ? [routeSpecifier.value.routeConfigName] : [];
}
