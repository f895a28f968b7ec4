import fc from 'fast-check';
import { type z } from 'zod';
import { crdMeta } from '../schema/crd-meta';

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
/** Text that YAML can hold. */
export const text = fc
  .oneof(awkward, fc.string({ maxLength: 8 }))
  .filter((t) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/.test(t) && !/\p{Surrogate}/u.test(t));
/** Text that a mapping can have as a key. */
export const key = text.filter((t) => t !== '__proto__');

/** How much of a value is there. */
export interface ValueOptions {
  /** `some` (the default): any field may be missing. `every`: all are there but those that others exclude. */
  readonly fields?: 'some' | 'every';
}

/** Values that a schema accepts, whatever the kind's rules say of them. */
export function validValues(schema: z.core.$ZodType, options: ValueOptions = {}): fc.Arbitrary<unknown> {
  const every = options.fields === 'every';
  const def = (schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case 'optional':
    case 'nonoptional':
      return validValues(def.innerType, options);
    case 'object': {
      const entries = Object.entries(def.shape);
      const required = entries.filter(([, field]) => every || field._zod.def.type !== 'optional').map(([name]) => name);
      const fields = Object.fromEntries(entries.map(([name, field]) => [name, validValues(field, options)]));
      return fc.tuple(fc.record(fields, { requiredKeys: required }), fc.nat({ max: 1000 })).map(([value, choice]) => {
        const taken: Record<string, unknown> = { ...value };
        for (const { fields: alternatives } of crdMeta.get(schema)?.oneOfs ?? []) {
          const given = alternatives.filter((field) => field in taken);
          for (const [i, field] of given.entries()) if (i !== choice % given.length) delete taken[field];
        }
        return taken;
      });
    }
    case 'array':
      return fc.array(validValues(def.element, options), every ? { minLength: 1, maxLength: 1 } : { maxLength: 2 });
    case 'record':
      return fc.dictionary(key, validValues(def.valueType, options), every ? { minKeys: 1, maxKeys: 1 } : { maxKeys: 2 });
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
  return (schema._zod.def.checks?.length ?? 0) > 0 ? fc.constantFrom('1s', '1h30m', '250ms', '0s') : text;
}
