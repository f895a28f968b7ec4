/** Counters of the TCP proxies with one `stat_prefix`, for this worker. Names are Envoy's, below `tcp.PREFIX.`. */
export interface TcpStats {
  downstream_cx_total: number;
  /** The cluster is not there. */
  downstream_cx_no_route: number;
  downstream_cx_rx_bytes_total: number;
  downstream_cx_tx_bytes_total: number;
  idle_timeout: number;
  max_downstream_connection_duration: number;
  /** Clients that were gone while the endpoint still had to take what they had sent. */
  upstream_flush_total: number;
}

/** All zero. */
export function createTcpStats(): TcpStats {
  return {
    downstream_cx_total: 0,
    downstream_cx_no_route: 0,
    downstream_cx_rx_bytes_total: 0,
    downstream_cx_tx_bytes_total: 0,
    idle_timeout: 0,
    max_downstream_connection_duration: 0,
    upstream_flush_total: 0,
  };
}
