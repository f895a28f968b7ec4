import {
  type ForwardAction,
  type HashPolicy,
  type HostRewrite,
  type MirrorPolicy,
  type PathMatch,
  prefixRewrite,
  redirectLocation,
  regexRewrite,
  type RouteAction,
  type Unsupported,
  type WeightedCluster,
} from '@lateen/routing';
import { ProxyProtocolConfig_Version } from '@lateen/xds/gen/envoy/config/core/v3/proxy_protocol_pb';
import {
  type RedirectAction,
  RedirectAction_RedirectResponseCode,
  type Route,
  type RouteAction as RouteActionMessage,
  RouteAction_ClusterNotFoundResponseCode,
  type RouteAction_HashPolicy,
  type RouteAction_RequestMirrorPolicy,
} from '@lateen/xds/gen/envoy/config/route/v3/route_components_pb';
import { type RegexMatchAndSubstitute } from '@lateen/xds/gen/envoy/type/matcher/v3/regex_pb';
import { type Scope } from './result';
import { parseRetryPolicy } from './retry-policy';
import { type Inherited, type Level, parseLevel } from './route-configuration';
import { checkedPattern, durationMs, optionalDurationMs, parseInlineText, parseRuntimeFraction, known } from './values';

/** A route and what is known of it when its action is parsed. */
export interface RouteActionInputs {
  readonly route: Route;
  readonly match: PathMatch;
  readonly level: Level;
  readonly inherited: Inherited;
  /** The word of something the match asks that is not built. */
  readonly unsupported?: string | undefined;
}

/** What a route does. One that asks for what is not built refuses its requests with a 503. */
export function parseRouteAction(inputs: RouteActionInputs, scope: Scope): RouteAction {
  const { action } = inputs.route;
  if (inputs.unsupported !== undefined) return refusing(inputs.unsupported, scope);
  switch (action.case) {
    case 'route':
      return parseForward(action.value, inputs, scope.at('route'));
    case 'redirect':
      return parseRedirect(action.value, inputs.match, scope.at('redirect'));
    case 'directResponse': {
      const { status, body } = action.value;
      if (status < 200 || status > 599) scope.at('directResponse.status').fail(`${status} is not a status from 200 to 599`);
      return { kind: 'directResponse', status, body: parseInlineText(body, scope.at('directResponse.body')) };
    }
    case 'filterAction':
    case 'nonForwardingAction':
      return refusing(`${action.case === 'filterAction' ? 'filter_action' : 'non_forwarding_action'}_unsupported`, scope);
    case undefined:
      return scope.fail('has no action');
  }
}

/** Names what is not built, on the record. */
function unsupportedBy(word: string, scope: Scope): Unsupported {
  const reason = `${word.replace(/_unsupported$/, '').replaceAll('_', ' ')} is not built`;
  scope.note('answers_503', reason);
  return { word, reason };
}

/** An action that refuses every request. */
function refusing(word: string, scope: Scope): ForwardAction {
  return { ...FORWARD, unsupported: unsupportedBy(word, scope) };
}

const FORWARD: ForwardAction = {
  kind: 'forward',
  clusters: [],
  totalWeight: 0,
  clusterNotFoundStatus: 503,
  timeoutMs: 15_000,
  appendXForwardedHost: false,
  mirrors: [],
  hashPolicies: [],
  upgrades: new Map(),
};

