export { createBalancer } from './balancer/create-balancer';
export { hashString } from './balancer/consistent-hash';
export { type Balancer, type HostPolicy, type LbHost, type LbLocality, type LbOptions } from './balancer/model';
export { type LevelHealth, type LevelLoad, priorityLoads } from './balancer/priority';
export { type FailedPredicate } from './explain/failed-predicate';
export { matchingDomain, type RouteTableWalk, type TriedRoute, walkRouteTable } from './explain/walk-route-table';
export { hashRequest, type HashSource, type RequestHash } from './hash-request';
export { type Condition, failedCondition, headerMatches, isChosen, queryParameter } from './match';
export {
  type CorsPolicy,
  type DirectResponseAction,
  type FaultPolicy,
  type ForwardAction,
  type GrpcTimeLimit,
  type Fraction,
  type HashPolicy,
  type HeaderMatch,
  type HeaderMutation,
  type HeaderMutations,
  type HostRewrite,
  type MirrorPolicy,
  type PathMatch,
  type PerFilterConfig,
  type QueryParameterMatch,
  type RedirectAction,
  type RequestView,
  type RetryOn,
  type RetryPolicy,
  type Route,
  type RouteAction,
  type RouteConfig,
  type RouteDraft,
  type RouteMatch,
  type RouteOrigin,
  type StringMatcher,
  type Unsupported,
  type VirtualHost,
  type VirtualHostConfig,
  type WeightedCluster,
} from './model';
export { type NormalPath, normalizePath, type PathRules } from './normalize-path';
export { pickCluster, pickWeighted } from './pick-cluster';
export { compileRegex, literalPrefixOf, type Regex } from './regex';
export { prefixRewrite, redirectLocation, type RedirectParts, regexRewrite } from './rewrite';
export { compileRouteTable, matchLinearly, type RouteTable } from './route-table';
export { contains, exact, prefix, regex, suffix } from './string-matcher';
export { type FormatSegment, parseSubstitutionFormat, substitutionFormatText } from './substitution-format';
