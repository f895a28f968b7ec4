import { type Cluster, type LoadAssignment, type Snapshot, formatAddress } from '@lateen/proxy-config';
import { createBalancer } from '@lateen/routing';
import { type WalkedEndpoint } from './facts';
import { type WalkConnection } from './request';

/** What a proxy knows of one endpoint beyond its configuration. */
export interface LiveEndpoint {
  /** Taken out by outlier detection. */
  readonly ejected: boolean;
}

/** What a proxy knows of a cluster beyond its configuration. */
export interface LiveCluster {
  /** Endpoints that are not plainly well, by `HOST:PORT`. */
  readonly unwell: ReadonlyMap<string, LiveEndpoint>;
  /** It has no endpoint at all: names that are looked up have given no address. */
  readonly empty: boolean;
}

/** The live state of a cluster; undefined when the proxy's is not known. */
export type LiveEndpoints = (cluster: string) => LiveCluster | undefined;

/** A cluster's endpoints, and the one that a first pick gives; undefined: none takes requests (`UH`). */
export interface ClusterEndpoints {
  readonly endpoints: readonly WalkedEndpoint[];
  readonly picked: WalkedEndpoint | undefined;
}

/**
 * Where a cluster's requests can go now, by the data plane's balancer. ORIGINAL_DST goes where the client was going,
 * and nowhere where the connection does not say.
 */
export function endpointsOf(snapshot: Snapshot, cluster: Cluster, connection: WalkConnection, live?: LiveEndpoints): ClusterEndpoints {
  if (cluster.type === 'original_dst') {
    if (!connection.redirected) return { endpoints: [], picked: undefined };
    const { destination } = connection;
    const endpoint = { ...destination, key: formatAddress(destination), weight: 1, health: 'healthy', transportSocketMatch: {} } as const;
    const picked = {
      endpoint,
      locality: { region: '', zone: '', subZone: '' },
      priority: 0,
      ejected: undefined,
      unresolved: false,
      usable: true,
      socket: cluster.transportSocketFor(endpoint),
    };
    return { endpoints: [picked], picked };
  }
  const assignment = snapshot.endpoints.get(cluster.name);
  const known = live?.(cluster.name);
  const localities = (assignment?.localities ?? []).map((locality) => ({
    ...locality,
    hosts: locality.endpoints.map((endpoint) => {
      const ejected = known === undefined ? undefined : (known.unwell.get(endpoint.key)?.ejected ?? false);
      const unresolved = cluster.dns !== undefined && known?.empty === true;
      const usable = ejected !== true && !unresolved && (endpoint.health === 'healthy' || endpoint.health === 'degraded');
      const walked: WalkedEndpoint = {
        endpoint,
        locality: locality.locality,
        priority: locality.priority,
        ejected,
        unresolved,
        usable,
        socket: cluster.transportSocketFor(endpoint),
      };
      return { key: endpoint.key, weight: endpoint.weight, active: 0, usable, walked };
    }),
  }));
  return {
    endpoints: localities.flatMap(({ hosts }) => hosts.map(({ walked }) => walked)),
    picked: balancerOf(cluster, assignment, localities).pick()?.walked,
  };
}

function balancerOf<H extends { readonly key: string; readonly weight: number; readonly active: number; readonly usable: boolean }>(
  { lbPolicy, panicThreshold, localityWeighted }: Cluster,
  assignment: LoadAssignment | undefined,
  localities: readonly { readonly priority: number; readonly weight: number; readonly hosts: readonly H[] }[],
) {
  return createBalancer(
    localities,
    {
      // Whether there is one does not depend on the policy, and a ring would be built for nothing.
      policy:
        lbPolicy.kind === 'ring_hash' || lbPolicy.kind === 'maglev' || lbPolicy.kind === 'cluster_provided' ? { kind: 'random' } : lbPolicy,
      panicThreshold,
      overprovisioningFactor: assignment?.overprovisioningFactor ?? 140,
      localityWeighted,
    },
    { next: () => 0 },
  );
}
