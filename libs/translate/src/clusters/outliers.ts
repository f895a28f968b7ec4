import { type MessageInitShape } from '@bufbuild/protobuf';
import { parseDurationMs } from '@lateen/base';
import { type OutlierDetection } from '@lateen/config';
import { type OutlierDetectionSchema } from '@lateen/xds/gen/envoy/config/cluster/v3/outlier_detection_pb';
import { durationOf } from '../filters/envoy';

/**
 * Ejection by consecutive failures; by success rate never, as Istio has it.
 * Spec: Istio `OutlierDetection`; a counter that is given is enforced, one that is 0 is not.
 */
export function outlierDetection(settings: OutlierDetection | undefined): MessageInitShape<typeof OutlierDetectionSchema> | undefined {
  if (settings === undefined) return undefined;
  const { consecutive5xxErrors, consecutiveLocalOriginFailures, splitExternalLocalOriginErrors: split } = settings;
  const gatewayErrors = settings.consecutiveGatewayErrors ?? settings.consecutiveErrors;
  return {
    enforcingSuccessRate: 0,
    ...(consecutive5xxErrors === undefined
      ? {}
      : { consecutive5xx: consecutive5xxErrors, enforcingConsecutive5xx: enforcing(consecutive5xxErrors) }),
    ...(gatewayErrors === undefined
      ? {}
      : { consecutiveGatewayFailure: gatewayErrors, enforcingConsecutiveGatewayFailure: enforcing(gatewayErrors) }),
    ...(settings.interval === undefined ? {} : { interval: durationOf(parseDurationMs(settings.interval) ?? 0) }),
    ...(settings.baseEjectionTime === undefined ? {} : { baseEjectionTime: durationOf(parseDurationMs(settings.baseEjectionTime) ?? 0) }),
    ...(settings.maxEjectionPercent === undefined ? {} : { maxEjectionPercent: settings.maxEjectionPercent }),
    ...(split === true ? { splitExternalLocalOriginErrors: true, enforcingLocalOriginSuccessRate: 0 } : {}),
    ...(split === true && consecutiveLocalOriginFailures !== undefined
      ? {
          consecutiveLocalOriginFailure: consecutiveLocalOriginFailures,
          enforcingConsecutiveLocalOriginFailure: enforcing(consecutiveLocalOriginFailures),
        }
      : {}),
  };
}

/** Percent of the time that a detected failure ejects. */
function enforcing(counter: number): number {
  return counter === 0 ? 0 : 100;
}
