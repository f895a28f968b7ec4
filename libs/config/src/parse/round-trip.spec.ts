import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KINDS } from '../kinds/catalog';
import { toObject, toYaml } from '../render/to-object';
import { key, text, validValues } from '../testing/valid-values';
import { parseFiles } from './parse-files';

describe('whatever the schema accepts survives parse → print → parse', () => {
  it.each(KINDS.map((k) => ({ kind: k.kind, definition: k })))('$kind', ({ definition }) => {
    const apiVersion = `${definition.group === '' ? '' : `${definition.group}/`}${definition.versions[0] ?? ''}`;
    const options = { semantics: 'skip', allowIneffective: true } as const;
    fc.assert(
      fc.property(validValues(definition.schema), fc.dictionary(key, text, { maxKeys: 2 }), (spec, annotations) => {
        const body = definition.payload === 'spec' ? { spec } : (spec as object);
        const written = JSON.stringify({ apiVersion, kind: definition.kind, metadata: { name: 'a', annotations }, ...body });
        const first = parseFiles([{ name: 'a.json', text: written }], options);
        expect(first.violations.filter((v) => v.severity === 'error')).toEqual([]);
        const [resource] = first.resources;
        if (resource === undefined) throw new Error('nothing was parsed');
        const again = parseFiles([{ name: 'a.yaml', text: toYaml(toObject(resource)) }], options);
        expect(again.violations.filter((v) => v.severity === 'error')).toEqual([]);
        expect({ ...again.resources[0], origin: undefined }).toEqual({ ...resource, origin: undefined });
      }),
      { numRuns: 40, interruptAfterTimeLimit: 800 },
    );
  });
});
