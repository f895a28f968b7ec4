import { create } from '@bufbuild/protobuf';
import { type GatewayPort, type GatewayServer, namesSubnets, type VirtualServiceView } from '@lateen/mesh';
import { TrafficDirection } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import {
  type FilterChain,
  FilterChainMatchSchema,
  FilterChainSchema,
} from '@lateen/xds/gen/envoy/config/listener/v3/listener_components_pb';
import { type Listener, ListenerSchema } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { tlsInspector } from '../filters/listener-filters';
import { type Translated } from '../proxy-resources';
import { hostMatches } from '../routes/domains';
import { hostsInCommon } from '../routes/gateway-routes';
import { clientOf, type ProxyInputs } from '../routes/inputs';
import { inScope } from '../routes/rule-scope';
import { socketAddress } from './address';
import { httpFilterChain, tcpFilterChain, TRANSPORT_SOCKET_CONNECT_TIMEOUT } from './chain';
import { type ListenerContext } from './context';
import { gatewayTls, terminates } from './gateway-tls';
import { chainMetadata, destinationOf, type L4Rule, tcpDestination, type TcpDestination } from './tcp-target';

/** The listeners of a gateway: one for each port that its Gateways open and that something is behind. */
export function gatewayListeners(inputs: ProxyInputs, context: ListenerContext): readonly Translated<Listener>[] {
  const { interception } = inputs.proxy;
  return inputs.snapshot.gatewayPortsFor(clientOf(inputs.proxy)).flatMap((port) => {
    const chains = distinct(port.servers.flatMap((server) => chainsOf(inputs, context, { port, server })));
    const own = interception.mode === 'NONE' ? interception.ports.gateway?.[String(port.listenPort)] : port.listenPort;
    if (own === undefined || chains.length === 0) return [];
    const name = listenerName(port);
    const message = create(ListenerSchema, {
      name,
      address: socketAddress(interception.mode === 'NONE' ? '127.0.0.1' : (port.bind ?? '0.0.0.0'), own),
      trafficDirection: TrafficDirection.OUTBOUND,
      maxConnectionsToAcceptPerSocketEvent: 1,
      accessLog: context.listenerAccessLogs('gateway'),
      listenerFilters: port.kind === 'tls' ? [tlsInspector()] : [],
      filterChains: chains,
    });
    return [{ name, message, origin: port.servers[0]?.resource.origin }];
  });
}

/**
 * Chains by the server names that no chain before has: two that match alike would refuse the whole listener.
 * Servers of plaintext HTTP, which match nothing, so share the first one's chain and their one route configuration.
 */
function distinct(chains: readonly FilterChain[]): FilterChain[] {
  const taken = new Set<string>();
  return chains.flatMap((chain) => {
    const names = chain.filterChainMatch?.serverNames ?? [];
    const free = names.filter((name) => !taken.has(name));
    if (names.length === 0 ? taken.has('') : free.length === 0) return [];
    for (const name of names.length === 0 ? [''] : free) taken.add(name);
    return [free.length === names.length ? chain : { ...chain, filterChainMatch: create(FilterChainMatchSchema, { serverNames: free }) }];
  });
}

function listenerName({ bind, listenPort }: GatewayPort): string {
  return `${bind ?? '0.0.0.0'}_${listenPort}`;
}

interface ServerPlace {
  readonly port: GatewayPort;
  readonly server: GatewayServer;
}

function chainsOf(inputs: ProxyInputs, context: ListenerContext, { port, server }: ServerPlace): readonly FilterChain[] {
  const { tls } = server.server;
  const socket = terminates(tls) ? gatewayTls(tls) : undefined;
  const serverNames = port.kind === 'tls' ? server.hosts.filter((host) => host !== '*') : [];
  const chain = (filters: FilterChain['filters'], names: readonly string[], rule?: L4Rule): FilterChain =>
    create(FilterChainSchema, {
      filters,
      metadata: chainMetadata(inputs, rule),
      filterChainMatch: names.length === 0 ? undefined : create(FilterChainMatchSchema, { serverNames: [...names] }),
      transportSocket: socket,
      transportSocketConnectTimeout: TRANSPORT_SOCKET_CONNECT_TIMEOUT,
    });
  if (server.routeName !== undefined) {
    const statPrefix = `outbound_${listenerName(port)}`;
    return [chain(httpFilterChain({ context, direction: 'gateway', statPrefix, routes: server.routeName }).filters, serverNames)];
  }
  const destinations = terminates(tls) || port.kind === 'tcp' ? opaque(inputs, { port, server }) : bySni(inputs, { port, server });
  return destinations.map(({ destination: { statPrefix, clusters, rule }, names }) =>
    chain(tcpFilterChain({ context, direction: 'gateway', statPrefix, clusters }).filters, names ?? serverNames, rule),
  );
}

interface Destination {
  readonly destination: TcpDestination;
  /** SNI of these connections; absent for the server's own hosts. */
  readonly names?: readonly string[];
}

/** Bytes, once TLS is ended if there is any: the first TCP rule for the server. */
function opaque(inputs: ProxyInputs, { port, server }: ServerPlace): readonly Destination[] {
  const gateways = new Set([server.gateway]);
  for (const view of viewsOf(inputs, server)) {
    const destination = tcpDestination(inputs, { view, gateways, port: port.number });
    if (destination !== undefined) return [{ destination }];
  }
  return [];
}

/** TLS passed on undecrypted: a chain for each rule's server names. */
function bySni(inputs: ProxyInputs, { port, server }: ServerPlace): readonly Destination[] {
  const gateways = new Set([server.gateway]);
  return viewsOf(inputs, server).flatMap((view) => {
    const place = { view, gateways, port: port.number };
    return view.tls.flatMap(({ match: matches, route: routes = [] }, i) =>
      matches.flatMap((match, m): readonly Destination[] => {
        if (namesSubnets(match) || !inScope(match, { gateways, port: port.number, ...clientOf(inputs.proxy) })) return [];
        const names = match.sniHosts.filter((name) => server.hosts.some((host) => hostMatches(host, name)));
        const destination = destinationOf(inputs, place, { routes, rule: `tls[${i}]`, match: m });
        return destination === undefined || names.length === 0 ? [] : [{ destination, names: names.includes('*') ? [] : names }];
      }),
    );
  });
}

function viewsOf(inputs: ProxyInputs, server: GatewayServer): readonly VirtualServiceView[] {
  const views = inputs.snapshot.virtualServicesFor(clientOf(inputs.proxy), server.gateway);
  return views.filter((view) => hostsInCommon(server, view).length > 0);
}
