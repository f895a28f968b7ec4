import { type MessageInitShape } from '@bufbuild/protobuf';
import { parseDurationMs } from '@lateen/base';
import { type EffectiveTelemetry, type MetricOverride, type MetricsSettings } from '@lateen/mesh';
import { type MetricConfigSchema, PluginConfigSchema } from '@lateen/xds/gen/istio/stats_pb';
import { durationOf, extension, type TypedExtension } from '../filters/envoy';
import { type Direction } from '../filters/istio-filters';

/** Names of Istio's metrics in a filter, by their names in Telemetry; a custom metric keeps its own. */
const FILTER_NAMES: Readonly<Record<string, string>> = {
  REQUEST_COUNT: 'requests_total',
  REQUEST_DURATION: 'request_duration_milliseconds',
  REQUEST_SIZE: 'request_bytes',
  RESPONSE_SIZE: 'response_bytes',
  TCP_OPENED_CONNECTIONS: 'tcp_connections_opened_total',
  TCP_CLOSED_CONNECTIONS: 'tcp_connections_closed_total',
  TCP_SENT_BYTES: 'tcp_sent_bytes_total',
  TCP_RECEIVED_BYTES: 'tcp_received_bytes_total',
  GRPC_REQUEST_MESSAGES: 'request_messages_total',
  GRPC_RESPONSE_MESSAGES: 'response_messages_total',
};

/**
 * The filters that count for Prometheus, of listeners facing one way: one for each provider of this kind.
 * Only sidecars outbound name the service by the Host header. Gateways are clients. With `counts` there is one that
 * counts where metrics are off, too, and prints nothing. Spec: Istio `stats.PluginConfig`.
 */
export function statsFilters({ metrics }: EffectiveTelemetry, direction: Direction, counts = false): readonly TypedExtension[] {
  const filters = metrics.flatMap((settings) => {
    const overrides = settings.overrides[direction === 'inbound' ? 'SERVER' : 'CLIENT'];
    if (settings.provider.prometheus === undefined || overrides === undefined) return [];
    return [
      extension('istio.stats', PluginConfigSchema, {
        disableHostHeaderFallback: direction !== 'outbound',
        tcpReportingDuration: reportingInterval(settings),
        metrics: overrides.map(metricConfig),
      }),
    ];
  });
  return filters.length === 0 && counts ? [countingFilter(direction)] : filters;
}

/** Counts for who watches the mesh, and has nothing to be scraped. */
function countingFilter(direction: Direction): TypedExtension {
  return extension('istio.stats', PluginConfigSchema, {
    disableHostHeaderFallback: direction !== 'outbound',
    metrics: [{ drop: true }],
  });
}

function reportingInterval({ reportingInterval: interval }: MetricsSettings) {
  return interval === undefined ? undefined : durationOf(parseDurationMs(interval) ?? 0);
}

function metricConfig({ metric, disabled, tags }: MetricOverride): MessageInitShape<typeof MetricConfigSchema> {
  return {
    name: FILTER_NAMES[metric] ?? metric,
    drop: disabled,
    dimensions: Object.fromEntries(tags.flatMap((tag) => ('value' in tag ? [[tag.name, tag.value]] : []))),
    tagsToRemove: tags.flatMap((tag) => ('value' in tag ? [] : [tag.name])),
  };
}
