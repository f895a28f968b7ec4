import { type JsonObject, type JsonValue } from '@bufbuild/protobuf';
import { type Row } from './row';

const TYPE = 'type.googleapis.com/envoy.extensions';
/** What a row's access log says. */
const ACCESS_LOG =
  '%PROTOCOL% %RESPONSE_CODE% flags=%RESPONSE_FLAGS% details=%RESPONSE_CODE_DETAILS% received=%BYTES_RECEIVED% sent=%BYTES_SENT% ' +
  'route=%ROUTE_NAME% cluster=%UPSTREAM_CLUSTER% host=%UPSTREAM_HOST% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% ' +
  'failure=%UPSTREAM_TRANSPORT_FAILURE_REASON% sni=%REQUESTED_SERVER_NAME%';

/** The name of a row's listener, and what its clusters' and statistics' names begin with. */
export function rowId(index: number): string {
  return `r${index}`;
}

/** A router, and what is before it. */
export function typed(name: string, type: string, config: JsonObject = {}): JsonObject {
  return { name, typed_config: { '@type': `${TYPE}.${type}`, ...config } };
}

/** What the rows' resources are made for: one of the two proxies. */
export interface Side {
  readonly name: 'lateen' | 'envoy';
  /** File of the access log. */
  readonly log: string;
  /** Ports of a row's upstreams: by row, then by cluster. */
  readonly ports: readonly Readonly<Record<string, readonly number[]>>[];
}

/** The whole configuration of one proxy: a listener a row, each on a port of its own. */
export function bootstrap(rows: readonly Row[], side: Side): JsonObject {
  return {
    node: { id: 'differential', cluster: 'differential' },
    admin: { address: address(0) },
    static_resources: {
      listeners: rows.map((row, i) => inRow(row, rowId(i), listener(row, rowId(i), side))),
      clusters: rows.flatMap((row, i) =>
        Object.keys(side.ports[i]!).map((name) => inRow(row, rowId(i), cluster(row, name, rowId(i), side.ports[i]![name]!))),
      ),
    },
  };
}

function address(port: number): JsonObject {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

function accessLog(id: string, side: Side): JsonObject {
  return typed('log', 'access_loggers.file.v3.FileAccessLog', {
    path: side.log,
    log_format: { text_format_source: { inline_string: `${id}|${ACCESS_LOG}\n` } },
  });
}

function listener(row: Row, id: string, side: Side): JsonObject {
  const filter = row.tcp === undefined ? connectionManager(row, id, side) : tcpProxy(row, id, side);
  const filled = fill(row.listener ?? {}, id, side, row);
  return {
    name: id,
    stat_prefix: id,
    address: address(0),
    filter_chains: [{ filters: [filter], ...(row.tls === undefined ? {} : { transport_socket: row.tls }) }],
    ...filled,
  };
}

/** In what a row says, `@http` and `@tcp` stand for its network filters. */
function fill(json: JsonObject, id: string, side: Side, row: Row): JsonObject {
  const visit = (value: JsonValue): JsonValue => {
    if (value === '@http') return connectionManager(row, id, side);
    if (value === '@tcp') return tcpProxy(row, id, side);
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]));
    return value;
  };
  return visit(json) as JsonObject;
}

function connectionManager(row: Row, id: string, side: Side): JsonObject {
  return typed('http', 'filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: id,
    // How long Envoy waits for the client to be the first to close; a second by default, for which every row would wait.
    delayed_close_timeout: '0.2s',
    access_log: [accessLog(id, side)],
    http_filters: [...(row.httpFilters ?? []), typed('envoy.filters.http.router', 'filters.http.router.v3.Router')],
    route_config: {
      name: 'routes',
      // Rows name clusters that are not there; from a control plane nobody checks either.
      validate_clusters: false,
      virtual_hosts: [{ name: 'all', domains: ['*'], routes: [...(row.routes ?? [route({})])], ...row.virtualHost }],
      ...row.routeConfiguration,
    },
    ...row.manager,
  });
}

function tcpProxy(row: Row, id: string, side: Side): JsonObject {
  return typed('tcp', 'filters.network.tcp_proxy.v3.TcpProxy', {
    stat_prefix: id,
    ...(row.tcp?.['weighted_clusters'] === undefined ? { cluster: 'backend' } : {}),
    access_log: [accessLog(id, side)],
    ...row.tcp,
  });
}

/** A route to `backend`: more of its action, and of itself. Default: for every path. */
export function route(action: JsonObject, more: JsonObject = {}): JsonObject {
  const isTargeted = 'cluster' in action || 'weighted_clusters' in action || 'cluster_header' in action;
  const target: JsonObject = isTargeted ? {} : { cluster: 'backend' };
  return { match: { prefix: '/' }, route: { ...target, ...action }, ...more };
}

function cluster(row: Row, name: string, id: string, ports: readonly number[]): JsonObject {
  const { endpoints, weights, ...more } = row.clusters?.[name] ?? {};
  return {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    alt_stat_name: `${id}.${name}`,
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: ports.map((port, i) => ({
            endpoint: { address: address(port), ...(endpoints as JsonObject | undefined) },
            ...(weights === undefined ? {} : { load_balancing_weight: (weights as readonly number[])[i]! }),
          })),
        },
      ],
    },
    ...more,
  };
}

/** Clusters of all rows are in one proxy: their names get the row's before them, wherever they are named. */
function inRow(row: Row, id: string, json: JsonObject): JsonObject {
  const names = new Set([...Object.keys(row.upstreams ?? { backend: 0 }), ...Object.keys(row.clusters ?? {})]);
  const visit = (value: JsonValue, key: string): JsonValue => {
    if (typeof value === 'string') {
      const named = (key === 'cluster' || key === 'name' || key === 'cluster_name') && names.has(value);
      return named ? `${id}.${value}` : value.replaceAll('{row}', id);
    }
    if (Array.isArray(value)) return value.map((item) => visit(item, key));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, visit(inner, name)]));
    return value;
  };
  return visit(json, '') as JsonObject;
}

/** A cluster that is spoken to in HTTP/1, with options for all protocols. */
export function http1Cluster(common: JsonObject): JsonObject {
  return clusterWith({ common_http_protocol_options: common, explicit_http_config: { http_protocol_options: {} } });
}

/** A cluster that is spoken to in HTTP/2, with options of that and for all protocols. */
export function http2Cluster(options: JsonObject = {}, common: JsonObject = {}): JsonObject {
  return clusterWith({ common_http_protocol_options: common, explicit_http_config: { http2_protocol_options: options } });
}

/** A cluster with what Envoy's `HttpProtocolOptions` say. */
export function clusterWith(options: JsonObject): JsonObject {
  const name = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  return { typed_extension_protocol_options: { [name]: { '@type': `type.googleapis.com/${name}`, ...options } } };
}
