import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@lateen/base';
import { type CertificateAuthority, openAuthority } from '../authority';

/** An authority in a folder of its own, and what removes that folder. */
export function temporaryAuthority(trustDomain = 'cluster.local'): {
  readonly authority: CertificateAuthority;
  readonly directory: string;
  remove(): void;
} {
  const directory = mkdtempSync(join(tmpdir(), 'lateen-ca-'));
  return {
    authority: openAuthority(directory, { trustDomain, clock: systemClock }),
    directory,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
