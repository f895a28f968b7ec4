import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { didYouMean } from '@lateen/base';
import { type FieldPath } from '@lateen/config';
import { xdsRegistry } from '@lateen/xds/registry';
import { isNewerName } from './newer-names';
import { envoyTypeNames } from './type-names';

/** What is wrong with JSON that should be a message of Envoy's. */
export interface EnvoyProblem {
  readonly severity: 'error' | 'warning';
  readonly code:
    'wrong_type' | 'unknown_value' | 'unknown_type' | 'unknown_field' | 'required_field' | 'oneof_conflict' | 'ineffective_field';
  readonly path: FieldPath;
  readonly message: string;
}

/** Where in a patch something is; `single` while nothing above it is a list or a map. */
interface Place {
  readonly path: FieldPath;
  readonly single: boolean;
}

type Sink = (problem: EnvoyProblem) => void;

const DURATION = /^-?\d+(\.\d{1,9})?s$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
/** Messages whose JSON is whatever JSON there is. */
const FREE = new Set(['google.protobuf.Struct', 'google.protobuf.Value', 'google.protobuf.ListValue']);
/** Messages whose JSON is that of their only field. */
const WRAPPER = /^google\.protobuf\.(Bool|String|Bytes|Int32|Int64|UInt32|UInt64|Float|Double)Value$/;

/**
 * Says what protobuf's JSON reader would say of `value` as the message `type`: everything, not only the first.
 * An unknown field is a warning, as the reader of patches passes over it. Envoy's own bounds are not looked at.
 * Spec: proto3 JSON mapping; validation.md §5.8.
 */
export function judgeMessage(type: string, value: unknown, path: FieldPath): readonly EnvoyProblem[] {
  const problems: EnvoyProblem[] = [];
  const message = xdsRegistry().getMessage(type);
  if (message === undefined) throw new Error(`Cannot judge ${type}: no such message`);
  judge(message, value, { path, single: true }, (problem) => problems.push(problem));
  return problems;
}

function judge(message: DescMessage, value: unknown, at: Place, say: Sink): void {
  if (value === null || value === undefined || FREE.has(message.typeName)) return;
  if (message.typeName === 'google.protobuf.Any') return judgeAny(value, at, say);
  if (message.typeName === 'google.protobuf.Duration') return judgeText(value, DURATION, 'a duration such as 1.5s', at, say);
  if (message.typeName === 'google.protobuf.Timestamp') return judgeText(value, TIMESTAMP, 'a time such as 2026-01-31T12:00:00Z', at, say);
  if (message.typeName === 'google.protobuf.FieldMask') return judgeText(value, /^/, 'names of fields with commas', at, say);
  const [only] = message.fields;
  if (WRAPPER.test(message.typeName) && only?.fieldKind === 'scalar') return judgeScalar(only.scalar, value, at, say);
  judgeFields(message, value, at, say);
}

/** A message's own fields. `@type` is for whoever holds it. */
function judgeFields(message: DescMessage, value: unknown, at: Place, say: Sink): void {
  if (!isMap(value)) return wrongType(value, `the fields of ${message.typeName}`, at, say);
  const fields = fieldsOf(message);
  const chosen = new Map<string, string>();
  for (const [key, member] of Object.entries(value)) {
    if (key === '@type') continue;
    const place = { ...at, path: [...at.path, key] };
    const field = fields.get(key);
    if (field === undefined) {
      if (isNewerName(message.typeName, key)) continue;
      const near = didYouMean(
        key,
        [...fields.keys()].filter((name) => !/[A-Z]/.test(name)),
      );
      say({
        severity: 'warning',
        code: 'unknown_field',
        path: place.path,
        message: `Unknown field "${key}" of ${message.typeName}, which Envoy never sees${near === undefined ? '' : `; did you mean "${near}"?`}`,
      });
      continue;
    }
    if (member === null) continue;
    if (field.oneof !== undefined) {
      const other = chosen.get(field.oneof.name);
      if (other !== undefined && other !== field.name)
        say({
          severity: 'error',
          code: 'oneof_conflict',
          path: place.path,
          message: `Cannot set both "${other}" and "${field.name}" of ${message.typeName}`,
        });
      chosen.set(field.oneof.name, field.name);
    }
    judgeField(field, member, place, say);
  }
  warnOfNoConfig(message, value, fields, at, say);
}

/** A named filter without its configuration does nothing in v3. */
function warnOfNoConfig(message: DescMessage, value: Readonly<Record<string, unknown>>, fields: FieldIndex, at: Place, say: Sink): void {
  const has = (name: string): boolean => value[name] !== undefined || value[fields.get(name)?.jsonName ?? name] !== undefined;
  if (!at.single || fields.get('typed_config') === undefined || has('typed_config') || has('config_discovery')) return;
  const name = typeof value['name'] === 'string' ? ` "${value['name']}"` : '';
  say({
    severity: 'warning',
    code: 'ineffective_field',
    path: at.path,
    message: `${shortName(message)}${name} has no typed_config: a name alone selects nothing`,
  });
}

