import { type z } from 'zod';

/** What a schema is made of, as far as the walkers here need it. */
export type SchemaShape =
  | { readonly type: 'object'; readonly fields: Readonly<Record<string, z.core.$ZodType>>; readonly strict: boolean }
  | { readonly type: 'array'; readonly element: z.core.$ZodType }
  | { readonly type: 'record'; readonly value: z.core.$ZodType }
  | { readonly type: 'enum'; readonly values: readonly string[] }
  | { readonly type: 'number' | 'boolean' | 'string' | 'other' };

/** Looks through `optional` and `required` at what a zod schema is. */
export function shapeOf(schema: z.core.$ZodType): SchemaShape {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case 'optional':
    case 'nonoptional':
      return shapeOf(def.innerType);
    case 'object':
      return { type: 'object', fields: def.shape, strict: def.catchall?._zod.def.type === 'never' };
    case 'array':
      return { type: 'array', element: def.element };
    case 'record':
      return { type: 'record', value: def.valueType };
    case 'enum':
      return { type: 'enum', values: Object.values(def.entries).map(String) };
    case 'number':
    case 'boolean':
    case 'string':
      return { type: def.type };
    default:
      return { type: 'other' };
  }
}

/** The schema found by following `path` from `schema`; undefined where the path leaves it. */
export function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  let at: z.core.$ZodType | undefined = schema;
  for (const step of path) {
    if (at === undefined) return undefined;
    const shape = shapeOf(at);
    if (shape.type === 'object') at = shape.fields[String(step)];
    else if (shape.type === 'array') at = shape.element;
    else if (shape.type === 'record') at = shape.value;
    else return undefined;
  }
  return at;
}
