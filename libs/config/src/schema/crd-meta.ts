import { z } from 'zod';

/** One CEL rule of a CustomResourceDefinition; `self` is the value it stands at. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

/**
 * What a schema says to Kubernetes beside its shape. The parser does not read it: Istio's own validation knows
 * nothing of these bounds, and a file that breaks only them is one for the API server to refuse.
 */
export interface CrdMeta {
  readonly validations?: readonly CelRule[];
  /** Bounds, formats and list types as OpenAPI writes them. */
  readonly keywords?: Readonly<Record<string, unknown>>;
  /** Groups of fields of which at most one may be set. */
  readonly oneOfs?: readonly OneOf[];
  /** Old names of fields that are still taken, by the field each stands for. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** Fields that exclude each other. */
export interface OneOf {
  readonly fields: readonly string[];
}

/** What Kubernetes is told of schemas. */
export const crdMeta = z.registry<CrdMeta>();

/** Adds to what Kubernetes is told of `schema`, on a copy of it. */
export function crd<S extends z.ZodType>(schema: S, meta: CrdMeta): S {
  const before = crdMeta.get(schema) ?? {};
  const copy = schema.clone();
  crdMeta.add(copy, {
    ...before,
    ...meta,
    validations: [...(before.validations ?? []), ...(meta.validations ?? [])],
    keywords: { ...before.keywords, ...meta.keywords },
    oneOfs: [...(before.oneOfs ?? []), ...(meta.oneOfs ?? [])],
  });
  return copy;
}

/** A message of which at most one of `fields` may be set: protobuf's `oneof`, which would let any of them win. */
export function oneOf<S extends z.ZodObject>(schema: S, ...fields: readonly string[]): S {
  const checked = schema.check(({ value, issues }) => {
    const given = fields.filter((field) => value[field as keyof typeof value] !== undefined);
    if (given.length > 1)
      issues.push({
        code: 'custom',
        input: value,
        params: { code: 'exclusive_fields' },
        message: `sets ${given.join(' and ')}, expected only one of ${fields.join(', ')}`,
      });
  });
  const before = crdMeta.get(schema);
  if (before !== undefined) crdMeta.add(checked, before);
  return crd(checked, { oneOfs: [{ fields }] });
}
