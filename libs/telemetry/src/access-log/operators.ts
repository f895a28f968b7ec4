import { type FormatSegment } from '@lateen/routing';
import { shortCauseOf } from '../cause/cause-of';
import { formatResponseFlags } from '../response-flag';
import { type StreamRecord } from '../stream-record';
import { addressOf, DERIVED, portOf, WITH_OWN_ARGUMENT } from './more-operators';
import { compileTime } from './start-time';
import { requestHeader, text } from '../request-header';

/** A value of a stream; undefined when there is none. */
export type Operator = (record: StreamRecord) => string | number | undefined;

/** What operators read besides the stream. */
export interface FormatContext {
  /** `%HOSTNAME%`. */
  readonly hostname: string;
  /** `%ENVIRONMENT(X)%`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The proxy's node, for expressions. Default: nothing. */
  readonly node?: Readonly<Record<string, unknown>>;
  /** 18 random hexadecimal digits, of this run of the proxy; without them TCP connections have no `%STREAM_ID%`. */
  readonly instance?: string;
}

/** Words of a library's, without what would end the line. */
const oneLine = (words: string, between: string): string | undefined =>
  words === '' ? undefined : words.trim().replaceAll(/[\s\p{Cc}]+/gu, between);

const positive = (value: number): number | undefined => (value < 0 ? undefined : Math.floor(value));

/** Operators without arguments, by command. Spec: Envoy access log command operators. */
const PLAIN: Readonly<Record<string, Operator>> = {
  PROTOCOL: (r) => text(r.httpProtocol),
  RESPONSE_CODE: (r) => r.responseCode,
  RESPONSE_CODE_DETAILS: (r) => text(r.responseCodeDetails),
  RESPONSE_FLAGS: (r) => (r.responseFlags === 0 ? '-' : formatResponseFlags(r.responseFlags)),
  CONNECTION_TERMINATION_DETAILS: (r) => oneLine(r.connectionTerminationDetails, ' '),
  UPSTREAM_TRANSPORT_FAILURE_REASON: (r) => oneLine(r.upstreamTransportFailureReason, '_'),
  BYTES_RECEIVED: (r) => r.bytesReceived,
  BYTES_SENT: (r) => r.bytesSent,
  DURATION: (r) => Math.floor(r.durationMs),
  REQUEST_DURATION: (r) => positive(r.requestDurationMs),
  RESPONSE_DURATION: (r) => positive(r.responseDurationMs),
  RESPONSE_TX_DURATION: (r) => (r.responseDurationMs < 0 ? undefined : positive(r.responseEndMs - r.responseDurationMs)),
  UPSTREAM_WIRE_BYTES_RECEIVED: (r) => (r.upstreamLocalAddress === '' ? 0 : r.wireBytesSent),
  UPSTREAM_WIRE_BYTES_SENT: (r) => (r.upstreamLocalAddress === '' ? 0 : r.wireBytesReceived),
  UPSTREAM_PROTOCOL: (r) => text(r.upstreamProtocol),
  DOWNSTREAM_WIRE_BYTES_RECEIVED: (r) => r.wireBytesReceived,
  DOWNSTREAM_WIRE_BYTES_SENT: (r) => r.wireBytesSent,
  UPSTREAM_HOST: (r) => text(r.upstreamHost),
  UPSTREAM_REMOTE_ADDRESS: (r) => text(r.upstreamHost),
  UPSTREAM_CLUSTER: (r) => text(r.upstreamCluster),
  UPSTREAM_CLUSTER_RAW: (r) => text(r.upstreamCluster),
  UPSTREAM_LOCAL_ADDRESS: (r) => text(r.upstreamLocalAddress),
  UPSTREAM_REQUEST_ATTEMPT_COUNT: (r) => r.attempts,
  UPSTREAM_PEER_URI_SAN: (r) => text(r.upstreamPeerUriSan),
  DOWNSTREAM_LOCAL_ADDRESS: (r) => text(r.downstreamLocalAddress),
  DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: (r) => addressOf(r.downstreamLocalAddress),
  DOWNSTREAM_LOCAL_PORT: (r) => portOf(r.downstreamLocalAddress),
  DOWNSTREAM_REMOTE_ADDRESS: (r) => text(r.downstreamRemoteAddress),
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: (r) => addressOf(r.downstreamRemoteAddress),
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS: (r) => text(r.downstreamDirectAddress),
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: (r) => addressOf(r.downstreamDirectAddress),
  DOWNSTREAM_PEER_URI_SAN: (r) => text(r.downstreamPeerUriSan),
  DOWNSTREAM_LOCAL_URI_SAN: (r) => text(r.downstreamLocalUriSan),
  DOWNSTREAM_PEER_SUBJECT: (r) => text(r.downstreamPeerSubject),
  DOWNSTREAM_TLS_VERSION: (r) => text(r.downstreamTlsVersion),
  REQUESTED_SERVER_NAME: (r) => text(r.requestedServerName),
  ROUTE_NAME: (r) => text(r.routeName),
  VIRTUAL_CLUSTER_NAME: () => undefined,
  GRPC_STATUS_NUMBER: (r) => positive(r.grpcStatus),
  TRACE_ID: (r) => r.trace?.traceId,
};

