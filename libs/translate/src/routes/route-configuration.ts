import { create } from '@bufbuild/protobuf';
import { type Route, type VirtualHost, VirtualHostSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_components_pb';
import { type RouteConfiguration, RouteConfigurationSchema } from '@lateen/xds/gen/envoy/config/route/v3/route_pb';

/** Bytes that a direct response may have. Spec: Istio `HTTPBody`, 1 MiB. */
const MAX_DIRECT_RESPONSE_BYTES = 1_048_576;

/** A route configuration as RDS serves it. Hosts match whatever port the request names with them. */
export function routeConfiguration(name: string, virtualHosts: readonly VirtualHost[]): RouteConfiguration {
  return create(RouteConfigurationSchema, {
    name,
    virtualHosts: [...virtualHosts],
    validateClusters: false,
    ignorePortInHostMatching: true,
    maxDirectResponseBodySizeBytes: MAX_DIRECT_RESPONSE_BYTES,
  });
}

/** A virtual host as RDS serves it: upstreams are told which attempt a request is. */
export function virtualHost(name: string, domains: readonly string[], routes: readonly Route[]): VirtualHost {
  return create(VirtualHostSchema, { name, domains: [...domains], routes: [...routes], includeRequestAttemptCount: true });
}

/**
 * Keeps each domain where it comes first, since Envoy refuses a domain that two virtual hosts have; a virtual host
 * left without any is left out.
 */
export function withUniqueDomains(virtualHosts: readonly VirtualHost[]): readonly VirtualHost[] {
  const taken = new Set<string>();
  return virtualHosts.flatMap((host) => {
    const domains = host.domains.filter((domain) => !taken.has(domain));
    for (const domain of domains) taken.add(domain);
    if (domains.length === 0) return [];
    return domains.length === host.domains.length ? [host] : [{ ...host, domains }];
  });
}
