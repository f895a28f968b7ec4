import { type CelRule } from '../schema/crd-meta';
import { type Json } from './api-server';

/** The way to a value: names of fields, `0` into a list, a key into a map. */
export type Path = readonly string[];

/** A place of a schema where a value may stand. */
export interface Place {
  readonly path: Path;
  /** The path as the API server writes it. */
  readonly label: string;
  readonly rules: readonly CelRule[];
  /** Whether a rule reads the value: its own, or that of the object it is a field of. */
  readonly isRead: boolean;
  /** Values at and beyond the bounds of the place, some of them right; `undefined` leaves the place out. */
  readonly oddities: readonly unknown[];
}

/** Every place below a schema, itself first; lists and maps with one element, its key `8080`. */
export function* places(schema: Json, path: Path = [], label = 'spec', parent: Json = {}): Generator<Place> {
  const rules = rulesOf(schema);
  yield { path, label, rules, isRead: rules.length + rulesOf(parent).length > 0, oddities: odditiesOf(schema) };
  for (const [name, field] of Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Json>>))
    yield* places(field, [...path, name], `${label}.${name}`, schema);
  if (schema['items'] !== undefined) yield* places(schema['items'] as Json, [...path, '0'], `${label}[0]`, schema);
  if (schema['additionalProperties'] !== undefined)
    yield* places(schema['additionalProperties'] as Json, [...path, '8080'], `${label}[8080]`, schema);
}

function rulesOf(schema: Json): readonly CelRule[] {
  return (schema['x-kubernetes-validations'] ?? []) as readonly CelRule[];
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, step) => (at as Json | undefined)?.[step], value);
}

/** A copy of `value` with another value at a path. */
export function put(value: unknown, [step, ...rest]: Path, wanted: unknown): unknown {
  if (step === undefined) return wanted;
  if (step === '0') return [put((value as readonly unknown[] | undefined)?.[0], rest, wanted)];
  return { ...(value as Json), [step]: put((value as Json | undefined)?.[step], rest, wanted) };
}

function odditiesOf(schema: Json): readonly unknown[] {
  const { maximum, minimum, maxLength, type } = schema as Readonly<Record<string, number | undefined>>;
  switch (type as unknown) {
    case 'string':
      return [
        null,
        7,
        '',
        '*',
        'http://[',
        'ALLOW',
        ...(maxLength === undefined ? [] : ['a'.repeat(maxLength), 'a'.repeat(maxLength + 1)]),
      ];
    case 'integer':
    case 'number':
      return [
        null,
        '8080',
        1.5,
        -1,
        0,
        65_536,
        2 ** 31,
        2 ** 32,
        ...[minimum, maximum].flatMap((n) => (n === undefined ? [] : [n - 1, n + 1])),
      ];
    case 'boolean':
      return [undefined, null, 'true'];
    case 'array':
      return [undefined, null, [], {}, [null]];
    case 'object':
      return [undefined, null, [], {}, { '': '' }, { unknown: 1 }, { '*': 'a' }];
    default:
      return [undefined, null, 'http', 8080, 1.5, true];
  }
}
