import { type Fraction, type HeaderMatch } from '@lateen/routing';

/** One access log. */
export type AccessLogConfig = FileAccessLog | OtlpAccessLog;

/** Records for an OpenTelemetry back end. Spec: Envoy `OpenTelemetryAccessLogConfig`. */
export interface OtlpAccessLog {
  readonly service: OtlpLogService;
  /** A format string; absent: no body. */
  readonly body?: string;
  /** Format strings by name. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Absent: every stream. */
  readonly filter?: AccessLogFilter;
}

/** Where records are sent, and as whose. */
export interface OtlpLogService {
  readonly cluster: string;
  readonly authority: string;
  /** Attributes of all records. */
  readonly resource: Readonly<Record<string, string>>;
  /** Records wait this long for others, in milliseconds. */
  readonly flushMs: number;
}

/** A stream's record for an OpenTelemetry back end. */
export interface OtlpLogRecord {
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly body: string | undefined;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  /** Of the trace it is part of; undefined: none. */
  readonly traceId: string | undefined;
}

/** Where lines go, what they say, which streams get one. Spec: Envoy `FileAccessLog`, `AccessLogFilter`. */
export interface FileAccessLog {
  /** A path; `/dev/stdout` and `/dev/stderr` are the process's own. */
  readonly path: string;
  readonly format: AccessLogFormat;
  /** Absent: every stream. */
  readonly filter?: AccessLogFilter;
}

/** A line of text (with its newline), or one JSON object a line. */
export type AccessLogFormat = (
  { readonly kind: 'text'; readonly format: string } | { readonly kind: 'json'; readonly fields: JsonFormat }
) & {
  /** What is missing is left out: nothing in text, no field in JSON. */
  readonly omitEmpty?: boolean;
};

/** A JSON object whose strings are format strings; a string that is one operator alone keeps the operator's type. */
export interface JsonFormat {
  readonly [key: string]: string | number | boolean | JsonFormat | readonly (string | number | boolean | JsonFormat)[];
}

/** Which streams are logged. Spec: Envoy `AccessLogFilter`. */
export type AccessLogFilter =
  /** Streams with any of these flags; an empty list: with any flag at all. */
  | { readonly kind: 'responseFlag'; readonly flags: readonly string[] }
  | { readonly kind: 'statusCode'; readonly op: 'eq' | 'ge' | 'le' | 'ne'; readonly value: number }
  | { readonly kind: 'durationMs'; readonly op: 'eq' | 'ge' | 'le' | 'ne'; readonly value: number }
  | { readonly kind: 'notHealthCheck' }
  /** Streams whose spans are sent. */
  | { readonly kind: 'traceable' }
  | { readonly kind: 'header'; readonly header: HeaderMatch }
  /** A share of the streams, by their request IDs, so that every proxy on the way logs the same ones. */
  | { readonly kind: 'share'; readonly fraction: Fraction; readonly independent: boolean }
  /** gRPC statuses; `exclude` turns the test around. */
  | { readonly kind: 'grpcStatus'; readonly statuses: readonly number[]; readonly exclude: boolean }
  /** Streams for which a CEL expression is true. */
  | { readonly kind: 'expression'; readonly expression: string }
  | { readonly kind: 'and' | 'or'; readonly filters: readonly AccessLogFilter[] };

/** Envoy's own default line. Spec: Envoy "Default format string". */
export const ENVOY_TEXT_FORMAT =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% ' +
  '%BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" ' +
  '"%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n';

/** Istio's default text line. Spec: Istio `meshConfig.accessLogFormat`. */
export const ISTIO_TEXT_FORMAT =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
  '%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% ' +
  '%DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" ' +
  '"%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% ' +
  '%DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n';

/** Istio's default text line, and why the stream failed at the end of those that did. Only this project's proxies know the operator. */
export const LOCAL_TEXT_FORMAT = ISTIO_TEXT_FORMAT.replace(/\n$/, '%LATEEN_CAUSE(cause)%\n');

/** Istio's default JSON object. Spec: Istio `meshConfig.accessLogEncoding: JSON`. */
export const ISTIO_JSON_FORMAT: Readonly<Record<string, string>> = {
  start_time: '%START_TIME%',
  route_name: '%ROUTE_NAME%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  protocol: '%PROTOCOL%',
  response_code: '%RESPONSE_CODE%',
  response_flags: '%RESPONSE_FLAGS%',
  response_code_details: '%RESPONSE_CODE_DETAILS%',
  connection_termination_details: '%CONNECTION_TERMINATION_DETAILS%',
  bytes_received: '%BYTES_RECEIVED%',
  bytes_sent: '%BYTES_SENT%',
  duration: '%DURATION%',
  upstream_service_time: '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  x_forwarded_for: '%REQ(X-FORWARDED-FOR)%',
  user_agent: '%REQ(USER-AGENT)%',
  request_id: '%REQ(X-REQUEST-ID)%',
  authority: '%REQ(:AUTHORITY)%',
  upstream_host: '%UPSTREAM_HOST%',
  upstream_cluster: '%UPSTREAM_CLUSTER_RAW%',
  upstream_local_address: '%UPSTREAM_LOCAL_ADDRESS%',
  downstream_local_address: '%DOWNSTREAM_LOCAL_ADDRESS%',
  downstream_remote_address: '%DOWNSTREAM_REMOTE_ADDRESS%',
  requested_server_name: '%REQUESTED_SERVER_NAME%',
  upstream_transport_failure_reason: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
};

/** Istio's default JSON object, and why the stream failed: null for those that did not. Only this project's proxies know the operator. */
export const LOCAL_JSON_FORMAT: Readonly<Record<string, string>> = { ...ISTIO_JSON_FORMAT, cause: '%LATEEN_CAUSE%' };
