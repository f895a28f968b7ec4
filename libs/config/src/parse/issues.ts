import { didYouMean } from '@lateen/base';
import { type z } from 'zod';
import { type Finding } from '../kinds/kind';
import { schemaAt, shapeOf } from '../schema/introspect';
import { type FieldPath } from './path';

/** Comparing words takes time in the square of their lengths: longer ones are no slips of the hand. */
const MAX_WORD = 64;
/** Of one mapping; the rest of its unknown names is only listed. */
const MAX_SUGGESTIONS = 20;

/**
 * Says what a schema refused, one finding per field, with the nearest known name where a name is unknown.
 * @param at where the value stands in its document.
 */
export function findingsFor(
  schema: z.core.$ZodType,
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
  at: FieldPath,
): readonly Finding[] {
  return issues.flatMap((issue): readonly Finding[] => {
    const own = issue.path.filter((step) => typeof step !== 'symbol');
    const path = [...at, ...own];
    const given = valueAt(value, own);
    const finding = (code: string, message: string): readonly Finding[] => [{ severity: 'error', code, path, message }];
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key, i) => ({
          severity: 'error',
          code: 'unknown_field',
          path: [...path, key],
          message: unknownField(schema, own, key, i < MAX_SUGGESTIONS),
        }));
      case 'invalid_type':
        if (given === undefined) return finding('required_field', 'Cannot do without this field: it is required');
        return finding(
          'wrong_type',
          `Cannot use ${show(given)} here: expected ${expectedName(issue.expected)}${quoteHint(issue.expected, given)}`,
        );
      case 'invalid_value':
        if (given === undefined)
          return finding('required_field', `Cannot do without this field: it is required, one of ${issue.values.map(String).join(', ')}`);
        return finding('unknown_value', unknownValue(given, issue.values.map(String)));
      case 'too_small':
        return finding('out_of_range', `Cannot use ${show(given)} here: the least is ${issue.minimum}`);
      case 'too_big':
        return finding('out_of_range', `Cannot use ${show(given)} here: the most is ${issue.maximum}`);
      case 'custom':
        return finding(customCode(issue), `Cannot use ${show(given)} here: it ${issue.message}`);
      case 'invalid_union':
        return finding('wrong_type', `Cannot use ${show(given)} here: expected a number or text`);
      case 'invalid_format':
      case 'not_multiple_of':
      case 'invalid_key':
      case 'invalid_element':
        return finding('invalid_value', `Cannot use ${show(given)} here: ${issue.message}`);
    }
  });
}

/** The message for a name that an object does not have, with the nearest one it has. */
export function unknownFieldMessage(key: string, known: Iterable<string>): string {
  const near = key.length > MAX_WORD ? undefined : didYouMean(key, known);
  return `Cannot read ${show(key)}: no such field${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

function unknownField(schema: z.core.$ZodType, path: readonly PropertyKey[], key: string, suggest: boolean): string {
  const at = schemaAt(schema, path);
  const shape = at === undefined ? undefined : shapeOf(at);
  return unknownFieldMessage(key, suggest && shape?.type === 'object' ? Object.keys(shape.fields) : []);
}

function unknownValue(given: unknown, known: readonly string[]): string {
  const near = typeof given === 'string' && given.length <= MAX_WORD ? didYouMean(given, known) : undefined;
  return `Cannot use ${show(given)} here: expected one of ${known.join(', ')}${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

function customCode(issue: z.core.$ZodIssueCustom): string {
  const code: unknown = issue.params?.['code'];
  return typeof code === 'string' ? code : 'invalid_value';
}

function expectedName(type: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    object: 'a mapping',
    record: 'a mapping',
    array: 'a list',
    int: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
  };
  return names[type] ?? type;
}

/** YAML reads `1.0` and `yes` as a number and a boolean: the usual reason for this refusal. */
function quoteHint(expected: string, given: unknown): string {
  return expected === 'string' && (typeof given === 'number' || typeof given === 'boolean') ? '; put it in quotes' : '';
}

/** A value short enough for a message; mappings and lists by their kind only. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}..."` : text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[step];
  }
  return at;
}
