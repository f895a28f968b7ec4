import { createHash } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { create } from '@bufbuild/protobuf';
import { type DataSource } from '@lateen/xds/gen/envoy/config/core/v3/base_pb';
import {
  type CertificateValidationContext,
  CertificateValidationContext_TrustChainVerification,
  SubjectAltNameMatcher_SanType,
  type TlsParameters,
  TlsParameters_TlsProtocol,
} from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/common_pb';
import { type SdsSecretConfig } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import {
  type CommonTlsContext,
  CommonTlsContextSchema,
  type DownstreamTlsContext,
  type UpstreamTlsContext,
} from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/tls_pb';
import {
  type DownstreamTls,
  type PeerRules,
  type PeerValidation,
  type SanMatcher,
  type SecretRef,
  type TlsParams,
  type UpstreamTls,
} from '../model';
import { checkKeyPair, checkTrustAnchors } from './pem';
import { type Scope } from './result';
import { durationMs, optionalDurationMs, parseInlineText, parseStringMatcher } from './values';

/** What is not spoken yet, and so not offered. */
const UNSPOKEN = new Set(['h3']);

/** TLS towards clients. */
export function parseDownstreamTls(message: DownstreamTlsContext, scope: Scope): DownstreamTls {
  const common = message.commonTlsContext ?? create(CommonTlsContextSchema);
  const requireClientCertificate = message.requireClientCertificate ?? false;
  const validation = parseValidation(common, scope);
  if (requireClientCertificate && validation === undefined)
    scope.at('requireClientCertificate').fail('no validation context says which certificates to take');
  const certificates = parseCertificates(common, scope);
  if (certificates.length === 0) scope.fail('has no certificate');
  return {
    ...parseParams(common.tlsParams, scope.at('commonTlsContext.tlsParams')),
    certificates,
    validation,
    requireClientCertificate,
    alpnProtocols: spoken(common, scope),
    ...(message.fullScanCertsOnSniMismatch === true ? { fullScanOnSniMismatch: true } : {}),
    ...(message.requireSni === true ? { requireSni: true } : {}),
    ...parseSessions(message, scope),
  };
}

/** How clients resume sessions. Of several ticket keys the first seals; tickets sealed with the others cost a full handshake. */
function parseSessions(
  message: DownstreamTlsContext,
  scope: Scope,
): Pick<DownstreamTls, 'ticketKey' | 'statelessResumption' | 'sessionTimeoutSeconds'> {
  const { sessionTicketKeysType: type, sessionTimeout } = message;
  const timeout = optionalDurationMs(sessionTimeout, scope.at('sessionTimeout'));
  const lifetime = timeout === undefined ? {} : { sessionTimeoutSeconds: Math.max(1, Math.floor(timeout / 1000)) };
  switch (type.case) {
    case 'sessionTicketKeys': {
      const [first] = type.value.keys;
      const at = scope.at('sessionTicketKeys');
      if (first === undefined) return at.fail('has no key');
      if (type.value.keys.length > 1) at.note('ignored', 'tickets sealed with any key but the first are not taken');
      return { ...lifetime, ticketKey: ticketKeyOf(first, at) };
    }
    case 'sessionTicketKeysSdsSecretConfig':
      scope.at(type.case).note('ignored', "ticket keys by SDS are not asked for: tickets are sealed with the proxy's own");
      return lifetime;
    case 'disableStatelessSessionResumption':
      return { ...lifetime, ...(type.value ? { statelessResumption: false } : {}) };
    case undefined:
      return lifetime;
  }
}

/** Bytes that seal tickets. */
function ticketKeyOf({ specifier }: DataSource, scope: Scope): Buffer {
  if (specifier.case !== 'inlineBytes' && specifier.case !== 'inlineString') return scope.fail('only inline keys are taken');
  const key = Buffer.from(specifier.value as string);
  return key.length >= 48 ? key : scope.fail(`a key of ${key.length} bytes is too short`);
}

