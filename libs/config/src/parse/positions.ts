import { type Position } from '@lateen/base';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { type Origin } from '../resource';
import { composeDocuments, LIMITS } from './documents';
import { type FieldPath, jsonName, parsePath } from './path';
import { isMergeKey, keyText } from './plain-value';
import { survey, type Survey } from './survey';

/** A line and a column, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

const indexes = new WeakMap<Origin, DocumentPlaces>();

/**
 * Where a field stands in what the user wrote; where its nearest enclosing field stands when it is not written.
 * Keys may be in protobuf's JSON spelling or as written, and the path may go on inside YAML that a block of text holds
 * (`data.mesh.trustDomain`). The first call for a resource reads its text again.
 */
export function positionOf(resource: { readonly origin: Origin }, path: string | FieldPath): Position {
  const { origin } = resource;
  let index = indexes.get(origin);
  if (index === undefined) {
    index = placesOfText(origin.text);
    indexes.set(origin, index);
  }
  const place = index.find(typeof path === 'string' ? (parsePath(path) ?? []) : path);
  const column = place.line === 1 ? place.column + (origin.column ?? 1) - 1 : place.column;
  return { file: origin.file, line: place.line + origin.line - 1, column };
}

/** A field as a mapping has it: where its name stands, and its value. */
interface Entry {
  readonly name: Node;
  readonly value: unknown;
}

/** Places of a document's fields, found by walking it; each mapping on the way is indexed once. */
export class DocumentPlaces {
  private readonly fields = new WeakMap<YAMLMap, ReadonlyMap<string, Entry>>();
  private readonly inner = new WeakMap<Scalar, DocumentPlaces>();

  constructor(
    private readonly root: Node | null,
    /** The text that `lines` counts. */
    private readonly text: string,
    private readonly lines: LineCounter,
    private readonly targets: Survey['targets'],
  ) {}

  /** The place of the nearest written ancestor of `path`. */
  find(path: FieldPath): Place {
    if (this.root === null) return { line: 1, column: 1 };
    let found: Node = this.root;
    let value: unknown = this.root;
    for (const [depth, step] of path.entries()) {
      const node = this.resolve(value);
      if (isScalar(node)) return this.findInText(node, path.slice(depth)) ?? this.placeOf(found);
      const next = this.child(node, step);
      if (next === undefined) break;
      found = next.name;
      value = next.value;
    }
    return this.placeOf(found);
  }

  private placeOf(node: Node): Place {
    const { line, col } = this.lines.linePos(node.range?.[0] ?? 0);
    return { line, column: col };
  }

  private resolve(value: unknown): unknown {
    return isAlias(value) ? this.targets.get(value) : value;
  }

  private child(node: unknown, step: string | number): Entry | undefined {
    if (isSeq(node)) {
      const item = typeof step === 'number' ? node.items[step] : undefined;
      return isNode(item) ? { name: item, value: item } : undefined;
    }
    return isMap(node) ? this.fieldsOf(node).get(String(step)) : undefined;
  }

  private fieldsOf(map: YAMLMap): ReadonlyMap<string, Entry> {
    const known = this.fields.get(map);
    if (known !== undefined) return known;
    const fields = new Map<string, Entry>();
    this.fields.set(map, fields);
    const put = (name: string, entry: Entry): void => {
      if (!fields.has(name)) fields.set(name, entry);
    };
    const merged: unknown[] = [];
    for (const { key, value } of map.items as readonly Pair[]) {
      if (isMergeKey(key)) merged.push(value);
      else if (isScalar(key)) for (const name of [jsonName(keyText(key)), keyText(key)]) put(name, { name: key, value });
    }
    for (const source of merged) {
      const node = this.resolve(source);
      for (const part of isSeq(node) ? node.items : [node]) {
        const from = this.resolve(part);
        if (isMap(from)) for (const [name, entry] of this.fieldsOf(from)) put(name, entry);
      }
    }
    return fields;
  }

  /** Goes on inside YAML that a literal block holds; its lines are the file's lines. */
  private findInText(scalar: Scalar, path: FieldPath): Place | undefined {
    if (scalar.type !== 'BLOCK_LITERAL' || typeof scalar.value !== 'string') return undefined;
    const header = this.lines.linePos(scalar.range?.[0] ?? 0).line;
    let inner = this.inner.get(scalar);
    if (inner === undefined) {
      inner = placesOfText(scalar.value);
      this.inner.set(scalar, inner);
    }
    const place = inner.find(path);
    return { line: header + place.line, column: place.column + this.indentation(header + place.line, inner.line(place.line)) };
  }

  /** By how much a line of a block is indented: what the file's line has before the block's own. */
  private indentation(line: number, own: string): number {
    const written = this.line(line);
    return written.endsWith(own) ? written.length - own.length : 0;
  }

  /** The text of a line, from 1. */
  private line(line: number): string {
    const { lineStarts } = this.lines;
    return this.text.slice(lineStarts[line - 1] ?? this.text.length, lineStarts[line] ?? this.text.length).replace(/\r?\n$/, '');
  }
}

/** As `DocumentPlaces`, for text that was read once already; one that does not read has no places. */
function placesOfText(text: string): DocumentPlaces {
  const lines = new LineCounter();
  const [document] = composeDocuments(text, lines).documents;
  if (document === undefined) return new DocumentPlaces(null, text, lines, new Map());
  return new DocumentPlaces(document.contents as Node | null, text, lines, survey(document, LIMITS).targets);
}
