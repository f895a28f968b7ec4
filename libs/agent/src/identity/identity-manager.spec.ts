import { beforeAll, describe, expect, it } from '@jest/globals';
import { silentLogger } from '@lateen/base';
import { PausedClock } from '@lateen/base/testing';
import { createKeyAndCsr, parseCsr } from '@lateen/ca';
import { temporaryAuthority } from '@lateen/ca/testing';
import { IdentityManager } from './identity-manager';

const DAY_MS = 86_400_000;
const middle = { next: () => 0.5 };

/** A day-long certificate with a SPIFFE name. */
let leaf = '';
beforeAll(() => {
  const { authority, remove } = temporaryAuthority();
  const request = parseCsr(createKeyAndCsr().csrPem);
  if (!request.ok) throw new Error(request.message);
  const { chain } = authority.issueWorkload({
    publicKey: request.publicKey,
    identity: { trustDomain: 'cluster.local', namespace: 'default', serviceAccount: 'reviews' },
    validitySeconds: DAY_MS / 1000,
  });
  leaf = chain[0] ?? '';
  remove();
});

/** A manager whose signer answers from `results`: an error, or a chain. */
function managerWith(results: (readonly string[] | Error)[]): { manager: IdentityManager; clock: PausedClock; signed: () => number } {
  const clock = new PausedClock(Date.now());
  let signed = 0;
  const manager = new IdentityManager({
    createKeyAndCsr: () => ({ privateKeyPem: `key ${signed}`, csrPem: 'csr' }),
    sign: () => {
      const result = results[Math.min(signed++, results.length - 1)] ?? new Error('no result');
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    },
    clock,
    random: middle,
    logger: silentLogger,
  });
  return { manager, clock, signed: () => signed };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('IdentityManager', () => {
  it('reads the identity from the certificate and keeps the root out of the chain', async () => {
    const { manager } = managerWith([[leaf, 'ROOT']]);
    const identity = await manager.start(new AbortController().signal);
    expect(identity).toMatchObject({
      spiffeId: 'spiffe://cluster.local/ns/default/sa/reviews',
      rootCertPem: 'ROOT',
      privateKeyPem: 'key 0',
      certChainPem: `${leaf.trimEnd()}\n`,
    });
    manager.stop();
  });

  it('renews with a new key at half of its life and tells subscribers', async () => {
    const { manager, clock, signed } = managerWith([[leaf, 'ROOT']]);
    await manager.start(new AbortController().signal);
    const seen: string[] = [];
    manager.subscribe((identity) => seen.push(identity.privateKeyPem));
    clock.advance(DAY_MS / 2 - 300_000);
    await settle();
    expect(signed()).toBe(1);
    clock.advance(600_000);
    await settle();
    expect(signed()).toBe(2);
    expect(seen).toEqual(['key 1']);
    manager.stop();
  });

  it('keeps the old certificate when renewal fails, and tries again', async () => {
    const { manager, clock, signed } = managerWith([[leaf, 'ROOT'], new Error('down'), [leaf, 'ROOT2']]);
    await manager.start(new AbortController().signal);
    clock.advance(DAY_MS / 2 + 60_000);
    await settle();
    expect([signed(), manager.current?.rootCertPem]).toEqual([2, 'ROOT']);
    clock.advance(200);
    await settle();
    expect([signed(), manager.current?.rootCertPem]).toEqual([3, 'ROOT2']);
    manager.stop();
  });

  it('waits for the first certificate until it comes', async () => {
    const { manager, clock, signed } = managerWith([new Error('down'), [leaf, 'ROOT']]);
    const started = manager.start(new AbortController().signal);
    await settle();
    clock.advance(150);
    await expect(started).resolves.toMatchObject({ rootCertPem: 'ROOT' });
    expect(signed()).toBe(2);
    manager.stop();
  });

  it('stops waiting when told', async () => {
    const { manager } = managerWith([new Error('down')]);
    const abort = new AbortController();
    const started = manager.start(abort.signal);
    await settle();
    abort.abort(new Error('shutting down'));
    await expect(started).rejects.toThrow('shutting down');
  });
});
