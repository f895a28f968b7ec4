import { describe, expect, it } from '@jest/globals';
import { type Cause, type Exchange, type RequestRecord } from '@lateen/observation';
import { withCauseFurtherOn } from './cause-further-on';

const cause = (code: string): Cause => ({ code, short: code, sentence: `${code}.`, evidence: [] });
const record = (id: string, reporter: RequestRecord['reporter'], code?: string): RequestRecord =>
  ({ id, reporter, ...(code === undefined ? {} : { cause: cause(code) }) }) as RequestRecord;
const exchange = (...hops: readonly (readonly [record: RequestRecord, parent?: string])[]): Exchange =>
  ({ hops: hops.map(([one, parent]) => ({ record: one, parent })) }) as unknown as Exchange;

describe('the cause of an error that was passed on', () => {
  const sent = record('a', 'source', 'upstream_error');
  it.each([
    { name: 'is what the destination says', hops: exchange([sent], [record('b', 'destination', 'app_closed'), 'a']), want: 'app_closed' },
    {
      name: 'is not what another destination says',
      hops: exchange([sent], [record('b', 'destination', 'app_closed'), 'x']),
      want: 'upstream_error',
    },
    {
      name: 'is not what the destination called',
      hops: exchange([sent], [record('b', 'source', 'app_closed'), 'a']),
      want: 'upstream_error',
    },
    { name: 'stays where the destination knows none', hops: exchange([sent], [record('b', 'destination'), 'a']), want: 'upstream_error' },
  ])('$name', ({ hops, want }) => expect(withCauseFurtherOn(sent, hops, (one) => one).cause?.code).toBe(want));

  it('is its own where it is not of that kind', () => {
    const failed = record('a', 'source', 'connection_refused');
    const hops = exchange([failed], [record('b', 'destination', 'app_closed'), 'a']);
    expect(withCauseFurtherOn(failed, hops, (one) => one).cause?.code).toBe('connection_refused');
  });
});
