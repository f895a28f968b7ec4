import { errorCode, errorMessage } from './error-code';

/** Why a change to the store was refused; the state before it still holds. */
export type StoreErrorCode = 'conflict' | 'disk_full' | 'io' | 'damaged' | 'closed';

/** A refused change, or a directory that cannot be opened. Branch on `code`. */
export class StoreError extends Error {
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StoreError';
  }
}

/** Wraps what the file system said, a full disk apart from everything else. */
export function ioError(doing: string, cause: unknown): StoreError {
  const code = errorCode(cause);
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG';
  const reason = full ? 'the disk is full' : errorMessage(cause);
  return new StoreError(full ? 'disk_full' : 'io', `Cannot ${doing}: ${reason}`, { cause });
}
