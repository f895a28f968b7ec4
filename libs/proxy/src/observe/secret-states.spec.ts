import { describe, expect, it } from '@jest/globals';
import { certificateFacts } from '@lateen/ca';
import { type Secret } from '@lateen/proxy-config';
import { testAuthority } from '@lateen/proxy-config/testing';
import { secretStates } from './secret-states';

const authority = testAuthority('states');
const { certificate, privateKey } = authority.leaf('spiffe://cluster.local/ns/a/sa/b');
const own: Secret = { kind: 'certificate', name: 'default', certificateChain: `${certificate}\n${authority.certificate}`, privateKey };
const roots: Secret = { kind: 'validation', name: 'ROOTCA', trustedCa: `${authority.certificate}\n${testAuthority('other').certificate}` };

describe('secretStates', () => {
  it('tells of a chain its certificate, and of roots each', () => {
    const [leaf] = certificateFacts(certificate);
    expect(secretStates([own, roots])).toMatchObject([
      { name: 'default', trusted: false, problem: '', ...leaf },
      { name: 'ROOTCA', trusted: true },
      { name: 'ROOTCA', trusted: true },
    ]);
  });

  it('says what cannot be read, and that nothing is there', () => {
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';
    expect(
      secretStates([
        { ...own, certificateChain: broken },
        { ...own, certificateChain: '' },
      ]),
    ).toMatchObject([
      { notAfterMs: 0, problem: expect.stringMatching(/./) },
      { notAfterMs: 0, problem: 'it holds no certificate' },
    ]);
  });

  it('tells of 200 at most', () => expect(secretStates(Array.from({ length: 300 }, () => own))).toHaveLength(200));
});
