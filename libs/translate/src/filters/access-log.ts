import { create } from '@bufbuild/protobuf';
import { type MeshConfig } from '@lateen/config';
import {
  type AccessLog,
  type AccessLogFilter,
  AccessLogFilterSchema,
  AccessLogSchema,
} from '@lateen/xds/gen/envoy/config/accesslog/v3/accesslog_pb';
import { FileAccessLogSchema } from '@lateen/xds/gen/envoy/extensions/access_loggers/file/v3/file_pb';
import { extension } from './envoy';

/** One line per stream, as Istio's users know it. Spec: Istio's default text access log format. */
const DEFAULT_TEXT =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% ' +
  '%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% ' +
  '%BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" ' +
  '"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% ' +
  '%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n';

/** The same as an object. Spec: Istio's default JSON access log format. */
const DEFAULT_JSON: Readonly<Record<string, string>> = {
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

/** Access loggers of connection managers and TCP proxies: MeshConfig's file, or none when it names none. */
export function accessLogs(mesh: MeshConfig): AccessLog[] {
  return fileLogs(mesh, undefined);
}

/** Access loggers of a listener itself: only connections that no filter chain or route took (flag NR). */
export function listenerAccessLogs(mesh: MeshConfig): AccessLog[] {
  return fileLogs(mesh, create(AccessLogFilterSchema, { filterSpecifier: { case: 'responseFlagFilter', value: { flags: ['NR'] } } }));
}

function fileLogs(mesh: MeshConfig, filter: AccessLogFilter | undefined): AccessLog[] {
  const path = mesh.accessLogFile ?? '';
  if (path === '') return [];
  const file = extension('envoy.access_loggers.file', FileAccessLogSchema, {
    path,
    accessLogFormat: { case: 'logFormat', value: { format: format(mesh) } },
  });
  return [create(AccessLogSchema, { ...file, filter })];
}

function format(mesh: MeshConfig) {
  const custom = mesh.accessLogFormat ?? '';
  if (mesh.accessLogEncoding === 'JSON') {
    return { case: 'jsonFormat', value: jsonFormat(custom) } as const;
  }
  // Istio ends a custom text format with a newline when the user did not.
  const text = custom === '' ? DEFAULT_TEXT : custom.endsWith('\n') ? custom : `${custom}\n`;
  return { case: 'textFormatSource', value: { specifier: { case: 'inlineString', value: text } } } as const;
}

/** A custom JSON format is itself JSON text; one that is not an object falls back to the default, as in Istio. */
function jsonFormat(custom: string): Record<string, string> {
  if (custom === '') return { ...DEFAULT_JSON };
  try {
    const parsed: unknown = JSON.parse(custom);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, string>;
  } catch {
    // Not JSON: the default below.
  }
  return { ...DEFAULT_JSON };
}
