export { openTokenKeys, type TokenKeys } from './keys';
export { mintToken, TOKEN_LIFETIME_SECONDS, type TokenRefusal, type TokenResult, type TokenSubject, verifyToken } from './tokens';
