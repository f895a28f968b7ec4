import { type ConsistentHashLB, type Destination } from '@lateen/config';

/** What routes need to know of the services they name. */
export interface Destinations {
  /** The full name of a host as a rule in `namespace` wrote it. */
  readonly resolve: (host: string, namespace: string) => string;
  /**
   * The only port of a service that has just one, where a destination without a port may take it.
   * A sidecar's route configuration knows only services that have its own port, so there it is never needed.
   */
  readonly onlyPort: (host: string) => number | undefined;
  /** The consistent hash that a DestinationRule asks for. */
  readonly hash: (destination: ResolvedDestination) => ConsistentHashLB | undefined;
}

/** A destination with its full host name and its port. */
export interface ResolvedDestination {
  readonly host: string;
  readonly port: number;
  /** Empty for the whole service. */
  readonly subset: string;
}

/** Resolves a rule's destination: its own port, else the service's only one, else the listener's. */
export function resolveDestination(
  { host, port, subset }: Destination,
  where: { readonly destinations: Destinations; readonly namespace: string; readonly listenerPort: number },
): ResolvedDestination {
  const fqdn = where.destinations.resolve(host, where.namespace);
  const number = port?.number ?? where.destinations.onlyPort(fqdn) ?? where.listenerPort;
  return { host: fqdn, port: number, subset: subset ?? '' };
}

/** The cluster of a destination, whether or not there is one by that name. Spec: Istio's cluster names. */
export function clusterOf({ host, port, subset }: ResolvedDestination): string {
  return `outbound|${port}|${subset}|${host}`;
}
