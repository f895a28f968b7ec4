import { type Any } from '@bufbuild/protobuf/wkt';
import { parseDurationMs } from '@lateen/base';
import { type CorsPolicy } from '@lateen/config';
import { CorsPolicySchema } from '@lateen/xds/gen/envoy/extensions/filters/http/cors/v3/cors_pb';
import { pack } from '../filters/envoy';
import { fractionOfHundred } from './percent';
import { stringMatcher } from './string-match';

/** Name of the CORS filter, under which a route's own configuration of it stands. */
export const CORS_FILTER = 'envoy.filters.http.cors';

/** A route's configuration of the CORS filter. Spec: Istio `CorsPolicy`. */
export function corsConfig(policy: CorsPolicy): Any {
  const origins = policy.allowOrigins ?? (policy.allowOrigin ?? []).map((exact) => ({ exact }));
  const maxAgeMs = policy.maxAge === undefined ? undefined : parseDurationMs(policy.maxAge);
  return pack(CorsPolicySchema, {
    allowOriginStringMatch: origins.flatMap((origin) => stringMatcher(origin) ?? []),
    allowMethods: (policy.allowMethods ?? []).join(','),
    allowHeaders: (policy.allowHeaders ?? []).join(','),
    exposeHeaders: (policy.exposeHeaders ?? []).join(','),
    maxAge: maxAgeMs === undefined ? '' : String(Math.trunc(maxAgeMs / 1000)),
    allowCredentials: policy.allowCredentials,
    filterEnabled: { defaultValue: fractionOfHundred(100) },
    forwardNotMatchingPreflights: forwardsUnmatched(policy),
  });
}

/** Unset where the user said nothing: Envoy's default forwards. */
function forwardsUnmatched(policy: CorsPolicy): boolean | undefined {
  switch (policy.unmatchedPreflights ?? 'UNSPECIFIED') {
    case 'UNSPECIFIED':
      return undefined;
    case 'FORWARD':
      return true;
    case 'IGNORE':
      return false;
  }
}
