import { create, fromBinary, toBinary, toJson } from '@bufbuild/protobuf';
import { type Any, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { packAny, type PackedResource, toAny, TYPE_URL, typeUrlOf } from '@lateen/xds';
import { type ConnectedClient } from '@lateen/xds/server';
import { xdsRegistry } from '@lateen/xds/registry';
import { ConfigDumpSchema, SecretsConfigDumpSchema } from '@lateen/xds/gen/envoy/admin/v3/config_dump_pb';
import {
  ClustersConfigDumpSchema,
  EndpointsConfigDumpSchema,
  ListenersConfigDumpSchema,
  RoutesConfigDumpSchema,
} from '@lateen/xds/gen/envoy/admin/v3/config_dump_shared_pb';
import { SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';

/** What Envoy shows instead of a private key. */
const REDACTED = Buffer.from('[redacted]');

/**
 * What the control plane has for one proxy, in the form of Envoy's own `/config_dump`; private keys are not in it.
 * Spec: envoy.admin.v3.ConfigDump.
 */
export function configDump({ state, view }: ConnectedClient): object {
  const of = (typeUrl: string): readonly PackedResource[] => [...view.resources(typeUrl).values()];
  const lastUpdated = (typeUrl: string): { lastUpdated?: ReturnType<typeof timestampFromMs> } => {
    const sentAtMs = state.types.get(typeUrl)?.sentAtMs;
    return sentAtMs === undefined ? {} : { lastUpdated: timestampFromMs(sentAtMs) };
  };
  const version = (typeUrl: string): string => state.types.get(typeUrl)?.sentVersion ?? '';
  const { CDS, EDS, LDS, RDS, SDS } = TYPE_URL;
  const configs: Any[] = [
    packAny(
      ClustersConfigDumpSchema,
      create(ClustersConfigDumpSchema, {
        versionInfo: version(CDS),
        dynamicActiveClusters: of(CDS).map((r) => ({ versionInfo: r.version, cluster: toAny(r), ...lastUpdated(CDS) })),
      }),
    ),
    packAny(
      EndpointsConfigDumpSchema,
      create(EndpointsConfigDumpSchema, {
        dynamicEndpointConfigs: of(EDS).map((r) => ({ versionInfo: r.version, endpointConfig: toAny(r), ...lastUpdated(EDS) })),
      }),
    ),
    packAny(
      ListenersConfigDumpSchema,
      create(ListenersConfigDumpSchema, {
        versionInfo: version(LDS),
        dynamicListeners: of(LDS).map((r) => ({
          name: r.name,
          activeState: { versionInfo: r.version, listener: toAny(r), ...lastUpdated(LDS) },
        })),
      }),
    ),
    packAny(
      RoutesConfigDumpSchema,
      create(RoutesConfigDumpSchema, {
        dynamicRouteConfigs: of(RDS).map((r) => ({ versionInfo: r.version, routeConfig: toAny(r), ...lastUpdated(RDS) })),
      }),
    ),
    packAny(
      SecretsConfigDumpSchema,
      create(SecretsConfigDumpSchema, {
        dynamicActiveSecrets: of(SDS).map((r) => ({ name: r.name, versionInfo: r.version, secret: redacted(r), ...lastUpdated(SDS) })),
      }),
    ),
  ];
  return toJson(ConfigDumpSchema, create(ConfigDumpSchema, { configs }), { registry: xdsRegistry() }) as object;
}

function redacted(resource: PackedResource): Any {
  const secret = fromBinary(SecretSchema, resource.value);
  if (secret.type.case === 'tlsCertificate')
    secret.type.value.privateKey = { $typeName: 'envoy.config.core.v3.DataSource', specifier: { case: 'inlineBytes', value: REDACTED } };
  return { $typeName: 'google.protobuf.Any', typeUrl: typeUrlOf(SecretSchema), value: toBinary(SecretSchema, secret) };
}
