import { formatPath, positionOf, type SourceFile, validateResource } from '@lateen/config';
import { type Analysis, analyze, nameOf, sortFindings } from './analyze';
import { indexConfiguration } from './configuration/configuration';
import { readConfiguration, type ReadConfigurationOptions, schemaFinding } from './read/read-configuration';
import { type Finding } from './finding';

/** What is wrong with files, each resource by itself. */
export interface Validation extends Analysis {
  /** How many resources were read. */
  readonly resources: number;
  readonly passedOver: readonly { readonly kind: string; readonly count: number }[];
}

/** Shape and semantics alone: what `lateen apply` would refuse or warn of, every violation with its rule. */
export function validateFiles(files: readonly SourceFile[], options: ReadConfigurationOptions = {}): Validation {
  const read = readConfiguration(files, options);
  const schema = analyze(indexConfiguration(read.resources), { analyzers: ['schema'] }, read.findings).findings;
  const unread = read.parseErrors.map((violation) => schemaFinding(violation, undefined, violation.position?.line ?? 1));
  return {
    findings: sortFindings([...unread, ...schema, ...ofKubernetes(read.resources)]),
    skipped: [],
    resources: read.resources.length,
    passedOver: read.passedOver,
  };
}

/** Rules of Kubernetes kinds, which analysis leaves to Kubernetes. */
function ofKubernetes(resources: ReturnType<typeof readConfiguration>['resources']): readonly Finding[] {
  return resources.flatMap((resource) => {
    if (/^[a-z.]+(istio|k8s)\.io\//.test(resource.apiVersion)) return [];
    return validateResource(resource).map(({ severity, code, path, message }) =>
      schemaFinding(
        { severity, code, path: formatPath(path), message, position: positionOf(resource, path) },
        nameOf(resource),
        resource.origin.line,
      ),
    );
  });
}
