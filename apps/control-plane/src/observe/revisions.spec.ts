import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Logger, silentLogger } from '@lateen/base';
import { PausedClock } from '@lateen/base/testing';
import { type ConfigStore, openStore } from '@lateen/config';
import { resourcesFrom } from '@lateen/config/testing';
import { RevisionFile } from './revision-file';
import { Revisions } from './revisions';

let dir: string;
let clock: PausedClock;
let said: string[];
const logger: Logger = { ...silentLogger, warn: (message) => void said.push(message) };
const V = { kind: 'ConfigMap', namespace: 'default', name: 'v' };
const yaml = (value: string, name = 'v', kind = 'ConfigMap'): string =>
  `{apiVersion: v1, kind: ${kind}, metadata: {name: ${name}, namespace: default}, ${kind === 'Secret' ? 'stringData' : 'data'}: {is: "${value}"}}`;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'revisions-'));
  clock = new PausedClock();
  said = [];
});
afterEach(() => rmSync(dir, { recursive: true }));

interface Run {
  readonly store: ConfigStore;
  readonly revisions: Revisions;
  readonly apply: (text: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

async function run(maxBytes?: number): Promise<Run> {
  const file = new RevisionFile({ path: join(dir, 'revisions.jsonl'), clock, logger, ...(maxBytes === undefined ? {} : { maxBytes }) });
  const store = await openStore(join(dir, 'config'), { clock });
  const kept = await file.read();
  const onKept = file.writeSoon.bind(file);
  const revisions = new Revisions({ store, clock, generation: () => 1, onChanged: () => undefined, kept, onKept });
  return {
    store,
    revisions,
    apply: async (text) => {
      clock.advance(1000);
      await store.apply(resourcesFrom(text));
    },
    stop: async () => {
      revisions.close();
      await file.flush();
      await store.close();
      clock.advance(60_000);
    },
  };
}

const told = ({ revisions }: Run) => revisions.of(V).map(({ generation, appliedAtMs }) => [generation, appliedAtMs]);

describe('revisions after a restart', () => {
  it('are those from before it: when, where from, and what to undo to', async () => {
    const first = await run();
    for (const value of ['a', 'b', 'c']) await first.apply(yaml(value));
    const before = told(first);
    const origins = first.revisions.of(V).map(({ resource }) => resource.origin);
    await first.stop();
    const second = await run();
    expect([told(second), before.map(([generation]) => generation)]).toEqual([before, [3, 2, 1]]);
    expect(second.revisions.of(V).map(({ resource }) => resource.origin)).toEqual(origins);
    await second.apply(yaml('d'));
    expect(told(second)).toEqual([[4, clock.now()], ...before]);
    expect(statSync(join(dir, 'revisions.jsonl')).mode & 0o777).toBe(0o600);
    await second.stop();
  });

  it('are still known as undone', async () => {
    const first = await run();
    for (const value of ['a', 'b']) await first.apply(yaml(value));
    await first.revisions.goingBack(V, 1, () => first.apply(yaml('a')));
    await first.apply(yaml('c'));
    await first.stop();
    const second = await run();
    expect(second.revisions.of(V).map(({ generation, undoneTo }) => [generation, undoneTo])).toEqual([
      [4, undefined],
      [3, 1],
      [2, undefined],
      [1, undefined],
    ]);
    await second.stop();
  });

  it('are ten at most, also of what is gone', async () => {
    const first = await run();
    for (let i = 0; i < 14; i++) await first.apply(yaml(String(i)));
    await first.store.delete([V]);
    await first.stop();
    const second = await run();
    expect(second.revisions.of(V).map(({ generation }) => generation)).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6, 5]);
    await second.stop();
  });

  it('of another resource of that name are older ones, not it', async () => {
    const first = await run();
    await first.apply(yaml('a'));
    await first.apply(yaml('b'));
    await first.stop();
    rmSync(join(dir, 'config'), { recursive: true });
    const second = await run();
    await second.apply(yaml('x'));
    await second.stop();
    const third = await run();
    expect(
      third.revisions
        .of(V)
        .map(({ generation, resource }) => [generation, resource.metadata.uid])
        .slice(0, 1),
    ).toEqual([[1, third.store.list()[0]?.metadata.uid]]);
    await third.stop();
  });

  it.each<[string, (text: string) => string, number]>([
    ['a line that is cut off', (text) => text.slice(0, -40), 1],
    ['a line of something else', (text) => `{"key":1}\n${text}`, 3],
    ['bytes of another file', () => '\u0000\u0001nothing\n', 0],
    ['nothing', () => '', 0],
  ])('leave out what is damaged, and say so: %s', async (name, damage, want) => {
    const first = await run();
    for (const value of ['a', 'b', 'c']) await first.apply(yaml(value));
    await first.stop();
    const path = join(dir, 'revisions.jsonl');
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    const second = await run();
    // The oldest is last: without it two are left. What is in effect is known in any case.
    expect(told(second)).toHaveLength(name === 'a line that is cut off' ? 2 : Math.max(1, want));
    expect(said).toEqual(name === 'nothing' ? [] : ['some earlier versions of resources are damaged and were left out']);
    await second.stop();
  });

  it('are bounded in size, and hold no Secret', async () => {
    const first = await run(2500);
    for (let i = 0; i < 9; i++) await first.apply(yaml(`${i}${'x'.repeat(300)}`));
    await first.apply(yaml('c2VjcmV0', 's', 'Secret'));
    await first.apply(yaml('c2VjcmV0Mg==', 's', 'Secret'));
    await first.stop();
    const text = readFileSync(join(dir, 'revisions.jsonl'), 'utf8');
    expect([text.length <= 2500, text.length > 500, text.includes('Secret')]).toEqual([true, true, false]);
    const second = await run();
    expect(second.revisions.of(V)[0]?.generation).toBe(9);
    await second.stop();
  });

  it('that cannot be written are said in the log', async () => {
    const first = await run();
    rmSync(join(dir, 'config'), { recursive: true, force: true });
    const file = new RevisionFile({ path: join(dir, 'nowhere', 'revisions.jsonl'), clock, logger });
    file.writeSoon(() => []);
    await file.flush();
    expect(said).toEqual(['earlier versions of resources cannot be kept']);
    await first.stop();
  });
});

describe('a resource that was deleted', () => {
  it('says when, also after a restart and when it is made anew, in the order of time', async () => {
    const first = await run();
    for (const value of ['a', 'b', 'c']) await first.apply(yaml(value));
    clock.advance(1000);
    await first.store.delete([V]);
    const deletedAtMs = clock.now();
    await first.apply(yaml('d'));
    const lives = ({ revisions }: Run) => revisions.of(V).map((one) => [one.generation, one.deletedAtMs]);
    // A number stands for its newest version.
    const want = [
      [1, undefined],
      [3, deletedAtMs],
      [2, undefined],
    ];
    const before = lives(first);
    await first.stop();
    const second = await run();
    expect([before, lives(second)]).toEqual([want, want]);
    await second.stop();
  });
});
