import { describe, expect, it } from '@jest/globals';
import { EXIT } from '../exit';
import { checkCause } from './cause-codes';

describe('--cause', () => {
  it.each(['connection_refused', 'retries_exhausted', 'unknown'])('takes %s', (code) => expect(() => checkCause(code)).not.toThrow());

  it.each([
    ['nonsense', /no failure has that code; docs\/causes\.md has all \d+$/],
    ['subset_not_fuond', /did you mean "subset_not_found"\?$/],
    ['Connection Refused', /did you mean "connection_refused"\?$/],
    ['retries', /did you mean one of .*"retries_exhausted"/],
    ['refused', /did you mean one of .*"connection_refused"/],
  ])('%s is wrong use, and those near it are named', (code, says) => {
    const error = (() => {
      try {
        checkCause(code);
      } catch (thrown) {
        return thrown as Error & { readonly exitCode: number };
      }
      throw new Error('it was taken');
    })();
    expect({ exitCode: error.exitCode, message: error.message }).toEqual({ exitCode: EXIT.usage, message: expect.stringMatching(says) });
  });
});
