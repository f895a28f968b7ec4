import { create } from '@bufbuild/protobuf';
import { type MeshConfig } from '@lateen/config';
import { ISTIO_JSON_FORMAT, ISTIO_TEXT_FORMAT, LOCAL_JSON_FORMAT } from '@lateen/telemetry/formats';
import { type AccessLog, type AccessLogFilter, AccessLogSchema } from '@lateen/xds/gen/envoy/config/accesslog/v3/accesslog_pb';
import { FileAccessLogSchema } from '@lateen/xds/gen/envoy/extensions/access_loggers/file/v3/file_pb';
import { extension } from './envoy';

/** The access logger of MeshConfig's `accessLogFile`, or none when it names none. `causes`: the proxy knows `%LATEEN_CAUSE%`. */
export function meshAccessLogs(mesh: MeshConfig, filter: AccessLogFilter | undefined, causes: boolean): AccessLog[] {
  const path = mesh.accessLogFile ?? '';
  if (path === '') return [];
  const file = extension('envoy.access_loggers.file', FileAccessLogSchema, {
    path,
    accessLogFormat: { case: 'logFormat', value: { format: meshFormat(mesh, causes) } },
  });
  return [create(AccessLogSchema, { ...file, filter })];
}

/** A format as a proxy knows it: without causes for one that has none to tell, since it would refuse the whole listener. */
export function knownFormat(format: string, causes: boolean): string {
  return causes ? format : format.replaceAll(/%LATEEN_CAUSE(\([^)%]*\))?(:\d+)?%/g, '');
}

/** A text format that ends its line; unset or empty, Istio's default. Spec: Istio adds a newline that the user left out. */
export function endedLine(custom: string | undefined): string {
  if (custom === undefined || custom === '') return ISTIO_TEXT_FORMAT;
  return custom.endsWith('\n') ? custom : `${custom}\n`;
}

/** What MeshConfig's `accessLogEncoding` and `accessLogFormat` say a line is. `causes`: the proxy knows `%LATEEN_CAUSE%`. */
export function meshFormat(mesh: MeshConfig, causes: boolean) {
  const custom = knownFormat(mesh.accessLogFormat ?? '', causes);
  if (mesh.accessLogEncoding === 'JSON') {
    return { case: 'jsonFormat', value: jsonFormat(custom, causes) } as const;
  }
  return { case: 'textFormatSource', value: { specifier: { case: 'inlineString', value: endedLine(custom) } } } as const;
}

/** A custom JSON format is itself JSON text; one that is not an object falls back to the default, as in Istio. */
function jsonFormat(custom: string, causes: boolean): Record<string, string> {
  if (custom === '') return defaultJson(causes);
  try {
    const parsed: unknown = JSON.parse(custom);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, string>;
  } catch {
    // Not JSON: the default below.
  }
  return defaultJson(causes);
}

/** Istio's own keys, and for a proxy that has causes to tell that of them. */
export function defaultJson(causes: boolean): Record<string, string> {
  return { ...(causes ? LOCAL_JSON_FORMAT : ISTIO_JSON_FORMAT) };
}
