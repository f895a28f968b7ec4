import { type AnyResource, formatPath, positionOf, type SourceFile, validateKubernetesResource, validateResource } from '@lateen/config';
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
  // Mesh configuration is told of below, with the line inside its block.
  const schema = analyze(indexConfiguration(read.resources), { analyzers: ['schema'] }, read.findings).findings.filter(
    ({ origin }) => origin?.kind !== 'MeshConfig',
  );
  const unread = read.parseErrors.map((violation) => schemaFinding(violation, undefined, violation.position?.line ?? 1));
  return {
    findings: sortFindings([...unread, ...schema, ...ofKubernetes(read.resources)]),
    skipped: [],
    resources: read.resources.length,
    passedOver: read.passedOver,
  };
}

/** Rules of Kubernetes kinds, which analysis leaves to Kubernetes, and those that only `istioctl validate` has. */
function ofKubernetes(resources: ReturnType<typeof readConfiguration>['resources']): readonly Finding[] {
  return resources.flatMap((resource) => {
    if (/^[a-z.]+(istio|k8s)\.io\//.test(resource.apiVersion)) return [];
    const refused = validateResource(resource).map((finding) => toFinding(resource, finding));
    // Advice is what neither refuses nor warns.
    const advised = validateKubernetesResource(resource).map((finding): Finding => ({
      ...toFinding(resource, finding),
      ...(finding.severity === 'warning' ? { level: 'Info' } : {}),
    }));
    return [...refused, ...advised];
  });
}

function toFinding(resource: AnyResource, { severity, code, path, place, message }: ReturnType<typeof validateResource>[number]): Finding {
  const position = positionOf(resource, place ?? path);
  return schemaFinding({ severity, code, path: formatPath(path), message, position }, nameOf(resource), resource.origin.line);
}
