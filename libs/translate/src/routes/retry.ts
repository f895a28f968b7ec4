import { create } from '@bufbuild/protobuf';
import { parseDurationMs } from '@lateen/base';
import { type HTTPRetry } from '@lateen/config';
import { type RetryPolicy, RetryPolicySchema } from '@lateen/xds/gen/envoy/config/route/v3/route_components_pb';
import { PreviousHostsPredicateSchema } from '@lateen/xds/gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb';
import { PreviousPrioritiesConfigSchema } from '@lateen/xds/gen/envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config_pb';
import { durationOf, extension } from '../filters/envoy';

/** What a route's retries depend on. */
export interface RetryInputs {
  /** The rule's, or else the mesh's; undefined takes Istio's default of two. */
  readonly retries: HTTPRetry | undefined;
  /** Whether the destination is chosen by hash: retries then keep to it rather than avoid hosts tried before. */
  readonly hashed: boolean;
}

const DEFAULT_RETRY_ON = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes';
const DEFAULT_RETRIES = 2;
/** How often another host is picked when the picked one was tried before. */
const HOST_SELECTION_ATTEMPTS = 5n;

const PREVIOUS_HOSTS = extension('envoy.retry_host_predicates.previous_hosts', PreviousHostsPredicateSchema);
/** Moves to other localities after the ones tried twice. */
const PREVIOUS_PRIORITIES = extension('envoy.retry_priorities.previous_priorities', PreviousPrioritiesConfigSchema, {
  updateFrequency: 2,
});

/** A sidecar's or gateway's retry policy; undefined when `attempts` is 0. Spec: Istio `HTTPRetry`. */
export function retryPolicy({ retries, hashed }: RetryInputs): RetryPolicy | undefined {
  if (retries !== undefined && (retries.attempts ?? 0) <= 0) return undefined;
  const { retryOn, codes } = retryConditions(retries?.retryOn);
  const perTryMs = milliseconds(retries?.perTryTimeout);
  const backoffMs = milliseconds(retries?.backoff);
  return create(RetryPolicySchema, {
    retryOn,
    retriableStatusCodes: codes,
    numRetries: retries?.attempts ?? DEFAULT_RETRIES,
    perTryTimeout: perTryMs > 0 ? durationOf(perTryMs) : undefined,
    retryBackOff: backoffMs > 0 ? { baseInterval: durationOf(backoffMs) } : undefined,
    retryHostPredicate: (retries?.retryIgnorePreviousHosts ?? !hashed) ? [PREVIOUS_HOSTS] : [],
    retryPriority: retries?.retryRemoteLocalities === true ? PREVIOUS_PRIORITIES : undefined,
    hostSelectionRetryMaxAttempts: HOST_SELECTION_ATTEMPTS,
  });
}

/** Retries towards the workload itself: only where nothing reached it. Never for gRPC, which retries by itself. */
export const INBOUND_RETRY: RetryPolicy = create(RetryPolicySchema, {
  retryOn: 'reset-before-request',
  numRetries: DEFAULT_RETRIES,
});

/** Splits literal status codes from conditions, and adds the condition that makes codes count. */
function retryConditions(text: string | undefined): { readonly retryOn: string; readonly codes: number[] } {
  if (text === undefined || text === '') return { retryOn: DEFAULT_RETRY_ON, codes: [] };
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const codes = parts.filter(isStatus).map(Number);
  const conditions = parts.filter((part) => !isStatus(part));
  if (codes.length > 0 && !conditions.includes('retriable-status-codes')) conditions.push('retriable-status-codes');
  return { retryOn: conditions.join(','), codes };
}

function isStatus(part: string): boolean {
  return /^[1-5]\d\d$/.test(part);
}

function milliseconds(text: string | undefined): number {
  return text === undefined ? 0 : (parseDurationMs(text) ?? 0);
}
