import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivately } from '../private-file';

/** The pair that signs and checks workload tokens. */
export interface TokenKeys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Opens the keys in `directory`, made once and kept with mode 0600. */
export function openTokenKeys(directory: string): TokenKeys {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, 'signing-key.pem');
  if (!existsSync(file)) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writePrivately(join(directory, 'token-key.pub.pem'), publicKey.export({ type: 'spki', format: 'pem' }).toString(), 0o644);
    writePrivately(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  const privateKey = createPrivateKey(readFileSync(file));
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
