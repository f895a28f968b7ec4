import { create } from '@bufbuild/protobuf';
import { ApiVersion } from '@lateen/xds/gen/envoy/config/core/v3/config_source_pb';
import { type Listener, ListenerSchema } from '@lateen/xds/gen/envoy/config/listener/v3/listener_pb';
import { type Route, RouteSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_components_pb';
import { type RouteConfiguration, RouteConfigurationSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { HttpConnectionManagerSchema } from '@lateen/xds/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { outboundClusterName } from '../clusters/names';
import { pack } from '../filters/envoy';
import { ROUTER } from '../filters/http-filters';
import { type Translated } from '../proxy-resources';
import { isAlias, type ProxyInputs, trafficOf } from '../routes/inputs';
import { type HostPort, routesTo } from '../routes/sidecar-hosts';

/**
 * What a proxyless gRPC client resolves `xds:///HOST:PORT` by: a listener of that name for each service port that
 * may speak HTTP. Spec: gRFC A27; route names as Istio's gRPC generator gives them.
 */
export function grpcListeners(inputs: ProxyInputs): readonly Translated<Listener>[] {
  return hostPorts(inputs).map(({ service, port }) => {
    const name = `${service.hostname}:${port}`;
    const configSource = { configSourceSpecifier: { case: 'ads', value: {} }, resourceApiVersion: ApiVersion.V3 } as const;
    const routeConfigName = outboundClusterName(port, '', service.hostname);
    const apiListener = pack(HttpConnectionManagerSchema, {
      routeSpecifier: { case: 'rds', value: { configSource, routeConfigName } },
      httpFilters: [{ ...ROUTER }],
    });
    return { name, message: create(ListenerSchema, { name, apiListener: { apiListener } }), origin: service.origin };
  });
}

/** The routes that those listeners name. */
export function grpcRoutes(inputs: ProxyInputs): readonly Translated<RouteConfiguration>[] {
  return hostPorts(inputs).map(({ service, port }) => {
    const name = outboundClusterName(port, '', service.hostname);
    const { routes, view } = routesTo(inputs, { service, port });
    const virtualHosts = [{ name: `${service.hostname}:${port}`, domains: ['*'], routes: routes.map(plainRoute) }];
    return { name, message: create(RouteConfigurationSchema, { name, virtualHosts }), origin: view?.resource.origin ?? service.origin };
  });
}

/** What such a client knows of a route; one that does not forward fails the call, rather than fall to the next. */
function plainRoute({ match, action }: Route): Route {
  if (action.case !== 'route') return create(RouteSchema, { match, action: { case: 'nonForwardingAction', value: {} } });
  const { clusterSpecifier, timeout, hashPolicy } = action.value;
  const limited = timeout !== undefined && (timeout.seconds !== 0n || timeout.nanos !== 0);
  return create(RouteSchema, {
    match,
    action: {
      case: 'route',
      value: { clusterSpecifier, hashPolicy, ...(limited ? { maxStreamDuration: { maxStreamDuration: timeout } } : {}) },
    },
  });
}

function hostPorts({ snapshot, proxy }: ProxyInputs): readonly HostPort[] {
  return snapshot
    .servicesVisibleTo(proxy.namespace)
    .filter((service) => !isAlias(service))
    .flatMap((service) =>
      service.ports.filter(({ protocol }) => trafficOf(protocol).kind !== 'tcp').map(({ port }) => ({ service, port })),
    );
}
