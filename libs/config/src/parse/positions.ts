import { type Position } from '@lateen/base';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type Origin } from '../resource';
import { LIMITS, YAML_OPTIONS } from './documents';
import { type FieldPath, formatPath, jsonName, parsePath } from './path';
import { survey, type Survey } from './survey';

/** Places of a document's fields by canonical path, each packed as line × 2^20 + column. */
type PositionIndex = ReadonlyMap<string, number>;

const COLUMN_BITS = 2 ** 20;
const indexes = new WeakMap<Origin, PositionIndex>();

/**
 * Where a field stands in what the user wrote; where its nearest enclosing field stands when it is not written.
 * Keys may be in protobuf's JSON spelling or as written. The first call for a resource reads its text again.
 */
export function positionOf(resource: { readonly origin: Origin }, path: string | FieldPath): Position {
  const { origin } = resource;
  let index = indexes.get(origin);
  if (index === undefined) {
    index = indexText(origin.text);
    indexes.set(origin, index);
  }
  const place = lookup(index, typeof path === 'string' ? (parsePath(path) ?? []) : path);
  return { file: origin.file, line: place.line + origin.line - 1, column: place.column };
}

/** As `positionOf`, for a node at hand. */
export function indexNode(node: Node | null, lines: LineCounter, targets: Survey['targets']): PositionIndex {
  const index = new Map<string, number>();
  let budget: number = LIMITS.maxValues;
  const put = (path: FieldPath, at: Node): void => {
    const { line, col } = lines.linePos(at.range?.[0] ?? 0);
    const key = formatPath(path);
    if (!index.has(key)) index.set(key, line * COLUMN_BITS + Math.min(col, COLUMN_BITS - 1));
  };
  const visit = (at: unknown, path: FieldPath): void => {
    if (--budget < 0 || path.length > LIMITS.maxDepth) return;
    if (isAlias(at)) visit(targets.get(at), path);
    else if (isSeq(at)) {
      at.items.forEach((item, i) => {
        if (isNode(item)) put([...path, i], item);
        visit(item, [...path, i]);
      });
    } else if (isMap(at)) {
      const merges: unknown[] = [];
      for (const pair of at.items) {
        if (!isScalar(pair.key)) continue;
        if (pair.key.value === '<<' || typeof pair.key.value === 'symbol') {
          merges.push(pair.value);
          continue;
        }
        const key = String(pair.key.value);
        for (const name of new Set([jsonName(key), key])) {
          put([...path, name], pair.key);
          visit(pair.value, [...path, name]);
        }
      }
      for (const merged of merges) {
        const source = isAlias(merged) ? targets.get(merged) : merged;
        for (const part of isSeq(source) ? source.items : [source]) visit(part, path);
      }
    }
  };
  if (node !== null) put([], node);
  visit(node, []);
  return index;
}

/** Finds the nearest written ancestor of `path`. */
export function lookup(index: PositionIndex, path: FieldPath): { readonly line: number; readonly column: number } {
  for (let length = path.length; length >= 0; length--) {
    const packed = index.get(formatPath(path.slice(0, length)));
    if (packed !== undefined) return { line: Math.floor(packed / COLUMN_BITS), column: packed % COLUMN_BITS };
  }
  return { line: 1, column: 1 };
}

function indexText(text: string): PositionIndex {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { ...YAML_OPTIONS, lineCounter: lines });
    return indexNode(document.contents, lines, survey(document, LIMITS).targets);
  } catch {
    // The text was read once already; a resource built by hand may carry none that reads, and has no positions then.
    return new Map();
  }
}
