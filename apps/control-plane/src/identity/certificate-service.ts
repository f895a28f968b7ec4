import { type Server, type ServerUnaryCall, type ServiceError, type sendUnaryData, status } from '@grpc/grpc-js';
import { create } from '@bufbuild/protobuf';
import { type Logger } from '@lateen/base';
import { type CertificateAuthority, parseCsr } from '@lateen/ca';
import { grpcService } from '@lateen/xds';
import { type Authenticate, evidenceOf } from '@lateen/xds/server';
import {
  type IstioCertificateRequest,
  type IstioCertificateResponse,
  IstioCertificateResponseSchema,
  IstioCertificateService,
} from '@lateen/xds/gen/istio/ca_pb';

/** What signing needs, and who is told of it. */
export interface CertificateServiceOptions {
  readonly authority: CertificateAuthority;
  readonly authenticate: Authenticate;
  readonly logger: Logger;
  readonly onRequest: () => void;
  readonly onOutcome: (outcome: 'success' | 'authentication_failure' | 'csr_parsing_failure' | 'csr_sign_failure') => void;
}

type Call = ServerUnaryCall<IstioCertificateRequest, IstioCertificateResponse>;

/**
 * Signs for whoever is authenticated, and for that name only, whatever the request says.
 * Spec: istio.v1.auth.IstioCertificateService/CreateCertificate.
 */
export function addCertificateService(server: Server, options: CertificateServiceOptions): void {
  const { authority, authenticate, logger, onOutcome, onRequest } = options;

  async function createCertificate(call: Call): Promise<IstioCertificateResponse> {
    onRequest();
    const caller = await Promise.resolve(authenticate(evidenceOf(call))).catch((error: unknown) => {
      onOutcome('authentication_failure');
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn('Refused to sign a certificate', { peer: call.getPeer(), reason });
      throw failure(status.UNAUTHENTICATED, reason);
    });
    const { trustDomain = authority.trustDomain, namespace, serviceAccount } = caller;
    if (namespace === undefined || serviceAccount === undefined) throw failure(status.UNAUTHENTICATED, 'the caller has no identity');
    const csr = parseCsr(call.request.csr);
    if (!csr.ok) {
      onOutcome('csr_parsing_failure');
      logger.warn('Refused to sign a certificate', { namespace, serviceAccount, reason: csr.message });
      throw failure(status.INVALID_ARGUMENT, csr.message);
    }
    try {
      const validitySeconds = Number(call.request.validityDuration);
      const { chain } = authority.issueWorkload({
        publicKey: csr.publicKey,
        identity: { trustDomain, namespace, serviceAccount },
        validitySeconds,
      });
      onOutcome('success');
      logger.info('Signed a certificate', { namespace, serviceAccount, pod: caller.pod, via: caller.via });
      return create(IstioCertificateResponseSchema, { certChain: [...chain] });
    } catch (error) {
      onOutcome('csr_sign_failure');
      logger.error('Cannot sign a certificate', { namespace, serviceAccount, error: String(error) });
      throw failure(status.INTERNAL, 'cannot sign');
    }
  }

  server.addService(grpcService(IstioCertificateService), {
    CreateCertificate: (call: Call, callback: sendUnaryData<IstioCertificateResponse>) => {
      createCertificate(call).then(
        (response) => callback(null, response),
        (error: unknown) => callback(error as Partial<ServiceError>),
      );
    },
  });
}

function failure(code: status, details: string): Partial<ServiceError> & Error {
  return Object.assign(new Error(details), { code, details });
}
