import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type ClientTLSSettings } from '@lateen/config';
import { type TransportSocket, TransportSocketSchema } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import { ProxyProtocolConfig_Version } from '@lateen/xds/gen/envoy/config/core/v3/proxy_protocol_pb';
import { ProxyProtocolUpstreamTransportSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol_pb';
import { RawBufferSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer_pb';
import { TlsParameters_TlsProtocol as TlsVersion } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';
import { UpstreamTlsContextSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import { agentSecret, controlPlaneSecret } from '../common/sds';
import { extension } from '../filters/envoy';

type TlsContext = MessageInitShape<typeof UpstreamTlsContextSchema>;

const VERSIONS = { tlsMinimumProtocolVersion: TlsVersion.TLSv1_2, tlsMaximumProtocolVersion: TlsVersion.TLSv1_3 };

/** What mutual TLS inside the mesh depends on. */
export interface MeshTlsInputs {
  readonly sni: string;
  /** Who the peer may be; none is not checked. */
  readonly identities: readonly string[];
  readonly http2: boolean;
  /** Whether the proxy exchanges metadata over TCP; if not, it must not offer that ALPN either. */
  readonly exchangesMetadata: boolean;
}

/** The socket of mutual TLS with the workload's own certificate. Spec: Istio ISTIO_MUTUAL. */
export function meshTls({ sni, identities, http2, exchangesMetadata }: MeshTlsInputs): TransportSocket {
  return tlsSocket({
    sni,
    commonTlsContext: {
      alpnProtocols: [...(exchangesMetadata ? ['istio-peer-exchange'] : []), 'istio', ...(http2 ? ['h2'] : [])],
      tlsParams: VERSIONS,
      tlsCertificateSdsSecretConfigs: [agentSecret('default')],
      validationContextType: validation(agentSecret('ROOTCA'), identities),
    },
  });
}

/** What TLS to a server outside the mesh depends on. */
export interface OriginateTlsInputs {
  readonly tls: ClientTLSSettings;
  readonly http2: boolean;
  /** Names the server may prove where the rule gives none. */
  readonly subjectAltNames: readonly string[];
}

/** The socket of SIMPLE or MUTUAL TLS, certificates from files that the agent reads or from a named credential. */
export function originateTls({ tls, http2, subjectAltNames }: OriginateTlsInputs): TransportSocket {
  const { credentialName } = tls;
  const names = tls.subjectAltNames !== undefined && tls.subjectAltNames.length > 0 ? tls.subjectAltNames : subjectAltNames;
  const root =
    credentialName === undefined
      ? agentSecret(`file-root:${tls.caCertificates ?? 'system'}`)
      : controlPlaneSecret(`kubernetes://${credentialName}-cacert`);
  const certificate =
    credentialName === undefined
      ? agentSecret(`file-cert:${tls.clientCertificate ?? ''}~${tls.privateKey ?? ''}`)
      : controlPlaneSecret(`kubernetes://${credentialName}`);
  return tlsSocket({
    sni: tls.sni ?? '',
    commonTlsContext: {
      alpnProtocols: http2 ? ['h2'] : [],
      tlsParams: VERSIONS,
      tlsCertificateSdsSecretConfigs: tls.mode === 'MUTUAL' ? [certificate] : [],
      validationContextType: tls.insecureSkipVerify === true ? undefined : validation(root, names),
    },
  });
}

function validation(
  secret: ReturnType<typeof agentSecret>,
  names: readonly string[],
): NonNullable<TlsContext['commonTlsContext']>['validationContextType'] {
  return {
    case: 'combinedValidationContext',
    value: {
      defaultValidationContext: { matchSubjectAltNames: names.map((name) => ({ matchPattern: { case: 'exact', value: name } })) },
      validationContextSdsSecretConfig: secret,
    },
  };
}

function tlsSocket(context: TlsContext): TransportSocket {
  return create(TransportSocketSchema, extension('envoy.transport_sockets.tls', UpstreamTlsContextSchema, context));
}

/** The socket of plaintext. */
export const RAW_BUFFER: TransportSocket = create(TransportSocketSchema, extension('envoy.transport_sockets.raw_buffer', RawBufferSchema));

/** A socket that says the client's address first, then goes on as `inner`; plaintext without one. */
export function withProxyProtocol(version: 'V1' | 'V2' | undefined, inner: TransportSocket | undefined): TransportSocket {
  return create(
    TransportSocketSchema,
    extension('envoy.transport_sockets.upstream_proxy_protocol', ProxyProtocolUpstreamTransportSchema, {
      config: { version: version === 'V2' ? ProxyProtocolConfig_Version.V2 : ProxyProtocolConfig_Version.V1 },
      transportSocket: inner ?? RAW_BUFFER,
    }),
  );
}
