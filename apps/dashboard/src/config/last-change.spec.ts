import { describe, expect, it } from '@jest/globals';
import { type ResourceRevision, type ResourceSummary } from '@lateen/observation';
import { type LastChange, lastChangeOf, resourceBehind } from './last-change';

const NOW = 10_000_000;
const revision = (generation: number, appliedAtMs: number, file = 'dashboard/default/VirtualService-ratings.yaml'): ResourceRevision => ({
  generation,
  appliedAtMs,
  yaml: '',
  file,
  line: 1,
});
const undone = (generation: number, appliedAtMs: number, undoneTo: number): ResourceRevision => ({
  ...revision(generation, appliedAtMs),
  undoneTo,
});
const summary = (name: string, file: string, line: number): ResourceSummary => ({
  kind: 'VirtualService',
  namespace: 'default',
  name,
  file,
  line,
  generation: 1,
  effect: { state: 'matched', sentence: '' } as ResourceSummary['effect'],
  findings: 0,
  errors: 0,
});

describe('the last change', () => {
  it.each<[string, readonly ResourceRevision[], number, LastChange | undefined]>([
    ['goes back to the version before', [revision(2, NOW - 5_000), revision(1, 1)], NOW, { atMs: NOW - 5_000, generation: 1 }],
    ['takes away what was new', [revision(1, NOW - 5_000)], NOW, { atMs: NOW - 5_000 }],
    ['takes away what was made anew', [revision(1, NOW - 5_000), { ...revision(4, 1), deletedAtMs: 2 }], NOW, { atMs: NOW - 5_000 }],
    ['is not guessed where earlier versions are not remembered', [revision(3, NOW - 5_000)], NOW, undefined],
    ['is no undo', [undone(3, NOW - 5_000, 1), revision(2, NOW - 9_000), revision(1, 1)], NOW, undefined],
    ['may come after an undo', [revision(3, NOW - 5_000), undone(2, NOW - 9_000, 1)], NOW, { atMs: NOW - 5_000, generation: 2 }],
    ['is later than failures that were under way with it', [revision(2, NOW - 5_000), revision(1, 1)], NOW - 4_000, undefined],
    ['is no concern of failures before it', [revision(2, NOW - 5_000), revision(1, 1)], NOW - 20_000, undefined],
    ['is of late', [revision(2, NOW - 3_600_000), revision(1, 1)], NOW, undefined],
    ['was made here', [revision(2, NOW - 5_000, 'ratings.yaml'), revision(1, 1)], NOW, undefined],
    ['is known', [], NOW, undefined],
  ])('%s', (_, revisions, failedAtMs, want) => {
    const { file = 'dashboard/x.yaml', generation = 1 } = revisions[0] ?? {};
    expect(lastChangeOf({ file, generation, revisions }, { failedAtMs, nowMs: NOW })).toEqual(want);
  });
});

describe('the resource behind a failure', () => {
  const resources = [summary('reviews', 'a.yaml', 1), summary('ratings', 'a.yaml', 20), summary('details', 'b.yaml', 1)];
  const rule = { kind: 'VirtualService', namespace: 'default', name: 'details', rule: 'http[0]', match: '' };
  it.each([
    ['begins before the line', { file: 'a.yaml', line: 19, path: '' }, undefined, 'reviews'],
    ['is the last of its file', { file: 'a.yaml', line: 25, path: '' }, rule, 'ratings'],
    ['is that of the rule', undefined, rule, 'details'],
    ['is that of the rule where the file is gone', { file: 'c.yaml', line: 1, path: '' }, rule, 'details'],
    ['may be none', undefined, undefined, undefined],
  ])('%s', (_, where, by, want) => expect(resourceBehind(resources, where, by)?.name).toBe(want));
});
