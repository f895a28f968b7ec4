import { type RouteConfiguration } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { outboundPorts } from '../listeners/outbound-ports';
import { type Translated } from '../proxy-resources';
import { gatewayRoutes } from './gateway-routes';
import { type ProxyInputs } from './inputs';
import { hostRoutes, httpProxyRoutes, portRoutes } from './sidecar-routes';

/**
 * Every route configuration that a proxy's listeners name, in order of name. Pure, and cannot fail: what it is
 * built from was validated when it was admitted.
 * Spec: Istio's RDS names: `80`, `HOST:PORT` for a listener of one service port, `http_proxy`, `http.8080`,
 * `https.443.NAME.GATEWAY.NAMESPACE`.
 */
export function routesFor(inputs: ProxyInputs): readonly Translated<RouteConfiguration>[] {
  const routes = inputs.proxy.type === 'router' ? gatewayRoutes(inputs) : sidecarRoutes(inputs);
  return [...routes].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function sidecarRoutes(inputs: ProxyInputs): readonly Translated<RouteConfiguration>[] {
  const { shared, single, httpProxy } = outboundPorts(inputs);
  return [
    ...shared.filter(({ http }) => http).map(({ port }) => portRoutes(inputs, port)),
    ...single.filter(({ http }) => http).map((only) => hostRoutes(inputs, only)),
    ...(httpProxy === undefined ? [] : [httpProxyRoutes(inputs)]),
  ];
}
