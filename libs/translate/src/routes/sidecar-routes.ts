import { type Service } from '@lateen/registry';
import { type RouteConfiguration } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';
import { type Translated } from '../proxy-resources';
import { unknownHosts } from './default-route';
import { domainsOf } from './domains';
import { isAlias, type ProxyInputs, trafficOf } from './inputs';
import { routeConfiguration, virtualHost, withUniqueDomains } from './route-configuration';
import { type HostPort, routesTo, sidecarHosts } from './sidecar-hosts';

/** The route configuration of a sidecar's HTTP proxy. */
export const HTTP_PROXY_ROUTES = 'http_proxy';

/** The routes of every service on one port. RDS name: the port. */
export function portRoutes(inputs: ProxyInputs, port: number): Translated<RouteConfiguration> {
  const name = String(port);
  const hosts = withUniqueDomains([...sidecarHosts(inputs, port), unknownHosts(inputs)]);
  return { name, message: routeConfiguration(name, hosts), origin: originOn(inputs, port) };
}

/**
 * The routes of one service port, whatever host a request names: its listener is for this port alone.
 * RDS name: `HOST:PORT`.
 */
export function hostRoutes(inputs: ProxyInputs, { service, port }: HostPort): Translated<RouteConfiguration> {
  const name = hostRoutesName({ service, port });
  const { routes, view } = routesTo(inputs, { service, port });
  return {
    name,
    message: routeConfiguration(name, [virtualHost(name, ['*'], routes)]),
    origin: view?.resource.origin ?? service.origin,
  };
}

/** The RDS name of a service port's own routes. */
export function hostRoutesName({ service, port }: HostPort): string {
  return `${service.hostname}:${port}`;
}

/** The routes of every service on every port, for clients that know the proxy as their HTTP proxy. */
export function httpProxyRoutes(inputs: ProxyInputs): Translated<RouteConfiguration> {
  const { snapshot, proxy } = inputs;
  const hosts = snapshot.servicesVisibleTo(proxy.namespace).flatMap((service) =>
    httpPorts(service).map((port, i) => {
      const { routes } = routesTo(inputs, { service, port });
      const names = domainsOf({ host: service.hostname, domain: snapshot.domain, namespace: proxy.namespace });
      const withPort = [...names, ...service.addresses].map((name) => `${name}:${port}`);
      // Without a port a name means port 80, or else the first that speaks HTTP.
      const bare = port === 80 || (i === 0 && !httpPorts(service).includes(80)) ? names : [];
      return virtualHost(`${service.hostname}:${port}`, [...withPort, ...bare], routes);
    }),
  );
  const message = routeConfiguration(HTTP_PROXY_ROUTES, withUniqueDomains([...hosts, unknownHosts(inputs)]));
  // One listener for all ports: here the port is what tells services apart.
  message.ignorePortInHostMatching = false;
  return { name: HTTP_PROXY_ROUTES, message, origin: undefined };
}

function httpPorts(service: Service): readonly number[] {
  if (isAlias(service)) return [];
  return service.ports.filter(({ protocol }) => trafficOf(protocol).kind !== 'tcp').map(({ port }) => port);
}

/** The VirtualService that shaped a port's routes first, or the first service there. */
function originOn(inputs: ProxyInputs, port: number) {
  const { snapshot, proxy } = inputs;
  const services = snapshot.servicesVisibleTo(proxy.namespace).filter((s) => httpPorts(s).includes(port));
  const views = services.map((service) => routesTo(inputs, { service, port }).view?.resource.origin);
  return views.find((origin) => origin !== undefined) ?? services[0]?.origin;
}
