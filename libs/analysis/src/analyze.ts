import { type Position } from '@lateen/base';
import { positionOf, formatPath } from '@lateen/config';
import { type Analyzer, type Blamed, type Report, type ReportDetails } from './analyzer';
import { ANALYZERS } from './analyzers/list';
import { type Configuration } from './configuration/configuration';
import { push } from './configuration/lazy';
import { type Finding, printName, type ResourceName } from './finding';
import { LEVELS } from './messages/levels';
import { type Code, MESSAGES, renderMessage } from './messages/messages';
import { fixOf } from './replacement';
import { createSuppressor, type Suppression } from './suppression';

/** How an analysis is run. */
export interface AnalyzeOptions {
  /** Findings about resources of this namespace, and about cluster-wide ones; all by default. */
  readonly namespace?: string;
  readonly suppress?: readonly Suppression[];
  /** Names of analyzers; all by default, and when none of the names exists. */
  readonly analyzers?: readonly string[];
  /** Only those that read one of these kinds, and `schema`; all by default. */
  readonly changedKinds?: readonly string[];
}

/** What an analysis has found. */
export interface Analysis {
  /** By level, code, resource and message; equal ones once. */
  readonly findings: readonly Finding[];
  /** Analyzers that could not run, and why. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/** A finding before its places are looked up. */
export interface Draft {
  readonly code: Code;
  readonly resource: Blamed;
  readonly details: ReportDetails;
  readonly analyzer: string;
}

/**
 * Looks at a whole configuration.
 * @param before findings of reading it: what the schemas say.
 */
export function analyze(configuration: Configuration, options: AnalyzeOptions = {}, before: readonly Finding[] = []): Analysis {
  const suppressed = createSuppressor(options.suppress ?? []);
  const chosen = chooseAnalyzers(options);
  const drafts: Draft[] = [];
  for (const analyzer of chosen) {
    if (analyzer.needs !== undefined) continue;
    const report: Report = (code, resource, details) => {
      if (!analyzer.codes.includes(code)) throw new Error(`Analyzer ${analyzer.name} reports ${code}, which it does not list`);
      if (!isWanted(code, nameOf(resource), resource.metadata.annotations)) return;
      drafts.push({ code, resource, details, analyzer: analyzer.name });
    };
    analyzer.analyze(configuration, report);
  }
  function isWanted(code: Code, origin: ResourceName, annotations: Readonly<Record<string, string>>): boolean {
    const inside = options.namespace === undefined || origin.namespace === '' || origin.namespace === options.namespace;
    const ownNamespace = origin.kind !== 'Namespace' || options.namespace === undefined || origin.name === options.namespace;
    return inside && ownNamespace && !suppressed(code, origin, annotations);
  }
  // What a refused field leaves behind is judged without it: rules of what held it would only repeat the refusal.
  const refused = new Map<string, string[]>();
  for (const { origin, path, code } of before) if (origin !== undefined && code === 'IST0106') push(refused, printName(origin), path);
  const follows = ({ code, resource, details }: Draft): boolean =>
    code === 'IST0106' && (refused.get(printName(nameOf(resource))) ?? []).some((path) => path.startsWith(formatPath(details.at ?? [])));
  const annotations = new Map(configuration.resources.map((r) => [printName(nameOf(r)), r.metadata.annotations]));
  const kept = before.filter((f) => f.origin === undefined || isWanted(f.code, f.origin, annotations.get(printName(f.origin)) ?? {}));
  return {
    findings: sortFindings([
      ...(chosen.some(({ name }) => name === 'schema') ? kept : []),
      ...drafts.filter((draft) => !follows(draft)).map(finish),
    ]),
    skipped: chosen.flatMap(({ name, needs }) => (needs === undefined ? [] : [{ name, reason: needs }])),
  };
}

function chooseAnalyzers({ analyzers = [], changedKinds }: AnalyzeOptions): readonly Analyzer[] {
  const named = ANALYZERS.filter(({ name }) => analyzers.includes(name));
  const chosen = named.length > 0 ? named : ANALYZERS;
  return changedKinds === undefined
    ? chosen
    : chosen.filter(({ name, inputs }) => name === 'schema' || inputs.some((kind) => changedKinds.includes(kind)));
}

/** How a resource is named in findings. */
export function nameOf({ kind, metadata }: Pick<Blamed, 'kind' | 'metadata'>): ResourceName {
  return { kind, namespace: metadata.namespace, name: metadata.name };
}

/** Renders the message and looks up the places of a draft. */
export function finish({ code, resource, details, analyzer }: Draft): Finding {
  const params = details.params.map(String);
  const at = details.at ?? [];
  const message = details.message ?? renderMessage(code, params);
  const istioAt = MESSAGES[code].line === 'resource' ? [] : (details.istioAt ?? at);
  const fix = details.fix === undefined ? undefined : fixOf(resource, details.fix);
  return {
    code,
    level: MESSAGES[code].level,
    message,
    params,
    origin: nameOf(resource),
    position: place(resource, details.place ?? at),
    path: formatPath(at),
    reference: place(resource, istioAt),
    related: (details.related ?? []).map(({ resource: other, path = [], note }) => ({ position: place(other, path), note })),
    ...(fix === undefined ? {} : { fix }),
    ...(details.rule === undefined ? {} : { rule: details.rule }),
    analyzer,
  };
}

function place({ origin }: Pick<Blamed, 'origin'>, path: readonly (string | number)[]): Position {
  return path.length === 0 ? { file: origin.file, line: origin.line, column: 1 } : positionOf({ origin }, path);
}

/** Istio's order; findings that read alike are merged, keeping the first. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const keyed = findings
    .map((finding) => ({ finding, key: sortKey(finding) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.filter(({ key }, i) => i === 0 || keyed[i - 1]?.key !== key).map(({ finding }) => finding);
}

function sortKey({ level, code, origin, message, position }: Finding): string {
  const name = origin === undefined ? '' : `${origin.kind}/${origin.name}/${origin.namespace}`;
  const line = String(position?.line ?? 0).padStart(9, '0');
  return [LEVELS.indexOf(level), code, name, message, position?.file ?? '', line].join('\u0000');
}
