/**
 * Fields and enum values of Envoy's that are newer than the protos compiled here: a message or enum without `envoy.`, and
 * its additions. They are known by name alone, and whatever they hold is taken. Spec: Envoy API 1.40.
 */
const ADDITIONS = `
config.accesslog.v3.ComparisonFilter.Op NE
config.bootstrap.v3.Admin allow_paths
config.bootstrap.v3.Bootstrap enable_worker_cpu_affinity stats_eviction_interval
config.bootstrap.v3.MemoryAllocatorManager soft_memory_limit_bytes max_per_cpu_cache_size_bytes max_unfreed_memory_bytes
config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget budget_interval
config.cluster.v3.Cluster transport_socket_matcher stats_matcher per_connection_buffer_high_watermark_timeout queuing_policies
config.cluster.v3.Cluster.PreconnectPolicy preconnect_enabled_metadata
config.cluster.v3.OutlierDetection detect_degraded_hosts
config.cluster.v3.UpstreamConnectionOptions.FirstAddressFamilyVersion PIPE INTERNAL
config.common.matcher.v3.Matcher.OnMatch keep_matching
config.common.mutation_rules.v3.HeaderMutation remove_on_match
config.core.v3.BindConfig validate_network_namespaces
config.core.v3.GrpcService.GoogleGrpc channel_credentials_plugin call_credentials_plugin
config.core.v3.HealthCheck name
config.core.v3.HealthCheck.HttpHealthCheck use_alpn_protocol
config.core.v3.Http1ProtocolOptions ignore_http_11_upgrade
config.core.v3.Http2ProtocolOptions max_metadata_size enable_huffman_encoding max_header_field_size_kb disallow_obs_text stream_reset_burst stream_reset_rate
config.core.v3.Http3ProtocolOptions disable_qpack disable_connection_flow_control_for_streams disallow_obs_text
config.core.v3.HttpProtocolOptions max_connection_duration_jitter max_response_headers_kb
config.core.v3.HttpService formatters
config.core.v3.KeyValueAppend record
config.core.v3.PathConfigSource poll_interval
config.core.v3.ProxyProtocolConfig added_tlvs
config.core.v3.QuicProtocolOptions max_packet_length client_packet_writer connection_migration memory_reduction_timeout enable_scone
config.core.v3.SocketAddress network_namespace_filepath
config.core.v3.SocketOption type ip_version
config.core.v3.WatchedDirectory watch_modify
config.endpoint.v3.Endpoint observability_name
config.listener.v3.AdditionalAddress tcp_keepalive
config.listener.v3.Listener stats_matcher fcds_config per_connection_buffer_high_watermark_timeout tcp_keepalive
config.listener.v3.Listener.ConnectionBalanceConfig cpu_locality_balance
config.listener.v3.QuicProtocolOptions save_cmsg_config reject_new_connections max_sessions_per_event_loop
config.metrics.v3.DogStatsdSink scale_histogram_units_to_milliseconds
config.metrics.v3.HistogramBucketSettings bins
config.metrics.v3.StatsConfig allow_default_tag_overrides
config.metrics.v3.StatsdSink scale_histogram_units_to_milliseconds
config.overload.v3.ScaleTimersOverloadActionConfig.TimerType HTTP_DOWNSTREAM_CONNECTION_MAX HTTP_DOWNSTREAM_STREAM_FLUSH
config.rbac.v3.Permission sourced_metadata
config.rbac.v3.Policy cel_config
config.rbac.v3.Principal sourced_metadata custom
config.route.v3.DirectResponseAction body_format
config.route.v3.RateLimit hits_addend apply_on_stream_done x_ratelimit_option
config.route.v3.RateLimit.Action query_parameters remote_address_match
config.route.v3.RateLimit.Action.GenericKey default_value
config.route.v3.RateLimit.Action.HeaderValueMatch default_value
config.route.v3.RateLimit.Action.MetaData.Source CLUSTER_ENTRY CLUSTER_LOCALITY_ENTRY
config.route.v3.RateLimit.Action.QueryParameterValueMatch default_value
config.route.v3.RateLimit.Override rate_limit
config.route.v3.RedirectAction path_rewrite
config.route.v3.RetryPolicy refresh_cluster_on_retry
config.route.v3.Route request_body_buffer_limit route_specifiers
config.route.v3.RouteAction path_rewrite flush_timeout host_rewrite
config.route.v3.RouteAction.RequestMirrorPolicy request_headers_mutations host_rewrite_literal
config.route.v3.RouteConfiguration vhost_header route_specifiers
config.route.v3.RouteMatch cookies filter_state
config.route.v3.Tracing operation upstream_operation
config.route.v3.VirtualHost request_body_buffer_limit route_specifiers
config.route.v3.WeightedCluster use_hash_policy
config.tap.v3.OutputConfig min_streamed_sent_bytes
data.accesslog.v3.AccessLogType TcpConnectionStart
extensions.access_loggers.filters.cel.v3.ExpressionFilter cel_config
extensions.clusters.dynamic_forward_proxy.v3.SubClustersConfig dns_cluster_config
extensions.common.dynamic_forward_proxy.v3.DnsCacheConfig disable_dns_refresh_on_failure resolved_address_filter
extensions.common.ratelimit.v3.LocalRateLimitDescriptor shadow_mode
extensions.common.ratelimit.v3.RateLimitDescriptor hits_addend is_negative_hits
extensions.common.ratelimit.v3.RateLimitDescriptor.RateLimitOverride unit_multiplier
extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig allow_dynamic_host_from_filter_state
extensions.filters.http.ext_authz.v3.CheckSettings emit_client_span grpc_service http_service
extensions.filters.http.ext_authz.v3.ExtAuthz clear_route_cache_headers filter_metadata emit_filter_state_stats max_denied_response_body_bytes enforce_response_header_limits shadow_mode emit_client_span
extensions.filters.http.ext_authz.v3.HttpService path_override retry_policy
extensions.filters.http.fault.v3.FaultAbort response_body
extensions.filters.http.jwt_authn.v3.JwtAuthentication stat_prefix
extensions.filters.http.jwt_authn.v3.JwtCacheConfig jwt_max_token_size
extensions.filters.http.jwt_authn.v3.JwtClaimToHeader claim_path
extensions.filters.http.jwt_authn.v3.JwtRequirement extract_only_without_validation
extensions.filters.http.local_ratelimit.v3.LocalRateLimit rate_limits max_dynamic_descriptors enable_retry_after_header
extensions.filters.http.router.v3.Router reject_connect_request_early_data
extensions.filters.listener.proxy_protocol.v3.ProxyProtocol tlv_location
extensions.filters.listener.proxy_protocol.v3.ProxyProtocol.KeyValuePair value_string_encoding
extensions.filters.listener.tls_inspector.v3.TlsInspector enable_ja4_fingerprinting close_connection_on_client_hello_parsing_errors max_client_hello_size
extensions.filters.network.ext_authz.v3.ExtAuthz send_tls_alert_on_denial metadata_context_namespaces typed_metadata_context_namespaces shadow_mode
extensions.filters.network.http_connection_manager.v3.HttpConnectionManager http1_safe_max_connection_duration stream_flush_timeout drain_timeout_jitter forward_client_cert_matcher forward_proto_config record_route_resolution_stats
extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.SetCurrentClientCertDetails issuer format
extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing operation upstream_operation no_context_propagation
extensions.filters.network.mongo_proxy.v3.MongoProxy max_bson_depth
extensions.filters.network.rbac.v3.RBAC delay_deny
extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig save_upstream_address
extensions.filters.network.tcp_proxy.v3.TcpProxy backoff_options max_downstream_connection_duration_jitter_percentage proxy_protocol_tlvs proxy_protocol_tlv_merge_policy upstream_connect_mode max_early_data_bytes check_drain_close
extensions.filters.network.tcp_proxy.v3.TcpProxy.TcpAccessLogOptions flush_access_log_on_start
extensions.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig request_id_extension request_id_header request_id_metadata_key formatters
extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin metric_names_for_computing_utilization slow_start_config oob_reporting_config
extensions.load_balancing_policies.common.v3.ConsistentHashingLbConfig hash_policy
extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig force_locality_direct_routing force_local_zone locality_basis
extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig query_timeout_seconds query_tries rotate_nameservers edns0_max_payload_size max_udp_channel_duration reinit_channel_on_timeout qcache_max_ttl
extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport allow_unspecified_address tlv_as_pool_key
extensions.transport_sockets.tls.v3.CertificateValidationContext suppress_client_ca_list
extensions.transport_sockets.tls.v3.CommonTlsContext custom_tls_certificate_selector
extensions.transport_sockets.tls.v3.DownstreamTlsContext prefer_client_ciphers
extensions.transport_sockets.tls.v3.GenericSecret secrets
extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig trust_bundles
extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig.TrustDomain workload_trust_domain
extensions.transport_sockets.tls.v3.TlsCertificate tls_params
extensions.transport_sockets.tls.v3.TlsParameters compliance_policies
extensions.transport_sockets.tls.v3.UpstreamTlsContext auto_host_sni auto_sni_san_validation
extensions.upstreams.http.v3.HttpProtocolOptions outlier_detection request_mirror_policies hash_policy retry_policy
type.matcher.v3.FilterStateMatcher address_match
type.metadata.v3.MetadataKey.PathSegment index
type.tracing.v3.CustomTag value_type value
`;

let additions: ReadonlyMap<string, ReadonlySet<string>> | undefined;

/** Whether `name` is a newer field or value of the message or enum `type`. */
export function isNewerName(type: string, name: string): boolean {
  additions ??= new Map(
    ADDITIONS.trim()
      .split('\n')
      .map((line) => {
        const [owner = '', ...names] = line.split(' ');
        return [`envoy.${owner}`, new Set(names)];
      }),
  );
  return additions.get(type)?.has(name) === true;
}
