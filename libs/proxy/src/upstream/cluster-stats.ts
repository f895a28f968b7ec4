/** Counters of one cluster, for this worker. Names are Envoy's. */
export interface ClusterStats {
  upstream_cx_total: number;
  upstream_cx_active: number;
  upstream_cx_connect_fail: number;
  upstream_cx_connect_timeout: number;
  upstream_cx_destroy: number;
  upstream_cx_destroy_local: number;
  upstream_cx_destroy_remote: number;
  upstream_cx_destroy_with_active_rq: number;
  upstream_cx_destroy_local_with_active_rq: number;
  upstream_cx_destroy_remote_with_active_rq: number;
  upstream_cx_overflow: number;
  upstream_cx_none_healthy: number;
  upstream_cx_http1_total: number;
  upstream_cx_http2_total: number;
  upstream_cx_idle_timeout: number;
  upstream_cx_max_requests: number;
  upstream_cx_max_duration_reached: number;
  upstream_cx_connect_attempts_exceeded: number;
  upstream_cx_close_notify: number;
  upstream_cx_protocol_error: number;
  upstream_cx_rx_bytes_total: number;
  upstream_cx_tx_bytes_total: number;
  upstream_rq_cancelled: number;
  upstream_rq_total: number;
  upstream_rq_active: number;
  upstream_rq_completed: number;
  upstream_rq_pending_total: number;
  upstream_rq_pending_active: number;
  upstream_rq_pending_overflow: number;
  upstream_rq_pending_failure_eject: number;
  upstream_rq_timeout: number;
  upstream_rq_per_try_timeout: number;
  upstream_rq_per_try_idle_timeout: number;
  upstream_rq_retry: number;
  upstream_rq_retry_success: number;
  upstream_rq_retry_limit_exceeded: number;
  upstream_rq_retry_overflow: number;
  upstream_rq_retry_backoff_exponential: number;
  /** Requests too large to be kept for another attempt. */
  retry_or_shadow_abandoned: number;
  upstream_rq_rx_reset: number;
  upstream_rq_tx_reset: number;
  upstream_rq_1xx: number;
  upstream_rq_2xx: number;
  upstream_rq_3xx: number;
  upstream_rq_4xx: number;
  upstream_rq_5xx: number;
  'ssl.handshake': number;
  'ssl.session_reused': number;
  'ssl.connection_error': number;
  'ssl.fail_verify_error': number;
  'ssl.fail_verify_san': number;
  'ssl.fail_verify_cert_hash': number;
  outlier_detection_ejections_active: number;
  outlier_detection_ejections_enforced_total: number;
}

/** All zero. */
export function createClusterStats(): ClusterStats {
  return {
    upstream_cx_total: 0,
    upstream_cx_active: 0,
    upstream_cx_connect_fail: 0,
    upstream_cx_connect_timeout: 0,
    upstream_cx_destroy: 0,
    upstream_cx_destroy_local: 0,
    upstream_cx_destroy_remote: 0,
    upstream_cx_destroy_with_active_rq: 0,
    upstream_cx_destroy_local_with_active_rq: 0,
    upstream_cx_destroy_remote_with_active_rq: 0,
    upstream_cx_overflow: 0,
    upstream_cx_none_healthy: 0,
    upstream_cx_http1_total: 0,
    upstream_cx_http2_total: 0,
    upstream_cx_idle_timeout: 0,
    upstream_cx_max_requests: 0,
    upstream_cx_max_duration_reached: 0,
    upstream_cx_connect_attempts_exceeded: 0,
    upstream_cx_close_notify: 0,
    upstream_cx_protocol_error: 0,
    upstream_cx_rx_bytes_total: 0,
    upstream_cx_tx_bytes_total: 0,
    upstream_rq_cancelled: 0,
    upstream_rq_total: 0,
    upstream_rq_active: 0,
    upstream_rq_completed: 0,
    upstream_rq_pending_total: 0,
    upstream_rq_pending_active: 0,
    upstream_rq_pending_overflow: 0,
    upstream_rq_pending_failure_eject: 0,
    upstream_rq_timeout: 0,
    upstream_rq_per_try_timeout: 0,
    upstream_rq_per_try_idle_timeout: 0,
    upstream_rq_retry: 0,
    upstream_rq_retry_success: 0,
    upstream_rq_retry_limit_exceeded: 0,
    upstream_rq_retry_overflow: 0,
    upstream_rq_retry_backoff_exponential: 0,
    retry_or_shadow_abandoned: 0,
    upstream_rq_rx_reset: 0,
    upstream_rq_tx_reset: 0,
    upstream_rq_1xx: 0,
    upstream_rq_2xx: 0,
    upstream_rq_3xx: 0,
    upstream_rq_4xx: 0,
    upstream_rq_5xx: 0,
    'ssl.handshake': 0,
    'ssl.session_reused': 0,
    'ssl.connection_error': 0,
    'ssl.fail_verify_error': 0,
    'ssl.fail_verify_san': 0,
    'ssl.fail_verify_cert_hash': 0,
    outlier_detection_ejections_active: 0,
    outlier_detection_ejections_enforced_total: 0,
  };
}

/** Counts a connection that is gone: closed by the endpoint or by us, with an answer still to come or without. */
export function countDestroyed(stats: ClusterStats, byPeer: boolean, busy: boolean): void {
  stats.upstream_cx_active--;
  stats.upstream_cx_destroy++;
  if (byPeer) stats.upstream_cx_destroy_remote++;
  else stats.upstream_cx_destroy_local++;
  if (!busy) return;
  stats.upstream_cx_destroy_with_active_rq++;
  if (byPeer) stats.upstream_cx_destroy_remote_with_active_rq++;
  else stats.upstream_cx_destroy_local_with_active_rq++;
}

/** Counts a response, or the one made in its place when there was none. */
export function chargeResponse(
  { stats, statuses }: { readonly stats: ClusterStats; readonly statuses: StatusCounts },
  status: number,
): void {
  stats.upstream_rq_completed++;
  if (status < 200) stats.upstream_rq_1xx++;
  else if (status < 300) stats.upstream_rq_2xx++;
  else if (status < 400) stats.upstream_rq_3xx++;
  else if (status < 500) stats.upstream_rq_4xx++;
  else stats.upstream_rq_5xx++;
  statuses.add(status);
}

/** How often each status came. Most responses have the status of the one before: only a change is looked up. */
export class StatusCounts {
  private last = 0;
  private count = { of: 0 };
  private all: Map<number, { of: number }> | undefined;

  add(status: number): void {
    if (status !== this.last) this.turnTo(status);
    this.count.of++;
  }

  /** Status and number of each that came. */
  *entries(): Iterable<readonly [status: number, count: number]> {
    if (this.all !== undefined) for (const [status, { of }] of this.all) yield [status, of];
  }

  private turnTo(status: number): void {
    const all = (this.all ??= new Map<number, { of: number }>());
    let count = all.get(status);
    if (count === undefined) all.set(status, (count = { of: 0 }));
    this.last = status;
    this.count = count;
  }
}
