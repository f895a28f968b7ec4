import { create } from '@bufbuild/protobuf';
import { parseDurationMs } from '@lateen/base';
import { type HTTPMirrorPolicy, type HTTPRoute, type HTTPRouteDestination } from '@lateen/config';
import {
  type RouteAction,
  type RouteAction_HashPolicy,
  type RouteAction_RequestMirrorPolicy,
  RouteAction_RequestMirrorPolicySchema,
  RouteActionSchema,
  type WeightedCluster_ClusterWeight,
  WeightedCluster_ClusterWeightSchema,
  WeightedClusterSchema,
} from '@lateen/xds/gen/envoy/config/route/v3/route_components_pb';
import { durationOf } from '../filters/envoy';
import { clusterOf } from './destinations';
import { hashPolicy } from './hash-policy';
import { headerMutations, type HeaderMutations } from './headers';
import { fractionOfHundred, fractionOfMillion } from './percent';
import { retryPolicy } from './retry';
import { type RuleContext } from './rule';

/** A rule's forwarding, and the header operations that belong on its route rather than on the action. */
export interface Forwarding {
  readonly action: RouteAction;
  readonly headers: HeaderMutations;
}

/** Translates the destinations of a rule and all that shapes a request on the way. Spec: Istio `HTTPRoute`. */
export function forward(rule: HTTPRoute, context: RuleContext): Forwarding {
  const routes = rule.route ?? [];
  const single = routes.length === 1 ? routes[0] : undefined;
  const ofRule = headerMutations(rule.headers);
  const headers = single === undefined ? ofRule : concat(ofRule, headerMutations(single.headers));
  const authority = rule.rewrite?.authority ?? headers.authority;
  const hash = hashPolicies(routes, context);
  const timeout = durationOf(rule.timeout === undefined ? 0 : (parseDurationMs(rule.timeout) ?? 0));
  const action = create(RouteActionSchema, {
    ...rewrite(rule),
    clusterSpecifier:
      single === undefined
        ? { case: 'weightedClusters', value: weighted(routes, authority !== undefined, context) }
        : { case: 'cluster', value: clusterOf(context.destination(single.destination)) },
    hostRewriteSpecifier: authority === undefined ? undefined : { case: 'hostRewriteLiteral', value: authority },
    timeout,
    maxGrpcTimeout: timeout,
    retryPolicy: retryPolicy({ retries: rule.retries ?? context.defaultRetries, hashed: hash.length > 0 }),
    requestMirrorPolicies: mirrors(rule, context),
    hashPolicy: hash,
  });
  return { action, headers };
}

/** Several destinations by weight; ones of weight 0 get nothing and are left out. */
function weighted(routes: readonly HTTPRouteDestination[], authorityIsSet: boolean, context: RuleContext) {
  const clusters = routes.filter(({ weight }) => (weight ?? 0) > 0).map((route) => clusterWeight(route, authorityIsSet, context));
  return create(WeightedClusterSchema, { clusters });
}

function clusterWeight(
  { destination, weight, headers }: HTTPRouteDestination,
  authorityIsSet: boolean,
  context: RuleContext,
): WeightedCluster_ClusterWeight {
  const { authority, ...operations } = headerMutations(headers);
  return create(WeightedCluster_ClusterWeightSchema, {
    ...operations,
    name: clusterOf(context.destination(destination)),
    weight,
    // The route's own authority wins, as it does for a single destination.
    hostRewriteSpecifier: authority === undefined || authorityIsSet ? undefined : { case: 'hostRewriteLiteral', value: authority },
  });
}

function rewrite({ rewrite }: HTTPRoute) {
  if (rewrite?.uriRegexRewrite !== undefined) {
    const { match, rewrite: substitution } = rewrite.uriRegexRewrite;
    return { regexRewrite: { pattern: { regex: match ?? '' }, substitution: substitution ?? '' } };
  }
  return rewrite?.uri === undefined ? {} : { prefixRewrite: rewrite.uri };
}

/** Copies of requests, answers ignored. A share of 0 is left out. */
function mirrors(rule: HTTPRoute, context: RuleContext): RouteAction_RequestMirrorPolicy[] {
  const { mirror, mirrorPercentage, mirrorPercent } = rule;
  const policies = [
    ...(mirror === undefined ? [] : [{ destination: mirror, percentage: mirrorPercentage, percent: mirrorPercent }]),
    ...(rule.mirrors ?? []).map((policy): MirrorPolicy => policy),
  ];
  return policies.flatMap((policy) => {
    const defaultValue = share(policy);
    if (defaultValue.numerator === 0) return [];
    return create(RouteAction_RequestMirrorPolicySchema, {
      cluster: clusterOf(context.destination(policy.destination)),
      runtimeFraction: { defaultValue },
      // The copy reaches the host the caller named, and adds no second trace.
      disableShadowHostSuffixAppend: true,
      traceSampled: false,
    });
  });
}

/** A mirror with the older whole percentage. */
type MirrorPolicy = HTTPMirrorPolicy & { readonly percent?: number };

function share({ percentage, percent }: MirrorPolicy) {
  return percentage === undefined ? fractionOfHundred(percent ?? 100) : fractionOfMillion(percentage.value ?? 0);
}

/** What requests are hashed by, for every destination that asks for it. */
function hashPolicies(routes: readonly HTTPRouteDestination[], context: RuleContext): RouteAction_HashPolicy[] {
  return routes.flatMap(({ destination }) => hashPolicy(context.hash(destination)) ?? []);
}

function concat(a: HeaderMutations, b: HeaderMutations): HeaderMutations {
  return {
    requestHeadersToAdd: [...a.requestHeadersToAdd, ...b.requestHeadersToAdd],
    requestHeadersToRemove: [...a.requestHeadersToRemove, ...b.requestHeadersToRemove],
    responseHeadersToAdd: [...a.responseHeadersToAdd, ...b.responseHeadersToAdd],
    responseHeadersToRemove: [...a.responseHeadersToRemove, ...b.responseHeadersToRemove],
    authority: a.authority ?? b.authority,
  };
}
