import { type z } from 'zod';
import { shapeOf } from '../schema/introspect';
import { jsonName } from './path';

/**
 * Brings a plain value into the form its schema expects, changing nothing it does not know:
 * a null field is unset, and of protobuf messages snake_case names become JSON names, quoted numbers numbers,
 * enum numbers names (schemas list names in the order of their numbers), and a null list element an empty message.
 * Spec: protobuf's JSON mapping; validation.md §2.1 and §2.3.
 */
export function coerce(schema: z.core.$ZodType, value: unknown, protobuf: boolean): unknown {
  const shape = shapeOf(schema);
  switch (shape.type) {
    case 'object': {
      if (!isObject(value)) return protobuf && value === null ? {} : value;
      const entries: [string, unknown][] = [];
      for (const [key, field] of Object.entries(value)) {
        const name =
          protobuf &&
          !Object.hasOwn(shape.fields, key) &&
          Object.hasOwn(shape.fields, jsonName(key)) &&
          !Object.hasOwn(value, jsonName(key))
            ? jsonName(key)
            : key;
        const fieldSchema = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
        if (fieldSchema === undefined) entries.push([name, field]);
        else if (field !== null) entries.push([name, coerce(fieldSchema, field, protobuf)]);
      }
      return Object.fromEntries(entries);
    }
    case 'array':
      return Array.isArray(value) ? value.map((item) => coerce(shape.element, item, protobuf)) : value;
    case 'record':
      if (!isObject(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, coerce(shape.value, item, protobuf)]));
    case 'number':
      return protobuf && typeof value === 'string' && /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(value) ? Number(value) : value;
    case 'enum':
      return protobuf && typeof value === 'number' ? (shape.values[value] ?? value) : value;
    case 'boolean':
    case 'string':
    case 'other':
      return value;
  }
}

/** Whether `value` is a mapping. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
