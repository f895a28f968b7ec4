import { type AdminSource, type ClusterView, type HostView } from './model';

/** Clusters and hosts with their live numbers, a line a fact. Spec: Envoy admin `/clusters`. */
export function clustersText(clusters: Iterable<ClusterView>): string {
  return [...clusters]
    .flatMap((cluster) => [...clusterLines(cluster), ...hostLines(cluster)])
    .map((line) => `${line}\n`)
    .join('');
}

function clusterLines({ config }: ClusterView): string[] {
  const { name, thresholds } = config;
  const limit = (value: number): number => (value === Infinity ? 4_294_967_295 : value);
  return [
    `${name}::observability_name::${config.altStatName}`,
    `${name}::default_priority::max_connections::${limit(thresholds.maxConnections)}`,
    `${name}::default_priority::max_pending_requests::${limit(thresholds.maxPendingRequests)}`,
    `${name}::default_priority::max_requests::${limit(thresholds.maxRequests)}`,
    `${name}::default_priority::max_retries::${limit(thresholds.maxRetries)}`,
    `${name}::added_via_api::true`,
  ];
}

function hostLines(cluster: ClusterView): string[] {
  const { name } = cluster.config;
  return [...cluster.hosts.values()].flatMap((host) => [
    `${name}::${host.endpoint.key}::rq_active::${host.active}`,
    `${name}::${host.endpoint.key}::rq_total::${host.requests}`,
    `${name}::${host.endpoint.key}::rq_error::${host.failures}`,
    `${name}::${host.endpoint.key}::rq_success::${host.requests - host.failures}`,
    `${name}::${host.endpoint.key}::hostname::${host.endpoint.hostname ?? ''}`,
    `${name}::${host.endpoint.key}::health_flags::${healthFlags(host)}`,
    `${name}::${host.endpoint.key}::weight::${host.endpoint.weight}`,
  ]);
}

function healthFlags({ endpoint, ejected }: HostView): string {
  const flags = [
    ...(ejected ? ['/failed_outlier_check'] : []),
    ...(endpoint.health === 'unhealthy' || endpoint.health === 'draining' ? ['/failed_eds_health'] : []),
    ...(endpoint.health === 'degraded' ? ['/degraded_eds'] : []),
  ];
  return flags.length === 0 ? 'healthy' : flags.join('');
}

/** The same as JSON. Spec: envoy.admin.v3.Clusters. */
export function clustersJson(source: AdminSource): unknown {
  return {
    cluster_statuses: [...source.clusters()].map(({ config, hosts }) => ({
      name: config.name,
      added_via_api: true,
      observability_name: config.altStatName,
      ...(config.edsServiceName === config.name ? {} : { eds_service_name: config.edsServiceName }),
      host_statuses: [...hosts.values()].map(({ endpoint, active, ejected, requests, failures }) => ({
        address: { socket_address: { address: endpoint.address, port_value: endpoint.port } },
        hostname: endpoint.hostname ?? '',
        weight: endpoint.weight,
        health_status: { eds_health_status: endpoint.health.toUpperCase(), ...(ejected ? { failed_outlier_check: true } : {}) },
        stats: [
          { name: 'rq_active', value: String(active), type: 'GAUGE' },
          { name: 'rq_total', value: String(requests) },
          { name: 'rq_error', value: String(failures) },
          { name: 'rq_success', value: String(requests - failures) },
        ],
      })),
    })),
  };
}
