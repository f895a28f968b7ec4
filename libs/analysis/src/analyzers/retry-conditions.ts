/** Conditions under which a request is retried that may have reached the application. Spec: Envoy `x-envoy-retry-on`. */
const AFTER_SENDING = new Set([
  '5xx',
  'gateway-error',
  'reset',
  'retriable-4xx',
  'retriable-status-codes',
  'retriable-headers',
  'http3-post-connect-failure',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
  'cancelled',
]);

/** The conditions of `retryOn` that can hold after the upstream has done its work; numbers are status codes. */
export function conditionsAfterSending(retryOn: string): readonly string[] {
  return retryOn
    .split(',')
    .map((condition) => condition.trim())
    .filter((condition) => AFTER_SENDING.has(condition) || /^\d{3}$/.test(condition));
}
