import { type RouteConfiguration } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { type Translated } from '../proxy-resources';
import { gatewayRoutes } from './gateway-routes';
import { type ProxyInputs } from './inputs';
import { hostRoutes, httpProxyRoutes, portRoutes } from './sidecar-routes';
import { outboundPorts } from '../listeners/outbound-ports';
import { grpcRoutes } from '../listeners/proxyless';

/** Every route configuration that a proxy's listeners name. */
export function routesFor(inputs: ProxyInputs): readonly Translated<RouteConfiguration>[] {
  if (inputs.proxy.generator === 'grpc') return grpcRoutes(inputs);
  if (inputs.proxy.type === 'router') return gatewayRoutes(inputs);
  const { shared, single, httpProxy } = outboundPorts(inputs);
  // A headless service has a listener for each of its addresses, all with one set of routes.
  const ofHosts = new Map(single.filter(({ http }) => http).map((port) => [`${port.service.hostname}:${port.port}`, port]));
  return [
    ...shared.map(({ port }) => portRoutes(inputs, port)),
    ...[...ofHosts.values()].map((port) => hostRoutes(inputs, port)),
    ...(httpProxy === undefined ? [] : [httpProxyRoutes(inputs)]),
  ];
}
