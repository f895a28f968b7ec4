export {
  type AuthorityOptions,
  type CertificateAuthority,
  DEFAULT_VALIDITY_SECONDS,
  type IssuedCertificate,
  MAX_VALIDITY_SECONDS,
  openAuthority,
} from './authority';
export { createKeyAndCsr, type KeyAndCsr } from './csr/create-csr';
export { type CsrResult, parseCsr } from './csr/parse-csr';
export { type CertificateFacts, certificateFacts } from './x509/certificate-facts';
export { parseSpiffeId, spiffeId, type WorkloadIdentity } from './identity';
export {
  mintToken,
  openTokenKeys,
  TOKEN_LIFETIME_SECONDS,
  type TokenKeys,
  type TokenRefusal,
  type TokenResult,
  type TokenSubject,
  verifyToken,
} from './tokens';
