export { bootstrapRegistry } from './any-registry';
export { destinationListener } from './destination-listener';
export { compileFilterChains } from './filter-chain-matcher';
export { INTERNAL_HEADERS, STEERING_HEADERS } from './internal-headers';
export {
  type Cidr,
  type Cluster,
  type ConnectionFacts,
  type DownstreamTls,
  type Endpoint,
  type FilterChain,
  type FilterChainMatch,
  type GrpcStatsConfig,
  type Http2Keepalive,
  type HttpConnectionManager,
  type HttpFilter,
  type HttpTimeouts,
  type IstioAlpn,
  type Listener,
  type ListenerFilter,
  type LoadAssignment,
  type LbPolicy,
  type LocalityEndpoints,
  type NetworkFilter,
  type OutlierDetection,
  type PeerMetadata,
  type PeerRules,
  type PeerValidation,
  type ProxyProtocolRules,
  type SanMatcher,
  type Secret,
  type SecretRef,
  type Snapshot,
  type SocketAddress,
  type TcpProxy,
  type TransportSocket,
  type UpstreamHttpOptions,
  type UpstreamTls,
} from './model';
export { parseCluster, type ParsedCluster } from './parse/cluster';
export { parseListener } from './parse/listener';
export { parseLoadAssignment } from './parse/load-assignment';
export { type Note, type ParseResult, Scope } from './parse/result';
export { parseRouteConfiguration } from './parse/route-configuration';
export { parseSecret } from './parse/secret';
export { formatAddress, parseAddress } from './parse/values';