/** An action that sends the request on. */
function parseForward(message: RouteActionMessage, inputs: RouteActionInputs, scope: Scope): ForwardAction {
  if (message.cors !== undefined) scope.at('cors').note('ignored', 'the older place of CORS settings is not in effect');
  if (message.hedgePolicy !== undefined) scope.at('hedgePolicy').note('ignored', 'hedging is not in effect');
  if (message.rateLimits.length > 0) scope.at('rateLimits').note('ignored', 'rate limit descriptors have no filter that would use them');
  const mirrors = message.requestMirrorPolicies.length > 0 ? message.requestMirrorPolicies : inputs.inherited.mirrors;
  const word = unsupportedWord(message);
  return {
    ...FORWARD,
    ...parseClusters(message, inputs, scope),
    clusterNotFoundStatus: known(CLUSTER_NOT_FOUND, message.clusterNotFoundResponseCode, scope.at('clusterNotFoundResponseCode')),
    ...parseTimeouts(message, scope),
    retry: message.retryPolicy === undefined ? inputs.inherited.retry : parseRetryPolicy(message.retryPolicy, scope.at('retryPolicy')),
    ...parseRewrites(message, inputs.match, scope),
    appendXForwardedHost: message.appendXForwardedHost,
    mirrors: mirrors.map((mirror, i) => parseMirror(mirror, scope.at('requestMirrorPolicies').at(i))),
    hashPolicies: message.hashPolicy.flatMap((policy, i) => parseHashPolicy(policy, scope.at('hashPolicy').at(i))),
    ...parseUpgrades(message, scope.at('upgradeConfigs')),
    ...(word === undefined ? {} : { unsupported: unsupportedBy(word, scope) }),
  };
}

/** Upgrades the route switches, and how its CONNECTs end. */
function parseUpgrades({ upgradeConfigs }: RouteActionMessage, scope: Scope): Pick<ForwardAction, 'upgrades' | 'connectTcp'> {
  const upgrades = new Map<string, boolean>();
  let connectTcp: ForwardAction['connectTcp'];
  for (const [i, { upgradeType, enabled, connectConfig }] of upgradeConfigs.entries()) {
    const type = upgradeType.toLowerCase();
    if (upgrades.has(type)) scope.at(i).fail(`"${upgradeType}" is there twice`);
    upgrades.set(type, enabled ?? true);
    if (connectConfig === undefined) continue;
    if (type !== 'connect') scope.at(i).at('connectConfig').fail(`does not go with "${upgradeType}"`);
    const { allowPost, proxyProtocolConfig } = connectConfig;
    connectTcp = {
      ...(proxyProtocolConfig === undefined
        ? {}
        : { proxyProtocol: proxyProtocolConfig.version === ProxyProtocolConfig_Version.V2 ? 2 : 1 }),
      ...(allowPost ? { post: true } : {}),
    };
  }
  return connectTcp === undefined ? { upgrades } : { upgrades, connectTcp };
}

/** What changes bytes and is not built, by its details word. */
function unsupportedWord(message: RouteActionMessage): string | undefined {
  if (message.internalRedirectPolicy !== undefined) return 'internal_redirect_unsupported';
  if (message.pathRewritePolicy !== undefined) return 'path_rewrite_policy_unsupported';
  if (message.hostRewriteSpecifier.case === 'hostRewritePathRegex') return 'host_rewrite_path_regex_unsupported';
  if (message.metadataMatch !== undefined) return 'subset_by_metadata_unsupported';
  if (message.clusterSpecifier.case === 'clusterSpecifierPlugin' || message.clusterSpecifier.case === 'inlineClusterSpecifierPlugin')
    return 'cluster_specifier_plugin_unsupported';
  return undefined;
}

const CLUSTER_NOT_FOUND = {
  [RouteAction_ClusterNotFoundResponseCode.SERVICE_UNAVAILABLE]: 503,
  [RouteAction_ClusterNotFoundResponseCode.NOT_FOUND]: 404,
  [RouteAction_ClusterNotFoundResponseCode.INTERNAL_SERVER_ERROR]: 500,
} as const;

