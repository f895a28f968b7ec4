import { type MessageInitShape } from '@bufbuild/protobuf';
import { ApiConfigSource_ApiType, ApiVersion, type ConfigSourceSchema } from '@lateen/xds/gen/envoy/config/core/v3/config_source_pb';
import { type SdsSecretConfigSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { ZERO } from '../filters/envoy';

type SecretInit = MessageInitShape<typeof SdsSecretConfigSchema>;

/** A secret from the agent beside the proxy. Files are read at once; the workload's own certificate is waited for. */
export function agentSecret(name: string): SecretInit {
  const waits = name === 'default' || name === 'ROOTCA';
  const sdsConfig: MessageInitShape<typeof ConfigSourceSchema> = {
    configSourceSpecifier: {
      case: 'apiConfigSource',
      value: {
        apiType: ApiConfigSource_ApiType.GRPC,
        grpcServices: [{ targetSpecifier: { case: 'envoyGrpc', value: { clusterName: 'sds-grpc' } } }],
        setNodeOnFirstMessageOnly: true,
        transportApiVersion: ApiVersion.V3,
      },
    },
    resourceApiVersion: ApiVersion.V3,
    ...(waits ? { initialFetchTimeout: ZERO } : {}),
  };
  return { name, sdsConfig };
}

/** A secret from the control plane, on the same stream as everything else. */
export function controlPlaneSecret(name: string): SecretInit {
  return { name, sdsConfig: { configSourceSpecifier: { case: 'ads', value: {} }, resourceApiVersion: ApiVersion.V3 } };
}
