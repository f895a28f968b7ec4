import { create } from '@bufbuild/protobuf';
import { type HTTPMatchRequest, type StringMatch } from '@lateen/config';
import {
  type HeaderMatcher,
  HeaderMatcherSchema,
  type QueryParameterMatcher,
  QueryParameterMatcherSchema,
  type RouteMatch,
  RouteMatchSchema,
} from '@lateen/xds/gen/envoy/config/route/v3/route_components_pb';
import { stringMatcher } from './string-match';

/** Header names that would repeat another condition of the match; Istio ignores them. */
const IGNORED_HEADERS: ReadonlySet<string> = new Set(['uri', 'scheme', 'method', 'authority']);

/**
 * Which requests a route takes: one `match` of a rule, or everything without one.
 * Conditions on the client (labels, namespace, gateway, port) are decided before, see `rule-scope`.
 * Spec: Istio `HTTPMatchRequest`.
 */
export function routeMatch(match: HTTPMatchRequest | undefined): RouteMatch {
  if (match === undefined) return create(RouteMatchSchema, { pathSpecifier: { case: 'prefix', value: '/' } });
  return create(RouteMatchSchema, {
    pathSpecifier: path(match.uri),
    caseSensitive: match.ignoreUriCase !== true,
    headers: headers(match),
    queryParameters: Object.entries(match.queryParams ?? {})
      .sort(byName)
      .map(([name, value]) => queryParameter(name, value)),
  });
}

/** Whether a route takes every request, so that no route after it can. Spec: Istio drops the ones after. */
export function isCatchAll(match: RouteMatch): boolean {
  const anyPath = match.pathSpecifier.case === 'prefix' && match.pathSpecifier.value === '/';
  return anyPath && match.headers.length === 0 && match.queryParameters.length === 0;
}

function path(uri: StringMatch | undefined) {
  if (uri?.exact !== undefined) return { case: 'path', value: uri.exact } as const;
  if (uri?.regex !== undefined) return { case: 'safeRegex', value: { regex: uri.regex } } as const;
  return { case: 'prefix', value: uri?.prefix ?? '/' } as const;
}

/** Headers by name, wanted and unwanted together; then the pseudo headers. */
function headers(match: HTTPMatchRequest): HeaderMatcher[] {
  const wanted = Object.entries(match.headers ?? {})
    .filter(([name]) => !IGNORED_HEADERS.has(name))
    .map(([name, value]) => [name, header(name, value)] as const);
  const unwanted = Object.entries(match.withoutHeaders ?? {})
    .filter(([name]) => !IGNORED_HEADERS.has(name))
    .map(([name, value]) => [name, withoutHeader(name, value)] as const);
  const pseudo = [
    [':authority', match.authority],
    [':method', match.method],
    [':scheme', match.scheme],
  ] as const;
  return [
    ...[...wanted, ...unwanted].sort(byName).map(([, matcher]) => matcher),
    ...pseudo.flatMap(([name, value]) => (value === undefined ? [] : [header(name, value)])),
  ];
}

function header(name: string, match: StringMatch): HeaderMatcher {
  const matcher = stringMatcher(match);
  return create(HeaderMatcherSchema, {
    name,
    headerMatchSpecifier: matcher === undefined ? { case: 'presentMatch', value: true } : { case: 'stringMatch', value: matcher },
  });
}

function withoutHeader(name: string, match: StringMatch): HeaderMatcher {
  const matcher = header(name, match);
  matcher.invertMatch = true;
  // Without it, Envoy takes a header that is not there as neither matching nor not.
  if (matcher.headerMatchSpecifier.case === 'stringMatch') matcher.treatMissingHeaderAsEmpty = true;
  return matcher;
}

function queryParameter(name: string, match: StringMatch): QueryParameterMatcher {
  const matcher = stringMatcher(match);
  return create(QueryParameterMatcherSchema, {
    name,
    queryParameterMatchSpecifier: matcher === undefined ? { case: 'presentMatch', value: true } : { case: 'stringMatch', value: matcher },
  });
}

function byName(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}
