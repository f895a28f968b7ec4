import { type Secret } from '@lateen/config';
import { type MeshSnapshot } from '@lateen/mesh';
import { type Proxy } from '@lateen/translate';
import { type MissingSecret } from '../walk/facts';

const PREFIX = 'kubernetes://';
const CA_SUFFIX = '-cacert';
const KEY_PAIRS = [
  ['tls.crt', 'tls.key'],
  ['cert', 'key'],
] as const;

/**
 * What is wrong with a secret that the control plane serves a proxy: it is not there, or lacks what it is named for.
 * Undefined for one that is well, and for those from elsewhere, of which nothing is known. That its certificate is one
 * is not looked at. Spec: Istio gateway credentials: of the gateway's own namespace; `NAME-cacert`, else `NAME`.
 */
export function missingSecret(mesh: MeshSnapshot, { namespace }: Pick<Proxy, 'namespace'>, sds: string): MissingSecret | undefined {
  if (!sds.startsWith(PREFIX)) return undefined;
  const name = sds.slice(PREFIX.length);
  const local = name.startsWith(`${namespace}/`) ? name.slice(namespace.length + 1) : name;
  const forClients = local.endsWith(CA_SUFFIX);
  const secret = mesh.secret(namespace, local) ?? (forClients ? mesh.secret(namespace, local.slice(0, -CA_SUFFIX.length)) : undefined);
  if (secret === undefined) return { name: local, namespace, exists: false };
  const has = (key: string): boolean => holds(secret, key);
  const holdsAll = forClients ? has('ca.crt') || has('cacert') : KEY_PAIRS.some((pair) => pair.every(has));
  return holdsAll ? undefined : { name: secret.metadata.name, namespace, exists: true };
}

/** Whether a file that a secret is to be read from, on the proxy's own machine, is missing there; `held` is what the proxy tells. */
export function missingFile(sds: string, held: ReadonlySet<string> | undefined): MissingSecret | undefined {
  if (held === undefined || !sds.startsWith('file-') || held.has(sds)) return undefined;
  return { name: sds, namespace: undefined, exists: false };
}

function holds({ spec: { data, stringData } }: Secret, key: string): boolean {
  return (stringData?.[key] ?? data?.[key]) !== undefined;
}
