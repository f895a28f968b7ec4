import { formatViolation } from '@lateen/base';
import { type ParseOptions, parseFiles } from '../parse/parse-files';
import { type AnyResource, type KnownKind, type ResourceOf } from '../resource';

/** Parses YAML that has to be right, as file `test.yaml`; throws naming every error otherwise. */
export function resourcesFrom(yaml: string, options: ParseOptions = {}): readonly AnyResource[] {
  const { resources, violations } = parseFiles([{ name: 'test.yaml', text: yaml }], options);
  const errors = violations.filter((v) => v.severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(formatViolation).join('\n'));
  return resources;
}

/** The one resource of `kind` in YAML that has to be right. */
export function resourceFrom<K extends KnownKind>(kind: K, yaml: string, options: ParseOptions = {}): ResourceOf<K> {
  const found = resourcesFrom(yaml, options).filter((r): r is ResourceOf<K> => r.kind === kind);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`Cannot take one ${kind}: the YAML has ${found.length}`);
  return only;
}
