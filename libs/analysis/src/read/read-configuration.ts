import { type Position, type Violation } from '@lateen/base';
import { type AnyResource, keyOf, parseFiles, positionOf, type SourceFile } from '@lateen/config';
import { nameOf } from '../analyze';
import { schema } from '../analyzers/schema';
import { type Finding, type ResourceName } from '../finding';
import { type Code, MESSAGES, renderMessage } from '../messages/messages';
import { lazy, push } from '../configuration/lazy';
import { clusterObjects } from './cluster-objects';
import { expandList } from './expand-list';
import { gatewayApiOf } from './gateway-api';
import { identify } from './identify';
import { salvage } from './salvage';
import { type Piece, splitDocuments } from './split-documents';

/** Configuration as read for analysis: whatever can be used, and what the schemas say. */
export interface ReadConfiguration {
  /** Refused resources too, without the fields that are refused, where that leaves something. */
  readonly resources: readonly AnyResource[];
  /** IST0106 and IST0133 of shapes, and LAT0008; the rules of each kind are the analyzer `schema`'s. */
  readonly findings: readonly Finding[];
  /** Documents that do not read at all, and Kubernetes objects that are not what they say. */
  readonly parseErrors: readonly Violation[];
  readonly passedOver: readonly { readonly kind: string; readonly count: number }[];
}

/** How it is read. */
export interface ReadConfigurationOptions {
  /** For namespaced objects that name none. Default `default`. */
  readonly namespace?: string;
}

/** Violations that are about the running mesh, not about what is written. */
const NOT_OF_THE_FILES = new Set(['not_yet_in_effect', 'ineffective_protection']);
/** Reads files document by document: one that is refused does not take the others of its file along. */
export function readConfiguration(files: readonly SourceFile[], options: ReadConfigurationOptions = {}): ReadConfiguration {
  const namespace = options.namespace ?? 'default';
  const parse = (list: readonly SourceFile[]) => parseFiles(list, { namespace, allowIneffective: true, semantics: 'skip' });
  const whole = parse(files);
  const rejected = new Set(whole.rejectedFiles);
  const resources = new Map<string, AnyResource>();
  const out: Out = {
    findings: [],
    parseErrors: [],
    others: [...gatewayApiOf(whole)],
    passedOver: new Map(whole.passedOver.map(({ kind, count }) => [kind, count])),
  };
  // What is said of refused files is said again of their documents, one by one.
  const sound = whole.violations.filter(({ position }) => position === undefined || !rejected.has(position.file));
  report(sound, [...whole.resources, ...gatewayApiOf(whole)], files, out);
  if (rejected.size === 0) {
    for (const resource of whole.resources) resources.set(keyOf(resource), resource);
  } else {
    const bySource = new Map<string, AnyResource[]>();
    for (const resource of whole.resources) push(bySource, resource.origin.file, resource);
    for (const file of files) {
      const read = rejected.has(file.name)
        ? splitDocuments(file)
            .flatMap(expandList)
            .flatMap((piece) => readPiece(piece, namespace, out))
        : (bySource.get(file.name) ?? []);
      for (const resource of read) {
        const earlier = resources.get(keyOf(resource));
        // What sound files give twice is reported with what else is said of them.
        if (earlier !== undefined && (rejected.has(file.name) || rejected.has(earlier.origin.file)))
          out.findings.push(replacedFinding(earlier, resource));
        resources.delete(keyOf(resource));
        resources.set(keyOf(resource), resource);
      }
    }
  }
  const others = [...out.others, ...clusterObjects(files)];
  for (const { kind, apiVersion } of others) {
    const key = `${kind}.${apiVersion.split('/')[0] ?? ''}`;
    const count = (out.passedOver.get(key) ?? 0) - 1;
    if (count > 0) out.passedOver.set(key, count);
    else out.passedOver.delete(key);
  }
  return {
    resources: [...resources.values(), ...others],
    findings: out.findings,
    parseErrors: out.parseErrors,
    passedOver: [...out.passedOver].map(([kind, count]) => ({ kind, count })).sort((a, b) => (a.kind < b.kind ? -1 : 1)),
  };
}

interface Out {
  readonly findings: Finding[];
  readonly parseErrors: Violation[];
  /** What only analysis looks at. */
  readonly others: AnyResource[];
  readonly passedOver: Map<string, number>;
}

