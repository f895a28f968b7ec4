import { createRegistry, type Registry } from '@bufbuild/protobuf';
import { HttpProtocolOptionsSchema } from '@lateen/xds/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb';
import { FileAccessLogSchema } from '@lateen/xds/gen/envoy/extensions/access_loggers/file/v3/file_pb';
import { StderrAccessLogSchema, StdoutAccessLogSchema } from '@lateen/xds/gen/envoy/extensions/access_loggers/stream/v3/stream_pb';
import { HttpConnectionManagerSchema } from '@lateen/xds/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { TcpProxySchema } from '@lateen/xds/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb';
import { RouterSchema } from '@lateen/xds/gen/envoy/extensions/filters/http/router/v3/router_pb';
import { HTTPFaultSchema } from '@lateen/xds/gen/envoy/extensions/filters/http/fault/v3/fault_pb';
import { CorsPolicySchema, CorsSchema } from '@lateen/xds/gen/envoy/extensions/filters/http/cors/v3/cors_pb';
import { RawBufferSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb';
import { DownstreamTlsContextSchema, UpstreamTlsContextSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import { TypedStructSchema } from '@lateen/xds/gen/udpa/type/v1/typed_struct_pb';
import { PluginConfigSchema } from '@lateen/xds/gen/istio/stats_pb';

/**
 * The types an `Any` in a bootstrap may hold: those this proxy reads. Kept small on purpose, since a registry of
 * everything that was generated costs megabytes in each sidecar.
 */
export const bootstrapRegistry: Registry = createRegistry(
  HttpConnectionManagerSchema,
  TcpProxySchema,
  RouterSchema,
  HTTPFaultSchema,
  CorsSchema,
  CorsPolicySchema,
  RawBufferSchema,
  DownstreamTlsContextSchema,
  UpstreamTlsContextSchema,
  HttpProtocolOptionsSchema,
  FileAccessLogSchema,
  StdoutAccessLogSchema,
  StderrAccessLogSchema,
  TypedStructSchema,
  PluginConfigSchema,
);