function judgeField(field: DescField, value: unknown, at: Place, say: Sink): void {
  switch (field.fieldKind) {
    case 'scalar':
      return judgeScalar(field.scalar, value, at, say);
    case 'enum':
      return judgeEnum(field.enum, value, at, say);
    case 'message':
      return judge(field.message, value, at, say);
    case 'list':
      if (!Array.isArray(value)) return wrongType(value, `a list for "${field.name}"`, at, say);
      value.forEach((element: unknown, i) => judgeElement(field, element, { path: [...at.path, i], single: false }, say));
      return;
    case 'map':
      if (!isMap(value)) return wrongType(value, `a mapping for "${field.name}"`, at, say);
      for (const [key, element] of Object.entries(value)) judgeElement(field, element, { path: [...at.path, key], single: false }, say);
  }
}

function judgeElement(field: DescField & { readonly fieldKind: 'list' | 'map' }, value: unknown, at: Place, say: Sink): void {
  if (field.message !== undefined) judge(field.message, value, at, say);
  else if (field.enum !== undefined) judgeEnum(field.enum, value, at, say);
  else if (field.scalar !== undefined) judgeScalar(field.scalar, value, at, say);
}

function judgeAny(value: unknown, at: Place, say: Sink): void {
  if (!isMap(value)) return wrongType(value, 'a message with "@type"', at, say);
  const url = value['@type'];
  if (Object.keys(value).length === 0) return;
  if (typeof url !== 'string' || url === '') {
    say({ severity: 'error', code: 'required_field', path: at.path, message: 'Cannot tell what this is: "@type" is required' });
    return;
  }
  const name = url.slice(url.lastIndexOf('/') + 1);
  const message = xdsRegistry().getMessage(name);
  if (message !== undefined) {
    // Types with a JSON form of their own stand under "value".
    if (message.typeName.startsWith('google.protobuf.')) judge(message, value['value'], { ...at, path: [...at.path, 'value'] }, say);
    else judgeFields(message, value, at, say);
  } else if (!envoyTypeNames().has(name)) {
    say({
      severity: 'error',
      code: 'unknown_type',
      path: [...at.path, '@type'],
      message: `Cannot use "${url}": Envoy has no such type${typeHint(name)}`,
    });
  }
}

/** The same name in a package of today's, or a name that is nearly the same. */
function typeHint(name: string): string {
  const short = name.slice(name.lastIndexOf('.') + 1);
  if (/\.v2(alpha\d*)?\./.test(name)) return '; it is of the API v2, which is gone: use v3';
  const same = [...envoyTypeNames()].filter((known) => known.endsWith(`.${short}`));
  const near = didYouMean(name, same) ?? (same.length === 1 ? same[0] : undefined);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

function judgeEnum(type: DescEnum, value: unknown, at: Place, say: Sink): void {
  if (typeof value === 'number' && Number.isInteger(value)) return;
  if (type.typeName === 'google.protobuf.NullValue') return;
  const names = type.values.map(({ name }) => name);
  if (typeof value === 'string' && (names.includes(value) || isNewerName(type.typeName, value))) return;
  const near = typeof value === 'string' ? didYouMean(value, names) : undefined;
  say({
    severity: 'error',
    code: 'unknown_value',
    path: at.path,
    message: `Cannot use ${show(value)}: expected one of ${names.join(', ')}${near === undefined ? '' : `; did you mean "${near}"?`}`,
  });
}

function judgeScalar(type: ScalarType, value: unknown, at: Place, say: Sink): void {
  switch (type) {
    case ScalarType.STRING:
      if (typeof value !== 'string') wrongType(value, 'text', at, say);
      return;
    case ScalarType.BOOL:
      if (typeof value !== 'boolean') wrongType(value, 'true or false', at, say);
      return;
    case ScalarType.BYTES:
      if (typeof value !== 'string' || !BASE64.test(value)) wrongType(value, 'bytes in base64', at, say);
      return;
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      if (!isNumber(value) && value !== 'NaN' && value !== 'Infinity' && value !== '-Infinity') wrongType(value, 'a number', at, say);
      return;
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return judgeWhole(value, 0, 2 ** 32 - 1, at, say);
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return judgeWhole(value, -(2 ** 31), 2 ** 31 - 1, at, say);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return judgeWhole(value, 0, 2 ** 64, at, say);
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return judgeWhole(value, -(2 ** 63), 2 ** 63, at, say);
  }
}

function judgeWhole(value: unknown, least: number, most: number, at: Place, say: Sink): void {
  const number = isNumber(value) ? Number(value) : NaN;
  if (!Number.isInteger(number) || number < least || number > most) wrongType(value, `a whole number from ${least} to ${most}`, at, say);
}

function judgeText(value: unknown, pattern: RegExp, expected: string, at: Place, say: Sink): void {
  if (typeof value !== 'string' || !pattern.test(value)) wrongType(value, expected, at, say);
}

/** Numbers may be quoted. */
function isNumber(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value));
}

function wrongType(value: unknown, expected: string, at: Place, say: Sink): void {
  say({ severity: 'error', code: 'wrong_type', path: at.path, message: `Cannot use ${show(value)}: expected ${expected}` });
}

function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return isMap(value) ? 'a mapping' : JSON.stringify(value);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shortName({ typeName }: DescMessage): string {
  return typeName.slice(typeName.lastIndexOf('.') + 1);
}

type FieldIndex = ReadonlyMap<string, DescField>;
const indexes = new WeakMap<DescMessage, FieldIndex>();

/** Fields by both of their names. */
function fieldsOf(message: DescMessage): FieldIndex {
  const known = indexes.get(message) ?? new Map(message.fields.flatMap((f) => [[f.name, f] as const, [f.jsonName, f] as const]));
  indexes.set(message, known);
  return known;
}
