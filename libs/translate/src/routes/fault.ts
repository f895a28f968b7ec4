import { type Any } from '@bufbuild/protobuf/wkt';
import { parseDurationMs } from '@lateen/base';
import { type HTTPFaultInjection } from '@lateen/config';
import { HTTPFaultSchema } from '@lateen/xds/gen/envoy/extensions/filters/http/fault/v3/fault_pb';
import { durationOf, pack } from '../filters/envoy';
import { fractionOfHundred, fractionOfMillion } from './percent';

/** Name of the fault filter, under which a route's own configuration of it stands. */
export const FAULT_FILTER = 'envoy.filters.http.fault';

/** gRPC status codes by name. Spec: gRPC status codes. */
const GRPC_STATUS: Readonly<Record<string, number>> = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
};

/**
 * A route's configuration of the fault filter; undefined when it injects nothing.
 * Spec: Istio `HTTPFaultInjection`: a percentage left out means no request at all.
 */
export function faultConfig(fault: HTTPFaultInjection | undefined): Any | undefined {
  const delay = delayOf(fault);
  const abort = abortOf(fault);
  if (delay === undefined && abort === undefined) return undefined;
  return pack(HTTPFaultSchema, { delay, abort });
}

function delayOf(fault: HTTPFaultInjection | undefined) {
  const delay = fault?.delay;
  const ms = delay?.fixedDelay === undefined ? undefined : parseDurationMs(delay.fixedDelay);
  if (delay === undefined || ms === undefined) return undefined;
  return {
    faultDelaySecifier: { case: 'fixedDelay', value: durationOf(ms) },
    percentage: delay.percentage === undefined ? fractionOfHundred(delay.percent ?? 0) : fractionOfMillion(delay.percentage.value ?? 0),
  } as const;
}

function abortOf(fault: HTTPFaultInjection | undefined) {
  const abort = fault?.abort;
  if (abort === undefined) return undefined;
  const percentage = abort.percentage === undefined ? undefined : fractionOfMillion(abort.percentage.value ?? 0);
  const grpcStatus = abort.grpcStatus === undefined ? undefined : GRPC_STATUS[abort.grpcStatus];
  if (abort.httpStatus !== undefined) {
    return { errorType: { case: 'httpStatus', value: abort.httpStatus }, percentage } as const;
  }
  if (grpcStatus !== undefined) return { errorType: { case: 'grpcStatus', value: grpcStatus }, percentage } as const;
  return undefined;
}
