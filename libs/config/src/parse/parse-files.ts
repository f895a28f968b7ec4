import { type Position, type Violation } from '@lateen/base';
import { type Node } from 'yaml';
import { type Finding } from '../kinds/kind';
import { type AnyResource, keyOf, type Origin, type Resource } from '../resource';
import { isObject } from './coerce';
import { LIMITS, readDocuments, type SourceDocument } from './documents';
import { isList, parseObject } from './parse-object';
import { type FieldPath, formatPath } from './path';
import { plainValue } from './plain-value';
import { DocumentPlaces, positionOf } from './positions';

/** Text to parse, under the name that violations give. */
export interface SourceFile {
  /** A path as the user gave it; `-` for standard input. */
  readonly name: string;
  readonly text: string;
}

/** How configuration is read. */
export interface ParseOptions {
  /** For namespaced objects that name none. Default `default`. */
  readonly namespace?: string;
  /** Takes kinds that would protect although they are not in effect. Default false: they are errors. */
  readonly allowIneffective?: boolean;
  /**
   * `enforce` (the default): a resource that breaks a rule of its kind is refused.
   * `skip`: whatever the schema accepts is given, and `validateResource` says what is wrong with it.
   */
  readonly semantics?: 'enforce' | 'skip';
}

/** Everything that files hold. */
export interface ParseResult {
  /** In the order written. A key given twice keeps its last resource, and a warning says so. */
  readonly resources: readonly AnyResource[];
  /** Resources of the Gateway API, in the order written: judged, and counted in `passedOver`, as nothing runs them yet. */
  readonly gatewayApi: readonly Resource[];
  /** Errors, each taking its whole file with it, and warnings. */
  readonly violations: readonly Violation[];
  /** How many objects were of kinds that are none of the mesh's, as `KIND` or `KIND.GROUP`, by name. */
  readonly passedOver: readonly { readonly kind: string; readonly count: number }[];
  /** Names of the files that gave nothing because of an error. */
  readonly rejectedFiles: readonly string[];
}

/**
 * Reads multi-document YAML or JSON into typed resources.
 * A file with one bad document gives none of its documents. Never throws on what a file holds.
 */
export function parseFiles(files: readonly SourceFile[], options: ParseOptions = {}): ParseResult {
  const violations: Violation[] = [];
  const byKey = new Map<string, AnyResource>();
  const counts = new Map<string, number>();
  const rejectedFiles: string[] = [];
  const gatewayApi: Resource[] = [];
  for (const file of files) {
    const parsed = parseFile(file, options);
    for (const violation of parsed.violations) violations.push(violation);
    if (parsed.violations.some((v) => v.severity === 'error')) {
      rejectedFiles.push(file.name);
      continue;
    }
    for (const resource of parsed.gatewayApi) gatewayApi.push(resource);
    for (const kind of parsed.passedOver) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    for (const resource of parsed.resources) {
      const key = keyOf(resource);
      const earlier = byKey.get(key);
      if (earlier !== undefined) violations.push(overwritten(earlier, resource));
      byKey.delete(key);
      byKey.set(key, resource);
    }
  }
  const passedOver = [...counts].map(([kind, count]) => ({ kind, count })).sort((a, b) => (a.kind < b.kind ? -1 : 1));
  return { resources: [...byKey.values()], gatewayApi, violations, passedOver, rejectedFiles };
}

interface ParsedFile {
  readonly resources: AnyResource[];
  readonly gatewayApi: Resource[];
  readonly violations: Violation[];
  readonly passedOver: string[];
}

function parseFile(file: SourceFile, options: ParseOptions): ParsedFile {
  const { documents, violations } = readDocuments(file.name, file.text);
  const out: ParsedFile = { resources: [], gatewayApi: [], violations: [...violations], passedOver: [] };
  for (const source of documents) parseDocument(file, source, options, out);
  return out;
}

function parseDocument(file: SourceFile, source: SourceDocument, options: ParseOptions, out: ParsedFile): void {
  const report = reporter(file, source);
  const plain = plainValue(source.document, source.targets, LIMITS);
  if (!('value' in plain)) {
    out.violations.push(report({ severity: 'error', path: [], ...plain }, []));
    return;
  }
  // A stack: what a list holds goes on it in reverse, and comes off in the order written.
  const objects: { value: unknown; at: FieldPath }[] = [{ value: plain.value, at: [] }];
  for (let next = objects.pop(); next !== undefined; next = objects.pop()) {
    const { value: object, at } = next;
    if (!isObject(object)) {
      out.violations.push(
        report(
          {
            severity: 'error',
            code: 'wrong_type',
            path: [],
            message: 'Cannot read the document: expected a mapping with apiVersion and kind',
          },
          at,
        ),
      );
    } else if (isList(object)) {
      for (let i = object.items.length - 1; i >= 0; i--) objects.push({ value: object.items[i], at: [...at, 'items', i] });
    } else {
      const origin = originOf(file, source, at);
      const parsed = parseObject(object, origin, {
        namespace: options.namespace ?? 'default',
        allowIneffective: options.allowIneffective ?? false,
        skipSemantics: options.semantics === 'skip',
      });
      for (const finding of parsed.findings) out.violations.push(report(finding, at));
      if (parsed.resource !== undefined) out.resources.push(parsed.resource);
      if (parsed.gatewayApi !== undefined) out.gatewayApi.push(parsed.gatewayApi);
      if (parsed.passedOver !== undefined) out.passedOver.push(parsed.passedOver);
    }
  }
}

/** Turns findings into violations, each with its place. */
function reporter(file: SourceFile, source: SourceDocument): (finding: Finding, at: FieldPath) => Violation {
  const places = new DocumentPlaces(source.document.contents as Node | null, file.text, source.lines, source.targets);
  return (finding, at) => {
    const path = [...at, ...finding.path];
    const { line, column } = places.find(finding.place === undefined ? path : [...at, ...finding.place]);
    const { severity, code, message } = finding;
    return { severity, code, path: formatPath(path), message, position: { file: file.name, line, column } };
  };
}

/** Longer than any indentation. */
const MAX_PADDING = 200;

/**
 * Cuts an object's own text out of its file. Blocks keep their columns by padding the first line; what stands far to
 * the right is in flow style, where columns mean nothing, and padding many such objects would take space in their square.
 */
function originOf(file: SourceFile, source: SourceDocument, at: FieldPath): Origin {
  const node = at.length === 0 ? source.document.contents : source.document.getIn(at, true);
  const range =
    typeof node === 'object' && node !== null && 'range' in node ? (node.range as readonly number[] | null | undefined) : undefined;
  const start = range?.[0] ?? 0;
  const { line, col } = source.lines.linePos(start);
  const text = file.text.slice(start, range?.[1] ?? file.text.length);
  if (col > MAX_PADDING) return { file: file.name, line, text, column: col };
  return { file: file.name, line, text: ' '.repeat(Math.max(0, col - 1)) + text };
}

function overwritten(earlier: AnyResource, later: AnyResource): Violation {
  const position: Position = positionOf(earlier, 'metadata.name');
  const { file, line } = positionOf(later, 'metadata.name');
  const message = `${later.kind} "${later.metadata.name}" in namespace "${later.metadata.namespace}" is given again at ${file}:${line}, which wins`;
  return { severity: 'warning', code: 'duplicate_resource', path: 'metadata.name', message, position };
}
