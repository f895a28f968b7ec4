import { RESPONSE_FLAG, type ResponseFlagName } from '../response-flag';
import { createStreamRecord } from '../stream-record';
import { type CauseFacts, type FailureFacts } from '../cause/facts';

/** What differs from a GET of reviews by a sidecar. */
type Example = Partial<Omit<CauseFacts, 'failure' | 'responseFlags'>> & {
  readonly flags?: readonly ResponseFlagName[];
  readonly failure?: FailureFacts;
};

const REVIEWS = 'outbound|9080||reviews.default.svc.cluster.local';
const V1 = 'outbound|9080|v1|reviews.default.svc.cluster.local';
const INTO_APP: Example = { reporter: 'destination', upstreamCluster: 'inbound|9080||', upstreamHost: '10.44.1.7:9080' };
const TO_REVIEWS: Example = { upstreamCluster: REVIEWS, upstreamHost: '10.44.1.7:9080' };
const limits = { routeMs: 2000, perTryMs: 500, connectMs: 10_000, poolIdleMs: 60_000, streamIdleMs: 300_000 };
const terminated = 'upstream_reset_before_response_started{connection_termination}';

const withTls = (reason: string): Example => ({
  ...TO_REVIEWS,
  responseCode: 503,
  flags: ['UF'],
  upstreamTransportFailureReason: `TLS_error: ${reason}`,
});
const clientTls = (reason: string): Example => ({
  protocol: 'tcp',
  reporter: 'destination',
  flags: ['NR'],
  responseCodeDetails: 'tls_handshake_failed',
  connectionTerminationDetails: reason,
});

/** What each TLS reason is recognized by, from OpenSSL as Node prints it, BoringSSL as Envoy does, or this proxy's own words. */
export const TLS_MESSAGES: Readonly<Record<string, readonly string[]>> = {
  tls_certificate_revoked: ['certificate revoked'],
  tls_certificate_expired: [
    'certificate has expired',
    "Cannot accept the peer's certificate: it has expired since its session began",
    "the client's certificate is not trusted: certificate has expired",
    '|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_certificate_has_expired',
    'ssl/tls alert certificate expired:SSL alert number 45',
  ],
  tls_certificate_not_yet_valid: ['certificate is not yet valid'],
  tls_san_mismatch: [
    'Cannot accept the peer\'s certificate: none of its names is expected ("spiffe://cluster.local/ns/default/sa/x")',
    'Cannot accept the peer\'s certificate: it is not for "reviews.example.com"',
    'Cannot accept the peer\'s certificate: none of its names is expected ("spiffe://cluster.local/ns/default/sa/revoked", "closed.example.com")',
    '|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify_cert_failed:_SAN_matcher',
  ],
  tls_certificate_not_pinned: ["Cannot accept the peer's certificate: it is none of those pinned"],
  tls_no_client_certificate: [
    'the client presented no certificate',
    'tlsv13 alert certificate required:SSL alert number 116',
    'peer did not return a certificate',
  ],
  tls_untrusted_ca: [
    'self-signed certificate in certificate chain',
    'unable to get local issuer certificate',
    "the client's certificate is not trusted: unable to verify the first certificate",
    '|268436504:SSL_routines:OPENSSL_internal:TLSV1_ALERT_UNKNOWN_CA',
    '|268435581:SSL_routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED',
  ],
  tls_plaintext_peer: ['wrong version number', '|268435703:SSL_routines:OPENSSL_internal:WRONG_VERSION_NUMBER', 'http request'],
  tls_protocol_version: ['unsupported protocol', 'tlsv1 alert protocol version:SSL alert number 70'],
  tls_no_shared_cipher: ['no shared cipher', 'sslv3 alert handshake failure:SSL alert number 40'],
  tls_certificate_refused: ['sslv3 alert bad certificate:SSL alert number 42', 'sslv3 alert certificate unknown:SSL alert number 46'],
  tls_handshake_timeout: ['not finished in time'],
  tls_secret_missing: [
    'Cannot set up TLS: no certificate "kubernetes://shop"',
    'Cannot set up TLS: no certificate "kubernetes://revoked"',
    'Cannot set up TLS: no trusted certificates "kubernetes://shop-cacert"',
    'error:0480006C:PEM routines::no start line',
    'error:1E08010C:DECODER routines::unsupported',
    'error:05800074:x509 certificate routines::key values mismatch',
  ],
  tls_chain_too_long: ["Cannot accept the peer's certificate: it has 3 intermediates, more than 1"],
  tls_no_server_name: ['the client named no server', 'tlsv1 unrecognized name:SSL alert number 112'],
  tls_closed: ['Client network socket disconnected before secure TLS connection was established', 'connection reset by the peer'],
};

