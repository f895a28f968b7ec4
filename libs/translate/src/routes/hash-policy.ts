import { create } from '@bufbuild/protobuf';
import { parseDurationMs } from '@lateen/base';
import { type ConsistentHashLB } from '@lateen/config';
import { type RouteAction_HashPolicy, RouteAction_HashPolicySchema } from '@lateen/xds/gen/envoy/config/route/v3/route_components_pb';
import { durationOf } from '../filters/envoy';

/** What requests are hashed by, as the route says it; undefined when nothing is named. Spec: Istio `ConsistentHashLB`. */
export function hashPolicy(hash: ConsistentHashLB | undefined): RouteAction_HashPolicy | undefined {
  const specifier = policySpecifier(hash);
  return specifier === undefined ? undefined : create(RouteAction_HashPolicySchema, { policySpecifier: specifier });
}

function policySpecifier(hash: ConsistentHashLB | undefined) {
  if (hash?.httpHeaderName !== undefined) {
    return { case: 'header', value: { headerName: hash.httpHeaderName } } as const;
  }
  if (hash?.httpCookie !== undefined) {
    const { name, path, ttl, attributes } = hash.httpCookie;
    const ttlMs = ttl === undefined ? undefined : parseDurationMs(ttl);
    return {
      case: 'cookie',
      value: {
        name,
        path: path ?? '',
        ttl: ttlMs === undefined ? undefined : durationOf(ttlMs),
        attributes: (attributes ?? []).map((a) => ({ name: a.name, value: a.value ?? '' })),
      },
    } as const;
  }
  if (hash?.useSourceIp === true) return { case: 'connectionProperties', value: { sourceIp: true } } as const;
  if (hash?.httpQueryParameterName !== undefined) {
    return { case: 'queryParameter', value: { name: hash.httpQueryParameterName } } as const;
  }
  return undefined;
}
