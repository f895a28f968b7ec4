import { type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import {
  type Cluster as ClusterMessage,
  Cluster_DiscoveryType,
  Cluster_DnsLookupFamily,
  Cluster_LbPolicy,
} from '@lateen/xds/gen/envoy/config/cluster/v3/cluster_pb';
import { RoutingPriority } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import {
  type HttpProtocolOptions,
  HttpProtocolOptionsSchema,
} from '@lateen/xds/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb';
import { type Unsupported } from '@lateen/routing';
import { type Http1ProtocolOptions, type Http2ProtocolOptions } from '@lateen/xds/gen/envoy/config/core/v3/protocol_pb';
import { type Cluster, type ClusterMetadata, type DnsDiscovery, type LbPolicy, type LoadAssignment, type Thresholds } from '../model';
import { open } from './any';
import { noteHttp2, parseKeepalive } from './http2-options';
import { loadAssignment, strings } from './load-assignment';
import { parseClusterFilters } from './network-filters';
import { parseOutlierDetection } from './outlier-detection';
import { type ParseResult, parseWith, type Scope } from './result';
import { compileSocketMatches, parseSocketMatches, parseUpstreamSocket } from './transport-socket';
import { durationMs, optionalDurationMs } from './values';

/** A cluster, and its endpoints where the cluster itself has them. */
export interface ParsedCluster {
  readonly cluster: Cluster;
  /** STATIC and DNS clusters. */
  readonly assignment?: LoadAssignment;
}

/** Parses a cluster. */
export function parseCluster(message: ClusterMessage): ParseResult<ParsedCluster> {
  return parseWith((scope) => clusterOf(message, scope));
}

function clusterOf(message: ClusterMessage, scope: Scope): ParsedCluster {
  if (message.name === '') scope.at('name').fail('is missing');
  const { type, unsupported: typeUnsupported } = parseType(message, scope);
  const assignment = parseOwnAssignment(message, type, scope);
  const options = parseHttpOptions(message, scope);
  const auto = {
    sni: options?.upstreamHttpProtocolOptions?.autoSni ?? false,
    san: options?.upstreamHttpProtocolOptions?.autoSanValidation ?? false,
  };
  const transportSocket = parseUpstreamSocket(message.transportSocket, auto, scope.at('transportSocket'));
  const transportSocketMatches = parseSocketMatches(message.transportSocketMatches, auto, scope.at('transportSocketMatches'));
  const protocol = parseProtocol(message, options, scope);
  const http2 = parseHttp2(message, options);
  const unsupported = typeUnsupported ?? protocol.unsupported;
  const common = options?.commonHttpProtocolOptions;
  noteIgnored(message, scope);
  if (common?.maxStreamDuration !== undefined)
    scope.at('commonHttpProtocolOptions.maxStreamDuration').note('ignored', 'a limit of streams to endpoints is not in effect');
  noteHttp2(http2, scope.at('http2ProtocolOptions'));
  const cluster: Cluster = {
    name: message.name,
    altStatName: message.altStatName === '' ? message.name : message.altStatName,
    type,
    edsServiceName: message.edsClusterConfig?.serviceName || message.name,
    ...(type === 'strict_dns' || type === 'logical_dns' ? { dns: parseDns(message, assignment, scope) } : {}),
    lbPolicy: parseLbPolicy(message, type, scope),
    panicThreshold: message.commonLbConfig?.healthyPanicThreshold?.value ?? 50,
    localityWeighted: message.commonLbConfig?.localityConfigSpecifier.case === 'localityWeightedLbConfig',
    connectTimeoutMs: durationMs(message.connectTimeout, 5000, scope.at('connectTimeout')),
    thresholds: parseThresholds(message, scope),
    transportSocketFor: compileSocketMatches(transportSocketMatches, transportSocket),
    transportSocket,
    transportSocketMatches,
    upstreamProtocol: protocol.upstreamProtocol,
    ...(unsupported === undefined ? {} : { unsupported }),
    http: {
      idleTimeoutMs: durationMs(common?.idleTimeout, 3_600_000, scope.at('idleTimeout')),
      maxConnectionDurationMs: durationMs(common?.maxConnectionDuration, 0, scope.at('maxConnectionDuration')),
      maxRequestsPerConnection: common?.maxRequestsPerConnection ?? message.maxRequestsPerConnection ?? 0,
      ...(common?.maxHeadersCount === undefined ? {} : { maxHeadersCount: common.maxHeadersCount }),
      ...(parseHttp1(message, options)?.enableTrailers === true ? { enableTrailers: true } : {}),
      maxConcurrentStreams: http2?.maxConcurrentStreams ?? 1024,
      initialStreamWindowBytes: http2?.initialStreamWindowSize ?? DEFAULT_STREAM_WINDOW,
      ...parseKeepalive(http2?.connectionKeepalive, scope.at('http2ProtocolOptions.connectionKeepalive')),
    },
    ...(message.outlierDetection === undefined
      ? {}
      : { outlierDetection: parseOutlierDetection(message.outlierDetection, scope.at('outlierDetection')) }),
    ...parseConnectionOptions(message),
    originalDstFromHeader: message.lbConfig.case === 'originalDstLbConfig' && message.lbConfig.value.useHttpHeader,
    perConnectionBufferLimitBytes: message.perConnectionBufferLimitBytes ?? 1_048_576,
    metadata: parseMetadata(message.metadata?.filterMetadata['istio']),
    filters: parseClusterFilters(message.filters, scope.at('filters')),
  };
  return { cluster, ...(assignment === undefined ? {} : { assignment }) };
}

/** The endpoints in the cluster itself. */
function parseOwnAssignment(message: ClusterMessage, type: Cluster['type'], scope: Scope): LoadAssignment | undefined {
  if (type === 'eds' || type === 'original_dst') {
    if (message.loadAssignment !== undefined) scope.at('loadAssignment').fail(`does not go with type ${type.toUpperCase()}`);
    return undefined;
  }
  if (message.loadAssignment === undefined) return { clusterName: message.name, localities: [], overprovisioningFactor: 140 };
  return loadAssignment(message.loadAssignment, type !== 'static', scope.at('loadAssignment'));
}

/** How endpoints are found. A cluster type that is not built has none and refuses requests. */
function parseType(message: ClusterMessage, scope: Scope): { readonly type: Cluster['type']; readonly unsupported?: Unsupported } {
  const { clusterDiscoveryType: type } = message;
  if (type.case === 'clusterType') {
    const word =
      type.value.name === 'envoy.clusters.dynamic_forward_proxy' ? 'dynamic_forward_proxy_unsupported' : 'cluster_type_unsupported';
    const reason = `cluster type "${type.value.name}" is not built`;
    scope.at('clusterType').note('answers_503', reason);
    return { type: 'static', unsupported: { word, reason } };
  }
  switch (type.value ?? Cluster_DiscoveryType.STATIC) {
    case Cluster_DiscoveryType.STATIC:
      return { type: 'static' };
    case Cluster_DiscoveryType.STRICT_DNS:
      return { type: 'strict_dns' };
    case Cluster_DiscoveryType.LOGICAL_DNS:
      return { type: 'logical_dns' };
    case Cluster_DiscoveryType.EDS:
      if (message.edsClusterConfig?.edsConfig === undefined) scope.at('edsClusterConfig').fail('is missing');
      return { type: 'eds' };
    case Cluster_DiscoveryType.ORIGINAL_DST:
      if (message.lbPolicy !== Cluster_LbPolicy.CLUSTER_PROVIDED) scope.at('lbPolicy').fail('ORIGINAL_DST takes CLUSTER_PROVIDED alone');
      return { type: 'original_dst' };
  }
  return scope.at('type').fail(`is ${String(type.value)}, a value this proxy does not know`);
}

/** The options of HTTP towards endpoints. */
function parseHttpOptions(message: ClusterMessage, scope: Scope): HttpProtocolOptions | undefined {
  const any = message.typedExtensionProtocolOptions[HttpProtocolOptionsSchema.typeName];
  return any === undefined ? undefined : open(any, scope.at('typedExtensionProtocolOptions')).as(HttpProtocolOptionsSchema);
}

/** What is spoken to endpoints. */
function parseProtocol(
  message: ClusterMessage,
  options: HttpProtocolOptions | undefined,
  scope: Scope,
): { readonly upstreamProtocol: Cluster['upstreamProtocol']; readonly unsupported?: Unsupported } {
  const upstream = options?.upstreamProtocolOptions;
  if (upstream?.case === 'useDownstreamProtocolConfig') return { upstreamProtocol: 'downstream' };
  if (upstream?.case === 'autoConfig') return { upstreamProtocol: 'alpn' };
  const explicit = upstream?.case === 'explicitHttpConfig' ? upstream.value.protocolConfig.case : undefined;
  if (explicit === 'http3ProtocolOptions') return refused('http3_upstream_unsupported', 'HTTP/3 towards endpoints is not built', scope);
  if (explicit === 'http2ProtocolOptions' || (options === undefined && message.http2ProtocolOptions !== undefined))
    return { upstreamProtocol: 'http2' };
  return { upstreamProtocol: 'http1' };
}

/** HTTP/1.1 towards endpoints. */
function parseHttp1(message: ClusterMessage, options: HttpProtocolOptions | undefined): Http1ProtocolOptions | undefined {
  const upstream = options?.upstreamProtocolOptions;
  if (upstream === undefined || upstream.case === undefined) return message.httpProtocolOptions;
  if (upstream.case === 'explicitHttpConfig')
    return upstream.value.protocolConfig.case === 'httpProtocolOptions' ? upstream.value.protocolConfig.value : undefined;
  return upstream.value.httpProtocolOptions;
}

/** HTTP/2 towards endpoints. */
function parseHttp2(message: ClusterMessage, options: HttpProtocolOptions | undefined): Http2ProtocolOptions | undefined {
  const upstream = options?.upstreamProtocolOptions;
  if (upstream === undefined || upstream.case === undefined) return message.http2ProtocolOptions;
  if (upstream.case === 'explicitHttpConfig')
    return upstream.value.protocolConfig.case === 'http2ProtocolOptions' ? upstream.value.protocolConfig.value : undefined;
  return upstream.value.http2ProtocolOptions;
}

function refused(word: string, reason: string, scope: Scope): { readonly upstreamProtocol: 'http2'; readonly unsupported: Unsupported } {
  scope.note('answers_503', reason);
  return { upstreamProtocol: 'http2', unsupported: { word, reason } };
}

/** How a host is picked. */
function parseLbPolicy(message: ClusterMessage, type: Cluster['type'], scope: Scope): LbPolicy {
  if (message.loadBalancingPolicy !== undefined)
    scope.at('loadBalancingPolicy').note('ignored', 'extension policies are not in effect; lbPolicy is');
  const { lbConfig } = message;
  switch (message.lbPolicy) {
    case Cluster_LbPolicy.ROUND_ROBIN:
      return { kind: 'round_robin' };
    case Cluster_LbPolicy.LEAST_REQUEST:
      return { kind: 'least_request', choiceCount: lbConfig.case === 'leastRequestLbConfig' ? (lbConfig.value.choiceCount ?? 2) : 2 };
    case Cluster_LbPolicy.RANDOM:
      return { kind: 'random' };
    case Cluster_LbPolicy.RING_HASH: {
      const ring = lbConfig.case === 'ringHashLbConfig' ? lbConfig.value : undefined;
      const minimumRingSize = Number(ring?.minimumRingSize ?? 1024n);
      const maximumRingSize = Number(ring?.maximumRingSize ?? 8_388_608n);
      if (minimumRingSize > maximumRingSize) scope.at('ringHashLbConfig').fail('the minimum ring size is above the maximum');
      return { kind: 'ring_hash', minimumRingSize, maximumRingSize };
    }
    case Cluster_LbPolicy.MAGLEV:
      return { kind: 'maglev', tableSize: Number((lbConfig.case === 'maglevLbConfig' ? lbConfig.value.tableSize : undefined) ?? 65_537n) };
    case Cluster_LbPolicy.CLUSTER_PROVIDED:
      return type === 'original_dst' ? { kind: 'cluster_provided' } : { kind: 'round_robin' };
    case Cluster_LbPolicy.LOAD_BALANCING_POLICY_CONFIG:
      return { kind: 'least_request', choiceCount: 2 };
  }
  return scope.at('lbPolicy').fail(`is ${String(message.lbPolicy)}, a value this proxy does not know`);
}

/** Names resolved again and again. */
function parseDns(message: ClusterMessage, assignment: LoadAssignment | undefined, scope: Scope): DnsDiscovery {
  const family = message.dnsLookupFamily;
  return {
    refreshMs: durationMs(message.dnsRefreshRate, 5000, scope.at('dnsRefreshRate')),
    respectTtl: message.respectDnsTtl,
    family:
      family === Cluster_DnsLookupFamily.V4_ONLY || family === Cluster_DnsLookupFamily.V4_PREFERRED
        ? 'v4'
        : family === Cluster_DnsLookupFamily.V6_ONLY
          ? 'v6'
          : 'auto',
    names: [...new Set(assignment?.localities.flatMap(({ endpoints }) => endpoints.map(({ address }) => address)))],
  };
}

const UNLIMITED = 4_294_967_295;

/** Circuit-breaking limits of the default priority. */
function parseThresholds(message: ClusterMessage, scope: Scope): Thresholds {
  const found = message.circuitBreakers?.thresholds.find(({ priority }) => priority === RoutingPriority.DEFAULT);
  if (found?.retryBudget !== undefined)
    scope.at('circuitBreakers.thresholds.retryBudget').note('ignored', 'retry budgets are not in effect; maxRetries is');
  if ((message.circuitBreakers?.perHostThresholds.length ?? 0) > 0)
    scope.at('circuitBreakers.perHostThresholds').note('ignored', 'limits per host are not in effect');
  const limit = (value: number | undefined, fallback: number): number => (value === UNLIMITED ? Infinity : (value ?? fallback));
  return {
    maxConnections: limit(found?.maxConnections, 1024),
    maxPendingRequests: limit(found?.maxPendingRequests, 1024),
    maxRequests: limit(found?.maxRequests, 1024),
    maxRetries: limit(found?.maxRetries, 3),
  };
}

/** Options of connections to endpoints. */
function parseConnectionOptions(message: ClusterMessage): Pick<Cluster, 'bindAddress' | 'tcpKeepalive'> {
  const source = message.upstreamBindConfig?.sourceAddress;
  const keepalive = message.upstreamConnectionOptions?.tcpKeepalive;
  return {
    ...(source === undefined
      ? {}
      : { bindAddress: { address: source.address, port: source.portSpecifier.case === 'portValue' ? source.portSpecifier.value : 0 } }),
    ...(keepalive === undefined
      ? {}
      : {
          tcpKeepalive: { timeSec: keepalive.keepaliveTime, intervalSec: keepalive.keepaliveInterval, probes: keepalive.keepaliveProbes },
        }),
  };
}

/** What refines and is left out. */
function noteIgnored(message: ClusterMessage, scope: Scope): void {
  if (message.healthChecks.length > 0) scope.at('healthChecks').note('ignored', 'active health checks are not in effect');
  if (message.lbSubsetConfig !== undefined) scope.at('lbSubsetConfig').note('ignored', 'subsets by metadata are not in effect');
  if (message.preconnectPolicy !== undefined) scope.at('preconnectPolicy').note('ignored', 'connecting ahead is not in effect');
  const zone = message.commonLbConfig?.localityConfigSpecifier.case === 'zoneAwareLbConfig';
  if (zone) scope.at('commonLbConfig.zoneAwareLbConfig').note('ignored', 'zone-aware routing is not in effect');
  optionalDurationMs(message.cleanupInterval, scope.at('cleanupInterval'));
}

/** What Istio says of a cluster. */
function parseMetadata(istio: JsonObject | undefined): ClusterMetadata {
  const services = Array.isArray(istio?.['services']) ? istio['services'] : [];
  const { subset, config } = strings(istio);
  return {
    services: services.flatMap((service) => parseService(service)),
    ...(subset === undefined ? {} : { subset }),
    ...(config === undefined ? {} : { config }),
    alpnOverride: istio?.['alpn_override'] !== 'false',
    external: istio?.['external'] === true,
  };
}

/** One service behind a cluster. */
function parseService(service: JsonValue): ClusterMetadata['services'] {
  if (typeof service !== 'object' || service === null || Array.isArray(service)) return [];
  const { host = '', name = '', namespace = '' } = strings(service);
  return [{ host, name, namespace }];
}

/** What may come on a stream ahead of its reader, unless configured. */
const DEFAULT_STREAM_WINDOW = 256 * 1024;
