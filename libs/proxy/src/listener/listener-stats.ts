/** Counters of one listener, for this worker. Names are Envoy's, below `listener.ADDRESS_PORT.`. */
export interface ListenerStats {
  downstream_cx_total: number;
  downstream_cx_active: number;
  downstream_cx_destroy: number;
  /** Connections whose first bytes did not come in time. */
  downstream_pre_cx_timeout: number;
  /** TLS handshakes that did not end in time. */
  downstream_cx_transport_socket_connect_timeout: number;
  /** Certificates were not there yet. */
  downstream_context_secrets_not_ready: number;
  no_filter_chain_match: number;
  'ssl.handshake': number;
  'ssl.no_certificate': number;
  'ssl.connection_error': number;
  'ssl.fail_verify_no_cert': number;
  'ssl.fail_verify_error': number;
  'ssl.fail_verify_san': number;
  'ssl.fail_verify_cert_hash': number;
  'ssl.session_reused': number;
  /** Clients that were gone before their first bytes had told enough. */
  downstream_listener_filter_remote_close: number;
  /** Below no listener: Envoy counts what its listener filters see over all listeners together. */
  'proxy_proto.not_found_allowed': number;
  'proxy_proto.not_found_disallowed': number;
  'proxy_proto.versions.v1.found': number;
  'proxy_proto.versions.v1.disallowed': number;
  'proxy_proto.versions.v1.error': number;
  'proxy_proto.versions.v2.found': number;
  'proxy_proto.versions.v2.disallowed': number;
  'proxy_proto.versions.v2.error': number;
  downstream_cx_proxy_proto_error: number;
  'tls_inspector.tls_found': number;
  'tls_inspector.tls_not_found': number;
  'tls_inspector.sni_found': number;
  'tls_inspector.sni_not_found': number;
  'tls_inspector.alpn_found': number;
  'tls_inspector.alpn_not_found': number;
  'tls_inspector.client_hello_too_large': number;
  'http_inspector.http10_found': number;
  'http_inspector.http11_found': number;
  'http_inspector.http2_found': number;
  'http_inspector.http_not_found': number;
}

/** All zero. */
export function createListenerStats(): ListenerStats {
  return {
    downstream_cx_total: 0,
    downstream_cx_active: 0,
    downstream_cx_destroy: 0,
    downstream_pre_cx_timeout: 0,
    downstream_cx_transport_socket_connect_timeout: 0,
    downstream_context_secrets_not_ready: 0,
    no_filter_chain_match: 0,
    'ssl.handshake': 0,
    'ssl.no_certificate': 0,
    'ssl.connection_error': 0,
    'ssl.fail_verify_no_cert': 0,
    'ssl.fail_verify_error': 0,
    'ssl.fail_verify_san': 0,
    'ssl.fail_verify_cert_hash': 0,
    'ssl.session_reused': 0,
    downstream_listener_filter_remote_close: 0,
    'proxy_proto.not_found_allowed': 0,
    'proxy_proto.not_found_disallowed': 0,
    'proxy_proto.versions.v1.found': 0,
    'proxy_proto.versions.v1.disallowed': 0,
    'proxy_proto.versions.v1.error': 0,
    'proxy_proto.versions.v2.found': 0,
    'proxy_proto.versions.v2.disallowed': 0,
    'proxy_proto.versions.v2.error': 0,
    downstream_cx_proxy_proto_error: 0,
    'tls_inspector.tls_found': 0,
    'tls_inspector.tls_not_found': 0,
    'tls_inspector.sni_found': 0,
    'tls_inspector.sni_not_found': 0,
    'tls_inspector.alpn_found': 0,
    'tls_inspector.alpn_not_found': 0,
    'tls_inspector.client_hello_too_large': 0,
    'http_inspector.http10_found': 0,
    'http_inspector.http11_found': 0,
    'http_inspector.http2_found': 0,
    'http_inspector.http_not_found': 0,
  };
}
