import { type InboundPort, type MergedDestinationRule, type MeshSnapshot } from '@lateen/mesh';
import { type Service } from '@lateen/registry';
import { type Cluster } from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { ISTIO_EXTENSIONS } from '../filters/istio-filters';
import { has, type Proxy } from '../proxy';
import { type Translated } from '../proxy-resources';
import { grpcClusters } from './grpc';
import { inboundCluster } from './inbound';
import { serviceClusters } from './service-clusters';
import { blackHoleCluster, inboundPassthroughCluster, passthroughCluster } from './well-known';

/** Everything a proxy's clusters depend on. */
export interface ClustersInputs {
  readonly snapshot: MeshSnapshot;
  readonly proxy: Proxy;
}

type TranslatedCluster = Translated<Cluster>;

/** Clusters of one service, by what of the proxy they depend on: shared by all proxies of a snapshot. */
type ServiceCache = Map<MergedDestinationRule | undefined, Map<string, readonly TranslatedCluster[]>>;
const caches = new WeakMap<MeshSnapshot, Map<Service, ServiceCache>>();

/**
 * All clusters of one proxy: every visible service's, and for a sidecar its workload's own.
 * Spec: Istio CDS; names as in `names.ts`.
 */
export function clustersFor({ snapshot, proxy }: ClustersInputs): readonly TranslatedCluster[] {
  const outbound = snapshot.servicesVisibleTo(proxy.namespace).flatMap((service) => clustersOf(service, { snapshot, proxy }));
  if (proxy.generator === 'grpc') return outbound;
  const { meshConfig } = snapshot;
  const black = named(blackHoleCluster(meshConfig));
  if (proxy.type === 'router') return [black, ...outbound];
  return [
    black,
    named(inboundPassthroughCluster(meshConfig)),
    named(passthroughCluster(meshConfig, has(proxy, ISTIO_EXTENSIONS.metadataExchange))),
    ...inboundClusters({ snapshot, proxy }),
    ...outbound,
  ];
}

/** An ALIAS leads to another service's clusters; DYNAMIC_DNS has none yet, as the snapshot reports; UDP has no proxy. */
function clustersOf(service: Service, { snapshot, proxy }: ClustersInputs): readonly TranslatedCluster[] {
  if (service.resolution === 'ALIAS' || service.resolution === 'DYNAMIC_DNS') return [];
  const rule = snapshot.destinationRuleFor(proxy, service.hostname);
  const exchangesMetadata = has(proxy, ISTIO_EXTENSIONS.metadataExchange);
  const captured = proxy.interception.mode === 'REDIRECT';
  const grpc = proxy.generator === 'grpc';
  return cached({ snapshot, service, rule, key: `${exchangesMetadata}${captured}${grpc}` }, () =>
    service.ports
      .filter(({ protocol }) => protocol !== 'UDP')
      .flatMap((port) =>
        grpc ? grpcClusters(service, port, rule) : serviceClusters({ snapshot, service, port, rule, exchangesMetadata, captured }),
      )
      .map((message) => ({ name: message.name, message, origin: rule?.origin ?? service.origin })),
  );
}

interface CacheKey {
  readonly snapshot: MeshSnapshot;
  readonly service: Service;
  readonly rule: MergedDestinationRule | undefined;
  readonly key: string;
}

function cached({ snapshot, service, rule, key }: CacheKey, build: () => readonly TranslatedCluster[]): readonly TranslatedCluster[] {
  const bySnapshot = entry(caches, snapshot, () => new Map<Service, ServiceCache>());
  const byRule = entry(
    entry(bySnapshot, service, (): ServiceCache => new Map()),
    rule,
    () => new Map<string, readonly TranslatedCluster[]>(),
  );
  return entry(byRule, key, build);
}

function entry<K, V>(map: { get(key: K): V | undefined; set(key: K, value: V): unknown }, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

/** One for each of the workload's ports that a service leads to. */
function inboundClusters({ snapshot, proxy }: ClustersInputs): readonly TranslatedCluster[] {
  const workload = snapshot.workload(proxy.namespace, proxy.name);
  if (workload === undefined) return [];
  const byTarget = new Map<number, [InboundPort, ...InboundPort[]]>();
  for (const port of snapshot.inboundPorts(workload)) {
    const group = byTarget.get(port.targetPort);
    if (group === undefined) byTarget.set(port.targetPort, [port]);
    else group.push(port);
  }
  const { interception } = proxy;
  return [...byTarget].flatMap(([targetPort, ports]) => {
    const appPort = interception.mode === 'NONE' ? interception.ports.inbound[String(targetPort)]?.app : undefined;
    // Without capture a port that the map leaves out cannot be reached, and so needs no cluster.
    if (interception.mode === 'NONE' && appPort === undefined) return [];
    const rule = snapshot.destinationRuleFor(proxy, ports[0].service.hostname);
    const message = inboundCluster({ snapshot, ports, rule, appPort });
    return [{ name: message.name, message, origin: rule?.origin ?? ports[0].service.origin }];
  });
}

function named(message: Cluster): TranslatedCluster {
  return { name: message.name, message, origin: undefined };
}
