import { type z } from 'zod';
import { celCase, countedFields } from './cel-cases';
import { crdMeta, type CrdMeta } from '../schema/crd-meta';

/**
 * A value with every field set, as the bounds and rules told to Kubernetes want it. Where fields exclude each other,
 * and among the names of an enumeration, `variant` takes turns; `settle` is told of the other rules of objects.
 */
export function fullValue(schema: z.core.$ZodType, variant: number): unknown {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  const meta = crdMeta.get(schema) ?? {};
  switch (def.type) {
    case 'optional':
    case 'nonoptional':
      return fullValue(def.innerType, variant);
    case 'object': {
      const value: Record<string, unknown> = {};
      for (const [name, field] of Object.entries(def.shape)) value[name] = fullValue(field, variant);
      for (const [old, name] of Object.entries(meta.aliases ?? {})) value[old] = value[name];
      if (def.catchall?._zod.def.type !== 'never') value['any'] = { thing: [1, 'two', { three: false }], goes: null };
      for (const [i, fields] of exclusive(meta).entries()) {
        const taken = fields[(variant + i) % fields.length];
        for (const field of fields) if (field !== taken) delete value[field];
      }
      for (const rule of meta.validations ?? []) celCase(rule).settle?.(value, variant);
      return value;
    }
    case 'array':
      return [fullValue(def.element, variant)];
    case 'record':
      return { '8080': fullValue(def.valueType, variant) };
    case 'enum': {
      const values = Object.values(def.entries);
      return values[variant % values.length];
    }
    case 'literal':
      return def.values[variant % def.values.length];
    case 'boolean':
      return variant % 2 === 0;
    case 'number':
      return Number(meta.keywords?.['maximum'] ?? 100);
    case 'string':
      return fitting(meta);
    case 'union':
      return variant % 2 === 0 ? 8080 : 'http';
    default:
      throw new Error(`no value for ${def.type}`);
  }
}

/** Fields of which one at most may be set, by protobuf or by a rule that counts them. */
function exclusive({ oneOfs = [], validations = [] }: CrdMeta): readonly (readonly string[])[] {
  return [
    ...oneOfs.map(({ fields }) => fields),
    ...validations.flatMap((rule) => [countedFields(rule) ?? []]).filter((fields) => fields.length > 0),
  ];
}

/** Text within the bounds and rules of its schema. */
function fitting({ keywords = {}, validations = [] }: CrdMeta): string {
  if (keywords['format'] === 'byte') return 'aGk=';
  const rules = validations.map(({ rule }) => rule).join('\n');
  if (rules.includes('url(')) return 'https://a.example/x';
  if (rules.includes('self.size() == 0')) return '';
  if (rules.includes('"HTTPS"]')) return 'HTTPS';
  const pattern = new RegExp(String(keywords['pattern'] ?? ''));
  return ['1s', 'a', 'f'.repeat(64)].find((t) => pattern.test(t)) ?? '';
}
