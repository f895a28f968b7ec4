import { RESPONSE_FLAG } from '@lateen/telemetry';

/** What a stream that ends without an upstream response is answered with. */
export interface LocalReply {
  readonly status: number;
  readonly body: string;
  /** Bits of `RESPONSE_FLAG`. */
  readonly flag: number;
  /** `%RESPONSE_CODE_DETAILS%`. */
  readonly details: string;
  /** More header fields, name and value alternating. */
  readonly headers?: readonly string[];
  /** For a gRPC client, in place of the one that goes with `status`. */
  readonly grpcStatus?: number;
}

/** Body of a stream whose upstream broke before it answered. */
const upstreamReset = (reason: string): string => `upstream connect error or disconnect/reset before headers. reset reason: ${reason}`;

/**
 * Every way a stream can end without an upstream response, and what the client is told.
 * Spec: Envoy `%RESPONSE_FLAGS%`, `%RESPONSE_CODE_DETAILS%` and the bodies its router sends.
 */
export const LOCAL_REPLIES = {
  route_not_found: { status: 404, body: '', flag: RESPONSE_FLAG.NR, details: 'route_not_found' },
  cluster_not_found: { status: 503, body: '', flag: RESPONSE_FLAG.NC, details: 'cluster_not_found' },
  missing_host: { status: 400, body: '', flag: 0, details: 'missing_host_header' },
  absolute_path_rejected: { status: 404, body: '', flag: 0, details: 'absolute_path_rejected' },
  no_healthy_upstream: { status: 503, body: 'no healthy upstream', flag: RESPONSE_FLAG.UH, details: 'no_healthy_upstream' },
  upstream_overflow: {
    status: 503,
    body: upstreamReset('overflow'),
    flag: RESPONSE_FLAG.UO,
    details: 'upstream_reset_before_response_started{overflow}',
    headers: ['x-envoy-overloaded', 'true'],
  },
  connection_failure: {
    status: 503,
    body: upstreamReset('remote connection failure'),
    flag: RESPONSE_FLAG.UF,
    details: 'upstream_reset_before_response_started{remote_connection_failure}',
  },
  connection_timeout: {
    status: 503,
    body: upstreamReset('connection timeout'),
    flag: RESPONSE_FLAG.UF,
    details: 'upstream_reset_before_response_started{connection_timeout}',
  },
  connection_termination: {
    status: 503,
    body: upstreamReset('connection termination'),
    flag: RESPONSE_FLAG.UC,
    details: 'upstream_reset_before_response_started{connection_termination}',
  },
  protocol_error: {
    status: 502,
    body: upstreamReset('protocol error'),
    flag: RESPONSE_FLAG.UPE,
    details: 'upstream_reset_before_response_started{protocol_error}',
  },
  remote_reset: {
    status: 503,
    body: upstreamReset('remote reset'),
    flag: RESPONSE_FLAG.UR,
    details: 'upstream_reset_before_response_started{remote_reset}',
  },
  /** The endpoint's word for what became of a CONNECT, and of the connection it was for. Spec: RFC 9113 §8.5. */
  remote_connect_error: {
    status: 503,
    body: upstreamReset('remote error with CONNECT request'),
    flag: RESPONSE_FLAG.UR,
    details: 'upstream_reset_before_response_started{remote_error_with_CONNECT_request}',
  },
  remote_refused_stream_reset: {
    status: 503,
    body: upstreamReset('remote refused stream reset'),
    flag: RESPONSE_FLAG.UR,
    details: 'upstream_reset_before_response_started{remote_refused_stream_reset}',
  },
  request_timeout: { status: 504, body: 'upstream request timeout', flag: RESPONSE_FLAG.UT, details: 'response_timeout' },
  per_try_timeout: { status: 504, body: 'upstream request timeout', flag: RESPONSE_FLAG.UT, details: 'upstream_per_try_timeout' },
  per_try_idle_timeout: {
    status: 504,
    body: 'upstream request timeout',
    flag: RESPONSE_FLAG.UT,
    details: 'upstream_per_try_idle_timeout',
  },
  stream_idle_timeout: { status: 408, body: 'stream timeout', flag: RESPONSE_FLAG.SI, details: 'stream_idle_timeout' },
  request_receive_timeout: { status: 408, body: 'request timeout', flag: 0, details: 'request_overall_timeout' },
  request_header_timeout: { status: 408, body: 'request header timeout', flag: 0, details: 'request_header_timeout' },
  downstream_max_duration: { status: 504, body: 'downstream duration timeout', flag: 0, details: 'max_duration_timeout' },
  max_stream_duration: {
    status: 408,
    body: 'upstream max stream duration reached',
    flag: RESPONSE_FLAG.UMSDR,
    details: 'max_duration_timeout',
  },
  fault_abort: { status: 503, body: 'fault filter abort', flag: RESPONSE_FLAG.FI, details: 'fault_filter_abort' },
  direct_response: { status: 200, body: '', flag: 0, details: 'direct_response' },
  redirect: { status: 301, body: '', flag: 0, details: 'direct_response' },
  path_not_normal: { status: 400, body: '', flag: 0, details: 'path_normalization_failed' },
  bad_body: { status: 400, body: 'Bad Request', flag: RESPONSE_FLAG.DPE, details: 'http1.codec_error' },
  upgrade_refused: { status: 403, body: '', flag: 0, details: 'upgrade_failed' },
  refused: { status: 403, body: '', flag: 0, details: 'unsupported' },
  unsupported: { status: 503, body: '', flag: RESPONSE_FLAG.LR, details: 'unsupported' },
  payload_too_large: { status: 413, body: 'Payload Too Large', flag: 0, details: 'request_payload_too_large' },
} as const satisfies Record<string, LocalReply>;

export type LocalReplyCode = keyof typeof LOCAL_REPLIES;

/** Why an upstream attempt ended without a response. */
export type ResetReason =
  | 'connection_failure'
  | 'connection_timeout'
  | 'connection_termination'
  | 'protocol_error'
  | 'remote_reset'
  | 'remote_connect_error'
  | 'remote_refused_stream_reset'
  | 'upstream_overflow'
  | 'per_try_timeout'
  | 'per_try_idle_timeout';
