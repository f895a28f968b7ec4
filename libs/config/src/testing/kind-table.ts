import { describe, expect, it } from '@jest/globals';
import { type z } from 'zod';
import { KINDS } from '../kinds/catalog';
import { shapeOf } from '../schema/introspect';
import { findingsFor } from './index';

/** A document of a kind, and what is found in it. */
export interface KindCase {
  readonly name: string;
  readonly spec: object;
  /** As `findingsFor` gives it. Default: nothing, the document is fine. */
  readonly want?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Cases of a kind by what they are about. */
export type KindTables = Readonly<Record<string, readonly KindCase[]>>;

/**
 * Runs the tables of a kind, and sees to it that documents without errors write every field there is.
 * @param refused fields that no document may have, as the test names them, those inside them included.
 */
export function testKind(kind: string, tables: KindTables, refused: readonly string[] = []): void {
  describe.each(Object.entries(tables))(`${kind}: %s`, (_, cases) => {
    it.each([...cases])('$name', ({ spec, want = [], metadata }) => expect(findingsFor(kind, spec, { metadata })).toEqual(want));
  });
  it(`${kind}: every field is in a document that is accepted`, () => {
    const schema = KINDS.find((definition) => definition.kind === kind)?.schema;
    if (schema === undefined) throw new Error(`no such kind: ${kind}`);
    const accepted = Object.values(tables)
      .flat()
      .filter(({ want = [] }) => !want.some((line) => line.startsWith('error')));
    const missing = fieldsMissingFrom(
      schema,
      accepted.map(({ spec }) => spec),
    );
    expect(missing.filter((field) => !refused.some((own) => field.startsWith(own)))).toEqual([]);
  });
}

/** The fields of a schema that none of some documents has: `.http[].match[].headers{}.exact`. */
export function fieldsMissingFrom(schema: z.core.$ZodType, documents: readonly object[]): readonly string[] {
  const written = new Set<string>();
  for (const document of documents) collect(schema, document, '', written);
  return fieldsOf(schema, '').filter((field) => !written.has(field));
}

function fieldsOf(schema: z.core.$ZodType, at: string): readonly string[] {
  const shape = shapeOf(schema);
  switch (shape.type) {
    case 'object':
      return Object.entries(shape.fields).flatMap(([name, field]) => [`${at}.${name}`, ...fieldsOf(field, `${at}.${name}`)]);
    case 'array':
      return fieldsOf(shape.element, `${at}[]`);
    case 'record':
      return fieldsOf(shape.value, `${at}{}`);
    default:
      return [];
  }
}

function collect(schema: z.core.$ZodType, value: unknown, at: string, into: Set<string>): void {
  const shape = shapeOf(schema);
  if (shape.type === 'array' && Array.isArray(value)) for (const item of value) collect(shape.element, item, `${at}[]`, into);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, field] of Object.entries(value)) {
    if (shape.type === 'record') collect(shape.value, field, `${at}{}`, into);
    const inner = shape.type === 'object' ? shape.fields[name] : undefined;
    if (inner === undefined || field === undefined) continue;
    into.add(`${at}.${name}`);
    collect(inner, field, `${at}.${name}`, into);
  }
}
