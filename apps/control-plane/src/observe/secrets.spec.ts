import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from '@jest/globals';
import { certificateFacts } from '@lateen/ca';
import { testAuthority } from '@lateen/proxy-config/testing';
import { packResource, TYPE_URL } from '@lateen/xds';
import { SecretSchema } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { SecretStateSchema } from '@lateen/xds/gen/lateen/observation_pb';
import { type ConnectedClient } from '@lateen/xds/server';
import { heldSecrets, sentSecrets } from './secrets';

const authority = testAuthority('secrets');
const { certificate, privateKey } = authority.leaf('a.example');
const [leaf] = certificateFacts(certificate);

describe('heldSecrets', () => {
  it('says what the proxy says, and why something cannot be read', () => {
    const states = [
      create(SecretStateSchema, { name: 'default', serial: '0a', names: ['spiffe://x'], notBeforeMs: 1, notAfterMs: 2 }),
      create(SecretStateSchema, { name: 'ROOTCA', trusted: true, problem: 'it holds no certificate' }),
    ];
    expect(heldSecrets(states)).toEqual([
      { name: 'default', kind: 'certificate', serial: '0a', names: ['spiffe://x'], notBeforeMs: 1, notAfterMs: 2 },
      { name: 'ROOTCA', kind: 'trusted root', serial: '', names: [], notBeforeMs: 0, notAfterMs: 0, problem: 'it holds no certificate' },
    ]);
  });
});

describe('sentSecrets', () => {
  const bytes = (text: string) => ({ specifier: { case: 'inlineBytes' as const, value: Buffer.from(text) } });
  const secrets = [
    create(SecretSchema, {
      name: 'kubernetes://cert',
      type: {
        case: 'tlsCertificate',
        value: { certificateChain: bytes(`${certificate}\n${authority.certificate}`), privateKey: bytes(privateKey) },
      },
    }),
    create(SecretSchema, { name: 'roots', type: { case: 'validationContext', value: { trustedCa: bytes(authority.certificate) } } }),
    create(SecretSchema, {
      name: 'bad',
      type: { case: 'tlsCertificate', value: { certificateChain: bytes('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----') } },
    }),
  ];
  const resources = new Map(secrets.map((secret) => [secret.name, packResource(SecretSchema, secret.name, secret)]));
  const client = {
    view: { resources: (typeUrl: string) => (typeUrl === TYPE_URL.SDS ? resources : new Map()) },
  } as unknown as ConnectedClient;

  it('reads the certificates of what was sent, and shows no key', () => {
    const views = sentSecrets(client);
    expect(views).toEqual([
      { name: 'kubernetes://cert', kind: 'certificate', ...leaf },
      { name: 'roots', kind: 'trusted root', ...certificateFacts(authority.certificate)[0] },
      { name: 'bad', kind: 'certificate', names: [], serial: '', notBeforeMs: 0, notAfterMs: 0, problem: expect.any(String) },
    ]);
    expect(JSON.stringify(views)).not.toContain('PRIVATE KEY');
  });
});
