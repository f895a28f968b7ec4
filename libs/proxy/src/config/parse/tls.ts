import { createHash } from 'node:crypto';
import { type StringMatcher } from '@lateen/routing';
import { type DataSource } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import {
  type CertificateValidationContext,
  CertificateValidationContext_TrustChainVerification,
  type TlsParameters,
  TlsParameters_TlsProtocol,
} from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';
import { type SdsSecretConfig } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import {
  type CommonTlsContext,
  type DownstreamTlsContext,
  type UpstreamTlsContext,
} from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import { type DownstreamTls, type PeerValidation, type SecretRef, type TlsParams, type UpstreamTls } from '../model';
import { type Scope } from './result';
import { durationMs, parseInlineText, parseStringMatcher } from './values';

/** What is not spoken yet, and so not offered. */
const UNSPOKEN = new Set(['h3']);

/** TLS towards clients. */
export function parseDownstreamTls(message: DownstreamTlsContext, scope: Scope): DownstreamTls {
  const common = commonOf(message.commonTlsContext, scope);
  const requireClientCertificate = message.requireClientCertificate ?? false;
  const validation = parseValidation(common, scope);
  if (requireClientCertificate && validation === undefined)
    scope.at('requireClientCertificate').fail('no validation context says which certificates to take');
  if (message.requireSni === true) scope.at('requireSni').fail('refusing connections without SNI is not built, and would protect');
  const certificates = parseCertificates(common, scope);
  if (certificates.length === 0) scope.fail('has no certificate');
  return {
    ...parseParams(common.tlsParams, scope.at('commonTlsContext.tlsParams')),
    certificates,
    validation,
    requireClientCertificate,
    alpnProtocols: spoken(common, scope),
  };
}

/** TLS towards endpoints. The cluster's own HTTP options may add automatic SNI. */
export function parseUpstreamTls(
  message: UpstreamTlsContext,
  auto: { readonly sni: boolean; readonly san: boolean },
  scope: Scope,
): UpstreamTls {
  const common = commonOf(message.commonTlsContext, scope);
  return {
    ...parseParams(common.tlsParams, scope.at('commonTlsContext.tlsParams')),
    certificates: parseCertificates(common, scope),
    validation: parseValidation(common, scope),
    ...(message.sni === '' ? {} : { sni: message.sni }),
    autoSni: auto.sni,
    autoSanValidation: auto.san,
    alpnProtocols: spoken(common, scope),
  };
}

function commonOf(common: CommonTlsContext | undefined, scope: Scope): CommonTlsContext {
  return common ?? scope.at('commonTlsContext').fail('is missing');
}

/** ALPN without what is not spoken. */
function spoken(common: CommonTlsContext, scope: Scope): readonly string[] {
  if (common.alpnProtocols.some((protocol) => UNSPOKEN.has(protocol)))
    scope.at('commonTlsContext.alpnProtocols').note('ignored', 'HTTP/3 is not offered');
  return common.alpnProtocols.filter((protocol) => !UNSPOKEN.has(protocol));
}

const VERSIONS = {
  [TlsParameters_TlsProtocol.TLS_AUTO]: undefined,
  [TlsParameters_TlsProtocol.TLSv1_0]: 'TLSv1.2',
  [TlsParameters_TlsProtocol.TLSv1_1]: 'TLSv1.2',
  [TlsParameters_TlsProtocol.TLSv1_2]: 'TLSv1.2',
  [TlsParameters_TlsProtocol.TLSv1_3]: 'TLSv1.3',
} as const;

