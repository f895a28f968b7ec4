export { AccessLogger, type AccessLoggerOptions, type LogOutput } from './access-log/access-logger';
export { logUsesExpressions } from './access-log/filter';
export { compileFormat, type Formatter, formatterOf } from './access-log/formatter';
export {
  type AccessLogConfig,
  type AccessLogFilter,
  type AccessLogFormat,
  type FileAccessLog,
  type OtlpAccessLog,
  type OtlpLogRecord,
  type OtlpLogService,
  ENVOY_TEXT_FORMAT,
  ISTIO_JSON_FORMAT,
  ISTIO_TEXT_FORMAT,
  type JsonFormat,
  LOCAL_JSON_FORMAT,
  LOCAL_TEXT_FORMAT,
} from './access-log/model';
export { type FormatContext, isKnownOperator } from './access-log/operators';
export { CAUSE_RULES, causeCodeOf, causeOf, hasCause, RETRIES_EXHAUSTED, shortCauseOf } from './cause/cause-of';
export { type CauseFacts, type FailureFacts, type FailureLimits } from './cause/facts';
export { clusterText, type ClusterName, parseClusterName } from './cause/names';
export { type ClusterLabels, ClusterLabelsTable, type ClusterSource } from './cluster-labels';
export { escapeLabel } from './metrics/istio-labels';
export { BUCKETS, HISTOGRAM_SIZE } from './metrics/histogram';
export { expose } from './metrics/exposition';
export { mergeFamilies, type MetricFamily } from './metrics/families';
export { SERIES_NUMBERS } from './metrics/catalog';
export { IstioCounter } from './metrics/istio-counter';
export { IstioMetrics, type MetricsOptions, type SeriesView } from './metrics/istio-metrics';
export { type OwnBuckets, parseOwnBuckets } from './metrics/own-buckets';
export { type MetricRule, type StatsConfig } from './metrics/plan';
export { expressionsReady, loadExpressions } from './expressions/expression';
export { type Peer, type PeerLabels, PeerTable, UNKNOWN_LABELS } from './peer';
export {
  decodePeerFrame,
  decodePeerMetadata,
  encodePeerFrame,
  encodePeerMetadata,
  labelsOfMetadata,
  PEER_METADATA_HEADER,
  PEER_METADATA_ID_HEADER,
  type PeerFrame,
} from './peer-metadata';
export { formatResponseFlags, RESPONSE_FLAG, type ResponseFlagName } from './response-flag';
export { createStreamRecord, type RecordedTrace, resetStreamRecord, type StreamRecord } from './stream-record';
export { type B3, type B3Headers, formatB3, parseB3Headers, parseB3Single } from './tracing/b3';
export { compileCustomTags, type TagWriter } from './tracing/custom-tags';
export { compileDecision, type Decide, TRACE_REASON, type TraceReason, traceReasonOf, withTraceReason } from './tracing/decision';
export {
  type CustomTag,
  type OpenTelemetryTracer,
  type SpanTransport,
  type TracerConfig,
  type TracingConfig,
  type ZipkinTracer,
} from './tracing/model';
export { hasFailed, type Span } from './tracing/span';
export { type SendOutcome, SpanQueue, type SpanQueueOptions } from './tracing/span-queue';
export { type Attempt, attemptTags, requestTags, type SpanTagOptions } from './tracing/span-tags';
export { type TraceContext } from './tracing/trace-context';
export { newSpanId, newTraceId, newTraceparent, writeSpanId } from './tracing/trace-ids';
export { formatTraceparent, parseTraceparent } from './tracing/w3c';
export { encodeZipkin, type ZipkinEndpoint } from './tracing/zipkin';
