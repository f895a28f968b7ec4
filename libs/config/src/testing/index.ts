import { formatViolation } from '@lateen/base';
import { KINDS } from '../kinds/catalog';
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

/** What a test resource is like beside its spec. */
export interface FindingsOptions extends ParseOptions {
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Default: the kind's preferred version. */
  readonly apiVersion?: string;
}

/**
 * Parses one resource given as plain data and says what is found, a line each: `error CODE PATH`.
 * What says only that a kind is not in effect yet is left out.
 */
export function findingsFor(kind: string, spec: unknown, options: FindingsOptions = {}): readonly string[] {
  const definition = KINDS.find((k) => k.kind === kind);
  if (definition === undefined) throw new Error(`Cannot make a ${kind}: no such kind`);
  const apiVersion = options.apiVersion ?? (definition.group === '' ? '' : `${definition.group}/`) + (definition.versions[0] ?? 'v1');
  const payload = definition.payload === 'spec' ? { spec } : (spec as object);
  const text = JSON.stringify({ apiVersion, kind, metadata: { name: 'test', ...options.metadata }, ...payload });
  const { violations } = parseFiles([{ name: 'test.json', text }], { allowIneffective: true, ...options });
  return violations.filter((v) => v.code !== 'not_yet_in_effect').map((v) => `${v.severity} ${v.code} ${v.path}`);
}