/** Versions and ciphers. Nothing under TLS 1.2 is spoken, whatever is asked. */
function parseParams(params: TlsParameters | undefined, scope: Scope): TlsParams {
  if (params === undefined) return { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' };
  const minVersion = VERSIONS[params.tlsMinimumProtocolVersion] ?? 'TLSv1.2';
  const maxVersion = VERSIONS[params.tlsMaximumProtocolVersion] ?? 'TLSv1.3';
  if (minVersion > maxVersion) scope.fail(`minimum ${minVersion} is above maximum ${maxVersion}`);
  if (params.signatureAlgorithms.length > 0) scope.at('signatureAlgorithms').note('ignored', "signature algorithms are the runtime's");
  return {
    minVersion,
    maxVersion,
    ...(params.cipherSuites.length === 0
      ? {}
      : { ciphers: params.cipherSuites.map((suite) => suite.replace(/^\[|\]$/g, '').replaceAll('|', ':')).join(':') }),
    ...(params.ecdhCurves.length === 0 ? {} : { ecdhCurves: params.ecdhCurves.join(':') }),
  };
}

/** Where our own certificates come from. */
function parseCertificates(common: CommonTlsContext, scope: Scope): readonly SecretRef[] {
  if (common.tlsCertificateProviderInstance !== undefined) scope.fail('certificate providers are not known');
  return [
    ...common.tlsCertificateSdsSecretConfigs.map((config, i) =>
      secretRef(config, scope.at('commonTlsContext.tlsCertificateSdsSecretConfigs').at(i)),
    ),
    ...common.tlsCertificates.map(({ certificateChain, privateKey }, i): SecretRef => {
      const at = scope.at('commonTlsContext.tlsCertificates').at(i);
      const [chain, key] = [certificateChain?.specifier, privateKey?.specifier];
      if (chain?.case === 'filename' && key?.case === 'filename') return named('sds', `file-cert:${chain.value}~${key.value}`);
      return inlineRef({ kind: 'certificate', certificateChain: inlineText(certificateChain, at), privateKey: inlineText(privateKey, at) });
    }),
  ];
}

/** How the peer is judged; undefined when nothing is said of it. What would protect and is not built is a rejection. */
function parseValidation(common: CommonTlsContext, scope: Scope): PeerValidation | undefined {
  const { validationContextType: type } = common;
  const at = scope.at('commonTlsContext').at(type.case ?? 'validationContext');
  switch (type.case) {
    case 'validationContext':
      return validationOf(type.value, undefined, at);
    case 'validationContextSdsSecretConfig':
      return { trustedCa: secretRef(type.value, at), sans: [] };
    case 'combinedValidationContext': {
      const sds = type.value.validationContextSdsSecretConfig;
      return validationOf(
        type.value.defaultValidationContext,
        sds === undefined ? undefined : secretRef(sds, at.at('validationContextSdsSecretConfig')),
        at,
      );
    }
    case 'validationContextCertificateProvider':
    case 'validationContextCertificateProviderInstance':
      return at.fail('certificate providers are not known');
    case undefined:
      return undefined;
  }
}

/** A validation context, with its trust anchors from SDS where those are elsewhere. */
function validationOf(context: CertificateValidationContext | undefined, fromSds: SecretRef | undefined, scope: Scope): PeerValidation {
  if (context === undefined) return { ...(fromSds === undefined ? {} : { trustedCa: fromSds }), sans: [] };
  if (context.verifyCertificateHash.length > 0 || context.verifyCertificateSpki.length > 0)
    scope.fail('pinned certificates are not built, and would protect');
  if (context.crl !== undefined) scope.at('crl').fail('revocation lists are not built, and would protect');
  if (context.customValidatorConfig !== undefined)
    scope.at('customValidatorConfig').fail('custom validators are not built, and would protect');
  if (context.trustChainVerification === CertificateValidationContext_TrustChainVerification.ACCEPT_UNTRUSTED)
    scope.at('trustChainVerification').note('ignored', 'untrusted certificates are refused');
  const sans = parseSans(context, scope);
  const trustedCa = fromSds ?? parseTrustedCa(context, scope);
  if (sans.length > 0 && trustedCa === undefined) scope.fail('names are matched, but no trusted CA says who may certify them');
  return { ...(trustedCa === undefined ? {} : { trustedCa }), sans };
}

/** Trust anchors given in place. */
function parseTrustedCa(context: CertificateValidationContext, scope: Scope): SecretRef | undefined {
  if (context.systemRootCerts !== undefined) return named('sds', 'file-root:system');
  if (context.trustedCa === undefined) return undefined;
  const { specifier } = context.trustedCa;
  if (specifier.case === 'filename') return named('sds', `file-root:${specifier.value}`);
  return inlineRef({ kind: 'validation', trustedCa: inlineText(context.trustedCa, scope.at('trustedCa')) });
}

/** Names the peer may have. */
function parseSans(context: CertificateValidationContext, scope: Scope): readonly StringMatcher[] {
  return [
    ...context.matchSubjectAltNames.map((matcher, i) => parseStringMatcher(matcher, scope.at('matchSubjectAltNames').at(i))),
    ...context.matchTypedSubjectAltNames.map(({ matcher }, i) => {
      const at = scope.at('matchTypedSubjectAltNames').at(i);
      return matcher === undefined ? at.fail('has no matcher') : parseStringMatcher(matcher, at);
    }),
  ];
}

/** A secret by name; the control plane serves those whose source is ADS, the agent the rest. */
export function secretRef(config: SdsSecretConfig, scope: Scope): SecretRef {
  if (config.name === '') scope.fail('has no secret name');
  const source = config.sdsConfig?.configSourceSpecifier.case === 'ads' ? 'ads' : 'sds';
  return named(source, config.name, durationMs(config.sdsConfig?.initialFetchTimeout, 15_000, scope.at('sdsConfig.initialFetchTimeout')));
}

const named = (source: 'ads' | 'sds', name: string, initialFetchTimeoutMs = 0): SecretRef => ({
  key: `${source}/${name}`,
  name,
  source,
  initialFetchTimeoutMs,
});

/** What an inline secret holds. */
type InlineSecret =
  | { readonly kind: 'certificate'; readonly certificateChain: string; readonly privateKey: string }
  | { readonly kind: 'validation'; readonly trustedCa: string };

/** A secret given in place, known by its content. */
function inlineRef(secret: InlineSecret): SecretRef {
  const key = `inline/${createHash('sha256').update(JSON.stringify(secret)).digest('hex')}`;
  return { key, name: key, source: 'inline', initialFetchTimeoutMs: 0, inline: { ...secret, name: key } };
}

/** PEM given in place. */
function inlineText(source: DataSource | undefined, scope: Scope): string {
  const text = parseInlineText(source, scope);
  return text === '' ? scope.fail('has no PEM') : text;
}
