import { type FieldPath, positionOf, type Resource } from '@lateen/config';
import { type Replacement } from './analyzer';
import { type Fix } from './finding';

/** Finds the text that a replacement names in the user's file; undefined when it is not written as expected there. */
export function fixOf(resource: Pick<Resource, 'origin'>, { title, path, from, to, renames = false }: Replacement): Fix | undefined {
  const { file, line, column } = positionOf(resource, path);
  const text = resource.origin.text.split('\n')[line - resource.origin.line];
  if (text === undefined || from === '') return undefined;
  const key = lastKey(path);
  const start = column - 1;
  // Mappings are placed at their key, list items at themselves.
  const after = !renames && key !== undefined && text.startsWith(key, start) ? start + key.length : start;
  const at = text.indexOf(from, after);
  if (at < 0 || !/^["']?\s*:?\s*["']?$/.test(text.slice(after, at))) return undefined;
  const next = text.slice(at + from.length, at + from.length + 1);
  if (!(renames ? /^["':]$/ : /^[\s"',\]}]?$/).test(next)) return undefined;
  return { title, edits: [{ file, line, column: at + 1, endColumn: at + 1 + from.length, text: to }] };
}

function lastKey(path: FieldPath): string | undefined {
  const last = path[path.length - 1];
  return typeof last === 'string' ? last : undefined;
}