/** Where the request goes. */
function parseClusters(
  message: RouteActionMessage,
  inputs: RouteActionInputs,
  scope: Scope,
): Pick<ForwardAction, 'clusters' | 'totalWeight' | 'clusterHeader'> {
  const { clusterSpecifier } = message;
  switch (clusterSpecifier.case) {
    case 'cluster':
      if (clusterSpecifier.value === '') scope.at('cluster').fail('is empty');
      return { clusters: [{ name: clusterSpecifier.value, weight: 1, ...inputs.level }], totalWeight: 1 };
    case 'clusterHeader':
      return { clusters: [], totalWeight: 0, clusterHeader: clusterSpecifier.value.toLowerCase() };
    case 'weightedClusters': {
      const at = scope.at('weightedClusters.clusters');
      const clusters = clusterSpecifier.value.clusters.map((cluster, i): WeightedCluster => {
        if (cluster.name === '') at.at(i).fail('has no cluster name');
        return {
          name: cluster.name,
          weight: cluster.weight ?? 0,
          ...parseLevel(cluster, inputs.level, inputs.inherited.mostSpecificWins, at.at(i)),
          ...(cluster.hostRewriteSpecifier.case === 'hostRewriteLiteral' ? { hostRewrite: cluster.hostRewriteSpecifier.value } : {}),
        };
      });
      const totalWeight = clusters.reduce((sum, { weight }) => sum + weight, 0);
      if (totalWeight === 0) at.fail('weights add up to 0');
      return { clusters, totalWeight };
    }
    case 'clusterSpecifierPlugin':
    case 'inlineClusterSpecifierPlugin':
      return { clusters: [], totalWeight: 0 };
    case undefined:
      return scope.fail('has no cluster specifier');
  }
}

/** Every limit of time. */
function parseTimeouts(
  message: RouteActionMessage,
  scope: Scope,
): Pick<ForwardAction, 'timeoutMs' | 'idleTimeoutMs' | 'maxStreamDurationMs' | 'grpcStreamTimeout' | 'grpcTimeout'> {
  const { maxStreamDuration } = message;
  return {
    // Where a stream has its own limit, that is the limit.
    timeoutMs: maxStreamDuration === undefined ? durationMs(message.timeout, 15_000, scope.at('timeout')) : 0,
    idleTimeoutMs: optionalDurationMs(message.idleTimeout, scope.at('idleTimeout')),
    maxStreamDurationMs: optionalDurationMs(maxStreamDuration?.maxStreamDuration, scope.at('maxStreamDuration.maxStreamDuration')),
    ...(maxStreamDuration?.grpcTimeoutHeaderMax === undefined
      ? {}
      : {
          grpcStreamTimeout: {
            maxMs: durationMs(maxStreamDuration.grpcTimeoutHeaderMax, 0, scope.at('maxStreamDuration.grpcTimeoutHeaderMax')),
            offsetMs: durationMs(maxStreamDuration.grpcTimeoutHeaderOffset, 0, scope.at('maxStreamDuration.grpcTimeoutHeaderOffset')),
          },
        }),
    ...(maxStreamDuration !== undefined || message.maxGrpcTimeout === undefined
      ? {}
      : {
          grpcTimeout: {
            maxMs: durationMs(message.maxGrpcTimeout, 0, scope.at('maxGrpcTimeout')),
            offsetMs: durationMs(message.grpcTimeoutOffset, 0, scope.at('grpcTimeoutOffset')),
          },
        }),
  };
}

/** Rewrites of path and authority. */
function parseRewrites(message: RouteActionMessage, match: PathMatch, scope: Scope): Pick<ForwardAction, 'rewritePath' | 'hostRewrite'> {
  if (message.prefixRewrite !== '' && message.regexRewrite !== undefined) scope.fail('has both prefixRewrite and regexRewrite');
  const byPrefix = message.prefixRewrite === '' ? undefined : prefixRewrite(match, message.prefixRewrite);
  const rewritePath = message.regexRewrite === undefined ? byPrefix : parseRegexRewrite(message.regexRewrite, scope.at('regexRewrite'));
  return {
    ...(rewritePath === undefined ? {} : { rewritePath }),
    ...parseHostRewrite(message.hostRewriteSpecifier),
  };
}

/** A rewrite by regex. */
function parseRegexRewrite({ pattern, substitution }: RegexMatchAndSubstitute, scope: Scope): (path: string) => string {
  return regexRewrite(checkedPattern(pattern, scope.at('pattern')), substitution);
}

