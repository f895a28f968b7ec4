import { create } from '@bufbuild/protobuf';
import { RouteSchema, VirtualHostSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_components_pb';
import { type RouteConfiguration, RouteConfigurationSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { ZERO } from '../filters/envoy';
import { INBOUND_RETRY } from './retry';

/** What the routes of an inbound port depend on. */
export interface InboundRoutesInputs {
  /** The workload's own port. */
  readonly port: number;
  readonly servicePort: number;
  /** Full name of the service. */
  readonly host: string;
  /** Whether the port is declared gRPC, which retries by itself. */
  readonly traffic: { readonly grpc: boolean };
}

/** Everything to the workload's own port, with no time limit: the caller's proxy sets those. */
export function inboundRoutes({ port, servicePort, host, traffic }: InboundRoutesInputs): RouteConfiguration {
  return toCluster({
    cluster: `inbound|${port}||`,
    virtualHost: `inbound|http|${servicePort}`,
    operation: `${host}:${servicePort}/*`,
    retried: !traffic.grpc,
  });
}

/** Everything to the port that the caller named, where no service names it. */
export function passthroughRoutes(): RouteConfiguration {
  return toCluster({
    cluster: 'InboundPassthroughCluster',
    virtualHost: 'inbound|http|0',
    operation: ':0/*',
    retried: true,
  });
}

interface ToCluster {
  readonly cluster: string;
  readonly virtualHost: string;
  readonly operation: string;
  readonly retried: boolean;
}

function toCluster({ cluster, virtualHost, operation, retried }: ToCluster): RouteConfiguration {
  const route = create(RouteSchema, {
    name: 'default',
    match: { pathSpecifier: { case: 'prefix', value: '/' } },
    decorator: { operation },
    action: {
      case: 'route',
      value: {
        clusterSpecifier: { case: 'cluster', value: cluster },
        timeout: ZERO,
        maxStreamDuration: { maxStreamDuration: ZERO, grpcTimeoutHeaderMax: ZERO },
        retryPolicy: retried ? INBOUND_RETRY : undefined,
      },
    },
  });
  return create(RouteConfigurationSchema, {
    name: cluster,
    validateClusters: false,
    virtualHosts: [create(VirtualHostSchema, { name: virtualHost, domains: ['*'], routes: [route] })],
  });
}
