import { escapeLabel } from '@lateen/telemetry';

/** A counter or gauge by Envoy's name. */
export type Stat = readonly [name: string, value: number];

/** Which of Envoy's names are kept besides Istio's metrics. Spec: Istio `proxyStatsMatcher`. */
export interface StatsMatcher {
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
  readonly regexps: readonly RegExp[];
}

/** What Istio keeps by default. */
const DEFAULT_MATCHER: StatsMatcher = {
  prefixes: ['cluster_manager', 'listener_manager', 'server', 'cluster.xds-grpc', 'wasm', 'component', 'control_plane'],
  suffixes: ['rbac.allowed', 'rbac.denied', 'shadow_allowed', 'shadow_denied'],
  regexps: [],
};

/** Parts of names that are labels: what they are called, and where they stand. Spec: Istio's bootstrap, `stats_tags`. */
const TAGS: readonly { readonly family: string; readonly label: string; readonly pattern: RegExp }[] = [
  // A name's own dots belong to it: it ends where a statistic begins.
  {
    family: 'cluster',
    label: 'cluster_name',
    pattern:
      /^cluster\.(.+?)\.(?=(?:upstream_|membership_|circuit_breakers\.|ssl\.\w+$|outlier_|grpc\.|http2\.\w+$|retry\.upstream_rq_|retry_or_shadow_))/,
  },
  {
    family: 'http',
    label: 'http_conn_manager_prefix',
    pattern: /^http\.(.+?);?\.(?=(?:downstream_|no_route|no_cluster|rbac|tracing|rq_|cors\.\w+$|fault\.\w+$))/,
  },
  { family: 'listener', label: 'listener_address', pattern: /^listener\.(.+?)\.(?=(?:downstream_|no_filter|ssl\.))/ },
  { family: 'tcp', label: 'tcp_prefix', pattern: /^tcp\.(.+?);?\.(?=(?:downstream_|idle_timeout|max_downstream_|upstream_flush_))/ },
];
const RESPONSE = /_rq_(?:([1-5]xx)|(\d{3}))$/;

/** Everything else only goes up. */
const GAUGE =
  /(_active|\.active_faults|_open|_warming|membership_\w+|active_clusters|warming_clusters|server\.(?!.*_total$)\w+|control_plane\.connected_state|days_until_\w+)$/;

/** Whether a number of Envoy's may go down. */
export function isGauge(name: string): boolean {
  return GAUGE.test(name);
}

/** What a proxy keeps: Istio's defaults, and what its workload's annotations add. Spec: Istio `sidecar.istio.io/statsInclusion*`. */
export function statsMatcherOf(metadata: unknown): StatsMatcher {
  const annotations = field(metadata, 'ANNOTATIONS');
  const list = (name: string): readonly string[] => {
    const value = field(annotations, `sidecar.istio.io/statsInclusion${name}`);
    return typeof value === 'string' ? value.split(',').filter((part) => part !== '') : [];
  };
  return {
    prefixes: [...DEFAULT_MATCHER.prefixes, ...list('Prefixes')],
    suffixes: [...DEFAULT_MATCHER.suffixes, ...list('Suffixes')],
    regexps: list('Regexps').flatMap(regexp),
  };
}

/** Stats as Prometheus text under the names that Envoy's own exporter gives them. Spec: Envoy `/stats/prometheus`. */
export function envoyPrometheus(stats: Iterable<Stat>, matcher: StatsMatcher): string {
  const families = new Map<string, { readonly type: string; readonly lines: string[] }>();
  for (const [name, value] of stats) {
    if (!keeps(matcher, name)) continue;
    const { metric, labels } = prometheusName(name);
    let family = families.get(metric);
    if (family === undefined) families.set(metric, (family = { type: isGauge(name) ? 'gauge' : 'counter', lines: [] }));
    family.lines.push(`${metric}${labels} ${value}\n`);
  }
  return [...families].map(([metric, { type, lines }]) => `# TYPE ${metric} ${type}\n${lines.join('')}`).join('');
}

function keeps({ prefixes, suffixes, regexps }: StatsMatcher, name: string): boolean {
  return (
    prefixes.some((prefix) => name.startsWith(prefix)) ||
    suffixes.some((suffix) => name.endsWith(suffix)) ||
    regexps.some((pattern) => pattern.test(name))
  );
}

function prometheusName(name: string): { readonly metric: string; readonly labels: string } {
  const labels: string[] = [];
  let rest = name;
  for (const { family, label, pattern } of TAGS) {
    const found = pattern.exec(rest);
    if (found === null) continue;
    labels.push(`${label}="${escapeLabel(found[1] ?? '')}"`);
    rest = `${family}.${rest.slice(found[0].length)}`;
    break;
  }
  const found = RESPONSE.exec(rest);
  if (found !== null) {
    labels.unshift(found[1] === undefined ? `response_code="${found[2]}"` : `response_code_class="${found[1]}"`);
    rest = rest.slice(0, -4);
  }
  return { metric: `envoy_${rest.replace(/[^A-Za-z0-9_]/g, '_')}`, labels: `{${labels.join(',')}}` };
}

/** Matched from the first to the last character, as Envoy does. A workload's annotation that is no pattern keeps nothing. */
function regexp(source: string): readonly RegExp[] {
  try {
    return [new RegExp(`^(?:${source})$`)];
  } catch {
    return [];
  }
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? (of as Readonly<Record<string, unknown>>)[name] : undefined;
}
