const HTTP = [
  'buffer',
  'cors',
  'csrf',
  'ext_authz',
  'fault',
  'grpc_http1_bridge',
  'grpc_json_transcoder',
  'grpc_web',
  'gzip',
  'health_check',
  'ip_tagging',
  'lua',
  'router',
  'squash',
];
const LISTENER = ['http_inspector', 'original_dst', 'original_src', 'proxy_protocol', 'tls_inspector'];
const NETWORK = ['client_ssl_auth', 'ext_authz', 'http_connection_manager', 'mongo_proxy', 'ratelimit', 'redis_proxy', 'tcp_proxy'];

/** Filter names that Envoy dropped, and what each is called now. Spec: validation.md §5.8. */
export const NEW_FILTER_NAMES: ReadonlyMap<string, string> = new Map([
  ...NETWORK.map((name) => [`envoy.${name}`, `envoy.filters.network.${name}`] as const),
  ...HTTP.map((name) => [`envoy.${name}`, `envoy.filters.http.${name}`] as const),
  ...LISTENER.map((name) => [`envoy.listener.${name}`, `envoy.filters.listener.${name}`] as const),
  ['envoy.http_dynamo_filter', 'envoy.filters.http.dynamo'] as const,
  ['envoy.rate_limit', 'envoy.filters.http.ratelimit'] as const,
]);