/** One example of each cause, by code. */
const EXAMPLES: Readonly<Record<string, Example>> = {
  fault_abort: {
    ...TO_REVIEWS,
    upstreamHost: '',
    responseCode: 500,
    flags: ['FI'],
    responseCodeDetails: 'fault_filter_abort',
    routeName: 'broken',
  },
  rbac_denied: { responseCode: 403, responseCodeDetails: 'rbac_access_denied_matched_policy[ns[default]-policy[no-deletes]-rule[0]]' },
  jwt_refused: { responseCode: 401, responseCodeDetails: 'jwt_authn_access_denied{Jwt_is_expired}' },
  external_authorization: { responseCode: 403, flags: ['UAEX'], responseCodeDetails: 'ext_authz_denied' },
  rate_limited: { responseCode: 429, flags: ['RL'], responseCodeDetails: 'request_rate_limited' },
  plaintext_to_strict_mtls: {
    protocol: 'tcp',
    reporter: 'destination',
    flags: ['NR'],
    responseCodeDetails: 'filter_chain_not_found',
    failure: { transportProtocol: 'raw_buffer' },
  },
  plaintext_to_tls_port: {
    protocol: 'tcp',
    flags: ['NR'],
    responseCodeDetails: 'tls_handshake_failed',
    connectionTerminationDetails: 'http request',
    downstreamLocalAddress: '10.44.0.2:8443',
  },
  ...Object.fromEntries(
    Object.entries(TLS_MESSAGES)
      .filter(([code]) => code !== 'tls_plaintext_peer')
      .map(([code, [message]]) => [`client_${code}`, clientTls(message!)]),
  ),
  client_tls_handshake_failed: clientTls('internal error'),
  no_filter_chain: {
    protocol: 'tcp',
    flags: ['NR'],
    responseCodeDetails: 'filter_chain_not_found',
    requestedServerName: 'shop.example.com',
    downstreamLocalAddress: '10.44.0.2:8443',
    failure: { transportProtocol: 'tls' },
  },
  client_closed_during_delay: {
    responseCode: 0,
    durationMs: 2501,
    flags: ['DC', 'DI'],
    attempts: 0,
    failure: { faultDelayMs: 7000, limits },
  },
  client_closed: { ...TO_REVIEWS, responseCode: 0, durationMs: 812, flags: ['DC'], responseCodeDetails: 'downstream_remote_disconnect' },
  client_reset: { ...TO_REVIEWS, responseCode: 0, durationMs: 812, flags: ['DR'], responseCodeDetails: 'http2.remote_reset' },
  client_protocol_error: { responseCode: 400, flags: ['DPE'], responseCodeDetails: 'http1.codec_error' },
  no_virtual_host: {
    authority: 'shop.example.com',
    responseCode: 404,
    flags: ['NR'],
    responseCodeDetails: 'route_not_found',
    failure: { routeTable: 'http.8080', virtualHost: '' },
  },
  no_rule_matched: {
    authority: 'bookinfo.com',
    path: '/admin',
    responseCode: 404,
    flags: ['NR'],
    responseCodeDetails: 'route_not_found',
    failure: { routeTable: 'http.8080', virtualHost: 'bookinfo.com:80' },
  },
  subset_not_found: {
    responseCode: 503,
    flags: ['NC'],
    responseCodeDetails: 'cluster_not_found',
    failure: { wantedCluster: 'outbound|9080|v9|reviews.default.svc.cluster.local' },
  },
  cluster_not_found: {
    responseCode: 503,
    flags: ['NC'],
    responseCodeDetails: 'cluster_not_found',
    failure: { wantedCluster: 'outbound|80||gone.default.svc.cluster.local' },
  },
  registry_only: { authority: 'www.example.com', responseCode: 502, responseCodeDetails: 'direct_response', routeName: 'block_all' },
  all_endpoints_ejected: {
    ...TO_REVIEWS,
    upstreamHost: '',
    responseCode: 503,
    flags: ['UH'],
    responseCodeDetails: 'no_healthy_upstream',
    failure: { endpoints: { total: 3, usable: 0, ejected: 3 } },
  },
  no_usable_endpoints: {
    ...TO_REVIEWS,
    upstreamHost: '',
    responseCode: 503,
    flags: ['UH'],
    responseCodeDetails: 'no_healthy_upstream',
    failure: { endpoints: { total: 2, usable: 0, ejected: 0 } },
  },
  subset_without_endpoints: {
    upstreamCluster: V1,
    responseCode: 503,
    flags: ['UH'],
    responseCodeDetails: 'no_healthy_upstream',
    failure: { endpoints: { total: 0, usable: 0, ejected: 0 } },
  },
  no_original_destination: {
    upstreamCluster: 'PassthroughCluster',
    responseCode: 503,
    flags: ['UH'],
    responseCodeDetails: 'no_healthy_upstream',
  },
  cluster_waiting: {
    responseCode: 503,
    flags: ['NC'],
    responseCodeDetails: 'cluster_not_found',
    failure: { wantedCluster: 'outbound|443||api.example.com', waitsFor: 'secret "file-root:/certs/ca.pem"' },
  },
  name_not_resolved: {
    upstreamCluster: 'outbound|80||api.exmaple.com',
    responseCode: 503,
    flags: ['UH'],
    responseCodeDetails: 'no_healthy_upstream',
    failure: { endpoints: { total: 0, usable: 0, ejected: 0 }, lookedUp: ['api.exmaple.com'] },
  },
  no_endpoints: {
    upstreamCluster: REVIEWS,
    responseCode: 503,
    flags: ['UH'],
    responseCodeDetails: 'no_healthy_upstream',
    failure: { endpoints: { total: 0, usable: 0, ejected: 0 } },
  },
  too_many_retries: {
    ...TO_REVIEWS,
    responseCode: 503,
    flags: ['UO', 'UF'],
    responseCodeDetails: 'upstream_reset_before_response_started{remote_connection_failure}',
  },
  circuit_open: {
    ...TO_REVIEWS,
    upstreamHost: '',
    responseCode: 503,
    flags: ['UO'],
    responseCodeDetails: 'upstream_reset_before_response_started{overflow}',
    failure: { circuit: [{ field: 'http.http1MaxPendingRequests', limit: 1, used: 1 }] },
  },
  per_try_timeout: {
    ...TO_REVIEWS,
    responseCode: 504,
    flags: ['UT'],
    responseCodeDetails: 'upstream_per_try_timeout',
    durationMs: 501,
    failure: { limits },
  },
  route_timeout: {
    ...TO_REVIEWS,
    responseCode: 504,
    flags: ['UT'],
    responseCodeDetails: 'response_timeout',
    durationMs: 2001,
    failure: { limits },
  },
  stream_idle_timeout: {
    ...TO_REVIEWS,
    responseCode: 504,
    flags: ['SI'],
    responseCodeDetails: 'stream_idle_timeout',
    requestDurationMs: 1,
    failure: { limits },
  },
  max_stream_duration: {
    ...TO_REVIEWS,
    responseCode: 504,
    flags: ['UMSDR'],
    responseCodeDetails: 'max_duration_timeout',
    durationMs: 10_003,
  },
  max_connection_duration: { protocol: 'tcp', flags: ['DT'], connectionTerminationDetails: 'max_connection_duration', durationMs: 600_010 },
  request_timeout: { responseCode: 408, responseCodeDetails: 'request_overall_timeout', durationMs: 5003 },
  ...Object.fromEntries(Object.entries(TLS_MESSAGES).map(([code, [message]]) => [code, withTls(message!)])),
  tls_handshake_failed: withTls('internal error'),
  app_not_listening: {
    ...INTO_APP,
    responseCode: 503,
    flags: ['UF'],
    upstreamTransportFailureReason: 'delayed connect error: Connection refused',
  },
  connection_refused: {
    ...TO_REVIEWS,
    responseCode: 503,
    flags: ['UF'],
    upstreamTransportFailureReason: 'delayed connect error: Connection refused',
  },
  connect_timeout: {
    ...TO_REVIEWS,
    responseCode: 503,
    flags: ['UF'],
    responseCodeDetails: 'upstream_reset_before_response_started{connection_timeout}',
    failure: { limits },
  },
  no_route_to_host: {
    ...TO_REVIEWS,
    responseCode: 503,
    flags: ['UF'],
    upstreamTransportFailureReason: 'delayed connect error: No route to host',
  },
  no_local_resources: {
    ...TO_REVIEWS,
    responseCode: 503,
    flags: ['UF'],
    upstreamTransportFailureReason: 'delayed connect error: Too many open files',
  },
  connection_failed: { ...TO_REVIEWS, responseCode: 503, flags: ['UF'], upstreamTransportFailureReason: 'delayed connect error: EPROTO' },
  upstream_reset_idle_race: {
    ...TO_REVIEWS,
    responseCode: 503,
    flags: ['UC'],
    responseCodeDetails: terminated,
    failure: { idleMs: 5004, encrypted: true, responseBegun: false, limits },
  },
  upstream_closed_mid_response: { ...TO_REVIEWS, responseCode: 200, flags: ['UPE'], responseDurationMs: 4, durationMs: 310 },
  app_closed: { ...INTO_APP, responseCode: 503, flags: ['UC'], responseCodeDetails: terminated, durationMs: 12 },
  tls_refused_by_upstream: {
    ...TO_REVIEWS,
    responseCode: 503,
    flags: ['UC'],
    responseCodeDetails: terminated,
    upstreamTransportFailureReason: 'sslv3 alert certificate unknown',
    failure: { encrypted: true },
  },
  upstream_closed_plaintext: {
    ...TO_REVIEWS,
    responseCode: 503,
    flags: ['UC'],
    responseCodeDetails: terminated,
    failure: { encrypted: false },
  },
  upstream_closed: {
    ...TO_REVIEWS,
    responseCode: 503,
    flags: ['UC'],
    responseCodeDetails: terminated,
    durationMs: 85,
    failure: { encrypted: true },
  },
  upstream_refused_stream: {
    ...TO_REVIEWS,
    responseCode: 503,
    flags: ['UR'],
    responseCodeDetails: 'upstream_reset_before_response_started{remote_refused_stream_reset}',
  },
  upstream_reset: {
    ...TO_REVIEWS,
    responseCode: 503,
    flags: ['UR'],
    responseCodeDetails: 'upstream_reset_before_response_started{remote_reset}',
  },
  upstream_protocol_error: {
    ...TO_REVIEWS,
    responseCode: 502,
    flags: ['UPE'],
    responseCodeDetails: 'upstream_reset_before_response_started{protocol_error}',
    failure: { violation: 'bad status line' },
  },
  not_in_effect: { responseCode: 503, flags: ['LR'], responseCodeDetails: 'unsupported:early_data' },
  retriable_answer: { ...TO_REVIEWS, responseCode: 503, flags: ['URX'], responseCodeDetails: 'via_upstream', attempts: 3 },
  app_grpc_error: { ...INTO_APP, protocol: 'grpc', responseCode: 200, grpcStatus: 13, responseCodeDetails: 'via_upstream' },
  app_error: { ...INTO_APP, responseCode: 500, responseCodeDetails: 'via_upstream' },
  upstream_error: { ...TO_REVIEWS, responseCode: 500, responseCodeDetails: 'via_upstream' },
  direct_response: { responseCode: 503, responseCodeDetails: 'direct_response', routeName: 'maintenance' },
  fault_delay: { ...TO_REVIEWS, responseCode: 200, flags: ['DI'], responseCodeDetails: 'via_upstream', failure: { faultDelayMs: 7000 } },
  unknown: { responseCode: 503, flags: ['IH'] },
};

/** Codes that have an example. */
export const EXAMPLE_CODES: readonly string[] = Object.keys(EXAMPLES);

/** The facts of an example: a GET of reviews by a sidecar, with what differs. Throws for a code without one. */
export function exampleOf(code: string): CauseFacts {
  const example = EXAMPLES[code];
  if (example === undefined) throw new Error(`Cannot find an example of cause "${code}"`);
  const { flags = [], ...rest } = example;
  return {
    ...createStreamRecord(),
    method: 'GET',
    path: '/reviews/0',
    authority: 'reviews:9080',
    attempts: 1,
    durationMs: 3,
    requestDurationMs: 0,
    downstreamLocalAddress: '10.44.1.7:9080',
    downstreamRemoteAddress: '10.44.1.3:40112',
    ...rest,
    responseFlags: flags.reduce((bits, flag) => bits | RESPONSE_FLAG[flag], 0),
  };
}
