import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PausedClock } from '@lateen/base/testing';
import { type ConfigStore, openStore } from '@lateen/config';
import { resourcesFrom } from '@lateen/config/testing';
import { ChangesSince } from './changes-since';

const V = { kind: 'ConfigMap', namespace: 'default', name: 'v' };
const yaml = (value: string, labels = '{}'): string =>
  `{apiVersion: v1, kind: ConfigMap, metadata: {name: v, namespace: default, labels: ${labels}}, data: {is: "${value}"}}`;

let dir: string;
let clock: PausedClock;
let store: ConfigStore;
let changes: ChangesSince;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'changes-'));
  clock = new PausedClock();
  store = await openStore(join(dir, 'config'), { clock });
});
afterEach(async () => {
  changes.close();
  await store.close();
  rmSync(dir, { recursive: true });
});

/** What is done, a second apart; the world is joined 100 ms after each. */
type Deed = 'a' | 'b' | 'a with a label' | 'delete' | 'request';

const cases: readonly {
  name: string;
  before: readonly Deed[];
  deeds: readonly Deed[];
  want: { how: string; seconds: number } | undefined;
}[] = [
  { name: 'nothing', before: ['a'], deeds: ['request'], want: undefined },
  { name: 'a change before it', before: ['a'], deeds: ['b', 'request'], want: undefined },
  { name: 'a change after it', before: ['a'], deeds: ['request', 'b'], want: { how: 'changed', seconds: 2 } },
  { name: 'a change of labels', before: ['a'], deeds: ['request', 'a with a label'], want: undefined },
  { name: 'a change and its undoing', before: ['a'], deeds: ['request', 'b', 'a'], want: { how: 'changed', seconds: 3 } },
  { name: 'one that was not there', before: [], deeds: ['request', 'a'], want: { how: 'added', seconds: 2 } },
  { name: 'one that was not there, changed since', before: [], deeds: ['request', 'a', 'b'], want: { how: 'added', seconds: 3 } },
  { name: 'one that came before it', before: [], deeds: ['a', 'request', 'b'], want: { how: 'changed', seconds: 3 } },
  { name: 'one that is gone', before: ['a'], deeds: ['request', 'delete'], want: { how: 'deleted', seconds: 2 } },
  { name: 'one that was gone, and is back', before: ['a'], deeds: ['request', 'delete', 'a'], want: { how: 'changed', seconds: 3 } },
];

describe('of a request, changes since are', () => {
  it.each(cases)('$name', async ({ before, deeds, want }) => {
    const act = async (deed: Deed): Promise<void> => {
      if (deed === 'delete') await store.delete([V]);
      else if (deed !== 'request') await store.apply(resourcesFrom(deed === 'a with a label' ? yaml('a', '{x: z}') : yaml(deed)));
    };
    for (const deed of before) await act(deed);
    changes = new ChangesSince(store, clock);
    const startMs = clock.now();
    let requestMs = 0;
    for (const deed of deeds) {
      clock.advance(1000);
      if (deed === 'request') requestMs = clock.now();
      await act(deed);
      clock.advance(100);
      changes.joined();
    }
    const found = changes.of(V, requestMs);
    expect(found === undefined ? undefined : { how: found.how, seconds: Math.floor((found.atMs - startMs) / 1000) }).toEqual(want);
  });

  it('those that no proxy could have had yet, too', async () => {
    await store.apply(resourcesFrom(yaml('a')));
    changes = new ChangesSince(store, clock);
    await store.apply(resourcesFrom(yaml('b')));
    clock.advance(50);
    const requestMs = clock.now();
    clock.advance(50);
    changes.joined();
    expect([changes.of(V, requestMs)?.how, changes.of(V, clock.now())]).toEqual(['changed', undefined]);
  });

  it('forgotten when no request is as old', async () => {
    changes = new ChangesSince(store, clock);
    await store.apply(resourcesFrom(yaml('a')));
    clock.advance(17 * 60_000);
    await store.apply(resourcesFrom(yaml('a').replaceAll('name: v', 'name: w')));
    expect([changes.of(V, 0), changes.of({ ...V, name: 'w' }, 0)?.how]).toEqual([undefined, 'added']);
  });
});
