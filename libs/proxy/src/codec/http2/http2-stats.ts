/** Counters of HTTP/2 towards clients, for this worker. Names are Envoy's, below `http2.`. */
export interface Http2Stats {
  goaway_sent: number;
  /** Header blocks larger than may be. */
  header_overflow: number;
  inbound_empty_frames_flood: number;
  inbound_priority_frames_flood: number;
  inbound_window_update_frames_flood: number;
  /** Clients that said nothing after a PING. */
  keepalive_timeout: number;
  /** Answers owed to a client that reads nothing. */
  outbound_control_flood: number;
  /** Messages that are none. */
  rx_messaging_error: number;
  rx_reset: number;
  tx_reset: number;
  /** Responses that nobody read to their end. */
  tx_flush_timeout: number;
  dropped_headers_with_underscores: number;
  requests_rejected_with_underscores_in_headers: number;
}

/** All zero. */
export function createHttp2Stats(): Http2Stats {
  return {
    goaway_sent: 0,
    header_overflow: 0,
    inbound_empty_frames_flood: 0,
    inbound_priority_frames_flood: 0,
    inbound_window_update_frames_flood: 0,
    keepalive_timeout: 0,
    outbound_control_flood: 0,
    rx_messaging_error: 0,
    rx_reset: 0,
    tx_reset: 0,
    tx_flush_timeout: 0,
    dropped_headers_with_underscores: 0,
    requests_rejected_with_underscores_in_headers: 0,
  };
}
