import { create, type JsonObject } from '@bufbuild/protobuf';
import { parseDurationMs } from '@lateen/base';
import { type ClientTLSSettings, type Subset } from '@lateen/config';
import { type MergedDestinationRule, type MeshSnapshot } from '@lateen/mesh';
import { type Service, type ServicePort } from '@lateen/registry';
import {
  type Cluster,
  Cluster_DiscoveryType as DiscoveryType,
  Cluster_DnsLookupFamily as DnsFamily,
  Cluster_LbPolicy as LbPolicy,
  ClusterSchema,
} from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { type TransportSocket } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import { ApiVersion } from '@lateen/xds/gen/envoy/config/core/v3/config_source_pb';
import { type Init } from '../common/init';
import { CaresDnsResolverConfigSchema } from '@lateen/xds/gen/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver_pb';
import { declaredAssignment } from '../endpoints/assignment';
import { durationOf, pack, ZERO } from '../filters/envoy';
import { METADATA_EXCHANGE } from '../filters/istio-filters';
import { loadBalancing } from './load-balancer';
import { destinationRulePath, outboundClusterName, sniOf } from './names';
import { outlierDetection } from './outliers';
import { type ClusterPolicy, policyFor } from './policy';
import { connectionPool } from './pool';
import { protocolOptions, upstreamVersion } from './protocol-options';
import { meshTls, originateTls, RAW_BUFFER, withProxyProtocol } from './tls';

/** Everything the clusters of one service port depend on, and so also their cache key. */
export interface ClusterInputs {
  readonly snapshot: MeshSnapshot;
  readonly service: Service;
  readonly port: ServicePort;
  readonly rule: MergedDestinationRule | undefined;
  /** Whether the proxy exchanges metadata over TCP. */
  readonly exchangesMetadata: boolean;
  /** Whether traffic is captured, so that a connection knows where it was going. */
  readonly captured: boolean;
}

/** Queries on one UDP socket before another is opened, so that replies of a busy resolver are not lost. */
const DNS_RESOLVER = {
  name: 'envoy.network.dns_resolver.cares',
  typedConfig: pack(CaresDnsResolverConfigSchema, { udpMaxQueries: 100 }),
};

type ClusterInit = Init<typeof ClusterSchema>;

/** Builds a service port's clusters: the whole service first, then each subset in rule order. */
export function serviceClusters(inputs: ClusterInputs): readonly Cluster[] {
  return [clusterOf(inputs, undefined), ...(inputs.rule?.subsets ?? []).map((subset) => clusterOf(inputs, subset))];
}

function clusterOf(inputs: ClusterInputs, subset: Subset | undefined): Cluster {
  const { snapshot, service, port, rule, exchangesMetadata } = inputs;
  const { meshConfig } = snapshot;
  const policy = policyFor(rule, port.port, subset);
  const pool = policy.connectionPool;
  const name = outboundClusterName(port.port, subset?.name ?? '', service.hostname);
  const version = upstreamVersion({ protocol: port.protocol, pool, mesh: meshConfig });
  const type = discoveryType(inputs, policy);
  const originates = originatesTls(policy.tls);
  return create(ClusterSchema, {
    name,
    altStatName: `${name};`,
    ...discovery(type, name, inputs, subset),
    ...(type === DiscoveryType.ORIGINAL_DST ? { lbPolicy: LbPolicy.CLUSTER_PROVIDED } : loadBalancing(withoutPassthrough(policy))),
    ...connectionPool(pool, meshConfig),
    commonLbConfig: { healthyPanicThreshold: { value: policy.outlierDetection?.minHealthPercent ?? 0 } },
    outlierDetection: outlierDetection(policy.outlierDetection),
    typedExtensionProtocolOptions: protocolOptions({ version, pool, autoSni: originates && (policy.tls?.sni ?? '') === '' }),
    metadata: {
      filterMetadata: { istio: istioMetadata({ service, rule, subset: subset?.name, alpnOverride: originates ? 'false' : undefined }) },
    },
    ...sockets(inputs, { policy, type, subset: subset?.name ?? '', http2: version === 'http2' }),
    filters: exchangesMetadata ? [{ name: METADATA_EXCHANGE.name, typedConfig: METADATA_EXCHANGE.configType.value }] : [],
  });
}

/** Where a cluster's endpoints come from. Without capture nothing has an original destination: those become EDS. */
function discoveryType({ service, captured }: ClusterInputs, policy: ClusterPolicy): DiscoveryType {
  switch (service.resolution) {
    case 'DNS':
      return DiscoveryType.STRICT_DNS;
    case 'DNS_ROUND_ROBIN':
      return DiscoveryType.LOGICAL_DNS;
    case 'NONE':
      return captured ? DiscoveryType.ORIGINAL_DST : DiscoveryType.EDS;
    case 'STATIC':
    case 'ALIAS':
    case 'DYNAMIC_DNS':
      return captured && policy.loadBalancer?.simple === 'PASSTHROUGH' ? DiscoveryType.ORIGINAL_DST : DiscoveryType.EDS;
  }
}

function withoutPassthrough({ loadBalancer }: ClusterPolicy): ClusterPolicy['loadBalancer'] {
  return loadBalancer?.simple === 'PASSTHROUGH' ? undefined : loadBalancer;
}

