import { type MessageInitShape } from '@bufbuild/protobuf';
import { type Any } from '@bufbuild/protobuf/wkt';
import { parseDurationMs } from '@lateen/base';
import { type ConnectionPoolSettings, type MeshConfig } from '@lateen/config';
import { isHttp2, type Protocol } from '@lateen/registry';
import { type Http2ProtocolOptionsSchema } from '@lateen/xds/gen/envoy/config/core/v3/protocol_pb';
import { HttpProtocolOptionsSchema } from '@lateen/xds/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb';
import { durationOf, pack } from '../filters/envoy';
import { commonHttpOptions } from './pool';

const KEY = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** Which HTTP version requests go upstream in: 1.1, 2, or whichever they came in. */
export type UpstreamVersion = 'http1' | 'http2' | 'downstream';

/** What decides the HTTP version upstream. */
export interface UpstreamVersionInputs {
  readonly protocol: Protocol;
  readonly pool: ConnectionPoolSettings | undefined;
  readonly mesh: MeshConfig;
}

/** Spec: Istio `h2UpgradePolicy`, `useClientProtocol`; a sniffed port goes on as it came. */
export function upstreamVersion({ protocol, pool, mesh }: UpstreamVersionInputs): UpstreamVersion {
  if (isHttp2(protocol)) return 'http2';
  if (protocol !== 'HTTP' && protocol !== 'auto') return 'http1';
  if (pool?.http?.useClientProtocol === true) return 'downstream';
  if (upgrades(pool, mesh)) return 'http2';
  return protocol === 'auto' ? 'downstream' : 'http1';
}

function upgrades(pool: ConnectionPoolSettings | undefined, mesh: MeshConfig): boolean {
  const policy = pool?.http?.h2UpgradePolicy ?? 'DEFAULT';
  return policy === 'DEFAULT' ? mesh.h2UpgradePolicy === 'UPGRADE' : policy === 'UPGRADE';
}

/** What the HTTP options of a cluster depend on. */
export interface ProtocolOptionsInputs {
  readonly version: UpstreamVersion;
  readonly pool: ConnectionPoolSettings | undefined;
  /** Whether the server name and its check follow each request's Host. */
  readonly autoSni?: boolean;
}

/** The HTTP options of a cluster under their extension's name; none where defaults do. */
export function protocolOptions({ version, pool, autoSni }: ProtocolOptionsInputs): Record<string, Any> {
  const commonHttpProtocolOptions = commonHttpOptions(pool);
  if (version === 'http1' && commonHttpProtocolOptions === undefined && autoSni !== true) return {};
  const options: MessageInitShape<typeof HttpProtocolOptionsSchema> = {
    commonHttpProtocolOptions,
    upstreamHttpProtocolOptions: autoSni === true ? { autoSni: true, autoSanValidation: true } : undefined,
    upstreamProtocolOptions: versionOptions(version, pool),
  };
  return { [KEY]: pack(HttpProtocolOptionsSchema, options) };
}

function versionOptions(
  version: UpstreamVersion,
  pool: ConnectionPoolSettings | undefined,
): MessageInitShape<typeof HttpProtocolOptionsSchema>['upstreamProtocolOptions'] {
  switch (version) {
    case 'http1':
      return { case: 'explicitHttpConfig', value: { protocolConfig: { case: 'httpProtocolOptions', value: {} } } };
    case 'http2':
      return { case: 'explicitHttpConfig', value: { protocolConfig: { case: 'http2ProtocolOptions', value: http2Options(pool) } } };
    case 'downstream':
      return { case: 'useDownstreamProtocolConfig', value: { httpProtocolOptions: {}, http2ProtocolOptions: http2Options(pool) } };
  }
}

function http2Options(pool: ConnectionPoolSettings | undefined): MessageInitShape<typeof Http2ProtocolOptionsSchema> {
  const { maxConcurrentStreams, http2KeepAlive } = pool?.http ?? {};
  return {
    ...(maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams }),
    ...(http2KeepAlive === undefined
      ? {}
      : {
          connectionKeepalive: {
            ...(http2KeepAlive.interval === undefined ? {} : { interval: durationOf(parseDurationMs(http2KeepAlive.interval) ?? 0) }),
            ...(http2KeepAlive.timeout === undefined ? {} : { timeout: durationOf(parseDurationMs(http2KeepAlive.timeout) ?? 0) }),
          },
        }),
  };
}
