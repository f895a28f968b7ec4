import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { type KeyPair } from '../subject';

/** A certificate authority of the benchmark's own, for peers that are in no mesh. */
export function createAuthority(folder: string): KeyPair {
  const authority = { cert: `${folder}/ca.pem`, key: `${folder}/ca.key` };
  openssl('req', '-x509', ...NEW_KEY, '-keyout', authority.key, '-out', authority.cert, '-days', '2', '-subj', '/CN=bench');
  return authority;
}

/** A P-256 certificate, as a mesh's are; `name` is one subject alternative name, `DNS:a` or `URI:spiffe://...`. */
export function issue(authority: KeyPair, path: string, name: string): KeyPair {
  const pair = { cert: `${path}.pem`, key: `${path}.key` };
  const [request, extensions] = [`${path}.csr`, `${path}.ext`];
  writeFileSync(extensions, `subjectAltName=critical,${name}\nextendedKeyUsage=clientAuth,serverAuth\n`);
  openssl('req', ...NEW_KEY, '-keyout', pair.key, '-out', request, '-subj', '/O=bench');
  openssl(
    'x509',
    '-req',
    '-in',
    request,
    '-CA',
    authority.cert,
    '-CAkey',
    authority.key,
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    extensions,
    '-out',
    pair.cert,
  );
  return pair;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
