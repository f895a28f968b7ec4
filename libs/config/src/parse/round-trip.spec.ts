import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KINDS } from '../kinds/catalog';
import { type KindDefinition } from '../kinds/kind';
import { toObject, toYaml } from '../render/to-object';
import { fieldsMissingFrom } from '../testing/kind-table';
import { key, text, validValues } from '../testing/valid-values';
import { parseFiles } from './parse-files';

const options = { semantics: 'skip', allowIneffective: true } as const;

function survives(definition: KindDefinition, spec: unknown, annotations: object): void {
  const apiVersion = `${definition.group === '' ? '' : `${definition.group}/`}${definition.versions[0] ?? ''}`;
  const body = definition.payload === 'spec' ? { spec } : (spec as object);
  const written = JSON.stringify({ apiVersion, kind: definition.kind, metadata: { name: 'a', annotations }, ...body });
  const first = parseFiles([{ name: 'a.json', text: written }], options);
  expect(first.violations.filter((v) => v.severity === 'error')).toEqual([]);
  const [resource] = first.resources;
  if (resource === undefined) throw new Error('nothing was parsed');
  const again = parseFiles([{ name: 'a.yaml', text: toYaml(toObject(resource)) }], options);
  expect(again.violations.filter((v) => v.severity === 'error')).toEqual([]);
  expect({ ...again.resources[0], origin: undefined }).toEqual({ ...resource, origin: undefined });
}

describe.each(KINDS.map((k) => ({ kind: k.kind, definition: k })))('$kind', ({ definition }) => {
  it('whatever the schema accepts survives parse → print → parse', () =>
    fc.assert(
      fc.property(validValues(definition.schema), fc.dictionary(key, text, { maxKeys: 2 }), (spec, annotations) =>
        survives(definition, spec, annotations),
      ),
      { numRuns: 40, interruptAfterTimeLimit: 800 },
    ));

  it('and so does every field at once', () => {
    const values = fc.sample(validValues(definition.schema, { fields: 'every' }), { numRuns: 100, seed: 1 });
    for (const value of values.slice(0, 10)) survives(definition, value, {});
    expect(fieldsMissingFrom(definition.schema, values as readonly object[])).toEqual([]);
  });
});
