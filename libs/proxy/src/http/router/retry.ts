import { type Random } from '@lateen/base';
import { headerMatches, type RequestView, type RetryPolicy } from '@lateen/routing';
import { type ResponseHead } from '../../codec/head';
import { Header } from '../../codec/http1/header-names';
import { type ResetReason } from '../local-replies';

/** Whether a policy is for this request at all. Spec: Envoy `retriable_request_headers`. */
export function retriableRequest({ retriableRequestHeaders: wanted }: RetryPolicy, request: RequestView): boolean {
  return wanted.length === 0 || wanted.some((match) => headerMatches(match, request));
}

/** Whether a policy tries again after an attempt without a response. `sent`: some of the request may have arrived. Spec: Envoy `x-envoy-retry-on`. */
export function retriableReset(policy: RetryPolicy, reason: ResetReason, sent: boolean): boolean {
  const { on } = policy;
  switch (reason) {
    case 'connection_failure':
    case 'connection_timeout':
      return on.connectFailure || on.reset || on.serverError || on.gatewayError || on.resetBeforeRequest;
    case 'connection_termination':
    case 'protocol_error':
    case 'remote_reset':
    case 'remote_connect_error':
      return on.reset || on.serverError || on.gatewayError || (on.resetBeforeRequest && !sent);
    case 'remote_refused_stream_reset':
      return on.reset || on.serverError || on.gatewayError || on.refusedStream;
    case 'per_try_timeout':
    case 'per_try_idle_timeout':
      return on.reset || on.serverError || on.gatewayError;
    case 'upstream_overflow':
      return false;
  }
}

/** Whether a policy tries again after this response. */
export function retriableResponse(policy: RetryPolicy, response: ResponseHead): boolean {
  const { on } = policy;
  const { status } = response;
  // Who asks for fewer requests must not get more of them.
  if (response.hasId(Header['x-envoy-ratelimited'])) return on.envoyRatelimited;
  if (status >= 500 && on.serverError) return true;
  if (on.gatewayError && (status === 502 || status === 503 || status === 504)) return true;
  if (on.retriable4xx && status === 409) return true;
  if (on.retriableStatusCodes && policy.retriableStatusCodes.includes(status)) return true;
  if (on.grpcStatuses.length > 0) {
    const grpc = response.getById(Header['grpc-status']);
    if (grpc !== undefined && on.grpcStatuses.includes(Number(grpc))) return true;
  }
  return on.retriableHeaders && policy.retriableHeaders.some((match) => headerMatches(match, viewOf(response)));
}

/** Full jitter: uniform in [0, base × 2^(attempt − 1)), at most the maximum. */
export function backOffMs(policy: RetryPolicy, attempt: number, random: Random): number {
  const { baseMs, maxMs } = policy.backOff;
  return random.next() * Math.min(maxMs, baseMs * 2 ** (attempt - 1));
}

/** RFC 9110 §9.2.2. */
export function isIdempotent(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'PUT' || method === 'DELETE' || method === 'OPTIONS' || method === 'TRACE';
}

function viewOf(response: ResponseHead): RequestView {
  return { method: '', path: '', authority: '', scheme: '', header: (name) => response.get(name) };
}
