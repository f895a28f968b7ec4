import { resourcesFrom } from '@lateen/config/testing';
import { analyze, type AnalyzeOptions } from '../analyze';
import { indexConfiguration } from '../configuration/configuration';
import { type Finding, printName } from '../finding';

/** What one analyzer finds in YAML that has to be right; file `test.yaml`. */
export function findingsIn(analyzer: string, yaml: string, options: AnalyzeOptions = {}): readonly Finding[] {
  const resources = resourcesFrom(yaml, { allowIneffective: true, semantics: 'skip' });
  return analyze(indexConfiguration(resources), { analyzers: [analyzer], ...options }).findings;
}

/** A finding as one line of a table: `IST0101 VirtualService default/web spec.gateways[0]: gateway, front`. */
export function summary({ code, origin, path, params }: Finding): string {
  return `${code} ${origin === undefined ? '' : printName(origin)}${path === '' ? '' : ` ${path}`}: ${params.join(', ')}`;
}
