import { type Position } from '@lateen/base';
import { type SourceFile } from '@lateen/config';

/** A file's lines, kept so that each file is split once. */
const split = new WeakMap<SourceFile, readonly string[]>();

/**
 * The line istioctl gives for a resource: the first of its document that is not blank, comments included.
 * A position inside a resource (column beyond the first) stays as it is.
 */
export function istioLine(reference: Position, files: ReadonlyMap<string, SourceFile>): number {
  const file = files.get(reference.file);
  if (file === undefined || reference.column > 1) return reference.line;
  let lines = split.get(file);
  if (lines === undefined) split.set(file, (lines = file.text.split('\n')));
  let line = reference.line;
  for (let above = reference.line - 1; above >= 1; above--) {
    const text = (lines[above - 1] ?? '').trim();
    if (text.startsWith('#')) line = above;
    else if (text !== '') break;
  }
  return line;
}
