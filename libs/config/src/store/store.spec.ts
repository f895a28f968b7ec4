import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PausedClock } from '@lateen/base/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { positionOf } from '../parse/positions';
import { keyOf } from '../resource';
import { resourcesFrom } from '../testing';
import { type ConfigStore, openStore, type StoreEvent } from './store';

const service = (name: string, port = 80, extra = ''): string => `apiVersion: v1
kind: Service
metadata:
  name: ${name}${extra}
spec:
  ports:
    - port: ${port}
`;

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'config-store-'));
});
afterEach(() => rm(dir, { recursive: true }));

const names = (store: ConfigStore): readonly string[] => store.list().map(keyOf);

describe('apply', () => {
  const cases: readonly { name: string; first: string; second: string; want: readonly string[]; generation: number; version: string }[] = [
    {
      name: 'the same content again is unchanged',
      first: service('a'),
      second: service('a'),
      want: ['unchanged'],
      generation: 1,
      version: '1',
    },
    {
      name: 'another spec is configured and a new generation',
      first: service('a'),
      second: service('a', 81),
      want: ['configured'],
      generation: 2,
      version: '2',
    },
    {
      name: 'another label is configured in the same generation',
      first: service('a'),
      second: service('a', 80, '\n  labels: {x: z}'),
      want: ['configured'],
      generation: 1,
      version: '2',
    },
    {
      name: 'an annotation counts as content',
      first: service('a'),
      second: service('a', 80, '\n  annotations: {x: z}'),
      want: ['configured'],
      generation: 1,
      version: '2',
    },
    {
      name: 'other lines, same content: unchanged',
      first: service('a'),
      second: `# a comment\n${service('a')}`,
      want: ['unchanged'],
      generation: 1,
      version: '1',
    },
    {
      name: 'the current resourceVersion is taken',
      first: service('a'),
      second: service('a', 81, '\n  resourceVersion: "1"'),
      want: ['configured'],
      generation: 2,
      version: '2',
    },
    {
      name: 'one batch is one version',
      first: service('a'),
      second: `${service('b')}---\n${service('a', 81)}`,
      want: ['created', 'configured'],
      generation: 2,
      version: '2',
    },
  ];
  it.each(cases)('$name', async ({ first, second, want, generation, version }) => {
    await using store = await openStore(dir);
    await store.apply(resourcesFrom(first));
    const results = await store.apply(resourcesFrom(second));
    expect(results.map((r) => r.action)).toEqual(want);
    expect(store.get('Service/default/a')?.metadata).toMatchObject({ generation, resourceVersion: version });
  });

  it('stamps what it creates and keeps the stamps on changes', async () => {
    const clock = new PausedClock(Date.UTC(2026, 0, 1));
    await using store = await openStore(dir, { clock });
    await store.apply(resourcesFrom(service('a', 80, '\n  uid: mine\n  creationTimestamp: "2020-01-01T00:00:00Z"')));
    const created = store.get('Service/default/a')?.metadata;
    expect(created).toMatchObject({ creationTimestamp: '2026-01-01T00:00:00.000Z', uid: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    clock.advance(60_000);
    await store.apply(resourcesFrom(service('a', 81)));
    expect(store.get('Service/default/a')?.metadata).toMatchObject({ creationTimestamp: created?.creationTimestamp, uid: created?.uid });
  });

  it('refuses the whole batch when one resource was changed meanwhile', async () => {
    await using store = await openStore(dir);
    await store.apply(resourcesFrom(service('a')));
    await store.apply(resourcesFrom(service('a', 81)));
    const stale = resourcesFrom(`${service('b')}---\n${service('a', 82, '\n  resourceVersion: "1"')}`);
    await expect(store.apply(stale)).rejects.toMatchObject({ code: 'conflict' });
    expect(names(store)).toEqual(['Service/default/a']);
    expect(store.revision).toBe(2);
  });

  it('says what a dry run would do and does nothing', async () => {
    await using store = await openStore(dir);
    expect((await store.apply(resourcesFrom(service('a')), { dryRun: true })).map((r) => r.action)).toEqual(['created']);
    expect(store.list()).toEqual([]);
    expect(store.revision).toBe(0);
  });

  it('runs concurrent changes one after another', async () => {
    await using store = await openStore(dir);
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.apply(resourcesFrom(service('a', i + 1)))));
    expect(store.revision).toBe(20);
    expect(store.get('Service/default/a')?.metadata.generation).toBe(20);
  });
});

describe('delete and purge', () => {
  it('deletes what is there and says what is not', async () => {
    await using store = await openStore(dir);
    await store.apply(resourcesFrom(`${service('a')}---\n${service('b')}`));
    const ref = { kind: 'Service', namespace: 'default' };
    const results = await store.delete([
      { ...ref, name: 'a' },
      { ...ref, name: 'none' },
      { ...ref, name: 'a' },
    ]);
    expect(results.map((r) => r.action)).toEqual(['deleted', 'absent', 'absent']);
    expect(names(store)).toEqual(['Service/default/b']);
  });

  it('purges everything, leaving no text behind, and keeps counting', async () => {
    await using store = await openStore(dir);
    await store.apply(resourcesFrom(service('secret-name')));
    await store.purge();
    expect(store.list()).toEqual([]);
    expect(await readFile(join(dir, 'log.jsonl'), 'utf8')).toBe('');
    expect(await readFile(join(dir, 'snapshot.json'), 'utf8')).not.toContain('secret-name');
    await store.apply(resourcesFrom(service('a')));
    expect(store.revision).toBe(3);
  });
});

