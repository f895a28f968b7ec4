import { create } from '@bufbuild/protobuf';
import { type MeshConfig } from '@lateen/config';
import { ISTIO_JSON_FORMAT, ISTIO_TEXT_FORMAT } from '@lateen/telemetry/formats';
import {
  type AccessLog,
  type AccessLogFilter,
  AccessLogFilterSchema,
  AccessLogSchema,
} from '@lateen/xds/gen/envoy/config/accesslog/v3/accesslog_pb';
import { FileAccessLogSchema } from '@lateen/xds/gen/envoy/extensions/access_loggers/file/v3/file_pb';
import { extension } from './envoy';

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
  const text = custom === '' ? ISTIO_TEXT_FORMAT : custom.endsWith('\n') ? custom : `${custom}\n`;
  return { case: 'textFormatSource', value: { specifier: { case: 'inlineString', value: text } } } as const;
}

/** A custom JSON format is itself JSON text; one that is not an object falls back to the default, as in Istio. */
function jsonFormat(custom: string): Record<string, string> {
  if (custom === '') return { ...ISTIO_JSON_FORMAT };
  try {
    const parsed: unknown = JSON.parse(custom);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, string>;
  } catch {
    // Not JSON: the default below.
  }
  return { ...ISTIO_JSON_FORMAT };
}
