import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { KINDS } from '../kinds/catalog';
import { type CelRule } from '../schema/crd-meta';
import { countedFields } from '../testing/cel-cases';
import { type OpenApi, openApiOf } from './openapi';

const reference = process.env['LATEEN_REFERENCE'] ?? join(import.meta.dirname, '../../../../../shared/reference');
const file = join(reference, 'data/istio-crds.yaml');
const present = existsSync(file);

interface ReferenceCrd {
  readonly names: { readonly kind: string; readonly plural: string; readonly shortNames?: readonly string[] };
  readonly group: string;
  readonly versions: readonly {
    readonly name: string;
    readonly schema?: { readonly openAPIV3Schema: { readonly properties: { readonly spec: OpenApi } } };
  }[];
}

const crds = present
  ? parseAllDocuments(readFileSync(file, 'utf8'))
      .map((d) => d.toJS() as ReferenceCrd | null)
      .filter((crd) => crd !== null)
  : [];

/** Lines that differ on purpose: a group of one field excludes nothing, and what a rule reads has a bound here. */
const OTHERWISE = new Set(['AuthorizationPolicy spec oneOf 2', 'PeerAuthentication spec.portLevelMtls maxProperties 128']);

/** Each field as a line: path, type, enum, whether required, bounds that both sides write alike. */
function fields(schema: OpenApi, path = 'spec'): readonly string[] {
  const { type, enum: values, required, properties, items, additionalProperties } = schema;
  const own = [
    `${path}: ${String(type ?? (schema['x-kubernetes-int-or-string'] === true ? 'int-or-string' : 'any'))}`,
    ...(Array.isArray(values) ? [`${path} enum ${values.join(' ')}`] : []),
    ...(Array.isArray(required) ? [`${path} required ${[...required].sort().join(' ')}`] : []),
    ...[
      'nullable',
      'minimum',
      'maximum',
      'maxItems',
      'minItems',
      'minLength',
      'maxProperties',
      'minProperties',
      'pattern',
      'x-kubernetes-list-type',
      'x-kubernetes-preserve-unknown-fields',
    ]
      .filter((k) => schema[k] !== undefined)
      .map((k) => `${path} ${k} ${String(schema[k])}`),
    ...(Array.isArray(schema['oneOf']) ? [`${path} oneOf ${schema['oneOf'].length}`] : []),
    ...(schema['x-kubernetes-validations'] === undefined
      ? []
      : [`${path} rules ${distinct(schema['x-kubernetes-validations'] as readonly CelRule[])}`]),
  ];
  const below = Object.entries((properties ?? {}) as Readonly<Record<string, OpenApi>>).flatMap(([name, field]) =>
    fields(field, `${path}.${name}`),
  );
  const element = items === undefined ? [] : fields(items as OpenApi, `${path}[]`);
  const value = typeof additionalProperties === 'object' ? fields(additionalProperties as OpenApi, `${path}{}`) : [];
  return [...own, ...below, ...element, ...value];
}

/** How many rules there are; two that allow one of the same fields are one. */
function distinct(rules: readonly CelRule[]): number {
  return new Set(rules.map((rule) => [...(countedFields(rule) ?? [rule.rule])].sort().join(' '))).size;
}

(present ? describe : describe.skip)("Istio's own definitions", () => {
  if (!present) it.skip(`no reference at ${file}`, () => undefined);
  it.each(crds.map((crd) => ({ kind: crd.names.kind, crd })))('$kind has the same fields', ({ kind, crd }) => {
    const definition = KINDS.find((k) => k.kind === kind && k.group === crd.group);
    expect(definition?.plural).toBe(crd.names.plural);
    expect(definition?.shortNames).toEqual(crd.names.shortNames ?? []);
    expect([...(definition?.versions ?? [])].sort()).toEqual(crd.versions.map((v) => v.name).sort());
    const theirs = crd.versions.find((v) => v.schema !== undefined)?.schema?.openAPIV3Schema.properties.spec ?? {};
    const ours = new Set(definition === undefined ? [] : fields(openApiOf(definition.schema)));
    const want = new Set(fields(theirs));
    const without = (lines: ReadonlySet<string>, other: ReadonlySet<string>): readonly string[] =>
      [...lines].filter((line) => !other.has(line) && !OTHERWISE.has(`${kind} ${line}`));
    expect({ missing: without(want, ours), surplus: without(ours, want) }).toEqual({ missing: [], surplus: [] });
  });
});