/** TLS towards endpoints. The cluster's own HTTP options may add automatic SNI. */
export function parseUpstreamTls(
  message: UpstreamTlsContext,
  auto: { readonly sni: boolean; readonly san: boolean },
  scope: Scope,
): UpstreamTls {
  const common = message.commonTlsContext ?? create(CommonTlsContextSchema);
  const certificates = parseCertificates(common, scope);
  if (certificates.length > 1) scope.at('commonTlsContext').fail(`has ${certificates.length} certificates, of which a client shows one`);
  return {
    ...parseParams(common.tlsParams, scope.at('commonTlsContext.tlsParams')),
    certificates,
    validation: parseValidation(common, scope),
    ...(message.sni === '' ? {} : { sni: message.sni }),
    ...(message.maxSessionKeys === 0 ? { resumption: false } : {}),
    autoSni: auto.sni,
    autoSanValidation: auto.san,
    alpnProtocols: spoken(common, scope),
  };
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
  const ciphers = known(
    params.cipherSuites.flatMap((suite) => suite.replace(/^\[|\]$/g, '').split('|')),
    (list) => ({ ciphers: list }),
    scope.at('cipherSuites'),
  );
  const ecdhCurves = known(params.ecdhCurves, (list) => ({ ecdhCurve: list }), scope.at('ecdhCurves'));
  const signatureAlgorithms = known(params.signatureAlgorithms, (list) => ({ sigalgs: list }), scope.at('signatureAlgorithms'));
  return {
    minVersion,
    maxVersion,
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(ecdhCurves === undefined ? {} : { ecdhCurves }),
    ...(signatureAlgorithms === undefined ? {} : { signatureAlgorithms }),
  };
}

/** Whether the runtime's library knows a name, by what it is; asked once. */
const knownNames = new Map<string, boolean>();

/** Those of `names` that the runtime's library knows, as its list; undefined when none are given. It must know one at least. */
function known(
  names: readonly string[],
  options: (list: string) => Parameters<typeof createSecureContext>[0],
  scope: Scope,
): string | undefined {
  if (names.length === 0) return undefined;
  const found = names.filter((name) => {
    const key = `${scope.path.split('.').at(-1)} ${name}`;
    let knows = knownNames.get(key);
    if (knows === undefined) {
      try {
        createSecureContext(options(name));
        knows = true;
      } catch {
        knows = false;
      }
      knownNames.set(key, knows);
    }
    if (!knows) scope.note('ignored', `"${name}" is not known here`);
    return knows;
  });
  return found.length === 0 ? scope.fail(`none of ${names.join(', ')} is known here`) : found.join(':');
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
      const pair = { certificateChain: inlineText(certificateChain, at), privateKey: inlineText(privateKey, at) };
      checkKeyPair(pair.certificateChain, pair.privateKey, at);
      return inlineRef({ kind: 'certificate', ...pair });
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
  const rules = parsePeerRules(context, scope);
  const crl = parseCrl(context, scope);
  const trustedCa = fromSds ?? parseTrustedCa(context, scope);
  if (rules.sans.length > 0 && trustedCa === undefined) scope.fail('names are matched, but no trusted CA says who may certify them');
  if (crl !== undefined && trustedCa === undefined) scope.at('crl').fail('has no trusted CA whose certificates it takes back');
  return { ...(trustedCa === undefined ? {} : { trustedCa }), ...rules, ...(crl === undefined ? {} : { crl }) };
}

