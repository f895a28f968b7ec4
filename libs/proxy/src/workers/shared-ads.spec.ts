import { create } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from '@jest/globals';
import { type AdsClient, type ReceivedResource, type UpdateHandler } from '@lateen/xds/client';
import { AdsReplica, AdsSource } from './shared-ads';

const resource = (name: string, version: string): ReceivedResource => ({
  name,
  version,
  any: create(AnySchema, { typeUrl: 'T', value: new Uint8Array([1]) }),
});

/** A parent that refuses whatever is called `bad`, and a replica of it. */
function pair(): { push: UpdateHandler; source: AdsSource; replica: AdsReplica } {
  let handler: UpdateHandler = () => undefined;
  const client: Pick<AdsClient, 'subscribe'> = {
    subscribe: (_type, _names, take) => {
      handler = take;
      return { setNames: () => undefined, close: () => undefined };
    },
  };
  const replica = new AdsReplica();
  const source = new AdsSource(client, (update) => replica.take(update));
  source.subscribe('T', '*', ({ changed }) => changed.filter(({ name }) => name === 'bad').map(({ name }) => ({ name, reason: 'bad' })));
  return { push: (update) => handler(update), source, replica };
}

/** What a subscription of the replica was told, an update a line. */
function listen(replica: AdsReplica, names: '*' | string[]): { told: string[]; setNames: (names: string[]) => void } {
  const told: string[] = [];
  const subscription = replica.subscribe('T', names, ({ changed, removed }) => {
    told.push(`${changed.map(({ name, version }) => `${name}@${version}`).join(' ')}${removed.map((name) => ` -${name}`).join('')}`);
  });
  return { told, setNames: (next) => subscription.setNames(next) };
}

describe('one subscription for all workers', () => {
  it('passes on what the parent accepted', () => {
    const { push, replica } = pair();
    const { told } = listen(replica, '*');
    push({ typeUrl: 'T', changed: [resource('a', '1'), resource('bad', '1')], removed: [] });
    push({ typeUrl: 'T', changed: [], removed: ['a'] });
    expect(told).toEqual(['a@1', ' -a']);
  });

  it('says that there is nothing: that is news too', () => {
    const { push, replica } = pair();
    const { told } = listen(replica, '*');
    push({ typeUrl: 'T', changed: [], removed: [] });
    expect(told).toEqual(['']);
  });

  it('gives a subscription that comes late what is in effect, and new names theirs', () => {
    const { push, replica } = pair();
    push({ typeUrl: 'T', changed: [resource('a', '1'), resource('b', '1'), resource('c', '1')], removed: [] });
    push({ typeUrl: 'T', changed: [resource('b', '2')], removed: ['c'] });
    const { told, setNames } = listen(replica, ['a']);
    setNames(['a', 'b', 'c']);
    expect(told).toEqual(['a@1', 'b@2']);
  });

  it('tells a worker that begins later all that is in effect', () => {
    const { push, source } = pair();
    push({ typeUrl: 'T', changed: [resource('a', '1'), resource('bad', '1')], removed: [] });
    push({ typeUrl: 'T', changed: [resource('a', '2')], removed: [] });
    const late = new AdsReplica();
    const { told } = listen(late, '*');
    for (const update of source.everything()) late.take(update);
    expect(told).toEqual(['a@2']);
  });
});
