import { describe, expect, it } from '@jest/globals';
import { type HTTPRetry } from '@lateen/config';
import { retryPolicy } from './retry';

const DEFAULT_ON = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes';
const cases: readonly { name: string; retries?: HTTPRetry; hashed?: boolean; want: unknown }[] = [
  { name: 'two by default, never at a host tried before', want: [DEFAULT_ON, [], 2, 1] },
  { name: 'a hashed destination may be tried again', hashed: true, want: [DEFAULT_ON, [], 2, 0] },
  { name: 'no attempts, no policy', retries: { attempts: 0 }, want: undefined },
  { name: 'no attempts said, no policy either', retries: { perTryTimeout: '2s' }, want: undefined },
  {
    name: 'status codes move to their own list and add their condition',
    retries: { attempts: 3, retryOn: '5xx, 503' },
    want: ['5xx,retriable-status-codes', [503], 3, 1],
  },
  {
    name: 'previous hosts on request',
    retries: { attempts: 1, retryIgnorePreviousHosts: true },
    hashed: true,
    want: [DEFAULT_ON, [], 1, 1],
  },
];

describe('retryPolicy', () => {
  it.each(cases)('$name', ({ retries, hashed, want }) => {
    const policy = retryPolicy({ retries, hashed: hashed ?? false });
    const got = policy && [policy.retryOn, policy.retriableStatusCodes, policy.numRetries, policy.retryHostPredicate.length];
    expect(got).toEqual(want);
  });
});
