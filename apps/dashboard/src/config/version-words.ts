import { type ResourceRevision, type ResourceView } from '@lateen/observation';
import { clockTime } from '../lib/format';
import { isWrittenHere } from './apply';

type Version = Pick<ResourceRevision, 'generation' | 'appliedAtMs' | 'undoneTo' | 'deletedAtMs'>;

/** Whether a resource was deleted between two versions of it, and made anew: then it counts from 1 again. */
export function isAnew(newer: Version, older: Version): boolean {
  return older.deletedAtMs !== undefined || newer.generation <= older.generation;
}

/** Earlier versions as people know them, newest first as they came: what was done to the resource, and when. The first of `versions` is in effect. */
export function versionWords(versions: readonly Version[]): readonly string[] {
  return versions.slice(1).map((version, i) => {
    const newer = versions[i]!;
    const older = versions[i + 2];
    if (isAnew(newer, version)) return deletedWords(version);
    if (i === 0) return `Before the last change, ${clockTime(version.appliedAtMs, false)}`;
    const when = clockTime(version.appliedAtMs, false);
    if (version.undoneTo !== undefined) return `Undone, ${when}`;
    if (older !== undefined && isAnew(version, older)) return `Made anew, ${when}`;
    return `${version.generation === 1 ? 'First' : 'Changed'}, ${when}`;
  });
}

/** When the end is not known, the text is told by its beginning. */
function deletedWords({ deletedAtMs, appliedAtMs }: Version): string {
  return deletedAtMs === undefined
    ? `Before it was deleted, ${clockTime(appliedAtMs, false)}`
    : `Deleted, ${clockTime(deletedAtMs, false)}`;
}

/** What becomes of the text of a resource that is deleted. */
export function keptWords({ file, revisions }: Pick<ResourceView, 'file' | 'revisions'>): string {
  if (!isWrittenHere(file)) return `Its file ${file} stays.`;
  const fromFile = revisions.find((revision) => !isWrittenHere(revision.file));
  return fromFile === undefined
    ? 'It was written on this dashboard, and no file says it; it can be brought back here.'
    : `It was changed on this dashboard; its file ${fromFile.file} stays, without the change.`;
}
