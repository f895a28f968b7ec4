import { compileRouteTable } from '@lateen/routing';
import {
  type Http1ProtocolOptions,
  HttpProtocolOptions_HeadersWithUnderscoresAction as Underscores,
} from '@lateen/xds/gen/envoy/config/core/v3/protocol_pb';
import {
  type HttpConnectionManager as Message,
  HttpConnectionManager_CodecType as Codec,
  HttpConnectionManager_ForwardClientCertDetails as ForwardClientCert,
  HttpConnectionManager_PathWithEscapedSlashesAction as EscapedSlashes,
  HttpConnectionManager_ServerHeaderTransformation as ServerHeader,
} from '@lateen/xds/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { type HttpConnectionManager, type HttpTimeouts, type RouteSource } from '../model';
import { parseAccessLogs } from './access-log';
import { parseHttpFilters } from './http-filters';
import { noteHttp2, parseKeepalive } from './http2-options';
import { type Scope } from './result';
import { compileRoutes } from './route-configuration';
import { parseTracing } from './tracing';
import { durationMs, known } from './values';

const CODEC = { [Codec.AUTO]: 'auto', [Codec.HTTP1]: 'http1', [Codec.HTTP2]: 'http2', [Codec.HTTP3]: 'http2' } as const;

const FORWARD_CLIENT_CERT = {
  [ForwardClientCert.SANITIZE]: 'sanitize',
  [ForwardClientCert.FORWARD_ONLY]: 'forwardOnly',
  [ForwardClientCert.APPEND_FORWARD]: 'appendForward',
  [ForwardClientCert.SANITIZE_SET]: 'sanitizeSet',
  [ForwardClientCert.ALWAYS_FORWARD_ONLY]: 'alwaysForwardOnly',
} as const;

const ESCAPED_SLASHES = {
  [EscapedSlashes.IMPLEMENTATION_SPECIFIC_DEFAULT]: 'keep',
  [EscapedSlashes.KEEP_UNCHANGED]: 'keep',
  [EscapedSlashes.REJECT_REQUEST]: 'reject',
  [EscapedSlashes.UNESCAPE_AND_REDIRECT]: 'unescapeAndRedirect',
  [EscapedSlashes.UNESCAPE_AND_FORWARD]: 'unescapeAndForward',
} as const;

const SERVER_HEADER = {
  [ServerHeader.OVERWRITE]: 'overwrite',
  [ServerHeader.APPEND_IF_ABSENT]: 'appendIfAbsent',
  [ServerHeader.PASS_THROUGH]: 'passThrough',
} as const;

const UNDERSCORES = {
  [Underscores.ALLOW]: undefined,
  [Underscores.REJECT_REQUEST]: 'reject',
  [Underscores.DROP_HEADER]: 'drop',
} as const;

/** HTTP on a connection. */
export function parseHttpConnectionManager(message: Message, scope: Scope): HttpConnectionManager {
  if (message.statPrefix === '') scope.at('statPrefix').fail('is missing');
  noteIgnored(message, scope);
  const { tracing, setCurrentClientCertDetails: details, httpProtocolOptions: http1 } = message;
  const serverName = message.serverName === '' ? 'envoy' : message.serverName;
  return {
    kind: 'http_connection_manager',
    statPrefix: message.statPrefix,
    codec: known(CODEC, message.codecType, scope.at('codecType')),
    routes: parseRouteSource(message, scope),
    httpFilters: parseHttpFilters(message.httpFilters, scope.at('httpFilters')),
    accessLogs: parseAccessLogs(message.accessLog, scope.at('accessLog')),
    normalizePath: message.normalizePath ?? false,
    mergeSlashes: message.mergeSlashes,
    pathWithEscapedSlashes: known(ESCAPED_SLASHES, message.pathWithEscapedSlashesAction, scope.at('pathWithEscapedSlashesAction')),
    useRemoteAddress: message.useRemoteAddress ?? false,
    xffNumTrustedHops: message.xffNumTrustedHops,
    skipXffAppend: message.skipXffAppend,
    forwardClientCert: known(FORWARD_CLIENT_CERT, message.forwardClientCertDetails, scope.at('forwardClientCertDetails')),
    setClientCertDetails: {
      subject: details?.subject ?? false,
      cert: details?.cert ?? false,
      chain: details?.chain ?? false,
      dns: details?.dns ?? false,
      uri: details?.uri ?? false,
    },
    serverName,
    serverHeaderLine: `server: ${serverName}\r\n`,
    serverHeader: known(SERVER_HEADER, message.serverHeaderTransformation, scope.at('serverHeaderTransformation')),
    upgrades: new Set(message.upgradeConfigs.flatMap(({ upgradeType, enabled }) => ((enabled ?? true) ? [upgradeType.toLowerCase()] : []))),
    proxy100Continue: message.proxy100Continue,
    generateRequestId: message.generateRequestId ?? true,
    preserveExternalRequestId: message.preserveExternalRequestId,
    alwaysSetRequestIdInResponse: message.alwaysSetRequestIdInResponse,
    acceptHttp10: http1?.acceptHttp10 ?? false,
    ...parseRefinements(message, scope),
    allowAbsoluteUrl: http1?.allowAbsoluteUrl ?? true,
    stripHostPort:
      message.stripPortMode.case === 'stripAnyHostPort' && message.stripPortMode.value
        ? 'any'
        : message.stripMatchingHostPort
          ? 'matching'
          : 'no',
    timeouts: parseTimeouts(message, scope),
    maxRequestHeadersBytes: (message.maxRequestHeadersKb ?? 60) * 1024,
    maxHeadersCount: message.commonHttpProtocolOptions?.maxHeadersCount ?? 100,
    maxRequestsPerConnection: message.commonHttpProtocolOptions?.maxRequestsPerConnection ?? 0,
    http2: {
      maxConcurrentStreams: message.http2ProtocolOptions?.maxConcurrentStreams ?? 1024,
      initialStreamWindowBytes: message.http2ProtocolOptions?.initialStreamWindowSize ?? 256 * 1024,
      allowConnect: message.http2ProtocolOptions?.allowConnect ?? false,
      ...parseKeepalive(message.http2ProtocolOptions?.connectionKeepalive, scope.at('http2ProtocolOptions.connectionKeepalive')),
    },
    ...(tracing === undefined ? {} : { tracing: parseTracing(tracing, message.requestIdExtension?.typedConfig, scope.at('tracing')) }),
  };
}