it('tells watchers of every batch, once it is durable', async () => {
  await using store = await openStore(dir);
  const events: StoreEvent[] = [];
  const stop = store.watch((event) => events.push(event));
  await store.apply(resourcesFrom(service('a')));
  await store.apply(resourcesFrom(service('a')));
  await store.apply(resourcesFrom(`# moved\n${service('a')}`));
  await store.apply(resourcesFrom(service('a', 81)));
  await store.delete([{ kind: 'Service', namespace: 'default', name: 'a' }]);
  stop();
  await store.apply(resourcesFrom(service('b')));
  expect(events.map((e) => [e.revision, ...e.changes.map((c) => c.type)])).toEqual([
    [1, 'created'],
    [2, 'updated'],
    [3, 'deleted'],
  ]);
});

describe('over a restart', () => {
  it.each([
    { name: 'from the log', compactAtBytes: 1_000_000 },
    { name: 'from a snapshot', compactAtBytes: 1 },
  ])('keeps resources, stamps, revision and positions $name', async ({ compactAtBytes }) => {
    const first = await openStore(dir, { compactAtBytes });
    await first.apply(resourcesFrom(`# one\n${service('a')}---\n${service('b')}`));
    await first.apply(resourcesFrom(service('b', 81)));
    await first.delete([{ kind: 'Service', namespace: 'default', name: 'b' }]);
    const before = first.list();
    await first.close();
    await using second = await openStore(dir);
    expect(second.list()).toEqual(before);
    expect(second.revision).toBe(3);
    const [a] = second.list();
    expect(a && positionOf(a, 'spec.ports[0].port')).toEqual({ file: 'test.yaml', line: 8, column: 7 });
    expect((await second.apply(before)).map((r) => r.action)).toEqual(['unchanged']);
  });

  it.each([
    { name: 'half a line', damage: async (log: string) => appendFile(log, '0123456789abcdef {"seq":2') },
    { name: 'a line with a wrong checksum', damage: async (log: string) => appendFile(log, '0123456789abcdef {"seq":2}\n') },
    { name: 'zeros', damage: async (log: string) => appendFile(log, Buffer.alloc(100)) },
  ])('drops $name that a crash left at the end', async ({ damage }) => {
    const first = await openStore(dir);
    await first.apply(resourcesFrom(service('a')));
    await first.close();
    await damage(join(dir, 'log.jsonl'));
    const second = await openStore(dir);
    expect(names(second)).toEqual(['Service/default/a']);
    await second.apply(resourcesFrom(service('b')));
    await second.close();
    await using third = await openStore(dir);
    expect(names(third)).toEqual(['Service/default/a', 'Service/default/b']);
  });

  it('keeps an entry once when a crash fell between snapshot and log', async () => {
    const first = await openStore(dir);
    await first.apply(resourcesFrom(service('a')));
    const log = await readFile(join(dir, 'log.jsonl'));
    await first.close();
    const compacting = await openStore(dir, { compactAtBytes: 1 });
    await compacting.apply(resourcesFrom(service('a', 81)));
    await compacting.close();
    await writeFile(join(dir, 'log.jsonl'), log);
    await using second = await openStore(dir);
    expect(second.get('Service/default/a')?.metadata.generation).toBe(2);
  });

  it.each([
    { name: 'a snapshot that is not JSON', file: 'snapshot.json', content: '{"format":1' },
    {
      name: 'a snapshot with a wrong checksum',
      file: 'snapshot.json',
      content: '{"format":1,"seq":1,"revision":1,"resources":[],"sum":"x"}',
    },
    { name: 'a snapshot of another format', file: 'snapshot.json', content: '{"format":2}' },
    { name: 'a log damaged in the middle', file: 'log.jsonl', content: 'bad line\nbad line\n' },
  ])('refuses $name rather than lose it', async ({ file, content }) => {
    await writeFile(join(dir, file), content);
    await expect(openStore(dir)).rejects.toMatchObject({ code: 'damaged' });
  });
});

it('keeps its files from other users', async () => {
  const inner = join(dir, 'store');
  await using store = await openStore(inner, { compactAtBytes: 1 });
  await store.apply(resourcesFrom(service('a')));
  const modes = await Promise.all(
    [inner, join(inner, 'snapshot.json'), join(inner, 'log.jsonl')].map(async (p) => (await stat(p)).mode & 0o777),
  );
  expect(modes).toEqual([0o700, 0o600, 0o600]);
});

it('refuses changes once closed', async () => {
  const store = await openStore(dir);
  await store.close();
  await expect(store.apply(resourcesFrom(service('a')))).rejects.toMatchObject({ code: 'closed' });
  await truncate(join(dir, 'log.jsonl'));
});
