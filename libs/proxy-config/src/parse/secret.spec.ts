import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { testAuthority } from '../testing/certificates';
import { parseSecret } from './secret';

const authority = testAuthority('secrets');
const { certificate, privateKey } = authority.leaf('a.example');
const cut = certificate.slice(0, 400);
const pem = (value: string) => ({ specifier: { case: 'inlineString' as const, value } });

const pair = (chain: string, key: string) =>
  parseSecret(
    create(SecretSchema, { name: 's', type: { case: 'tlsCertificate', value: { certificateChain: pem(chain), privateKey: pem(key) } } }),
  );
const anchors = (trustedCa: string) =>
  parseSecret(create(SecretSchema, { name: 's', type: { case: 'validationContext', value: { trustedCa: pem(trustedCa) } } }));

describe('a secret', () => {
  it.each([
    { name: 'a certificate and its key', result: pair(certificate, privateKey) },
    { name: 'a chain and its key', result: pair(certificate + authority.certificate, privateKey) },
    { name: 'anchors', result: anchors(authority.certificate) },
    { name: 'several anchors, and words between', result: anchors(`# one\n${authority.certificate}# two\n${certificate}`) },
  ])('is taken: $name', ({ result }) => expect(result.ok).toBe(true));

  it.each([
    { name: 'no certificate', result: pair('garbage', privateKey), want: 'is no certificate chain with its private key: no start line' },
    { name: 'a certificate cut short', result: pair(cut, privateKey), want: /private key: / },
    { name: 'a chain that is cut short', result: pair(certificate + cut, privateKey), want: /private key: / },
    { name: 'no key', result: pair(certificate, 'garbage'), want: /private key: / },
    { name: 'a key of another kind', result: pair(certificate, authority.ecdsaLeaf('a').privateKey), want: /key type mismatch$/ },
    { name: 'no PEM at all', result: anchors('garbage'), want: 'trustedCa: holds no certificate in PEM' },
    { name: 'an anchor cut short', result: anchors(authority.certificate + cut), want: 'trustedCa: holds a certificate that is not whole' },
    {
      name: 'an anchor that is none',
      result: anchors('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'),
      want: /^trustedCa: holds a certificate that cannot be read, number 1: /,
    },
  ])('is refused: $name', ({ result, want }) => {
    const reason = result.ok ? 'taken' : result.reason;
    if (typeof want === 'string') expect(reason).toBe(want);
    else expect(reason).toMatch(want);
    expect(reason).not.toContain(certificate.split('\n')[2]);
  });
});
