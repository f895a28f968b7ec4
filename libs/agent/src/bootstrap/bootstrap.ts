import { join } from 'node:path';
import { type AgentConfig } from '../agent-config';

/** The version of Istio whose behaviour this mesh follows; a node says it as ISTIO_VERSION. */
export const ISTIO_VERSION = '1.31.0';

/**
 * What our own proxy has of Istio's filters, that it wants to know which rule a route is from, that it can log why a
 * request failed, and that it counts for who watches; an upstream Envoy has none of it. Spec: Envoy `node.extensions`.
 */
const EXTENSIONS = [
  ...['istio.stats', 'istio.alpn', 'istio.metadata_exchange', 'io.istio.http.peer_metadata'].map((name) => ({ name, category: 'istio' })),
  ...['lateen.origins', 'lateen.cause', 'lateen.counts'].map((name) => ({ name, category: 'lateen' })),
];

/** Socket files inside the run directory, short because a unix path is at most 107 bytes. */
export const sockets = {
  /** ADS relayed to the control plane, for an Envoy. */
  xds: (runDir: string): string => join(runDir, 'xds.sock'),
  /** SDS served by the agent, for an Envoy. */
  sds: (runDir: string): string => join(runDir, 'sds.sock'),
};

/** JSON as protobuf's JSON mapping writes it. */
export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

/**
 * The node a proxy introduces itself as: identity, and what translation needs to know.
 * Spec: Istio's node id `TYPE~IP~POD.NAMESPACE~DOMAIN` and node metadata.
 */
export function nodeFor(config: AgentConfig): { readonly [key: string]: Json } {
  const { namespace, pod } = config;
  return {
    id: `${config.role}~${config.ip}~${pod}.${namespace}~${namespace}.svc.cluster.local`,
    cluster: `${config.labels['app'] ?? config.workload}.${namespace}`,
    locality:
      config.locality === undefined
        ? {}
        : { region: config.locality.region, zone: config.locality.zone ?? '', sub_zone: config.locality.subZone ?? '' },
    // An Envoy lists its own.
    ...(config.proxy.kind === 'lateen' ? { extensions: EXTENSIONS } : {}),
    metadata: {
      NAME: pod,
      NAMESPACE: namespace,
      INSTANCE_IPS: config.ip,
      LABELS: config.labels,
      ANNOTATIONS: config.annotations,
      SERVICE_ACCOUNT: config.serviceAccount,
      WORKLOAD_NAME: config.workload,
      OWNER: `kubernetes://apis/apps/v1/namespaces/${namespace}/deployments/${config.workload}`,
      CLUSTER_ID: config.clusterId,
      MESH_ID: config.trustDomain,
      ISTIO_VERSION,
      INTERCEPTION_MODE: config.interception.mode,
      ...(config.ports.dns === undefined ? {} : { DNS_CAPTURE: 'true' }),
      ...(config.interception.mode === 'NONE' ? { LATEEN_PORTS: withoutUndefined(config.interception.portMap) } : {}),
    },
  };
}

/**
 * The bootstrap a proxy starts from: ours and a real Envoy the same one.
 * ADS and SDS are unix sockets of the agent's, so that keys and tokens stay with it; metrics stand on 15090.
 * Spec: envoy.config.bootstrap.v3.Bootstrap; names as in Istio's own bootstrap (`xds-grpc`, `sds-grpc`,
 * `prometheus_stats`).
 */
export function bootstrapFor(config: AgentConfig): { readonly [key: string]: Json } {
  const bind = config.interception.mode === 'REDIRECT' ? config.interception.sourceAddress : undefined;
  return {
    node: nodeFor(config),
    admin: { address: socketAddress('127.0.0.1', config.ports.admin) },
    dynamic_resources: {
      lds_config: { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' },
      cds_config: { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' },
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }],
      },
    },
    static_resources: {
      listeners: [metricsListener(socketAddress(config.interception.mode === 'REDIRECT' ? '0.0.0.0' : '127.0.0.1', config.ports.metrics))],
      clusters: [
        staticCluster('prometheus_stats', socketAddress('127.0.0.1', config.ports.admin)),
        http2Cluster('sds-grpc', { pipe: { path: sockets.sds(config.runDir) } }),
        http2Cluster('xds-grpc', { pipe: { path: sockets.xds(config.runDir) } }),
      ],
    },
    ...(bind === undefined ? {} : { cluster_manager: { upstream_bind_config: { source_address: { address: bind, port_value: 0 } } } }),
  };
}

/** The same value as JSON has it: protobuf's JSON knows no undefined. */
function withoutUndefined(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

/** `GET /stats/prometheus` on 15090, answered by the admin listener; nothing else is. */
function metricsListener(address: Json): Json {
  return {
    name: 'prometheus_metrics',
    address,
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: {
              '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              stat_prefix: 'stats',
              codec_type: 'AUTO',
              route_config: {
                name: 'prometheus_metrics',
                virtual_hosts: [
                  {
                    name: 'backend',
                    domains: ['*'],
                    routes: [{ match: { prefix: '/stats/prometheus' }, route: { cluster: 'prometheus_stats' } }],
                  },
                ],
              },
              http_filters: [
                {
                  name: 'envoy.filters.http.router',
                  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}

function socketAddress(address: string, port: number): { readonly [key: string]: Json } {
  return { socket_address: { address, port_value: port } };
}

function staticCluster(name: string, address: Json): { readonly [key: string]: Json } {
  return {
    name,
    type: 'STATIC',
    connect_timeout: '0.25s',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  };
}

function http2Cluster(name: string, address: Json): Json {
  return {
    ...staticCluster(name, address),
    connect_timeout: '1s',
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
  };
}
