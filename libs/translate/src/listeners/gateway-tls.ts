import { type MessageInitShape } from '@bufbuild/protobuf';
import { type ServerTLSSettings } from '@lateen/config';
import {
  TlsParameters_TlsProtocol as TlsVersion,
  type TlsParametersSchema,
} from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';
import { type CommonTlsContextSchema, DownstreamTlsContextSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import { type Init } from '../common/init';
import { agentSecret, controlPlaneSecret } from '../common/sds';
import { extension, type TypedExtension } from '../filters/envoy';

type TlsInit = Init<typeof CommonTlsContextSchema>;

const VERSIONS: Readonly<Record<NonNullable<ServerTLSSettings['minProtocolVersion']>, TlsVersion>> = {
  TLS_AUTO: TlsVersion.TLS_AUTO,
  TLSV1_0: TlsVersion.TLSv1_0,
  TLSV1_1: TlsVersion.TLSv1_1,
  TLSV1_2: TlsVersion.TLSv1_2,
  TLSV1_3: TlsVersion.TLSv1_3,
};

/** Whether the gateway ends TLS itself. */
export function terminates(tls: ServerTLSSettings | undefined): tls is ServerTLSSettings {
  return tls?.mode !== undefined && tls.mode !== 'PASSTHROUGH' && tls.mode !== 'AUTO_PASSTHROUGH';
}

/** The transport socket of a gateway server. Spec: Istio `ServerTLSSettings`; certificates by credential, else from files. */
export function gatewayTls(tls: ServerTLSSettings): TypedExtension {
  const mesh = tls.mode === 'ISTIO_MUTUAL';
  const checksClient = mesh || tls.mode === 'MUTUAL' || tls.mode === 'OPTIONAL_MUTUAL';
  return extension('envoy.transport_sockets.tls', DownstreamTlsContextSchema, {
    requireClientCertificate: mesh || tls.mode === 'MUTUAL',
    commonTlsContext: {
      alpnProtocols: ['h2', 'http/1.1'],
      tlsParams: parameters(tls),
      tlsCertificateSdsSecretConfigs: certificates(tls),
      validationContextType: checksClient ? validation(tls) : undefined,
    },
  });
}

function certificates(tls: ServerTLSSettings) {
  if (tls.mode === 'ISTIO_MUTUAL') return [agentSecret('default')];
  const credentials = tls.credentialNames ?? (tls.credentialName === undefined ? [] : [tls.credentialName]);
  if (credentials.length > 0) return credentials.map((name) => controlPlaneSecret(`kubernetes://${name}`));
  const files = tls.tlsCertificates ?? [tls];
  return files.map(({ serverCertificate, privateKey }) => agentSecret(`file-cert:${serverCertificate ?? ''}~${privateKey ?? ''}`));
}

function validation(tls: ServerTLSSettings): TlsInit['validationContextType'] {
  const [credential = tls.credentialName] = tls.credentialNames ?? [];
  const root =
    tls.mode === 'ISTIO_MUTUAL'
      ? agentSecret('ROOTCA')
      : credential === undefined
        ? agentSecret(`file-root:${tls.caCertificates ?? ''}`)
        : controlPlaneSecret(`kubernetes://${tls.caCertCredentialName ?? `${credential}-cacert`}`);
  const names = (tls.subjectAltNames ?? []).map((value) => ({ matchPattern: { case: 'exact' as const, value } }));
  return {
    case: 'combinedValidationContext',
    value: { defaultValidationContext: { matchSubjectAltNames: names }, validationContextSdsSecretConfig: root },
  };
}

function parameters(tls: ServerTLSSettings): MessageInitShape<typeof TlsParametersSchema> | undefined {
  const { minProtocolVersion, maxProtocolVersion, cipherSuites } = tls;
  if (minProtocolVersion === undefined && maxProtocolVersion === undefined && cipherSuites === undefined) return undefined;
  return {
    tlsMinimumProtocolVersion: VERSIONS[minProtocolVersion ?? 'TLS_AUTO'],
    tlsMaximumProtocolVersion: VERSIONS[maxProtocolVersion ?? 'TLS_AUTO'],
    cipherSuites: [...(cipherSuites ?? [])],
  };
}
