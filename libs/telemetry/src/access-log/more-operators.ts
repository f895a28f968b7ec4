import { Attributes } from '../expressions/attributes';
import { compileExpression } from '../expressions/expression';
import { RESPONSE_FLAG, type ResponseFlagName } from '../response-flag';
import { type StreamRecord } from '../stream-record';
import { type FormatContext, type Operator } from './operators';
import { metadata, streamId } from './identity-operators';
import { compileTime } from './start-time';
import { text } from '../request-header';

/** Operators without arguments whose values follow from others'. Spec: Envoy access log command operators. */
export const DERIVED: Readonly<Record<string, Operator>> = {
  ACCESS_LOG_TYPE: (r) => (r.protocol === 'tcp' ? 'TcpConnectionEnd' : 'DownstreamEnd'),
  RESPONSE_FLAGS_LONG: (r) => (r.responseFlags === 0 ? '-' : longFlags(r.responseFlags)),
  REQUEST_TX_DURATION: (r) => (r.requestDurationMs < 0 ? undefined : Math.floor(r.requestDurationMs)),
  REQUEST_HEADERS_BYTES: (r) => r.wireBytesReceived - r.bytesReceived,
  RESPONSE_HEADERS_BYTES: (r) => r.wireBytesSent - r.bytesSent,
  DOWNSTREAM_HEADER_BYTES_RECEIVED: (r) => r.wireBytesReceived - r.bytesReceived,
  DOWNSTREAM_HEADER_BYTES_SENT: (r) => r.wireBytesSent - r.bytesSent,
  UPSTREAM_HOST_NAME: (r) => text(r.upstreamHost),
  UPSTREAM_HOST_NAME_WITHOUT_PORT: (r) => addressOf(r.upstreamHost),
  UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: (r) => addressOf(r.upstreamHost),
  UPSTREAM_REMOTE_PORT: (r) => portOf(r.upstreamHost),
  UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: (r) => addressOf(r.upstreamLocalAddress),
  UPSTREAM_LOCAL_PORT: (r) => portOf(r.upstreamLocalAddress),
  DOWNSTREAM_REMOTE_PORT: (r) => portOf(r.downstreamRemoteAddress),
  DOWNSTREAM_DIRECT_REMOTE_PORT: (r) => portOf(r.downstreamDirectAddress),
  DOWNSTREAM_DIRECT_LOCAL_ADDRESS: (r) => text(r.downstreamLocalAddress),
  DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT: (r) => addressOf(r.downstreamLocalAddress),
  DOWNSTREAM_DIRECT_LOCAL_PORT: (r) => portOf(r.downstreamLocalAddress),
  QUERY_PARAMS: (r) => text(queryOf(r.path)),
  CONNECTION_ID: (r) => (r.connectionId === 0 ? undefined : r.connectionId),
  TRACE_ID: (r) => r.trace?.traceId,
};

/** Operators with arguments that are compiled with it. Spec: Envoy access log command operators. */
export const WITH_OWN_ARGUMENT: Readonly<Record<string, (argument: string, context: FormatContext) => Operator>> = {
  EMIT_TIME: (argument) => {
    const format = compileTime(argument);
    return (record) => format({ ...record, startTimeMs: record.startTimeMs + record.durationMs });
  },
  QUERY_PARAM: (name) => (record) => new URLSearchParams(queryOf(record.path)).get(name) ?? undefined,
  PATH: path,
  STREAM_ID: (_, context) => streamId(context),
  METADATA: metadata,
  COMMON_DURATION: commonDuration,
  FILTER_STATE: filterState,
  CEL: (argument, context) => expression(argument, context, String),
  TYPED_CEL: (argument, context) =>
    expression(argument, context, (value) => (typeof value === 'bigint' || typeof value === 'number' ? Number(value) : String(value))),
};

