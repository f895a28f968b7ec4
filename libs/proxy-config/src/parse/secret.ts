import { type Secret as SecretMessage } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { type Secret } from '../model';
import { checkKeyPair, checkTrustAnchors } from './pem';
import { type ParseResult, parseWith } from './result';
import { parseCrl, parsePeerRules } from './tls';
import { parseInlineText } from './values';

/**
 * Parses a secret as SDS sends it; one that could not be used is rejected, so that the last good one stays.
 * Messages never quote what it holds.
 */
export function parseSecret(message: SecretMessage): ParseResult<Secret> {
  return parseWith((scope) => {
    const { name, type } = message;
    switch (type.case) {
      case 'tlsCertificate': {
        const certificateChain = parseInlineText(type.value.certificateChain, scope.at('certificateChain'));
        const privateKey = parseInlineText(type.value.privateKey, scope.at('privateKey'));
        if (certificateChain === '' || privateKey === '') scope.fail('lacks a certificate chain or a private key');
        checkKeyPair(certificateChain, privateKey, scope);
        return { kind: 'certificate', name, certificateChain, privateKey };
      }
      case 'validationContext': {
        const trustedCa = parseInlineText(type.value.trustedCa, scope.at('trustedCa'));
        if (trustedCa === '') scope.fail('has no trusted CA');
        checkTrustAnchors(trustedCa, scope.at('trustedCa'));
        const crl = parseCrl(type.value, scope);
        const rules = parsePeerRules(type.value, scope);
        const ruled = Object.keys(rules).length > 1 || rules.sans.length > 0;
        return { kind: 'validation', name, trustedCa, ...(crl === undefined ? {} : { crl }), ...(ruled ? { rules } : {}) };
      }
      case 'sessionTicketKeys':
      case 'genericSecret':
      case undefined:
        return scope.fail(`is neither a certificate nor a validation context but ${type.case ?? 'empty'}`);
    }
  });
}
