import { type FormatSegment, parseSubstitutionFormat } from '@lateen/routing';
import { type StreamRecord } from '../stream-record';
import { type AccessLogFormat, type JsonFormat } from './model';
import { type LineBuffer, Remembered } from './line-buffer';
import { compileOperator, type FormatContext, type Operator } from './operators';

/** Makes text of a stream. */
export type Formatter = (record: StreamRecord) => string;

/** Appends a stream's line to those that wait. */
export type LineFormatter = (record: StreamRecord, lines: LineBuffer) => void;

const NO_CONTEXT: FormatContext = { hostname: '', environment: {} };
const formatters = new WeakMap<readonly FormatSegment[], Formatter>();

/** A header value's format as a function; what is missing is left empty. Compiled once per format. */
export function formatterOf(segments: readonly FormatSegment[]): Formatter {
  let formatter = formatters.get(segments);
  if (formatter === undefined) formatters.set(segments, (formatter = compileText(segments, '', NO_CONTEXT)));
  return formatter;
}

/** A line of a log, newline included. What is missing prints `-` in text and `null` in JSON. */
export function compileFormat(format: AccessLogFormat, context: FormatContext): LineFormatter {
  if (format.kind === 'json') {
    const json = format.omitEmpty === true ? compileSparseObject(format.fields, context) : compileObject(format.fields, context);
    return (record, lines) => {
      lines.text(json(record));
      lines.text('\n');
    };
  }
  return compileLine(parseSubstitutionFormat(format.format), context, format.omitEmpty === true ? NOTHING : MISSING);
}

/** One value as text; what is missing prints `-`. */
export function compileValueText(format: string, context: FormatContext): Formatter {
  return compileText(parseSubstitutionFormat(format), '-', context);
}

const MISSING = Buffer.from('-');
const NOTHING = Buffer.alloc(0);

/** Operators that say something else in nearly every line, and headers that do. */
const CHANGING =
  /^(START_TIME|STREAM_ID|CONNECTION_ID|.*DURATION|TRACE_ID|UPSTREAM_LOCAL_ADDRESS|DOWNSTREAM_REMOTE_ADDRESS.*|.*WIRE_BYTES.*)$/;
const CHANGING_HEADERS = /^(x-request-id|x-envoy-upstream-service-time|traceparent|x-b3-.*)$/i;

type Value = ReturnType<Operator>;

/** An operator and the text before it. */
interface Step {
  readonly before: Buffer;
  readonly operator: Operator;
}

/** Steps that mostly say what they said in the line before, all of them: then their bytes are copied from there. */
interface Stretch {
  readonly steps: readonly Step[];
  readonly steady: boolean;
  /** What they said last. */
  readonly values: Value[];
  readonly piece: Remembered;
}

function compileLine(segments: readonly FormatSegment[], context: FormatContext, missing: Buffer): LineFormatter {
  const stretches: (Stretch & { readonly steps: Step[] })[] = [];
  let before = '';
  for (const segment of segments) {
    if (segment.kind === 'text') {
      before += segment.text;
      continue;
    }
    const step = { before: Buffer.from(before), operator: compileOperator(segment, context) };
    before = '';
    const steady = !CHANGING.test(segment.command) && !CHANGING_HEADERS.test(segment.argument ?? '');
    const last = stretches.at(-1);
    if (last?.steady === steady) last.steps.push(step);
    else stretches.push({ steps: [step], steady, values: [], piece: new Remembered() });
  }
  const end = Buffer.from(before);
  return (record, lines) => {
    for (let i = 0; i < stretches.length; i++) writeStretch(stretches[i]!, record, lines, missing);
    lines.raw(end);
  };
}