/** What becomes of the authority. */
function parseHostRewrite(specifier: RouteActionMessage['hostRewriteSpecifier']): { readonly hostRewrite?: HostRewrite } {
  switch (specifier.case) {
    case 'hostRewriteLiteral':
      return { hostRewrite: { kind: 'literal', value: specifier.value } };
    case 'hostRewriteHeader':
      return { hostRewrite: { kind: 'header', name: specifier.value.toLowerCase() } };
    case 'autoHostRewrite':
      return specifier.value.value ? { hostRewrite: { kind: 'auto' } } : {};
    case 'hostRewritePathRegex':
    case undefined:
      return {};
  }
}

/** A mirror. */
function parseMirror(mirror: RouteAction_RequestMirrorPolicy, scope: Scope): MirrorPolicy {
  if (mirror.clusterHeader !== '') scope.at('clusterHeader').note('ignored', 'mirrors named by a header are not in effect');
  return {
    cluster: mirror.cluster,
    appendShadowSuffix: !mirror.disableShadowHostSuffixAppend,
    ...(mirror.runtimeFraction === undefined
      ? {}
      : { fraction: parseRuntimeFraction(mirror.runtimeFraction, scope.at('runtimeFraction')) }),
  };
}

/** A hash policy; none for a connection property that is switched off. */
function parseHashPolicy({ policySpecifier, terminal }: RouteAction_HashPolicy, scope: Scope): readonly HashPolicy[] {
  switch (policySpecifier.case) {
    case 'header':
      if (policySpecifier.value.regexRewrite !== undefined)
        scope.at('header.regexRewrite').note('ignored', 'the header is hashed as it is');
      return [{ kind: 'header', name: policySpecifier.value.headerName.toLowerCase(), terminal }];
    case 'cookie': {
      const ttlMs = optionalDurationMs(policySpecifier.value.ttl, scope.at('cookie.ttl'));
      return [
        {
          kind: 'cookie',
          name: policySpecifier.value.name,
          path: policySpecifier.value.path,
          terminal,
          ...(ttlMs === undefined ? {} : { ttlMs }),
        },
      ];
    }
    case 'connectionProperties':
      return policySpecifier.value.sourceIp ? [{ kind: 'sourceIp', terminal }] : [];
    case 'queryParameter':
      return [{ kind: 'queryParameter', name: policySpecifier.value.name, terminal }];
    case 'filterState':
      return [{ kind: 'filterState', key: policySpecifier.value.key, terminal }];
    case undefined:
      return scope.fail('has no policy specifier');
  }
}

const REDIRECT_STATUS = {
  [RedirectAction_RedirectResponseCode.MOVED_PERMANENTLY]: 301,
  [RedirectAction_RedirectResponseCode.FOUND]: 302,
  [RedirectAction_RedirectResponseCode.SEE_OTHER]: 303,
  [RedirectAction_RedirectResponseCode.TEMPORARY_REDIRECT]: 307,
  [RedirectAction_RedirectResponseCode.PERMANENT_REDIRECT]: 308,
} as const;

/** A redirect. */
function parseRedirect(message: RedirectAction, match: PathMatch, scope: Scope): RouteAction {
  const { schemeRewriteSpecifier: scheme, pathRewriteSpecifier: path } = message;
  const rewritePath =
    path.case === 'prefixRewrite'
      ? prefixRewrite(match, path.value)
      : path.case === 'regexRewrite'
        ? parseRegexRewrite(path.value, scope.at('regexRewrite'))
        : undefined;
  return {
    kind: 'redirect',
    status: known(REDIRECT_STATUS, message.responseCode, scope.at('responseCode')),
    location: redirectLocation({
      stripQuery: message.stripQuery,
      ...(scheme.case === 'httpsRedirect' && scheme.value ? { scheme: 'https' } : {}),
      ...(scheme.case === 'schemeRedirect' && scheme.value !== '' ? { scheme: scheme.value } : {}),
      ...(message.hostRedirect === '' ? {} : { host: message.hostRedirect }),
      port: message.portRedirect,
      ...(path.case === 'pathRedirect' ? { path: path.value } : {}),
      ...(rewritePath === undefined ? {} : { rewritePath }),
    }),
  };
}
