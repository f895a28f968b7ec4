import { describe, expect, it } from '@jest/globals';
import { StreamTable } from './stream-table';

describe('the streams of a connection', () => {
  it('are found by number as in a map, whatever comes and goes', () => {
    const table = new StreamTable<string>();
    const map = new Map<number, string>();
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 0x7fff_ffff) % below;
    for (let step = 0, id = 1; step < 20_000; step++) {
      // Waves, so that it grows, shrinks and is empty at times.
      if (random(100) < (step % 2000 < 1000 ? 60 : 35)) {
        table.add(id, `stream ${id}`);
        map.set(id, `stream ${id}`);
        id += 2 * (1 + random(3));
      } else {
        const gone = random(3) === 0 ? random(id) : ([...map.keys()][random(map.size || 1)] ?? 0);
        table.delete(gone);
        map.delete(gone);
      }
      const asked = random(id + 2);
      if (table.size !== map.size || table.get(asked) !== map.get(asked)) throw new Error(`Not the same at step ${step}: ${asked}`);
      if (step % 100 === 0) expect(table.values()).toEqual([...map.values()]);
    }
    table.clear();
    expect([table.size, table.get(1), table.values()]).toEqual([0, undefined, []]);
  });

  it('take no more room for one that stays while thousands pass', () => {
    const table = new StreamTable<number>();
    table.add(1, 1);
    for (let id = 3; id < 20_000; id += 2) {
      table.add(id, id);
      table.delete(id);
    }
    expect([table.get(1), table.values()]).toEqual([1, [1]]);
    expect((table as unknown as { readonly ids: Int32Array }).ids.length).toBe(16);
  });

  it('may have any number up to the greatest', () => {
    const table = new StreamTable<string>();
    table.add(0x7fff_ffff, 'last');
    expect([table.get(0x7fff_ffff), table.get(0x7fff_fffd)]).toEqual(['last', undefined]);
  });
});
