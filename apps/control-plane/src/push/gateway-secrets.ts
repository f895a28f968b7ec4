import { createPrivateKey, X509Certificate } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { type Logger } from '@lateen/base';
import { type Secret } from '@lateen/config';
import { type MeshSnapshot } from '@lateen/mesh';
import { type Proxy } from '@lateen/translate';
import { type Caller } from '@lateen/xds/server';
import { SecretSchema, type Secret as TlsSecret } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';

const PREFIX = 'kubernetes://';
const CA_SUFFIX = '-cacert';

/**
 * Whether a client may have secrets at all: a gateway that is registered as one, proved to be of its namespace and
 * service account over TLS. What a node says of itself opens nothing.
 */
export function mayHaveSecrets(proxy: Proxy, caller: Caller, snapshot: MeshSnapshot): boolean {
  const instance = snapshot.workload(proxy.namespace, proxy.name);
  return (
    caller.via !== 'none' &&
    instance?.kind === 'router' &&
    caller.namespace === instance.namespace &&
    caller.serviceAccount === instance.serviceAccount
  );
}

/**
 * The secrets of the gateway's own namespace that its listeners name. One that is missing or malformed is left out
 * and logged, so that its server waits while every other one works.
 * Spec: Istio gateway credentials: `tls.crt`, `tls.key`, `ca.crt`, or `cert`, `key`, `cacert`; `NAME-cacert`.
 */
export function gatewaySecrets(names: readonly string[], namespace: string, snapshot: MeshSnapshot, logger: Logger): readonly TlsSecret[] {
  return names.flatMap((name) => {
    if (!name.startsWith(PREFIX)) return [];
    const reference = name.slice(PREFIX.length);
    // `NAMESPACE/NAME` of another namespace finds nothing: a slash is in no name.
    const local = reference.startsWith(`${namespace}/`) ? reference.slice(namespace.length + 1) : reference;
    try {
      const secret = tlsSecret(name, local, namespace, snapshot);
      if (secret === undefined) logger.warn('A gateway names a secret that does not exist', { secret: local, namespace });
      return secret === undefined ? [] : [secret];
    } catch (error) {
      logger.warn('A gateway names a secret that cannot be used', {
        secret: local,
        namespace,
        reason: error instanceof Error ? error.message : String(error),
      });
      return [];
    }
  });
}

function tlsSecret(name: string, local: string, namespace: string, snapshot: MeshSnapshot): TlsSecret | undefined {
  if (local.endsWith(CA_SUFFIX)) {
    const secret = snapshot.secret(namespace, local) ?? snapshot.secret(namespace, local.slice(0, -CA_SUFFIX.length));
    const root = secret === undefined ? undefined : (field(secret, 'ca.crt') ?? field(secret, 'cacert'));
    if (root === undefined) return undefined;
    new X509Certificate(root);
    return create(SecretSchema, {
      name,
      type: { case: 'validationContext', value: { trustedCa: { specifier: { case: 'inlineBytes', value: root } } } },
    });
  }
  const secret = snapshot.secret(namespace, local);
  const chain = secret === undefined ? undefined : (field(secret, 'tls.crt') ?? field(secret, 'cert'));
  const key = secret === undefined ? undefined : (field(secret, 'tls.key') ?? field(secret, 'key'));
  if (chain === undefined || key === undefined) return undefined;
  if (!new X509Certificate(chain).checkPrivateKey(createPrivateKey(key))) throw new Error('its key is not the key of its certificate');
  return create(SecretSchema, {
    name,
    type: {
      case: 'tlsCertificate',
      value: {
        certificateChain: { specifier: { case: 'inlineBytes', value: chain } },
        privateKey: { specifier: { case: 'inlineBytes', value: key } },
      },
    },
  });
}

function field(secret: Secret, key: string): Buffer | undefined {
  const plain = secret.spec.stringData?.[key];
  if (plain !== undefined) return Buffer.from(plain);
  const encoded = secret.spec.data?.[key];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
}
