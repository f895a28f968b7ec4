import { type AnyResource } from '@lateen/config';
import { type Analysis, analyze, type AnalyzeOptions, sortFindings } from './analyze';
import { ANALYZERS } from './analyzers/list';
import { type Configuration } from './configuration/configuration';
import { WORKLOAD_KINDS } from './configuration/workloads';
import { type Finding } from './finding';

/** An analysis, and what it was of. */
export interface Round {
  readonly analysis: Analysis;
  readonly configuration: Configuration;
}

/**
 * Looks again after a change: only analyzers that read a changed kind run, and the findings of the others are kept.
 * Gives what `analyze` gives.
 */
export function analyzeChanges(
  previous: Round,
  configuration: Configuration,
  options: AnalyzeOptions = {},
  before: readonly Finding[] = [],
): Analysis {
  const kinds = changedKinds(previous.configuration.resources, configuration.resources);
  const again = analyze(configuration, { ...options, changedKinds: kinds }, before);
  // What could not be read is found by reading, not by kinds: schema runs every time.
  const kept = new Set(
    ANALYZERS.filter(({ name, inputs }) => name !== 'schema' && !inputs.some((kind) => kinds.includes(kind))).map(({ name }) => name),
  );
  return {
    findings: sortFindings([...again.findings, ...previous.analysis.findings.filter(({ analyzer }) => kept.has(analyzer))]),
    skipped: previous.analysis.skipped,
  };
}

/** Kinds of which a resource is new, gone, changed, or has moved in its file; what makes pods counts as Pod and Deployment. */
export function changedKinds(before: readonly AnyResource[], after: readonly AnyResource[]): readonly string[] {
  const [old, now] = [signatures(before), signatures(after)];
  const kinds = new Set([...old.keys(), ...now.keys()].filter((kind) => old.get(kind) !== now.get(kind)));
  if (WORKLOAD_KINDS.some((kind) => kinds.has(kind))) for (const kind of ['Pod', 'Deployment']) kinds.add(kind);
  return [...kinds];
}

/** Everything that is written of each kind, places included. */
function signatures(resources: readonly AnyResource[]): ReadonlyMap<string, string> {
  const parts = new Map<string, string[]>();
  for (const { kind, metadata, origin } of resources) {
    const list = parts.get(kind) ?? [];
    parts.set(kind, list);
    list.push(`${metadata.namespace}/${metadata.name}\0${origin.file}\0${origin.line}\0${origin.text}`);
  }
  return new Map([...parts].map(([kind, list]) => [kind, list.join('\0')]));
}