/** What is checked besides the chain. What would protect and is not built is a rejection. */
export function parsePeerRules(context: CertificateValidationContext, scope: Scope): PeerRules {
  if (context.customValidatorConfig !== undefined)
    scope.at('customValidatorConfig').fail('custom validators are not built, and would protect');
  if (context.caCertificateProviderInstance !== undefined)
    scope.at('caCertificateProviderInstance').fail('certificate providers are not known');
  if (context.trustChainVerification === CertificateValidationContext_TrustChainVerification.ACCEPT_UNTRUSTED)
    scope.at('trustChainVerification').note('ignored', 'untrusted certificates are refused');
  if (context.allowExpiredCertificate) scope.at('allowExpiredCertificate').note('ignored', 'expired certificates are refused');
  const certificateHashes = context.verifyCertificateHash.map((hash, i) => {
    const hex = hash.replaceAll(':', '').toLowerCase();
    return /^[0-9a-f]{64}$/.test(hex) ? hex : scope.at('verifyCertificateHash').at(i).fail('is no SHA-256 in hexadecimal');
  });
  const spkiHashes = context.verifyCertificateSpki.map((hash, i) =>
    Buffer.from(hash, 'base64').length === 32 ? hash : scope.at('verifyCertificateSpki').at(i).fail('is no SHA-256 in base64'),
  );
  return {
    sans: parseSans(context, scope),
    ...(certificateHashes.length === 0 ? {} : { certificateHashes }),
    ...(spkiHashes.length === 0 ? {} : { spkiHashes }),
    ...(context.maxVerifyDepth === undefined ? {} : { maxIntermediates: context.maxVerifyDepth }),
  };
}

/** Certificates that are taken back. The runtime always looks at every issuer's list. */
export function parseCrl(context: CertificateValidationContext, scope: Scope): string | undefined {
  if (context.crl === undefined) return undefined;
  const at = scope.at('crl');
  const crl = inlineText(context.crl, at);
  try {
    createSecureContext({ crl });
  } catch (cause) {
    at.fail('is no revocation list in PEM', cause);
  }
  if (context.onlyVerifyLeafCertCrl)
    scope.at('onlyVerifyLeafCertCrl').note('ignored', 'the lists of all issuers of a chain are looked at, and must be there');
  return crl;
}

/** Trust anchors given in place. */
function parseTrustedCa(context: CertificateValidationContext, scope: Scope): SecretRef | undefined {
  if (context.systemRootCerts !== undefined) return named('sds', 'file-root:system');
  if (context.trustedCa === undefined) return undefined;
  const { specifier } = context.trustedCa;
  if (specifier.case === 'filename') return named('sds', `file-root:${specifier.value}`);
  const trustedCa = inlineText(context.trustedCa, scope.at('trustedCa'));
  checkTrustAnchors(trustedCa, scope.at('trustedCa'));
  return inlineRef({ kind: 'validation', trustedCa });
}

/** Names the peer may have. */
function parseSans(context: CertificateValidationContext, scope: Scope): readonly SanMatcher[] {
  return [
    ...context.matchSubjectAltNames.map((matcher, i): SanMatcher => ({
      type: 'any',
      matcher: parseStringMatcher(matcher, scope.at('matchSubjectAltNames').at(i)),
    })),
    ...context.matchTypedSubjectAltNames.map(({ sanType, matcher }, i): SanMatcher => {
      const at = scope.at('matchTypedSubjectAltNames').at(i);
      if (matcher === undefined) return at.fail('has no matcher');
      const type = SAN_TYPES[sanType] ?? at.fail('names of other types cannot be read');
      return { type, matcher: parseStringMatcher(matcher, at) };
    }),
  ];
}

const SAN_TYPES: Readonly<Record<number, SanMatcher['type']>> = {
  [SubjectAltNameMatcher_SanType.EMAIL]: 'email',
  [SubjectAltNameMatcher_SanType.DNS]: 'dns',
  [SubjectAltNameMatcher_SanType.URI]: 'uri',
  [SubjectAltNameMatcher_SanType.IP_ADDRESS]: 'ip',
};

/** A secret by name; the control plane serves those whose source is ADS, the agent the rest. */
export function secretRef(config: SdsSecretConfig, scope: Scope): SecretRef {
  if (config.name === '') scope.fail('has no secret name');
  const specifier = config.sdsConfig?.configSourceSpecifier.case;
  if (specifier === 'path' || specifier === 'pathConfigSource')
    scope.at('sdsConfig').at(specifier).note('ignored', 'the file is not read: the agent is asked for the secret by its name');
  const source = specifier === 'ads' ? 'ads' : 'sds';
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
