/** Statistics that are left out of the comparison, or compared in form only. */
export interface StatsLeftOut {
  /** As the page calls them. */
  readonly names: string;
  readonly pattern: RegExp;
  readonly why: string;
}

/** What Envoy counts and we do not. All else that Envoy has counted in the table, we have too. */
export const STATS_NOT_KEPT: readonly StatsLeftOut[] = [
  {
    names: 'cluster.*.external, .internal, .canary',
    pattern: /^cluster\..+\.(external|internal|canary)\.upstream_rq_/,
    why: 'the responses of a cluster once more, by who asked',
  },
  {
    names: 'cluster.*.upstream_rq_unknown, .upstream_rq_active_overflow, .upstream_rq_100, .upstream_rq_103',
    pattern: /^cluster\..+\.upstream_rq_(unknown|active_overflow|10[03])$/,
    why: 'a status that is none is refused; the circuit that is open is a gauge; an interim response is no completed request',
  },
  {
    names: 'ssl.ciphers, .curves, .sigalgs, .versions',
    pattern: /\.ssl\.(ciphers|curves|sigalgs|versions)\./,
    why: 'handshakes are counted together, by how they ended',
  },
  { names: 'ssl.certificate', pattern: /\.ssl\.certificate\./, why: '/certs says when each ends' },
  { names: '*_bytes_buffered', pattern: /_bytes_buffered$/, why: 'nothing is buffered but what the system does not take' },
  {
    names: 'cluster.*.default, .lb_*, .membership_change',
    pattern: /^cluster\..+\.(default\.total_match_count|lb_\w+|membership_change)$/,
    why: 'each worker balances by itself: sums over them would mislead',
  },
  { names: 'cluster.*.grpc-web', pattern: /^cluster\..+\.grpc-web\./, why: 'calls of gRPC-Web are counted as requests' },
  { names: 'http2.nghttp2_*', pattern: /(^|\.)http2\.nghttp2_\w+$/, why: 'the name of a library' },
  {
    names: 'http2.stream_refused_errors, .header_list_size_too_large, .trailers',
    pattern: /(^|\.)http2\.(stream_refused_errors|header_list_size_too_large|trailers)$/,
    why: 'what is refused is among what is reset; trailers are an ordinary thing',
  },
  {
    names: 'listener.*.http, listener.*.worker_*',
    pattern: /^listener\.(http\..+\.downstream_rq_\w+|worker_\d+\.\w+)$/,
    why: 'what connection managers count once more, by listener, and listeners by thread',
  },
  {
    names:
      'cluster_manager, dns, filesystem, http.admin, http.async-client, listener.admin, listener_manager, main_thread, runtime, server, thread_local_cluster_manager',
    pattern:
      /^(cluster_manager|dns|filesystem|http\.(admin|async-client)|listener\.admin|listener_manager|main_thread|runtime|server|thread_local_cluster_manager)\./,
    why: "of Envoy's own machinery",
  },
];

/** What both count, and what differs from run to run, or with habits that the page has elsewhere. */
export const STATS_NOT_COMPARED: readonly StatsLeftOut[] = [
  {
    names: 'http.*.downstream_cx_active, listener.*.downstream_cx_active',
    pattern: /^(http|listener)\.downstream_cx_active$/,
    why: 'what is still open is a question of when',
  },
  {
    names: 'http.*.downstream_cx_delayed_close_timeout',
    pattern: /^http\.downstream_cx_delayed_close_timeout$/,
    why: 'we end our half of a connection that is to close, and most clients close then; Envoy ends nothing until its time is over',
  },
  {
    names: 'tcp.*.upstream_flush_total',
    pattern: /^tcp\.upstream_flush_total$/,
    why: 'whether the system takes the last bytes at once is chance',
  },
  {
    names: 'cluster.*.http2.goaway_sent',
    pattern: /^cluster\..+\.http2\.goaway_sent$/,
    why: 'an endpoint is told before its connection is closed; Envoy just closes',
  },
];

/** A number that has to be there, whatever it is: dates and times are in what was sent, and frames are cut in other places. */
export const STATS_IN_FORM: StatsLeftOut = {
  names: 'http.*.downstream_cx_*_bytes_total, cluster.*.upstream_cx_*_bytes_total',
  pattern: /^(http\.downstream|cluster\..+\.upstream)_cx_[rt]x_bytes_total$/,
  why: 'that there were bytes, not how many: heads have times in them',
};

/** A statistic of a row as a line to compare; undefined where it is none. */
export function statLine(name: string, value: number): string | undefined {
  if (value === 0 || [...STATS_NOT_KEPT, ...STATS_NOT_COMPARED].some(({ pattern }) => pattern.test(name))) return undefined;
  return `  ${name} ${STATS_IN_FORM.pattern.test(name) ? '(some)' : value}\n`;
}

/** Names without what is a row's or a port's own, of the statistics that are not zero. */
export function countedNames(stats: ReadonlyMap<string, number>): ReadonlySet<string> {
  return new Set([...stats].flatMap(([name, value]) => (value === 0 ? [] : [generalName(name)])));
}

/** The same of all statistics. */
export function generalNames(stats: ReadonlyMap<string, number>): ReadonlySet<string> {
  return new Set([...stats.keys()].map(generalName));
}

function generalName(name: string): string {
  return name.replace(/^cluster\.r\d+\.[^.]+\./, 'cluster.*.').replace(/^(http|tcp|listener)\.r\d+\./, '$1.');
}

/** Names that Envoy has counted by, and we neither know nor have a reason not to; and reasons that nothing needs any more. */
export function auditNames(
  ours: ReadonlyMap<string, number>,
  envoy: ReadonlyMap<string, number>,
): {
  readonly unknown: readonly string[];
  readonly unneeded: readonly string[];
} {
  const known = generalNames(ours);
  const missing = [...countedNames(envoy)].filter((name) => !known.has(name));
  return {
    unknown: missing.filter((name) => !STATS_NOT_KEPT.some(({ pattern }) => pattern.test(name))).sort(),
    unneeded: STATS_NOT_KEPT.filter(({ pattern }) => !missing.some((name) => pattern.test(name))).map(({ names }) => names),
  };
}
