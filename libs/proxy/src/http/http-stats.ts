/** Counters of the connection managers with one `stat_prefix`, for this worker. Names are Envoy's, below `http.PREFIX.`. */
export interface HttpStats {
  downstream_cx_total: number;
  downstream_cx_active: number;
  downstream_cx_destroy: number;
  downstream_cx_destroy_local: number;
  downstream_cx_destroy_remote: number;
  downstream_cx_destroy_active_rq: number;
  downstream_cx_destroy_local_active_rq: number;
  downstream_cx_destroy_remote_active_rq: number;
  downstream_cx_http1_total: number;
  downstream_cx_http2_total: number;
  downstream_cx_ssl_total: number;
  downstream_cx_idle_timeout: number;
  downstream_cx_max_duration_reached: number;
  downstream_cx_max_requests_reached: number;
  downstream_cx_protocol_error: number;
  downstream_cx_delayed_close_timeout: number;
  downstream_cx_rx_bytes_total: number;
  downstream_cx_tx_bytes_total: number;
  downstream_cx_upgrades_total: number;
  downstream_rq_total: number;
  downstream_rq_active: number;
  downstream_rq_http1_total: number;
  downstream_rq_http2_total: number;
  downstream_rq_completed: number;
  downstream_rq_1xx: number;
  downstream_rq_2xx: number;
  downstream_rq_3xx: number;
  downstream_rq_4xx: number;
  downstream_rq_5xx: number;
  downstream_rq_rx_reset: number;
  downstream_rq_tx_reset: number;
  downstream_rq_response_before_rq_complete: number;
  downstream_rq_failed_path_normalization: number;
  downstream_rq_redirected_with_normalized_path: number;
  downstream_rq_non_relative_path: number;
  downstream_rq_ws_on_non_ws_route: number;
  downstream_rq_too_many_premature_resets: number;
  downstream_rq_timeout: number;
  downstream_rq_header_timeout: number;
  downstream_rq_idle_timeout: number;
  downstream_rq_max_duration_reached: number;
  no_route: number;
  no_cluster: number;
  rq_total: number;
  rq_direct_response: number;
  rq_reset_after_downstream_response_started: number;
  'cors.origin_valid': number;
  'cors.origin_invalid': number;
  'fault.aborts_injected': number;
  'fault.delays_injected': number;
  'fault.active_faults': number;
  'fault.faults_overflow': number;
}

/** All zero. */
export function createHttpStats(): HttpStats {
  return {
    downstream_cx_total: 0,
    downstream_cx_active: 0,
    downstream_cx_destroy: 0,
    downstream_cx_destroy_local: 0,
    downstream_cx_destroy_remote: 0,
    downstream_cx_destroy_active_rq: 0,
    downstream_cx_destroy_local_active_rq: 0,
    downstream_cx_destroy_remote_active_rq: 0,
    downstream_cx_http1_total: 0,
    downstream_cx_http2_total: 0,
    downstream_cx_ssl_total: 0,
    downstream_cx_idle_timeout: 0,
    downstream_cx_max_duration_reached: 0,
    downstream_cx_max_requests_reached: 0,
    downstream_cx_protocol_error: 0,
    downstream_cx_delayed_close_timeout: 0,
    downstream_cx_rx_bytes_total: 0,
    downstream_cx_tx_bytes_total: 0,
    downstream_cx_upgrades_total: 0,
    downstream_rq_total: 0,
    downstream_rq_active: 0,
    downstream_rq_http1_total: 0,
    downstream_rq_http2_total: 0,
    downstream_rq_completed: 0,
    downstream_rq_1xx: 0,
    downstream_rq_2xx: 0,
    downstream_rq_3xx: 0,
    downstream_rq_4xx: 0,
    downstream_rq_5xx: 0,
    downstream_rq_rx_reset: 0,
    downstream_rq_tx_reset: 0,
    downstream_rq_response_before_rq_complete: 0,
    downstream_rq_failed_path_normalization: 0,
    downstream_rq_redirected_with_normalized_path: 0,
    downstream_rq_non_relative_path: 0,
    downstream_rq_ws_on_non_ws_route: 0,
    downstream_rq_too_many_premature_resets: 0,
    downstream_rq_timeout: 0,
    downstream_rq_header_timeout: 0,
    downstream_rq_idle_timeout: 0,
    downstream_rq_max_duration_reached: 0,
    no_route: 0,
    no_cluster: 0,
    rq_total: 0,
    rq_direct_response: 0,
    rq_reset_after_downstream_response_started: 0,
    'cors.origin_valid': 0,
    'cors.origin_invalid': 0,
    'fault.aborts_injected': 0,
    'fault.delays_injected': 0,
    'fault.active_faults': 0,
    'fault.faults_overflow': 0,
  };
}

/** Counts a connection that is gone: closed by the client or by us, with a request under way or without. */
export function countClosed(stats: HttpStats, byPeer: boolean, busy: boolean): void {
  stats.downstream_cx_active--;
  stats.downstream_cx_destroy++;
  if (byPeer) stats.downstream_cx_destroy_remote++;
  else stats.downstream_cx_destroy_local++;
  if (!busy) return;
  stats.downstream_cx_destroy_active_rq++;
  if (byPeer) stats.downstream_cx_destroy_remote_active_rq++;
  else stats.downstream_cx_destroy_local_active_rq++;
}

/** Counts a connection that ended in its TLS handshake. */
export function countRefusedTls(stats: HttpStats): void {
  stats.downstream_cx_total++;
  stats.downstream_cx_active++;
  stats.downstream_cx_ssl_total++;
  countClosed(stats, true, false);
}

/** Counts a finished exchange. */
export function countExchange(stats: HttpStats, status: number): void {
  stats.downstream_rq_active--;
  // Nobody was answered.
  if (status === 0) return;
  stats.downstream_rq_completed++;
  if (status < 200) stats.downstream_rq_1xx++;
  else if (status < 300) stats.downstream_rq_2xx++;
  else if (status < 400) stats.downstream_rq_3xx++;
  else if (status < 500) stats.downstream_rq_4xx++;
  else stats.downstream_rq_5xx++;
}

/** Counts a 100 that was sent before the response. */
export function countInterim(stats: HttpStats): void {
  stats.downstream_rq_1xx++;
  stats.downstream_rq_completed++;
}
