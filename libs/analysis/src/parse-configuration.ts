import { type Violation } from '@lateen/base';
import { formatPath, type ParseOptions, type ParseResult, parseFiles, positionOf, type SourceFile } from '@lateen/config';
import { patchValueFindings } from './envoy/patch-values';

/**
 * As `parseFiles`, and the values of EnvoyFilters are judged as well: what takes configuration refuses with this what
 * `validate` reports as an error.
 */
export function parseConfiguration(files: readonly SourceFile[], options: ParseOptions = {}): ParseResult {
  const parsed = parseFiles(files, options);
  const found = parsed.resources.flatMap((resource) =>
    patchValueFindings(resource, []).map(({ severity, code, path, message }): Violation => ({
      severity,
      code,
      path: formatPath(path),
      message,
      position: positionOf(resource, path),
    })),
  );
  if (found.length === 0) return parsed;
  const refused = new Set(
    found.flatMap(({ severity, position }) => (severity === 'error' && position !== undefined ? [position.file] : [])),
  );
  return {
    ...parsed,
    resources: parsed.resources.filter(({ origin }) => !refused.has(origin.file)),
    violations: [...parsed.violations, ...found],
    rejectedFiles: [...parsed.rejectedFiles, ...[...refused].filter((file) => !parsed.rejectedFiles.includes(file))],
  };
}
