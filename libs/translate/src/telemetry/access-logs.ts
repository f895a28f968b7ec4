import { create } from '@bufbuild/protobuf';
import { type AccessLogSettings, type EffectiveTelemetry } from '@lateen/mesh';
import {
  type AccessLog,
  type AccessLogFilter,
  AccessLogFilterSchema,
  AccessLogSchema,
} from '@lateen/xds/gen/envoy/config/accesslog/v3/accesslog_pb';
import { ExpressionFilterSchema } from '@lateen/xds/gen/envoy/extensions/access_loggers/filters/cel/v3/cel_pb';
import { meshAccessLogs } from '../filters/access-log';
import { extension } from '../filters/envoy';
import { type Direction } from '../filters/istio-filters';
import { type LogInputs, logger } from './loggers';

/** What the access logs of a proxy depend on. */
export interface AccessLogInputs extends LogInputs {
  readonly telemetry: EffectiveTelemetry;
}

/** Only connections that no filter chain or route took. */
const NO_ROUTE = create(AccessLogFilterSchema, { filterSpecifier: { case: 'responseFlagFilter', value: { flags: ['NR'] } } });

/** Access loggers of connection managers and TCP proxies of listeners facing one way. */
export function accessLogs(inputs: AccessLogInputs, direction: Direction): AccessLog[] {
  return logsOf(inputs, direction, undefined);
}

/**
 * Access loggers of a listener itself: only connections that no filter chain or route took (flag NR).
 * Spec: Istio `disableEnvoyListenerLog` leaves them out.
 */
export function listenerAccessLogs(inputs: AccessLogInputs, direction: Direction): AccessLog[] {
  return inputs.mesh.disableEnvoyListenerLog === true ? [] : logsOf(inputs, direction, NO_ROUTE);
}

/** What Telemetry says, or where it says nothing MeshConfig. Spec: Istio: a log turned off by name keeps MeshConfig's off as well. */
function logsOf(inputs: AccessLogInputs, direction: Direction, filter: AccessLogFilter | undefined): AccessLog[] {
  const said = inputs.telemetry.accessLogging[direction === 'inbound' ? 'SERVER' : 'CLIENT'];
  if (said.length === 0) return meshAccessLogs(inputs.mesh, filter, inputs.causes);
  return said.flatMap((settings) => {
    const built = settings.disabled ? undefined : logger(settings.provider, inputs);
    return built === undefined ? [] : [create(AccessLogSchema, { ...built, filter: both(filter, expression(settings)) })];
  });
}

function expression({ filter }: AccessLogSettings): AccessLogFilter | undefined {
  if (filter === undefined) return undefined;
  const value = extension('envoy.access_loggers.extension_filters.cel', ExpressionFilterSchema, { expression: filter });
  return create(AccessLogFilterSchema, { filterSpecifier: { case: 'extensionFilter', value } });
}

function both(a: AccessLogFilter | undefined, b: AccessLogFilter | undefined): AccessLogFilter | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return create(AccessLogFilterSchema, { filterSpecifier: { case: 'andFilter', value: { filters: [a, b] } } });
}