const WITH_ARGUMENT = [
  'REQ',
  'REQ_WITHOUT_QUERY',
  'RESP',
  'TRAILER',
  'START_TIME',
  'GRPC_STATUS',
  'HOSTNAME',
  'ENVIRONMENT',
  'LATEEN_CAUSE',
];

/** Whether a command operator has values here; any other prints as missing. */
export function isKnownOperator(command: string): boolean {
  return [PLAIN, DERIVED, WITH_OWN_ARGUMENT].some((known) => Object.hasOwn(known, command)) || WITH_ARGUMENT.includes(command);
}

/** Names of gRPC statuses as `%GRPC_STATUS%` prints them, by number. */
const GRPC_STATUS = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

/** The function of an operator. One that is not built has no value, which prints as `-`. */
export function compileOperator(segment: Extract<FormatSegment, { kind: 'operator' }>, context: FormatContext): Operator {
  const operator = operatorOf(segment.command, segment.argument ?? '', context);
  const { maxLength } = segment;
  if (maxLength === undefined) return operator;
  return (record) => {
    const value = operator(record);
    return typeof value === 'string' ? value.slice(0, maxLength) : value;
  };
}

function operatorOf(command: string, argument: string, context: FormatContext): Operator {
  switch (command) {
    case 'REQ':
      return headerOperator(argument, requestHeader);
    case 'REQ_WITHOUT_QUERY': {
      const inner = headerOperator(argument, requestHeader);
      return (record) => String(inner(record) ?? '').split('?')[0] || undefined;
    }
    case 'RESP':
      return headerOperator(argument, (record, name) => record.responseHeader(name));
    case 'TRAILER':
      return headerOperator(argument, (record, name) => record.responseTrailer(name));
    case 'START_TIME':
      return compileTime(argument);
    case 'GRPC_STATUS':
      return (record) => (argument === 'NUMBER' ? positive(record.grpcStatus) : GRPC_STATUS[record.grpcStatus]);
    case 'LATEEN_CAUSE':
      return causeOperator(argument);
    case 'HOSTNAME':
      return () => text(context.hostname);
    case 'ENVIRONMENT':
      return () => text(context.environment[argument] ?? '');
    default:
      return WITH_OWN_ARGUMENT[command]?.(argument, context) ?? PLAIN[command] ?? DERIVED[command] ?? (() => undefined);
  }
}

/**
 * Why the stream failed, in a few words; nothing at all, not even `-`, where it did not. With an argument, as in
 * `%LATEEN_CAUSE(cause)%`, a field of that name: ` cause="the upstream closed the connection"`.
 */
function causeOperator(field: string): Operator {
  if (field === '') return shortCauseOf;
  return (record) => {
    const cause = shortCauseOf(record);
    return cause === '' ? '' : ` ${field}="${cause}"`;
  };
}

/** `NAME`, or `NAME?OTHER`: the other where the first is missing. */
function headerOperator(argument: string, read: (record: StreamRecord, name: string) => string | undefined): Operator {
  const [main = '', alternative] = argument.toLowerCase().split('?');
  if (alternative === undefined) return (record) => read(record, main);
  return (record) => read(record, main) ?? read(record, alternative);
}
