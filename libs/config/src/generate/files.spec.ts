import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { generatedFiles } from './files';

const root = join(import.meta.dirname, '../../../..');
const files = generatedFiles();

describe('what is generated from the schemas', () => {
  it.each(files.map(({ path, text }) => ({ path, text })))('$path is fresh: else run node tools/generate-schemas.mjs', ({ path, text }) => {
    expect(readFileSync(join(root, path), 'utf8') === text).toBe(true);
  });
  it.each(['deploy/crds', 'deploy/schemas'])('%s holds nothing else', (folder) => {
    const want = files.filter(({ path }) => path.startsWith(`${folder}/`)).map(({ path }) => path.slice(folder.length + 1));
    expect(readdirSync(join(root, folder)).sort()).toEqual([...want].sort());
  });
});

type Schema = Readonly<Record<string, unknown>>;

/** Every schema inside a schema, with its path. */
function* schemas(schema: Schema, path: string): Generator<readonly [string, Schema]> {
  yield [path, schema];
  for (const [name, field] of Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>))
    yield* schemas(field, `${path}.${name}`);
  for (const key of ['items', 'additionalProperties'])
    if (typeof schema[key] === 'object') yield* schemas(schema[key] as Schema, `${path}[]`);
}

describe("Kubernetes' rules of structural schemas", () => {
  const crds = files.filter(({ path }) => path.startsWith('deploy/crds/'));
  const all = crds.flatMap(({ path, text }) => [...schemas(JSON.parse(JSON.stringify(yamlSpec(text))) as Schema, path)]);
  it('every value has a type', () => {
    expect(all.filter(([, s]) => typeof s['type'] !== 'string').map(([path]) => path)).toEqual([]);
  });
  it('a map has values or named fields, not both', () => {
    expect(all.filter(([, s]) => s['properties'] !== undefined && s['additionalProperties'] !== undefined).map(([path]) => path)).toEqual(
      [],
    );
  });
  it('alternatives hold no types', () => {
    expect(
      all
        .filter(([, s]) => /"type"|"nullable"|"description"/.test(JSON.stringify([s['oneOf'], s['allOf'], s['anyOf'], s['not']])))
        .map(([path]) => path),
    ).toEqual([]);
  });
  it('lists kept by key have the key required', () => {
    const bad = all.filter(([, s]) => {
      const keys = s['x-kubernetes-list-map-keys'] as readonly string[] | undefined;
      const item = s['items'] as Schema | undefined;
      return keys !== undefined && !keys.every((key) => (item?.['required'] as readonly string[] | undefined)?.includes(key) === true);
    });
    expect(bad.map(([path]) => path)).toEqual([]);
  });
  it('what a rule reads is bounded', () => {
    const bound: Readonly<Record<string, string>> = { string: 'maxLength', array: 'maxItems' };
    const bad = all.filter(
      ([, s]) =>
        s['x-kubernetes-validations'] !== undefined &&
        bound[String(s['type'])] !== undefined &&
        s[bound[String(s['type'])] ?? ''] === undefined,
    );
    expect(bad.map(([path]) => path)).toEqual([]);
  });
});

/** The schema of the first version in a definition. */
function yamlSpec(text: string): unknown {
  const { spec } = parse(text) as {
    readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: unknown } }[] };
  };
  return spec.versions[0]?.schema.openAPIV3Schema;
}
