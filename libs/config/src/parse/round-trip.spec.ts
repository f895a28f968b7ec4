import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type z } from 'zod';
import { KINDS } from '../kinds/catalog';
import { toObject, toYaml } from '../render/to-object';
import { crdMeta } from '../schema/crd-meta';
import { parseFiles } from './parse-files';

const awkward = fc.constantFrom(
  'yes',
  'NO',
  '0o7',
  '010',
  '1:30',
  '2001-01-01',
  '~',
  'null',
  '<<',
  'a: b',
  '- a',
  '',
  ' ',
  '\n',
  'a\n\nb ',
  '1e3',
  '.inf',
  '#x',
  '*a',
  '&a',
  '!a',
  '%a',
  '@a',
  '"',
  "'",
  '\\',
  'é\u2028',
  '\ud83d\ude00',
);
const text = fc
  .oneof(awkward, fc.string({ maxLength: 8 }))
  .filter((t) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/.test(t) && !/\p{Surrogate}/u.test(t));
const key = text.filter((t) => t !== '__proto__');

/** Values that a schema accepts, whatever the kind's rules say of them. */
function valuesOf(schema: z.core.$ZodType): fc.Arbitrary<unknown> {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case 'optional':
    case 'nonoptional':
      return valuesOf(def.innerType);
    case 'object': {
      const entries = Object.entries(def.shape);
      const required = entries.filter(([, field]) => field._zod.def.type !== 'optional').map(([name]) => name);
      return fc
        .record(Object.fromEntries(entries.map(([name, field]) => [name, valuesOf(field)])), { requiredKeys: required })
        .map((value) => {
          const taken: Record<string, unknown> = { ...value };
          for (const { fields } of crdMeta.get(schema)?.oneOfs ?? []) {
            const [, ...others] = fields.filter((field) => field in taken);
            for (const field of others) delete taken[field];
          }
          return taken;
        });
    }
    case 'array':
      return fc.array(valuesOf(def.element), { maxLength: 2 });
    case 'record':
      return fc.dictionary(key, valuesOf(def.valueType), { maxKeys: 2 });
    case 'enum':
      return fc.constantFrom(...Object.values(def.entries));
    case 'boolean':
      return fc.boolean();
    case 'number':
      return 'format' in def ? fc.integer({ min: 100, max: 599 }) : fc.double({ min: 0, max: 100, noNaN: true }).map((n) => n + 0);
    case 'string':
      return special(schema as z.core.$ZodString);
    case 'union':
      return fc.oneof(fc.integer({ min: 1, max: 9 }), text);
    default:
      throw new Error(`no values for ${def.type}`);
  }
}

/** Durations and base64 are text that a schema looks into. */
function special(schema: z.core.$ZodString): fc.Arbitrary<string> {
  const keywords = crdMeta.get(schema)?.keywords ?? {};
  if (keywords['format'] === 'byte') return fc.constantFrom('', 'aGk=', 'AAAA');
  return keywords['maxLength'] === 64 && (schema._zod.def.checks?.length ?? 0) > 0 ? fc.constantFrom('1s', '1h30m', '250ms', '0s') : text;
}

describe('whatever the schema accepts survives parse → print → parse', () => {
  it.each(KINDS.map((k) => ({ kind: k.kind, definition: k })))('$kind', ({ definition }) => {
    const apiVersion = `${definition.group === '' ? '' : `${definition.group}/`}${definition.versions[0] ?? ''}`;
    const options = { semantics: 'skip', allowIneffective: true } as const;
    fc.assert(
      fc.property(valuesOf(definition.schema), fc.dictionary(key, text, { maxKeys: 2 }), (spec, annotations) => {
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