/** What is absent unless it is asked for. */
function parseRefinements(
  { via, httpProtocolOptions: http1, commonHttpProtocolOptions: common }: Message,
  scope: Scope,
): Pick<HttpConnectionManager, 'defaultHostForHttp10' | 'headersWithUnderscores' | 'enableTrailers' | 'via'> {
  const at = scope.at('commonHttpProtocolOptions.headersWithUnderscoresAction');
  const headersWithUnderscores = known(UNDERSCORES, common?.headersWithUnderscoresAction ?? Underscores.ALLOW, at);
  const defaultHost = http1?.defaultHostForHttp10 ?? '';
  return {
    ...(defaultHost === '' ? {} : { defaultHostForHttp10: defaultHost }),
    ...(headersWithUnderscores === undefined ? {} : { headersWithUnderscores }),
    ...(http1?.enableTrailers === true ? { enableTrailers: true } : {}),
    ...(via === '' ? {} : { via }),
  };
}

/** Every limit of time, with Envoy's defaults. */
function parseTimeouts(message: Message, scope: Scope): HttpTimeouts {
  const common = message.commonHttpProtocolOptions;
  return {
    idleMs: durationMs(common?.idleTimeout, 3_600_000, scope.at('commonHttpProtocolOptions.idleTimeout')),
    streamIdleMs: durationMs(message.streamIdleTimeout, 300_000, scope.at('streamIdleTimeout')),
    requestMs: durationMs(message.requestTimeout, 0, scope.at('requestTimeout')),
    requestHeadersMs: durationMs(message.requestHeadersTimeout, 0, scope.at('requestHeadersTimeout')),
    drainMs: durationMs(message.drainTimeout, 5000, scope.at('drainTimeout')),
    delayedCloseMs: durationMs(message.delayedCloseTimeout, 1000, scope.at('delayedCloseTimeout')),
    maxConnectionDurationMs: durationMs(common?.maxConnectionDuration, 0, scope.at('commonHttpProtocolOptions.maxConnectionDuration')),
    maxStreamDurationMs: durationMs(common?.maxStreamDuration, 0, scope.at('commonHttpProtocolOptions.maxStreamDuration')),
  };
}

/** Where routes come from. Scoped routes are not built: every request is refused. */
function parseRouteSource({ routeSpecifier }: Message, scope: Scope): RouteSource {
  switch (routeSpecifier.case) {
    case 'rds':
      if (routeSpecifier.value.routeConfigName === '') scope.at('rds.routeConfigName').fail('is missing');
      return { kind: 'rds', name: routeSpecifier.value.routeConfigName };
    case 'routeConfig':
      return { kind: 'inline', table: compileRoutes(routeSpecifier.value, scope.at('routeConfig')) };
    case 'scopedRoutes':
      scope.at('scopedRoutes').note('answers_503', 'scoped routes are not built: no request finds a route');
      return {
        kind: 'inline',
        table: compileRouteTable({ name: 'scoped_routes_unsupported', virtualHosts: [], ignorePortInHostMatching: false }),
      };
    case undefined:
      return scope.fail('has no route specifier');
  }
}

/** What refines, or observes, and is left out. */
function noteIgnored(message: Message, scope: Scope): void {
  if (message.localReplyConfig !== undefined) scope.at('localReplyConfig').note('ignored', 'local replies are not rewritten');
  if (message.originalIpDetectionExtensions.length > 0)
    scope.at('originalIpDetectionExtensions').note('ignored', 'the client address is the one of x-forwarded-for');
  if (message.earlyHeaderMutationExtensions.length > 0)
    scope.at('earlyHeaderMutationExtensions').note('ignored', 'early header mutations are not in effect');
  if (message.codecType === Codec.HTTP3) scope.at('codecType').note('ignored', 'HTTP/3 is not served');
  noteHttp1(message.httpProtocolOptions, scope.at('httpProtocolOptions'));
  noteHttp2(message.http2ProtocolOptions, scope.at('http2ProtocolOptions'));
}

/** Options of HTTP/1.1 that are left out. */
function noteHttp1(options: Http1ProtocolOptions | undefined, scope: Scope): void {
  if (options?.headerKeyFormat !== undefined) scope.at('headerKeyFormat').note('ignored', 'names of headers keep the case they came in');
}