function discovery(
  type: DiscoveryType,
  name: string,
  { snapshot, service, port }: ClusterInputs,
  subset: Subset | undefined,
): Partial<ClusterInit> {
  const clusterDiscoveryType = { case: 'type', value: type } as const;
  if (type === DiscoveryType.EDS) {
    const edsConfig = {
      configSourceSpecifier: { case: 'ads', value: {} },
      initialFetchTimeout: ZERO,
      resourceApiVersion: ApiVersion.V3,
    } as const;
    return { clusterDiscoveryType, edsClusterConfig: { serviceName: name, edsConfig } };
  }
  if (type === DiscoveryType.ORIGINAL_DST) return { clusterDiscoveryType };
  return {
    clusterDiscoveryType,
    dnsRefreshRate: durationOf(parseDurationMs(snapshot.meshConfig.dnsRefreshRate ?? '60s') ?? 60_000),
    respectDnsTtl: true,
    dnsJitter: durationOf(100),
    dnsLookupFamily: DnsFamily.V4_ONLY,
    typedDnsResolverConfig: DNS_RESOLVER,
    loadAssignment: declaredAssignment(name, snapshot.endpointsOf(service, port), subset),
  };
}

/** What a cluster's `istio` metadata says. */
export interface ClusterMetadataInputs {
  readonly service: Service;
  readonly rule: MergedDestinationRule | undefined;
  readonly subset?: string;
  readonly alpnOverride?: string;
}

/** Metadata that Istio's filters and tools read: which service, which rule, which subset. */
export function istioMetadata({ service, rule, subset, alpnOverride }: ClusterMetadataInputs): JsonObject {
  return {
    ...(alpnOverride === undefined ? {} : { alpn_override: alpnOverride }),
    ...(rule === undefined ? {} : { config: destinationRulePath(rule) }),
    ...(service.meshExternal ? { external: true } : {}),
    services: [{ host: service.hostname, name: service.name, namespace: service.namespace }],
    ...(subset === undefined ? {} : { subset }),
  };
}

interface SocketInputs {
  readonly policy: ClusterPolicy;
  readonly type: DiscoveryType;
  readonly subset: string;
  readonly http2: boolean;
}

/** How connections to the cluster are secured: as the rule says, else mutual TLS wherever the peer can. */
function sockets(
  inputs: ClusterInputs,
  { policy, type, subset, http2 }: SocketInputs,
): Pick<ClusterInit, 'transportSocket' | 'transportSocketMatches'> {
  const { snapshot, service, port, exchangesMetadata } = inputs;
  const { tls, proxyProtocol } = policy;
  const wrap = proxyProtocol === undefined ? undefined : (proxyProtocol.version ?? 'V1');
  const mesh = (): TransportSocket =>
    meshTls({
      sni: tls?.sni !== undefined && tls.sni !== '' ? tls.sni : sniOf(port.port, subset, service.hostname),
      identities:
        tls?.subjectAltNames !== undefined && tls.subjectAltNames.length > 0 ? tls.subjectAltNames : identities(snapshot, service),
      http2,
      exchangesMetadata,
    });
  if (tls !== undefined) {
    const inner = socketOf(tls, mesh, { http2, subjectAltNames: service.subjectAltNames });
    return wrap === undefined ? { transportSocket: inner } : { transportSocket: withProxyProtocol(wrap, inner) };
  }
  if (wrap !== undefined) return { transportSocket: withProxyProtocol(wrap, undefined) };
  if (!usesAutoMtls(inputs)) return {};
  if (type === DiscoveryType.ORIGINAL_DST) return originalDstMtls(inputs) ? { transportSocket: mesh() } : {};
  return {
    transportSocketMatches: [
      { name: 'tlsMode-istio', match: { tlsMode: 'istio' }, transportSocket: mesh() },
      { name: 'tlsMode-disabled', match: {}, transportSocket: RAW_BUFFER },
    ],
  };
}

function socketOf(
  tls: ClientTLSSettings,
  mesh: () => TransportSocket,
  { http2, subjectAltNames }: { readonly http2: boolean; readonly subjectAltNames: readonly string[] },
): TransportSocket | undefined {
  switch (tls.mode ?? 'DISABLE') {
    case 'DISABLE':
      return undefined;
    case 'ISTIO_MUTUAL':
      return mesh();
    case 'SIMPLE':
    case 'MUTUAL':
      return originateTls({ tls, http2, subjectAltNames });
  }
}

function originatesTls(tls: ClientTLSSettings | undefined): boolean {
  return tls?.mode === 'SIMPLE' || tls?.mode === 'MUTUAL';
}

/** Inside the mesh, unless the mesh or the service's whole namespace has it off. */
function usesAutoMtls({ snapshot, service }: ClusterInputs): boolean {
  if (snapshot.meshConfig.enableAutoMtls === false || service.meshExternal) return false;
  return snapshot.mtlsMode({ namespace: service.namespace, labels: {} }) !== 'DISABLE';
}

/** Connections by original destination cannot choose per endpoint: all of them must have a proxy. */
function originalDstMtls({ snapshot, service, port }: ClusterInputs): boolean {
  return snapshot.endpointsOf(service, port).every(({ tlsMode }) => tlsMode === 'istio');
}

/** Who the peers may be, in the trust domain and in each of its aliases. */
function identities(snapshot: MeshSnapshot, service: Service): readonly string[] {
  const own = snapshot.identitiesOf(service);
  const prefix = `spiffe://${snapshot.trustDomain}/`;
  const aliases = snapshot.meshConfig.trustDomainAliases ?? [];
  const renamed = aliases.flatMap((alias) =>
    own.filter((id) => id.startsWith(prefix)).map((id) => `spiffe://${alias}/${id.slice(prefix.length)}`),
  );
  return [...own, ...renamed];
}
