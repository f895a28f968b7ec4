import { create } from '@bufbuild/protobuf';
import { SecretSchema, type Secret } from '@lateen/xds/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { type Clock, type Logger } from '@lateen/base';
import { type IdentityManager } from '../identity/identity-manager';
import { FileWatch } from './file-watch';

/** Where the system keeps the roots it trusts, by distribution, in the order tried. */
const SYSTEM_ROOTS = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];

/** Secrets by Istio's names. */
export interface SecretStore {
  /** The secret now, or undefined when it is not there (yet). */
  get(name: string): Secret | undefined;
  /** Calls `listener` whenever some secret may have changed. */
  subscribe(listener: () => void): () => void;
}

/**
 * The agent's secrets: `default` (the workload's certificate and key), `ROOTCA` (whom it trusts), and files the
 * configuration names: `file-cert:CERT~KEY`, `file-root:CA`, `file-root:system`. Files are read again when they change.
 * Spec: Istio SDS resource names.
 */
export function createSecretStore(identity: IdentityManager, logger: Logger, clock: Clock): SecretStore {
  const files = new FileWatch(clock);
  return {
    get: (name) => {
      if (name === 'default') return certificate(name, identity.current?.certChainPem, identity.current?.privateKeyPem);
      if (name === 'ROOTCA') return root(name, identity.current?.rootCertPem);
      return fromFiles(name, files, logger);
    },
    subscribe: (listener) => {
      const stops = [identity.subscribe(() => listener()), files.subscribe(listener)];
      return () => stops.forEach((stop) => stop());
    },
  };
}

function certificate(name: string, chainPem: string | undefined, keyPem: string | undefined): Secret | undefined {
  if (chainPem === undefined || keyPem === undefined) return undefined;
  return create(SecretSchema, {
    name,
    type: {
      case: 'tlsCertificate',
      value: { certificateChain: inline(chainPem), privateKey: inline(keyPem) },
    },
  });
}

function root(name: string, pem: string | undefined): Secret | undefined {
  if (pem === undefined) return undefined;
  return create(SecretSchema, { name, type: { case: 'validationContext', value: { trustedCa: inline(pem) } } });
}

function inline(pem: string): { specifier: { case: 'inlineBytes'; value: Uint8Array } } {
  return { specifier: { case: 'inlineBytes', value: Buffer.from(pem) } };
}

/** Reads a secret whose name is file paths; a file that cannot be read is logged and not served. */
function fromFiles(name: string, files: FileWatch, logger: Logger): Secret | undefined {
  try {
    if (name.startsWith('file-cert:')) {
      const [cert, key] = name.slice('file-cert:'.length).split('~');
      if (cert === undefined || key === undefined) throw new Error('expected file-cert:CERT~KEY');
      return certificate(name, files.read(cert), files.read(key));
    }
    if (name === 'file-root:system') return root(name, readFirst(files, SYSTEM_ROOTS));
    if (name.startsWith('file-root:')) return root(name, files.read(name.slice('file-root:'.length)));
  } catch (error) {
    logger.error('Cannot read a secret from its files', { name, error: String(error) });
    return undefined;
  }
  logger.warn('A secret was asked for that this agent does not have', { name });
  return undefined;
}

function readFirst(files: FileWatch, paths: readonly string[]): string {
  let failure: unknown;
  for (const path of paths) {
    try {
      return files.read(path);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
