import { expect, it } from '@jest/globals';
import { type ResourceRevision } from '@lateen/observation';
import { clockTime } from '../lib/format';
import { keptWords, versionWords } from './version-words';

const version = (generation: number, seconds: number, rest: Partial<ResourceRevision> = {}): ResourceRevision => ({
  generation,
  appliedAtMs: seconds * 1_000,
  yaml: '',
  file: '',
  line: 1,
  ...rest,
});
const at = (seconds: number): string => clockTime(seconds * 1_000, false);

it.each<[string, readonly ResourceRevision[], readonly string[]]>([
  ['nothing of one that never changed', [version(1, 1)], []],
  [
    'what was changed',
    [version(4, 9), version(3, 8, { undoneTo: 1 }), version(2, 7), version(1, 6)],
    [`Before the last change, ${at(8)}`, `Changed, ${at(7)}`, `First, ${at(6)}`],
  ],
  [
    'an undo',
    [version(4, 9), version(3, 8), version(2, 7, { undoneTo: 1 }), version(1, 6)],
    [`Before the last change, ${at(8)}`, `Undone, ${at(7)}`, `First, ${at(6)}`],
  ],
  [
    'what was deleted and made anew',
    [version(2, 20), version(1, 19), version(11, 9, { deletedAtMs: 12_000 }), version(10, 8)],
    [`Before the last change, ${at(19)}`, `Deleted, ${at(12)}`, `Changed, ${at(8)}`],
  ],
  [
    'what was made anew and changed more than once',
    [version(3, 21), version(2, 20), version(1, 19), version(11, 9, { deletedAtMs: 12_000 })],
    [`Before the last change, ${at(20)}`, `Made anew, ${at(19)}`, `Deleted, ${at(12)}`],
  ],
  ['what was made anew just now', [version(1, 19), version(11, 9, { deletedAtMs: 12_000 })], [`Deleted, ${at(12)}`]],
  ['a deletion that nobody noted', [version(1, 19), version(11, 9)], [`Before it was deleted, ${at(9)}`]],
])('earlier versions tell %s', (_, versions, want) => expect(versionWords(versions)).toEqual(want));

it.each<[string, string, readonly string[], RegExp]>([
  ['from a file', 'mesh/reviews.yaml', ['mesh/reviews.yaml'], /^Its file mesh\/reviews.yaml stays\.$/],
  ['written here', 'dashboard/a.yaml', ['dashboard/a.yaml'], /^It was written on this dashboard, and no file says it/],
  ['changed here', 'dashboard/a.yaml', ['dashboard/a.yaml', 'mesh/reviews.yaml'], /its file mesh\/reviews.yaml stays, without the change/],
])('who deletes one %s is told what stays', (_, file, files, want) =>
  expect(keptWords({ file, revisions: files.map((one, i) => version(files.length - i, 1, { file: one })) })).toMatch(want),
);
