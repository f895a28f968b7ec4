import { type JsonObject, type JsonValue } from '@bufbuild/protobuf';

const TYPE = 'type.googleapis.com/envoy.extensions';

/** A certificate and its key, in PEM. */
export interface PemPair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** How a listener takes connections. */
export interface ListenerOptions {
  readonly name: string;
  /** The cluster that everything goes to. */
  readonly cluster: string;
  /** Default 0: any port. */
  readonly port?: number;
  /** Default `AUTO`. `TCP`: no HTTP at all. */
  readonly codec?: 'AUTO' | 'HTTP1' | 'HTTP2' | 'TCP';
  /** A downstream TLS context. */
  readonly tls?: JsonObject;
  /** File of an access log. */
  readonly log?: string;
  /** More of the connection manager. */
  readonly manager?: JsonObject;
  /** More of the listener. */
  readonly listener?: JsonObject;
}

/** A listener on 127.0.0.1 with one chain. */
export function listenerOf(options: ListenerOptions): JsonObject {
  const { name, cluster, tls, codec = 'AUTO', log } = options;
  const accessLog: JsonObject =
    log === undefined
      ? {}
      : {
          access_log: [
            typed('log', 'access_loggers.file.v3.FileAccessLog', {
              path: log,
              log_format: { text_format_source: { inline_string: `${name} %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS%\n` } },
            }),
          ],
        };
  const filter =
    codec === 'TCP'
      ? typed('tcp', 'filters.network.tcp_proxy.v3.TcpProxy', { stat_prefix: name, cluster, ...accessLog })
      : typed('http', 'filters.network.http_connection_manager.v3.HttpConnectionManager', {
          stat_prefix: name,
          codec_type: codec,
          http_filters: [typed('envoy.filters.http.router', 'filters.http.router.v3.Router')],
          route_config: {
            name,
            virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster, timeout: '15s' } }] }],
          },
          ...accessLog,
          ...options.manager,
        });
  return {
    name,
    address: addressOf(options.port ?? 0),
    filter_chains: [{ filters: [filter], ...(tls === undefined ? {} : { transport_socket: downstreamTls(tls) }) }],
    ...options.listener,
  };
}

/** What a server shows its clients. */
export function serverCertificate({ certificate, privateKey }: PemPair, alpn: readonly string[]): JsonObject {
  return {
    common_tls_context: {
      alpn_protocols: [...alpn],
      tls_certificates: [{ certificate_chain: { inline_string: certificate }, private_key: { inline_string: privateKey } }],
    },
  };
}

function downstreamTls(context: JsonObject): JsonObject {
  return typed('tls', 'transport_sockets.tls.v3.DownstreamTlsContext', context);
}

/** A cluster of endpoints on 127.0.0.1; `http2`: they speak it without being asked. */
export function clusterOf(
  name: string,
  ports: readonly number[],
  options: { readonly http2?: boolean; readonly more?: JsonObject } = {},
): JsonObject {
  return {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: ports.map((port): JsonValue => ({ endpoint: { address: addressOf(port) } })) }],
    },
    ...(options.http2 === true ? { typed_extension_protocol_options: HTTP2_OPTIONS } : {}),
    ...options.more,
  };
}

/** What makes a cluster's endpoints speak HTTP/2. */
export const HTTP2_OPTIONS: JsonObject = {
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
    explicit_http_config: { http2_protocol_options: {} },
  },
};

/** A socket address on this machine. */
export function addressOf(port: number): JsonObject {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

/** An extension with its configuration. */
export function typed(name: string, type: string, config: JsonObject = {}): JsonObject {
  return { name, typed_config: { '@type': `${TYPE}.${type}`, ...config } };
}
