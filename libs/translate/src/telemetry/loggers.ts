import { type JsonObject } from '@bufbuild/protobuf';
import { type MeshConfig } from '@lateen/config';
import { type MeshSnapshot, type TelemetryProvider } from '@lateen/mesh';
import { ISTIO_TEXT_FORMAT } from '@lateen/telemetry/formats';
import { ApiVersion } from '@lateen/xds/gen/envoy/config/core/v3/config_source_pb';
import { FileAccessLogSchema } from '@lateen/xds/gen/envoy/extensions/access_loggers/file/v3/file_pb';
import {
  HttpGrpcAccessLogConfigSchema,
  TcpGrpcAccessLogConfigSchema,
} from '@lateen/xds/gen/envoy/extensions/access_loggers/grpc/v3/als_pb';
import { OpenTelemetryAccessLogConfigSchema } from '@lateen/xds/gen/envoy/extensions/access_loggers/open_telemetry/v3/logs_service_pb';
import { defaultJson, endedLine, knownFormat, meshFormat } from '../filters/access-log';
import { extension, type TypedExtension } from '../filters/envoy';
import { providerCluster } from './provider-cluster';

/** What a logger depends on besides its provider. */
export interface LogInputs {
  readonly mesh: MeshConfig;
  readonly snapshot: MeshSnapshot;
  /** The proxy knows `%LATEEN_CAUSE%`. */
  readonly causes: boolean;
}

type FileLog = NonNullable<TelemetryProvider['envoyFileAccessLog']>;
type Als = NonNullable<TelemetryProvider['envoyHttpAls']>;
type OtelAls = NonNullable<TelemetryProvider['envoyOtelAls']>;

/** The provider whose lines are the mesh's own, where it names no format. Spec: Istio's built-in provider `envoy`. */
const BUILT_IN = 'envoy';

/** Who the two ends are, as log services are told. Spec: Istio's defaults of `filterStateObjectsToLog`. */
const PEERS = ['upstream_peer', 'downstream_peer'];
const WASM_PEERS = ['wasm.upstream_peer', 'wasm.upstream_peer_id', 'wasm.downstream_peer', 'wasm.downstream_peer_id'];

/**
 * The access logger of a provider, without its filter; undefined for a provider that is none, and for one whose
 * service the mesh does not have.
 */
export function logger(provider: TelemetryProvider, { mesh, snapshot, causes }: LogInputs): TypedExtension | undefined {
  const { envoyFileAccessLog: file, envoyHttpAls: http, envoyTcpAls: tcp, envoyOtelAls: otel } = provider;
  if (file !== undefined) {
    const asMesh = provider.name?.toLowerCase() === BUILT_IN && file.logFormat === undefined;
    return fileLogger(file, asMesh ? meshFormat(mesh, causes) : formatOf(file, causes));
  }
  if (http !== undefined) return httpLogger(http, snapshot);
  if (tcp !== undefined) return tcpLogger(tcp, snapshot);
  return otel === undefined ? undefined : otelLogger(otel, snapshot, causes);
}

function fileLogger({ path, omitEmptyValues }: FileLog, format: ReturnType<typeof formatOf>): TypedExtension {
  return extension('envoy.access_loggers.file', FileAccessLogSchema, {
    path: path ?? '/dev/stdout',
    accessLogFormat: { case: 'logFormat', value: { format, omitEmptyValues } },
  });
}

function formatOf({ logFormat }: FileLog, causes: boolean) {
  const labels = logFormat?.labels === undefined ? undefined : knownLabels(logFormat.labels as JsonObject, causes);
  return labels === undefined
    ? ({
        case: 'textFormatSource',
        value: { specifier: { case: 'inlineString', value: endedLine(knownFormat(logFormat?.text ?? '', causes)) } },
      } as const)
    : ({ case: 'jsonFormat', value: Object.keys(labels).length === 0 ? defaultJson(causes) : labels } as const);
}

/** A JSON format as a proxy knows it, however deep. */
function knownLabels(labels: JsonObject, causes: boolean): JsonObject {
  return causes ? labels : (JSON.parse(knownFormat(JSON.stringify(labels), false)) as JsonObject);
}

function httpLogger(als: Als, snapshot: MeshSnapshot): TypedExtension | undefined {
  const commonConfig = common(als, { snapshot, logName: 'http_envoy_accesslog', state: PEERS });
  if (commonConfig === undefined) return undefined;
  return extension('envoy.access_loggers.http_grpc', HttpGrpcAccessLogConfigSchema, {
    commonConfig,
    additionalRequestHeadersToLog: [...(als.additionalRequestHeadersToLog ?? [])],
    additionalResponseHeadersToLog: [...(als.additionalResponseHeadersToLog ?? [])],
    additionalResponseTrailersToLog: [...(als.additionalResponseTrailersToLog ?? [])],
  });
}

function tcpLogger(als: Als, snapshot: MeshSnapshot): TypedExtension | undefined {
  const commonConfig = common(als, { snapshot, logName: 'tcp_envoy_accesslog', state: PEERS });
  return commonConfig === undefined
    ? undefined
    : extension('envoy.access_loggers.tcp_grpc', TcpGrpcAccessLogConfigSchema, { commonConfig });
}

function otelLogger(als: OtelAls, snapshot: MeshSnapshot, causes: boolean): TypedExtension | undefined {
  const commonConfig = common(als, { snapshot, logName: 'otel_envoy_accesslog', state: [...PEERS, ...WASM_PEERS] });
  if (commonConfig === undefined) return undefined;
  const { text = '', labels } = als.logFormat ?? {};
  return extension('envoy.access_loggers.open_telemetry', OpenTelemetryAccessLogConfigSchema, {
    commonConfig,
    disableBuiltinLabels: true,
    body: { value: { case: 'stringValue', value: text === '' ? ISTIO_TEXT_FORMAT : knownFormat(text, causes) } },
    attributes:
      labels === undefined
        ? undefined
        : {
            values: Object.entries(labels).map(([key, value]) => ({
              key,
              value: {
                value: {
                  case: 'stringValue' as const,
                  value: knownFormat(typeof value === 'string' ? value : JSON.stringify(value), causes),
                },
              },
            })),
          },
  });
}

/** Where a log service is and what it is told, or undefined when the mesh does not have it. */
function common(
  als: Pick<Als, 'service' | 'port' | 'logName' | 'filterStateObjectsToLog'>,
  { snapshot, logName, state }: { readonly snapshot: MeshSnapshot; readonly logName: string; readonly state: readonly string[] },
) {
  const cluster = providerCluster(snapshot, als);
  if (cluster === undefined) return undefined;
  return {
    logName: als.logName === undefined || als.logName === '' ? logName : als.logName,
    grpcService: { targetSpecifier: { case: 'envoyGrpc', value: { ...cluster } } } as const,
    transportApiVersion: ApiVersion.V3,
    filterStateObjectsToLog: [...(als.filterStateObjectsToLog ?? state)],
  };
}
