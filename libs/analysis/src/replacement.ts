import { type FieldPath, positionOf, type Resource } from '@lateen/config';
import { type Replacement } from './analyzer';
import { type Fix } from './finding';

/** Finds the scalar that a replacement names in the user's text; undefined when it is not written as expected there. */
export function fixOf(resource: Pick<Resource, 'origin'>, { title, path, from, to }: Replacement): Fix | undefined {
  const { file, line, column } = positionOf(resource, path);
  const text = resource.origin.text.split('\n')[line - resource.origin.line];
  if (text === undefined || from === '') return undefined;
  const key = lastKey(path);
  const after = key !== undefined && text.startsWith(key, column - 1) ? column - 1 + key.length : column - 1;
  const at = text.indexOf(from, after);
  const between = text.slice(after, at);
  if (at < 0 || !/^["']?\s*:?\s*["']?$/.test(between) || /[^\s"',\]}#]/.test(text.slice(at + from.length, at + from.length + 1))) return undefined;
  return { title, edits: [{ file, line, column: at + 1, endColumn: at + 1 + from.length, text: to }] };
}

function lastKey(path: FieldPath): string | undefined {
  const last = path[path.length - 1];
  return typeof last === 'string' ? last : undefined;
}
