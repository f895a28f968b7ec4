import { parsePort } from '@lateen/bookinfo';

/** Everything the details service takes from its environment. */
export interface DetailsConfig {
  readonly port: number;
  readonly version: string;
  /** Where books are looked up instead of answering the built-in one; undefined for the built-in one. */
  readonly externalBooks?: { readonly origin: string; readonly timeoutMs: number };
}

/**
 * Reads `PORT` (9080), `SERVICE_VERSION` (v1), `ENABLE_EXTERNAL_BOOK_SERVICE` (books come from Google's API when `true`)
 * and `DO_NOT_ENCRYPT` (over plain HTTP when `true`, for a mesh that originates TLS itself).
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): DetailsConfig {
  const scheme = env.DO_NOT_ENCRYPT === 'true' ? 'http' : 'https';
  return {
    port: parsePort('PORT', env.PORT, 9080),
    version: env.SERVICE_VERSION ?? 'v1',
    externalBooks: env.ENABLE_EXTERNAL_BOOK_SERVICE === 'true' ? { origin: `${scheme}://www.googleapis.com`, timeoutMs: 5000 } : undefined,
  };
}
