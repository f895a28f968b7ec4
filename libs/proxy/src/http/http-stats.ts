/** Counters of the connection managers with one `stat_prefix`, for this worker. Names are Envoy's, below `http.PREFIX.`. */
export interface HttpStats {
  downstream_cx_total: number;
  downstream_cx_active: number;
  downstream_cx_destroy: number;
  downstream_cx_http1_total: number;
  downstream_cx_http2_total: number;
  downstream_cx_ssl_total: number;
  downstream_cx_idle_timeout: number;
  downstream_cx_max_duration_reached: number;
  downstream_cx_max_requests_reached: number;
  downstream_cx_protocol_error: number;
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
  downstream_rq_too_many_premature_resets: number;
  downstream_rq_timeout: number;
  downstream_rq_header_timeout: number;
  downstream_rq_idle_timeout: number;
  downstream_rq_max_duration_reached: number;
  no_route: number;
}

/** All zero. */
export function createHttpStats(): HttpStats {
  return {
    downstream_cx_total: 0,
    downstream_cx_active: 0,
    downstream_cx_destroy: 0,
    downstream_cx_http1_total: 0,
    downstream_cx_http2_total: 0,
    downstream_cx_ssl_total: 0,
    downstream_cx_idle_timeout: 0,
    downstream_cx_max_duration_reached: 0,
    downstream_cx_max_requests_reached: 0,
    downstream_cx_protocol_error: 0,
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
    downstream_rq_too_many_premature_resets: 0,
    downstream_rq_timeout: 0,
    downstream_rq_header_timeout: 0,
    downstream_rq_idle_timeout: 0,
    downstream_rq_max_duration_reached: 0,
    no_route: 0,
  };
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