const LONG_FLAGS: Readonly<Partial<Record<ResponseFlagName, string>>> = {
  LH: 'FailedLocalHealthCheck',
  UH: 'NoHealthyUpstream',
  UT: 'UpstreamRequestTimeout',
  LR: 'LocalReset',
  UR: 'UpstreamRemoteReset',
  UF: 'UpstreamConnectionFailure',
  UC: 'UpstreamConnectionTermination',
  UO: 'UpstreamOverflow',
  NR: 'NoRouteFound',
  DI: 'DelayInjected',
  FI: 'FaultInjected',
  RL: 'RateLimited',
  UAEX: 'UnauthorizedExternalService',
  RLSE: 'RateLimitServiceError',
  DC: 'DownstreamConnectionTermination',
  URX: 'UpstreamRetryLimitExceeded',
  SI: 'StreamIdleTimeout',
  IH: 'InvalidEnvoyRequestHeaders',
  DPE: 'DownstreamProtocolError',
  UMSDR: 'UpstreamMaxStreamDurationReached',
  NFCF: 'NoFilterConfigFound',
  DT: 'DurationTimeout',
  UPE: 'UpstreamProtocolError',
  NC: 'NoClusterFound',
  OM: 'OverloadManagerTerminated',
  DF: 'DnsResolutionFailed',
  DO: 'DropOverload',
  DR: 'DownstreamRemoteReset',
};

function longFlags(flags: number): string {
  return (Object.entries(RESPONSE_FLAG) as [ResponseFlagName, number][])
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => LONG_FLAGS[name] ?? name)
    .join(',');
}

/** `PATH(WQ)` with the query, `PATH(NQ)` without; after a colon `ORIG` is what the client sent, `PATH` what was routed. */
function path(argument: string): Operator {
  const [query = 'WQ', which = 'ORIG_OR_PATH'] = argument.split(':');
  return (record) => {
    const original = which === 'PATH' ? undefined : record.requestHeader('x-envoy-original-path');
    const found = original ?? (which === 'ORIG' ? '' : record.path);
    return text(query === 'NQ' ? (found.split('?')[0] ?? '') : found);
  };
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, us: 1000, ns: 1_000_000 };
/** Moments of a stream, in milliseconds after it began; negative: it never came to that. */
const MOMENTS: Readonly<Record<string, (record: StreamRecord) => number>> = {
  DS_RX_BEG: () => 0,
  DS_RX_END: (r) => r.requestDurationMs,
  US_RX_BEG: (r) => r.responseDurationMs,
  US_RX_END: (r) => r.responseEndMs,
  DS_TX_END: (r) => r.durationMs,
};

/** `START:END:ms`, from one moment to another. */
function commonDuration(argument: string): Operator {
  const [from = '', to = '', unit = ''] = argument.split(':');
  const [start, end, factor] = [MOMENTS[from], MOMENTS[to], UNITS[unit]];
  if (start === undefined || end === undefined || factor === undefined) return () => undefined;
  return (record) => {
    const [a, b] = [start(record), end(record)];
    return a < 0 || b < a ? undefined : Math.floor((b - a) * factor);
  };
}

/** `upstream_peer:FIELD:workload`, or the whole peer. Spec: Istio's filter state of peers. */
function filterState(argument: string, context: FormatContext): Operator {
  const [name = '', form, field = ''] = argument.split(':');
  const attributes = new Attributes({ node: context.node ?? {} });
  return (record) => {
    attributes.record = record;
    const peer = (attributes.bindings['filter_state'] as Map<string, unknown>).get(name);
    if (!(peer instanceof Map)) return undefined;
    if (form === 'FIELD') return typeof peer.get(field) === 'string' ? (peer.get(field) as string) : undefined;
    return JSON.stringify(Object.fromEntries([...peer].filter(([, value]) => typeof value === 'string')));
  };
}

/** A CEL expression's value. */
function expression(
  source: string,
  { node = {} }: FormatContext,
  show: (value: string | number | bigint | boolean) => string | number,
): Operator {
  const compiled = compileExpression(source);
  if (compiled === undefined) return () => undefined;
  const attributes = new Attributes({ node });
  return (record) => {
    attributes.record = record;
    const value = compiled.evaluate(attributes);
    return value === undefined ? undefined : show(value);
  };
}

const queryOf = (requested: string): string => (requested.includes('?') ? requested.slice(requested.indexOf('?') + 1) : '');

/** An address without its port. */
export function addressOf(address: string): string | undefined {
  const colon = address.lastIndexOf(':');
  return text(colon < 0 ? address : address.slice(0, colon).replace(/^\[|\]$/g, ''));
}

/** An address's port. */
export function portOf(address: string): number | undefined {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  return address === '' || Number.isNaN(port) ? undefined : port;
}
