import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PausedClock } from '@lateen/base/testing';
import { openTokenKeys, type TokenKeys } from './keys';
import { mintToken, verifyToken } from './tokens';

const subject = { pod: 'reviews-v1-0', namespace: 'default', workload: 'reviews-v1', serviceAccount: 'bookinfo-reviews' };
const sub = 'system:serviceaccount:default:bookinfo-reviews';
const clock = new PausedClock();
const now = Math.floor(clock.now() / 1000);
let dirs: string[] = [];
let keys: TokenKeys;
let strangers: TokenKeys;
beforeAll(() => {
  dirs = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'lateen-tokens-')));
  keys = openTokenKeys(dirs[0] ?? '');
  strangers = openTokenKeys(dirs[1] ?? '');
});
afterAll(() => dirs.forEach((dir) => rmSync(dir, { recursive: true })));

describe('workload tokens', () => {
  it('say whom they speak for, also after a restart', async () => {
    const token = await mintToken(keys, subject, { clock });
    expect(await verifyToken(openTokenKeys(dirs[0] ?? ''), token, { clock })).toEqual({ ok: true, subject });
  });

  const jwt = (claims: object): SignJWT =>
    new SignJWT({ lateen: subject, iss: 'lateen', aud: 'istio-ca', sub, exp: now + 60, ...claims }).setProtectedHeader({ alg: 'ES256' });
  const refused: readonly { name: string; token: () => Promise<string>; code: string }[] = [
    { name: 'one that expired', token: () => mintToken(keys, subject, { clock, lifetimeSeconds: -10 }), code: 'expired' },
    { name: 'one of another mesh', token: () => mintToken(strangers, subject, { clock }), code: 'bad_signature' },
    { name: 'one for another audience', token: () => jwt({ aud: 'api' }).sign(keys.privateKey), code: 'wrong_audience' },
    { name: 'one of another issuer', token: () => jwt({ iss: 'kubernetes' }).sign(keys.privateKey), code: 'wrong_issuer' },
    { name: 'one not valid yet', token: () => jwt({ nbf: now + 600 }).sign(keys.privateKey), code: 'not_yet_valid' },
    { name: 'one without an end', token: () => jwt({ exp: undefined }).sign(keys.privateKey), code: 'malformed' },
    { name: 'one that names no workload', token: () => jwt({ lateen: undefined }).sign(keys.privateKey), code: 'no_workload' },
    {
      name: 'one whose workload is not its subject',
      token: () => jwt({ sub: 'system:serviceaccount:kube-system:admin' }).sign(keys.privateKey),
      code: 'no_workload',
    },
    { name: 'an unsigned one', token: () => Promise.resolve(new UnsecuredJWT({ lateen: subject }).encode()), code: 'malformed' },
    { name: 'plain text', token: () => Promise.resolve('secret'), code: 'malformed' },
  ];
  it.each(refused)('refuses $name', async ({ token, code }) =>
    expect(await verifyToken(keys, await token(), { clock })).toMatchObject({ ok: false, code }),
  );

  it('tells whom a refused token claimed to be, for the log', async () => {
    const token = await mintToken(strangers, subject, { clock });
    expect(await verifyToken(keys, token, { clock })).toMatchObject({ claims: expect.stringContaining('reviews-v1-0') });
  });
});
