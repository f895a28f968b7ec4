import { TrafficDirection } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import { ProxyProtocolConfig_Version } from '@lateen/xds/gen/envoy/config/core/v3/proxy_protocol_pb';
import { type Listener as ListenerMessage, Listener_DrainType as DrainType } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import {
  type FilterChain as FilterChainMessage,
  type FilterChainMatch as FilterChainMatchMessage,
  FilterChainMatch_ConnectionSourceType as SourceType,
  type ListenerFilter as ListenerFilterMessage,
  type ListenerFilterChainMatchPredicate,
} from '@lateen/xds/gen/envoy/config/listener/v3/listener_components_pb';
import {
  type ProxyProtocol,
  ProxyProtocolSchema,
} from '@lateen/xds/gen/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol_pb';
import { type FilterChain, type FilterChainMatch, type Listener, type ListenerFilter, type ProxyProtocolRules } from '../model';
import { compileFilterChains } from '../filter-chain-matcher';
import { parseAccessLogs } from './access-log';
import { open } from './any';
import { parseNetworkFilters } from './network-filters';
import { type ParseResult, parseWith, type Scope } from './result';
import { parseDownstreamSocket } from './transport-socket';
import { Origins } from './route-configuration';
import { durationMs, parseAddress, parseCidr, known } from './values';

/** Parses a listener. */
export function parseListener(message: ListenerMessage): ParseResult<Listener> {
  return parseWith((scope) => listenerOf(message, scope));
}

const DIRECTION = {
  [TrafficDirection.UNSPECIFIED]: 'unspecified',
  [TrafficDirection.INBOUND]: 'inbound',
  [TrafficDirection.OUTBOUND]: 'outbound',
} as const;

function listenerOf(message: ListenerMessage, scope: Scope): Listener {
  if (message.name === '') scope.at('name').fail('is missing');
  if (message.listenerSpecifier.case === 'internalListener') scope.fail('internal listeners are not built');
  if (message.filterChainMatcher !== undefined)
    scope.at('filterChainMatcher').fail('matcher trees are not built, and would decide who is let in');
  if (message.udpListenerConfig !== undefined) scope.at('udpListenerConfig').fail('only TCP is served');
  if (message.additionalAddresses.length > 0) scope.at('additionalAddresses').note('ignored', 'only the first address is bound');
  if (message.transparent === true) scope.at('transparent').note('ignored', 'source addresses are not kept');
  const origins = new Origins();
  const filterChains = message.filterChains.map((chain, i) => parseFilterChain(chain, origins, scope.at('filterChains').at(i)));
  const defaultFilterChain =
    message.defaultFilterChain === undefined
      ? undefined
      : parseFilterChain(message.defaultFilterChain, origins, scope.at('defaultFilterChain'));
  if (filterChains.length === 0 && defaultFilterChain === undefined) scope.fail('has no filter chains');
  checkUnique(message.filterChains, scope.at('filterChains'));
  return {
    name: message.name,
    ...(message.statPrefix === '' ? {} : { statPrefix: message.statPrefix }),
    address: parseAddress(message.address, scope.at('address')),
    bindToPort: message.bindToPort ?? true,
    useOriginalDst: message.useOriginalDst ?? false,
    direction: known(DIRECTION, message.trafficDirection, scope.at('trafficDirection')),
    listenerFilters: parseListenerFilters(message, scope),
    listenerFiltersTimeoutMs: durationMs(message.listenerFiltersTimeout, 15_000, scope.at('listenerFiltersTimeout')),
    continueOnListenerFiltersTimeout: message.continueOnListenerFiltersTimeout,
    filterChains,
    ...(defaultFilterChain === undefined ? {} : { defaultFilterChain }),
    selectFilterChain: compileFilterChains(filterChains, defaultFilterChain),
    accessLogs: parseAccessLogs(message.accessLog, scope.at('accessLog')),
    perConnectionBufferLimitBytes: message.perConnectionBufferLimitBytes ?? 1_048_576,
    ...(message.drainType === DrainType.MODIFY_ONLY ? { modifyOnly: true } : {}),
  };
}

/** Two chains that match alike cannot both be meant. */
function checkUnique(chains: readonly FilterChainMessage[], scope: Scope): void {
  const seen = new Map<string, number>();
  for (const [i, { filterChainMatch }] of chains.entries()) {
    const key = JSON.stringify(filterChainMatch ?? {}, (name, value: unknown) => (name.startsWith('$') ? undefined : value));
    const first = seen.get(key);
    if (first !== undefined && key !== '{}') scope.at(i).fail(`matches the same as filter chain ${first}`);
    if (first !== undefined) scope.at(i).fail(`has no match, as filter chain ${first}`);
    seen.set(key, i);
  }
}

/** A filter chain. */
function parseFilterChain(message: FilterChainMessage, origins: Origins, scope: Scope): FilterChain {
  const tls = parseDownstreamSocket(message.transportSocket, scope.at('transportSocket'));
  return {
    name: message.name,
    match: parseMatch(message.filterChainMatch, scope.at('filterChainMatch')),
    ...(tls === undefined ? {} : { tls }),
    transportSocketConnectTimeoutMs: durationMs(message.transportSocketConnectTimeout, 0, scope.at('transportSocketConnectTimeout')),
    filters: parseNetworkFilters(message.filters, scope.at('filters')),
    ...origins.of(message),
  };
}

