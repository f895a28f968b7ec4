import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { openAuthority } from '../authority';
import { certificateFacts } from './certificate-facts';

const NOW = Date.UTC(2026, 10, 21);
const folder = mkdtempSync(join(tmpdir(), 'lateen-facts-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('certificateFacts', () => {
  const authority = openAuthority(folder, {
    trustDomain: 'cluster.local',
    clock: { now: () => NOW } as Parameters<typeof openAuthority>[1]['clock'],
  });
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const identity = { trustDomain: 'cluster.local', namespace: 'default', serviceAccount: 'reviews' };
  const { chain } = authority.issueWorkload({ publicKey, identity, validitySeconds: 3600 });

  it('reads every certificate of a chain', () => {
    expect(certificateFacts(chain.join('\n'))).toMatchObject([
      { names: ['spiffe://cluster.local/ns/default/sa/reviews'], notBeforeMs: NOW - 120_000, notAfterMs: NOW + 3_600_000 },
      { names: [expect.stringMatching(/O=cluster\.local/)], notBeforeMs: NOW - 120_000 },
    ]);
    expect(certificateFacts(chain[0] ?? '')[0]?.serial).toMatch(/^[0-9a-f]+$/);
  });

  it('finds none where there is none', () => expect(certificateFacts('nothing')).toEqual([]));

  it('throws for one that cannot be read', () => {
    expect(() => certificateFacts('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toThrow();
  });
});
