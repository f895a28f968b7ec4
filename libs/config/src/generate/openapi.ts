import { type z } from 'zod';
import { crdMeta, type OneOf } from '../schema/crd-meta';

/** A schema of OpenAPI v3, as CustomResourceDefinitions hold it. */
export type OpenApi = Readonly<Record<string, unknown>>;

const INT32 = [-2_147_483_648, 2_147_483_647] as const;

/**
 * Writes a kind's schema as Kubernetes takes it: structural, each value with its type, unknown fields kept only where
 * the schema keeps them, bounds and CEL rules from `crdMeta`.
 * Spec: Kubernetes CustomResourceDefinition, "structural schema".
 */
export function openApiOf(schema: z.core.$ZodType): OpenApi {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  if (def.type === 'optional' || def.type === 'nonoptional') return openApiOf(def.innerType);
  const meta = crdMeta.get(schema) ?? {};
  const rules = meta.validations ?? [];
  return {
    ...shape(schema),
    ...oneOfs(meta.oneOfs ?? []),
    ...meta.keywords,
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules.map(({ rule, message }) => ({ rule, message })) }),
  };
}

function shape(schema: z.core.$ZodType): OpenApi {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case 'object':
      return object(schema as z.core.$ZodObject);
    case 'array':
      return { type: 'array', items: openApiOf(def.element) };
    case 'record':
      return { type: 'object', additionalProperties: openApiOf(def.valueType) };
    case 'enum':
      return { type: 'string', enum: Object.values(def.entries) };
    case 'literal':
      // The only literals of the kinds here: redirect codes.
      return { type: 'integer', enum: def.values };
    case 'string':
      return { type: 'string' };
    case 'boolean':
      return { type: 'boolean' };
    case 'unknown':
      return { 'x-kubernetes-preserve-unknown-fields': true };
    case 'number':
      return number(schema as z.core.$ZodNumber);
    case 'union':
      // The only union of the kinds here: a port number or its name.
      return { 'x-kubernetes-int-or-string': true };
    default:
      throw new Error(`Cannot write a schema of type ${def.type} for Kubernetes`);
  }
}

function object(schema: z.core.$ZodObject): OpenApi {
  const def = schema._zod.def;
  const required = Object.entries(def.shape)
    .filter(([, field]) => !isOptional(field))
    .map(([name]) => name);
  const properties: Record<string, OpenApi> = {};
  for (const [name, field] of Object.entries(def.shape)) properties[name] = openApiOf(field);
  for (const [old, name] of Object.entries(crdMeta.get(schema)?.aliases ?? {})) {
    const field = def.shape[name];
    if (field !== undefined) properties[old] = openApiOf(field);
  }
  return {
    type: 'object',
    ...(Object.keys(properties).length === 0 ? {} : { properties }),
    ...(required.length === 0 ? {} : { required }),
    ...(def.catchall?._zod.def.type === 'never' ? {} : { 'x-kubernetes-preserve-unknown-fields': true }),
  };
}

function isOptional(field: z.core.$ZodType): boolean {
  return field._zod.def.type === 'optional';
}

function number(schema: z.core.$ZodNumber): OpenApi {
  const { minimum, maximum, isInt } = numberBounds(schema);
  if (!isInt) return { type: 'number', format: 'double' };
  if (minimum === INT32[0] && maximum === INT32[1]) return { type: 'integer', format: 'int32' };
  return { type: 'integer', ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
}

/** What zod's checks say of a number; bounds that only mean "a safe integer" are left out. */
function numberBounds(schema: z.core.$ZodNumber): { readonly minimum?: number; readonly maximum?: number; readonly isInt: boolean } {
  const { def } = schema._zod;
  const bound = (check: 'greater_than' | 'less_than'): number | undefined => {
    for (const { _zod } of def.checks ?? []) {
      const own = _zod.def as z.core.$ZodCheckLessThanDef | z.core.$ZodCheckGreaterThanDef;
      if (own.check === check && typeof own.value === 'number' && Math.abs(own.value) < Number.MAX_SAFE_INTEGER) return own.value;
    }
    return undefined;
  };
  return { minimum: bound('greater_than'), maximum: bound('less_than'), isInt: 'format' in def && def.format === 'safeint' };
}

/** At most one of each group, in the only form that structural schemas allow. */
function oneOfs(groups: readonly OneOf[]): OpenApi {
  const one = ({ fields }: OneOf): OpenApi => {
    const alone = fields.map((field) => ({ required: [field] }));
    return { oneOf: [{ not: { anyOf: alone } }, ...alone] };
  };
  const [only] = groups;
  if (only === undefined) return {};
  return groups.length === 1 ? one(only) : { allOf: groups.map(one) };
}
