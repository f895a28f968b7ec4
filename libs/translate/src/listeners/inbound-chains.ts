import { create } from '@bufbuild/protobuf';
import {
  type FilterChain,
  FilterChainMatchSchema,
  FilterChainSchema,
} from '@lateen/xds/gen/envoy/config/listener/v3/listener_components_pb';
import { type RouteConfiguration } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { ISTIO_EXTENSIONS } from '../filters/istio-filters';
import { workloadTls } from '../filters/workload-tls';
import { type PortTraffic } from '../routes/inputs';
import { httpFilterChain, tcpFilterChain, to } from './chain';
import { type ListenerContext } from './context';
import { type InboundMatch, inboundMatches, type MutualTlsMode } from './inbound-match';

/** What the filter chains of one inbound port depend on. */
export interface InboundChainsInputs {
  readonly context: ListenerContext;
  readonly traffic: PortTraffic;
  readonly mode: MutualTlsMode;
  /** The port connections were made to; absent takes any that no other chain names. */
  readonly destinationPort?: number;
  /** Name of the chains, by what they carry. */
  readonly names: { readonly http: string; readonly tcp: string };
  readonly cluster: string;
  /** Routes of what turns out to be HTTP. */
  readonly routes: RouteConfiguration;
  /** Statistics prefix of the connection manager, without its final `;`. */
  readonly httpStatPrefix: string;
}

/** The filter chains of one inbound port, or of all ports that have none of their own. */
export function inboundChains(inputs: InboundChainsInputs): readonly FilterChain[] {
  const { context, traffic, mode, cluster, routes, httpStatPrefix } = inputs;
  const matches = inboundMatches(mode, traffic.kind);
  // One connection manager and one TCP proxy serve every chain that carries the same.
  const http = once(() => httpFilterChain({ context, direction: 'inbound', statPrefix: httpStatPrefix, routes, http2: traffic.http2 }));
  const tcp = once(() => tcpFilterChain({ context, direction: 'inbound', ...to(cluster), mongo: traffic.mongo ? cluster : undefined }));
  return matches.map((match) => {
    const { filters } = match.carries === 'http' ? http() : tcp();
    return create(FilterChainSchema, {
      name: inputs.names[match.carries],
      filterChainMatch: chainMatch(match, inputs.destinationPort),
      filters,
      transportSocket: match.mutualTls ? mutualTls(match, context) : undefined,
    });
  });
}

function mutualTls({ carries }: InboundMatch, { has, trustDomains }: ListenerContext) {
  return workloadTls({ trustDomains, carries, exchangesMetadata: has(ISTIO_EXTENSIONS.metadataExchange) });
}

function chainMatch({ transportProtocol, applicationProtocols }: InboundMatch, destinationPort: number | undefined) {
  return create(FilterChainMatchSchema, {
    destinationPort,
    transportProtocol,
    applicationProtocols: [...applicationProtocols],
  });
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