/** Reads one document of a file that has a bad one somewhere. */
function readPiece(piece: Piece, namespace: string, out: Out): readonly AnyResource[] {
  const parsed = parseFiles([piece], { namespace, allowIneffective: true, semantics: 'skip' });
  const shift = (violation: Violation): Violation =>
    violation.position === undefined
      ? violation
      : { ...violation, position: { ...violation.position, line: violation.position.line + piece.lineOffset } };
  const move = (resource: AnyResource): AnyResource => ({
    ...resource,
    origin: { ...resource.origin, line: resource.origin.line + piece.lineOffset },
  });
  const moved = parsed.resources.map(move);
  const gatewayApi = gatewayApiOf(parsed).map(move);
  out.others.push(...gatewayApi);
  for (const { kind, count } of parsed.passedOver) out.passedOver.set(kind, (out.passedOver.get(kind) ?? 0) + count);
  const errors = parsed.violations.filter((v) => v.severity === 'error');
  if (errors.length === 0) {
    report(parsed.violations.map(shift), [...moved, ...gatewayApi], [], out);
    return moved;
  }
  const identity = identify(piece.text, namespace);
  for (const violation of parsed.violations) {
    if (NOT_OF_THE_FILES.has(violation.code)) continue;
    if (identity === undefined || !/(istio|gateway\.networking\.k8s)\.io\//.test(identity.apiVersion))
      out.parseErrors.push(shift(violation));
    else out.findings.push(schemaFinding(shift(violation), identity.name, piece.lineOffset + 1));
  }
  if (identity === undefined) return [];
  const resource = salvage(identity, errors, { file: piece.name, line: piece.lineOffset + 1, text: piece.text }, namespace);
  return resource === undefined ? [] : [resource];
}

/** Turns warnings about resources that were read into findings. */
function report(violations: readonly Violation[], resources: readonly AnyResource[], files: readonly SourceFile[], out: Out): void {
  const byFile = new Map<string, AnyResource[]>();
  for (const resource of resources) push(byFile, resource.origin.file, resource);
  for (const list of byFile.values()) list.sort((a, b) => a.origin.line - b.origin.line);
  const duplicate = duplicateFindings(resources, files);
  for (const violation of violations) {
    if (NOT_OF_THE_FILES.has(violation.code)) continue;
    if (violation.severity === 'error') {
      out.parseErrors.push(violation);
      continue;
    }
    if (violation.code === 'duplicate_resource') {
      out.findings.push(duplicate(violation));
      continue;
    }
    const about =
      violation.position === undefined ? undefined : lastUpTo(byFile.get(violation.position.file) ?? [], startOf, violation.position.line);
    if (about === undefined) out.parseErrors.push(violation);
    else out.findings.push(schemaFinding(violation, nameOf(about), about.origin.line));
  }
}

/** Names a resource that a later one of the same name replaces: it is gone from the resources, and named from its text. */
function duplicateFindings(resources: readonly AnyResource[], files: readonly SourceFile[]): (violation: Violation) => Finding {
  const pieces = new Map<string, readonly Piece[]>();
  const piecesOf = (name: string): readonly Piece[] => {
    const known = pieces.get(name);
    if (known !== undefined) return known;
    const found = files.filter((file) => file.name === name).flatMap((file) => splitDocuments(file).flatMap(expandList));
    pieces.set(name, found);
    return found;
  };
  const winners = lazy(() => {
    const index = new Map<string, AnyResource[]>();
    for (const resource of resources) push(index, `${resource.kind}/${resource.metadata.name}`, resource);
    return index;
  });
  return (violation) => {
    const { position } = violation;
    const line = position?.line ?? 1;
    const piece = position === undefined ? undefined : lastUpTo(piecesOf(position.file), ({ lineOffset }) => lineOffset + 1, line);
    const origin = piece === undefined ? undefined : identify(piece.text, '')?.name;
    const winner =
      origin === undefined
        ? undefined
        : (winners().get(`${origin.kind}/${origin.name}`) ?? []).find(
            ({ metadata }) => origin.namespace === '' || origin.namespace === metadata.namespace,
          );
    if (winner === undefined) return schemaFinding(violation, undefined, line);
    const finding = schemaFinding(violation, nameOf(winner), line);
    return { ...finding, related: [{ position: positionOf(winner, 'metadata.name'), note: 'the one that wins' }] };
  };
}

function replacedFinding(earlier: AnyResource, winner: AnyResource): Finding {
  const { kind, metadata } = winner;
  const { file, line } = positionOf(winner, 'metadata.name');
  const message = `${kind} "${metadata.name}" in namespace "${metadata.namespace}" is given again at ${file}:${line}, which wins`;
  const position = positionOf(earlier, 'metadata.name');
  const finding = schemaFinding(
    { severity: 'warning', code: 'duplicate_resource', path: 'metadata.name', message, position },
    nameOf(winner),
    position.line,
  );
  return { ...finding, related: [{ position: { file, line, column: 1 }, note: 'the one that wins' }] };
}

function startOf({ origin }: AnyResource): number {
  return origin.line;
}

/** The last of a list, ordered by where its parts start, that starts at `line` or before. */
function lastUpTo<T>(sorted: readonly T[], start: (part: T) => number, line: number): T | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const part = sorted[middle];
    if (part !== undefined && start(part) <= line) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1];
}

/** A violation as a finding; about no resource when it cannot be told which. */
export function schemaFinding(violation: Violation, origin: ResourceName | undefined, line: number): Finding {
  const code: Code = violation.code === 'duplicate_resource' ? 'LAT0008' : violation.severity === 'error' ? 'IST0106' : 'IST0133';
  const params: readonly string[] = [
    violation.path === '' || code === 'LAT0008' ? violation.message : `${violation.path}: ${violation.message}`,
  ];
  const position: Position = violation.position ?? { file: '', line, column: 1 };
  return {
    code,
    level: MESSAGES[code].level,
    message: renderMessage(code, params),
    params,
    ...(origin === undefined ? {} : { origin }),
    position,
    path: violation.path,
    reference: code === 'LAT0008' ? position : { file: position.file, line, column: 1 },
    related: [],
    rule: violation.code,
    analyzer: schema.name,
  };
}
