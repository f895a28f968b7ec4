import { type MessageInitShape } from '@bufbuild/protobuf';
import { ApiConfigSource_ApiType, ApiVersion, type ConfigSourceSchema } from '@lateen/xds/gen/envoy/config/core/v3/config_source_pb';
import { TlsParameters_TlsProtocol } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';
import { DownstreamTlsContextSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import { extension, type TypedExtension, ZERO } from './envoy';

/** What the TLS of an inbound mTLS chain depends on. */
export interface WorkloadTlsInputs {
  /** Trust domain of the mesh and its aliases: peers of any of them are let in. */
  readonly trustDomains: readonly string[];
  /** What the chain carries: HTTP, or bytes. */
  readonly carries: 'http' | 'tcp';
  /** Whether the proxy exchanges metadata over TCP; if not, it must not accept that ALPN either. */
  readonly exchangesMetadata: boolean;
}

/** Cipher suites for TLS 1.2, best first. Spec: Istio's defaults for workloads. */
const CIPHER_SUITES = [
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-GCM-SHA256',
];

/** Secrets from the agent beside the proxy, over the cluster `sds-grpc` that its bootstrap defines. */
const AGENT_SDS: MessageInitShape<typeof ConfigSourceSchema> = {
  configSourceSpecifier: {
    case: 'apiConfigSource',
    value: {
      apiType: ApiConfigSource_ApiType.GRPC,
      grpcServices: [{ targetSpecifier: { case: 'envoyGrpc', value: { clusterName: 'sds-grpc' } } }],
      setNodeOnFirstMessageOnly: true,
      transportApiVersion: ApiVersion.V3,
    },
  },
  initialFetchTimeout: ZERO,
  resourceApiVersion: ApiVersion.V3,
};

/**
 * The transport socket of a mutual TLS chain: the workload's own certificate, and a client certificate of the mesh.
 * Spec: Istio mutual TLS; the identity itself is checked by authorization, the trust domain here.
 */
export function workloadTls({ trustDomains, carries, exchangesMetadata }: WorkloadTlsInputs): TypedExtension {
  const alpnProtocols = carries === 'tcp' && exchangesMetadata ? ['istio-peer-exchange', 'h2', 'http/1.1'] : ['h2', 'http/1.1'];
  return extension('envoy.transport_sockets.tls', DownstreamTlsContextSchema, {
    requireClientCertificate: true,
    commonTlsContext: {
      alpnProtocols,
      tlsParams: {
        tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2,
        tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
        cipherSuites: CIPHER_SUITES,
      },
      tlsCertificateSdsSecretConfigs: [{ name: 'default', sdsConfig: AGENT_SDS }],
      validationContextType: {
        case: 'combinedValidationContext',
        value: {
          defaultValidationContext: {
            matchSubjectAltNames: trustDomains.map((domain) => ({
              matchPattern: { case: 'prefix' as const, value: `spiffe://${domain}/` },
            })),
          },
          validationContextSdsSecretConfig: { name: 'ROOTCA', sdsConfig: AGENT_SDS },
        },
      },
    },
  });
}