const SOURCE_TYPE = {
  [SourceType.ANY]: 'any',
  [SourceType.SAME_IP_OR_LOOPBACK]: 'sameIpOrLoopback',
  [SourceType.EXTERNAL]: 'external',
} as const;

/** What a chain takes. */
function parseMatch(match: FilterChainMatchMessage | undefined, scope: Scope): FilterChainMatch {
  if (match === undefined)
    return { prefixRanges: [], serverNames: [], applicationProtocols: [], sourceType: 'any', sourcePrefixRanges: [], sourcePorts: [] };
  if (match.addressSuffix !== '' || match.suffixLen !== undefined) scope.fail('address suffixes are not built');
  if (match.directSourcePrefixRanges.length > 0) scope.at('directSourcePrefixRanges').fail('is not built, and would decide who is let in');
  for (const name of match.serverNames)
    if (name.includes('*', 1) || name === '*') scope.at('serverNames').fail(`"${name}" is not a name or a *. suffix`);
  return {
    ...(match.destinationPort === undefined ? {} : { destinationPort: match.destinationPort }),
    prefixRanges: match.prefixRanges.map((range, i) => parseCidr(range, scope.at('prefixRanges').at(i))),
    serverNames: match.serverNames.map((name) => name.toLowerCase()),
    ...(match.transportProtocol === '' ? {} : { transportProtocol: match.transportProtocol }),
    applicationProtocols: match.applicationProtocols,
    sourceType: known(SOURCE_TYPE, match.sourceType, scope.at('sourceType')),
    sourcePrefixRanges: match.sourcePrefixRanges.map((range, i) => parseCidr(range, scope.at('sourcePrefixRanges').at(i))),
    sourcePorts: match.sourcePorts,
  };
}

const LISTENER_FILTERS: Readonly<Record<string, ListenerFilter['kind']>> = {
  'envoy.extensions.filters.listener.original_dst.v3.OriginalDst': 'original_dst',
  'envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector': 'tls_inspector',
  'envoy.extensions.filters.listener.http_inspector.v3.HttpInspector': 'http_inspector',
  [ProxyProtocolSchema.typeName]: 'proxy_protocol',
};

/** One listener filter. One that is not built changes what the bytes mean, so its listener is rejected. */
function parseListenerFilter(message: ListenerFilterMessage, scope: Scope): ListenerFilter {
  if (message.configType.case === 'configDiscovery') scope.fail('filters by extension discovery are not known');
  const packed = open(message.configType.value as Parameters<typeof open>[0], scope);
  const kind = LISTENER_FILTERS[packed.typeName] ?? scope.fail(`listener filter ${packed.typeName} is not built`);
  const disabled =
    message.filterDisabled === undefined ? () => false : compilePredicate(message.filterDisabled, scope.at('filterDisabled'));
  if (kind !== 'proxy_protocol') return { kind, disabledOn: disabled };
  return { kind, disabledOn: disabled, proxyProtocol: parseProxyProtocolRules(packed.as(ProxyProtocolSchema), scope) };
}

/** Which PROXY headers are taken. What they say beyond addresses has nobody to use it. */
function parseProxyProtocolRules(message: ProxyProtocol, scope: Scope): ProxyProtocolRules {
  if (message.rules.length > 0) scope.at('rules').note('ignored', 'extensions of the PROXY protocol are not kept');
  if (message.passThroughTlvs !== undefined) scope.at('passThroughTlvs').note('ignored', 'extensions of the PROXY protocol are not kept');
  return {
    allowWithout: message.allowRequestsWithoutProxyProtocol,
    disallowedVersions: message.disallowedVersions.map((version) => (version === ProxyProtocolConfig_Version.V1 ? 1 : 2)),
  };
}

/** The listener's filters; the older `useProxyProto` of its first chain stands for one of them. */
function parseListenerFilters(message: ListenerMessage, scope: Scope): readonly ListenerFilter[] {
  const filters = message.listenerFilters.map((filter, i) => parseListenerFilter(filter, scope.at('listenerFilters').at(i)));
  if (message.filterChains[0]?.useProxyProto !== true || filters.some(({ kind }) => kind === 'proxy_protocol')) return filters;
  return [{ kind: 'proxy_protocol', disabledOn: () => false, proxyProtocol: { allowWithout: false, disallowedVersions: [] } }, ...filters];
}

/** When a listener filter is switched off, by destination port. */
function compilePredicate({ rule }: ListenerFilterChainMatchPredicate, scope: Scope): (port: number) => boolean {
  switch (rule.case) {
    case 'anyMatch':
      return () => true;
    case 'destinationPortRange': {
      const { start, end } = rule.value;
      return (port) => port >= start && port < end;
    }
    case 'notMatch': {
      const inner = compilePredicate(rule.value, scope.at('notMatch'));
      return (port) => !inner(port);
    }
    case 'orMatch':
    case 'andMatch': {
      const inner = rule.value.rules.map((part, i) => compilePredicate(part, scope.at(rule.case).at(i)));
      return rule.case === 'orMatch' ? (port) => inner.some((part) => part(port)) : (port) => inner.every((part) => part(port));
    }
    case undefined:
      return scope.fail('has no rule');
  }
}
