import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '@lateen/base';
import { PausedClock } from '@lateen/base/testing';
import { type IdentityManager } from '../identity/identity-manager';
import { createSecretStore } from './secret-store';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'secrets-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const identity = { current: undefined, subscribe: () => () => undefined } as unknown as IdentityManager;
const at = (name: string): string => join(folder, name);

/** A store that was asked for a certificate in files, and what its owner hears and reads. */
function setup() {
  const clock = new PausedClock();
  const store = createSecretStore(identity, silentLogger, clock);
  const name = `file-cert:${at('cert')}~${at('key')}`;
  let heard = 0;
  const read = (): string | undefined => {
    const { type } = store.get(name) ?? {};
    if (type?.case !== 'tlsCertificate') return undefined;
    return [type.value.certificateChain, type.value.privateKey]
      .map((one) => Buffer.from(one!.specifier.value as Uint8Array).toString())
      .join();
  };
  const end = store.subscribe(() => {
    heard++;
    read();
  });
  return { clock, read, end, heard: () => heard };
}

describe('secrets in files', () => {
  const changes: readonly { name: string; change: () => void; want: string | undefined }[] = [
    { name: 'written', change: () => writeFileSync(at('cert'), 'two'), want: 'two,k' },
    { name: 'replaced', change: () => (writeFileSync(at('new'), 'two'), renameSync(at('new'), at('cert'))), want: 'two,k' },
    {
      name: 'linked elsewhere',
      change: () => (writeFileSync(at('x'), 'one'), rmSync(at('cert')), symlinkSync(at('x'), at('cert'))),
      want: 'one,k',
    },
    { name: 'taken away', change: () => rmSync(at('key')), want: undefined },
  ];
  it.each(changes)('are told of within seconds when one is $name', ({ change, want }) => {
    writeFileSync(at('cert'), 'one');
    writeFileSync(at('key'), 'k');
    const { clock, read, heard } = setup();
    expect(read()).toBe('one,k');
    clock.advance(5000);
    expect(heard()).toBe(0);
    change();
    clock.advance(5000);
    expect([heard(), read()]).toEqual([1, want]);
    clock.advance(60_000);
    expect(heard()).toBe(1);
  });

  it('are told of when they come', () => {
    const { clock, read, heard } = setup();
    expect(read()).toBeUndefined();
    writeFileSync(at('cert'), 'one');
    clock.advance(5000);
    writeFileSync(at('key'), 'k');
    clock.advance(5000);
    expect([heard(), read()]).toEqual([2, 'one,k']);
  });

  it('are not looked at when nobody listens', () => {
    writeFileSync(at('cert'), 'one');
    writeFileSync(at('key'), 'k');
    const { clock, read, end, heard } = setup();
    read();
    end();
    writeFileSync(at('cert'), 'two');
    clock.advance(60_000);
    expect(heard()).toBe(0);
  });
});
