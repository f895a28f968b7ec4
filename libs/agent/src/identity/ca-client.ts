import { readFileSync } from 'node:fs';
import { credentials, Metadata, type ChannelCredentials, Client, type ServiceError, status } from '@grpc/grpc-js';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { IstioCertificateRequestSchema, IstioCertificateResponseSchema } from '@lateen/xds/gen/istio/ca_pb';

/** Where and how a certificate is asked for. */
export interface CaClientOptions {
  /** `HOST:PORT` of the certificate service over TLS. */
  readonly address: string;
  /** PEM file with the root that the service's certificate must chain to; read for every connection. */
  readonly rootCertFile: string;
  /** File with the bearer token; read for every call. */
  readonly tokenFile: string;
  /** The name expected in the service's certificate. Default `istiod.istio-system.svc`. */
  readonly serverName?: string;
}

/** A refused or failed signing request; `retryable` is false when asking again with the same token cannot help. */
export class SigningError extends Error {
  override readonly name = 'SigningError';

  constructor(
    message: string,
    readonly retryable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The certificate service's usual name in its own certificate. Spec: Istio's discovery address. */
export const CONTROL_PLANE_SERVER_NAME = 'istiod.istio-system.svc';

/**
 * Has `csrPem` signed: resolves with the chain, leaf first and root last. Rejects with SigningError.
 * Spec: istio.v1.auth.IstioCertificateService/CreateCertificate.
 */
export function requestCertificate(
  options: CaClientOptions,
  csrPem: string,
  validitySeconds: number,
  deadlineMs = 5000,
): Promise<readonly string[]> {
  const metadata = new Metadata();
  let channel: ChannelCredentials;
  try {
    metadata.set('authorization', `Bearer ${readFileSync(options.tokenFile, 'utf8').trim()}`);
    channel = credentials.createSsl(readFileSync(options.rootCertFile));
  } catch (cause) {
    return Promise.reject(new SigningError(`Cannot ask for a certificate: ${String(cause)}`, true, { cause }));
  }
  const client = new Client(options.address, channel, {
    'grpc.ssl_target_name_override': options.serverName ?? CONTROL_PLANE_SERVER_NAME,
    'grpc.default_authority': options.serverName ?? CONTROL_PLANE_SERVER_NAME,
  });
  const request = create(IstioCertificateRequestSchema, { csr: csrPem, validityDuration: BigInt(validitySeconds) });
  return new Promise<readonly string[]>((resolve, reject) => {
    client.makeUnaryRequest(
      '/istio.v1.auth.IstioCertificateService/CreateCertificate',
      (message: typeof request) => Buffer.from(toBinary(IstioCertificateRequestSchema, message)),
      (bytes: Buffer) => fromBinary(IstioCertificateResponseSchema, bytes),
      request,
      metadata,
      { deadline: new Date(Date.now() + deadlineMs) },
      (error, response) => {
        client.close();
        if (error !== null) return reject(signingError(options.address, error));
        if (response === undefined || response.certChain.length < 2) {
          return reject(
            new SigningError(`Cannot use the certificate from ${options.address}: a chain of leaf and root was expected`, true),
          );
        }
        resolve(response.certChain);
      },
    );
  });
}

/** Says what a failed call means for whoever asked. */
function signingError(address: string, error: ServiceError): SigningError {
  const retryable = error.code !== status.INVALID_ARGUMENT && error.code !== status.PERMISSION_DENIED;
  return new SigningError(`Cannot get a certificate from ${address}: ${status[error.code]}: ${error.details}`, retryable, { cause: error });
}