function writeStretch({ steps, steady, values, piece }: Stretch, record: StreamRecord, lines: LineBuffer, missing: Buffer): void {
  let same = steady;
  for (let i = 0; i < steps.length; i++) {
    const value = steps[i]!.operator(record);
    const last = values[i];
    // Two texts are compared apart from all else, which is what makes it cheap.
    if (typeof value === 'string' && typeof last === 'string') {
      if (value === last) continue;
    } else if (typeof value === 'number' && typeof last === 'number') {
      if (value === last) continue;
    } else if (value === undefined && last === undefined && values.length > i) continue;
    values[i] = value;
    same = false;
  }
  if (same && piece.length > 0) {
    lines.again(piece);
    return;
  }
  const start = lines.length;
  for (let i = 0; i < steps.length; i++) {
    lines.raw(steps[i]!.before);
    const value = values[i];
    if (value === undefined) lines.raw(missing);
    else if (typeof value === 'string') lines.text(value);
    else lines.decimal(value);
  }
  // Only what was said twice is worth being remembered.
  if (same) lines.remember(start, piece);
  else piece.length = 0;
}

function compileText(segments: readonly FormatSegment[], missing: string, context: FormatContext): Formatter {
  const parts = segments.map((segment) => (segment.kind === 'text' ? segment.text : compileOperator(segment, context)));
  return (record) => {
    let line = '';
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!;
      line += typeof part === 'string' ? part : (part(record) ?? missing);
    }
    return line;
  };
}

/** Keys are written once, as `{"a":`, `,"b":` and so on. */
function compileObject(fields: JsonFormat, context: FormatContext): Formatter {
  const entries = Object.entries(fields).map(([key, value], i) => ({
    start: `${i === 0 ? '{' : ','}${JSON.stringify(key)}:`,
    value: compileValue(value, context),
  }));
  if (entries.length === 0) return () => '{}';
  return (record) => {
    let json = '';
    for (let i = 0; i < entries.length; i++) json += entries[i]!.start + entries[i]!.value(record);
    return `${json}}`;
  };
}

/** Fields whose one operator has no value are left out. */
function compileSparseObject(fields: JsonFormat, context: FormatContext): Formatter {
  const entries = Object.entries(fields).map(([key, value]) => ({ key: `${JSON.stringify(key)}:`, value: compileSparse(value, context) }));
  return (record) => {
    let json = '';
    for (const { key, value } of entries) {
      const text = value(record);
      if (text !== 'null') json += (json === '' ? '' : ',') + key + text;
    }
    return `{${json}}`;
  };
}

function compileSparse(value: JsonFormat[string], context: FormatContext): Formatter {
  return typeof value === 'object' && !Array.isArray(value)
    ? compileSparseObject(value as JsonFormat, context)
    : compileValue(value, context);
}

function compileValue(value: JsonFormat[string], context: FormatContext): Formatter {
  if (typeof value === 'string') return compileString(value, context);
  if (typeof value === 'number' || typeof value === 'boolean') return () => String(value);
  if (Array.isArray(value)) {
    const items = (value as readonly JsonFormat[string][]).map((item) => compileValue(item, context));
    return (record) => `[${items.map((item) => item(record)).join(',')}]`;
  }
  return compileObject(value as JsonFormat, context);
}

/** One operator alone keeps its type; anything else is a string. */
function compileString(format: string, context: FormatContext): Formatter {
  const segments = parseSubstitutionFormat(format);
  const [only] = segments;
  if (segments.length === 1 && only?.kind === 'operator') {
    const operator = compileOperator(only, context);
    // In text a cause that there is not leaves nothing behind; as a value it is missing.
    return typed(only.command === 'LATEEN_CAUSE' ? (record) => operator(record) || undefined : operator);
  }
  const text = compileText(segments, '-', context);
  return (record) => quote(text(record));
}

function typed(operator: Operator): Formatter {
  return (record) => {
    const value = operator(record);
    return value === undefined ? 'null' : typeof value === 'number' ? String(value) : quote(value);
  };
}

// Most values need no escaping: looking is cheaper than JSON.stringify.
const NEEDS_ESCAPE = /["\\\u0000-\u001f\u007f-\uffff]/;

const quote = (value: string): string => (NEEDS_ESCAPE.test(value) ? JSON.stringify(value) : `"${value}"`);
