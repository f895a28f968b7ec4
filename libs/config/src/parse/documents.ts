import { type Violation } from '@lateen/base';
import {
  Composer,
  type CreateNodeOptions,
  type Document,
  Lexer,
  LineCounter,
  Parser,
  type ParseOptions,
  type DocumentOptions,
  type ScalarTag,
  type SchemaOptions,
  type Tags,
} from 'yaml';
import { type Survey, survey } from './survey';

/** What a document may cost before it is refused. */
export const LIMITS = {
  /** Of one file: bytes where it is read, UTF-16 code units where it is parsed. */
  maxTextLength: 16 * 1024 * 1024,
  /** Values in one document, those behind aliases counted every time. */
  maxValues: 1_000_000,
  maxDepth: 100,
  /** Of one document: each costs the library some hundred bytes, however short, and Node ends a process whose heap is full. */
  maxLexemes: 3_000_000,
  maxAliases: 1000,
} as const;

/** Tags of YAML 1.1 that kubectl's reader does not resolve: such scalars stay text. */
const PLAIN_TEXT_TAGS = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:set',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
  'tag:yaml.org,2002:binary',
]);

/**
 * Floats of YAML 1.1 that kubectl's reader takes for such: a digit on at least one side of the point. The library asks
 * for none, and takes a lone "." and names such as `e2` for numbers that are none. By the library's name for the notation.
 */
const FLOAT_WITH_DIGIT = new Map<string | undefined, RegExp>([
  [undefined, /^[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)$/],
  ['EXP', /^[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)[eE][-+]?[0-9]+$/],
]);

/** YAML as kubectl reads it: 1.1 booleans and octals, merge keys, no dates, no base-60 numbers. `survey` refuses repeated keys. */
export const YAML_OPTIONS: ParseOptions & DocumentOptions & SchemaOptions & CreateNodeOptions = {
  version: '1.1',
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
  customTags: (tags: Tags) =>
    tags
      .filter((tag) => typeof tag === 'string' || !(PLAIN_TEXT_TAGS.has(tag.tag) || ('format' in tag && tag.format === 'TIME')))
      .map((tag) => (typeof tag === 'string' || tag.collection !== undefined ? tag : withDigits(tag))),
};

/** Infinities and NaN have no digit and stay as they are. */
function withDigits(tag: ScalarTag): ScalarTag {
  const isNumber = tag.tag === 'tag:yaml.org,2002:float' && tag.test?.test('.inf') === false;
  const test = isNumber ? FLOAT_WITH_DIGIT.get(tag.format) : undefined;
  return test === undefined ? tag : { ...tag, test };
}

/** One YAML document and the means to place its nodes. */
export interface SourceDocument {
  readonly document: Document;
  readonly lines: LineCounter;
  /** What each alias stands for. */
  readonly targets: Survey['targets'];
}

/**
 * Splits a file into YAML documents, comments-only ones left out.
 * Everything that makes the text unreadable is a violation; then there are no documents.
 */
export function readDocuments(
  file: string,
  text: string,
): { readonly documents: readonly SourceDocument[]; readonly violations: readonly Violation[] } {
  const refuse = (code: string, message: string, line = 1, column = 1): ReturnType<typeof readDocuments> => ({
    documents: [],
    violations: [{ severity: 'error', code, path: '', message, position: { file, line, column } }],
  });
  if (text.length > LIMITS.maxTextLength)
    return refuse('too_large', `Cannot read the file: it is longer than ${LIMITS.maxTextLength} characters`);
  const bad = findForbiddenCharacter(text);
  if (bad !== undefined)
    return refuse('invalid_character', `Cannot read the file: character ${bad.name} is not allowed in YAML`, bad.line, bad.column);

  const lines = new LineCounter();
  const { documents, tooDeepAt, tooManyAt } = composeDocuments(text, lines);
  if (tooDeepAt !== undefined) {
    const { line, col } = lines.linePos(tooDeepAt);
    return refuse('too_deep', 'Cannot read the file: values are nested too deeply', line, col);
  }
  if (tooManyAt !== undefined) {
    const { line, col } = lines.linePos(tooManyAt);
    return refuse('too_large', 'Cannot read the file: a document has too many values', line, col);
  }
  const violations: Violation[] = [];
  const refuseAt = (code: string, message: string, offset: number): void => {
    const { line, col } = lines.linePos(offset);
    violations.push({ severity: 'error', code, path: '', message, position: { file, line, column: col } });
  };
  const sources: SourceDocument[] = [];
  for (const document of documents) {
    for (const error of document.errors) refuseAt('invalid_yaml', plainMessage(error.message), error.pos[0]);
    if (document.errors.length > 0) continue;
    const { objections, targets } = survey(document, LIMITS);
    for (const { code, message, offset } of objections) refuseAt(code, message, offset);
    if (document.contents !== null && !isNullScalar(document)) sources.push({ document, lines, targets });
  }
  return violations.length > 0 ? { documents: [], violations } : { documents: sources, violations: [] };
}

/** What the parser has open beside the values themselves: the document, a scalar. */
const PARSER_OVERHEAD = 10;

/**
 * Reads all documents of a text. Stops where values nest more deeply than any configuration does: past the parser the
 * library recurses, and a stack that ends inside a regular expression takes the whole process with it.
 * @returns the offset at which values nest too deeply or are too many, and no documents then.
 */
export function composeDocuments(
  text: string,
  lines: LineCounter,
  limits: { readonly maxDepth: number; readonly maxLexemes: number } = LIMITS,
): { readonly documents: readonly Document[]; readonly tooDeepAt?: number; readonly tooManyAt?: number } {
  const parser = new Parser(lines.addNewLine);
  const composer = new Composer({ ...YAML_OPTIONS, lineCounter: lines });
  const documents: Document[] = [];
  let lexemes = 0;
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'document') lexemes = 0;
      documents.push(...composer.next(token));
    }
    if (parser.stack.length > limits.maxDepth + PARSER_OVERHEAD) return { documents: [], tooDeepAt: parser.offset };
    if (++lexemes > limits.maxLexemes) return { documents: [], tooManyAt: parser.offset };
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end(false, text.length));
  return { documents };
}

function isNullScalar(document: Document): boolean {
  return document.contents !== null && 'value' in document.contents && document.contents.value === null;
}

/** The library's words may quote any amount of the source. */
const MAX_MESSAGE = 300;

/** The library's words, without the tail that quotes the source. */
function plainMessage(message: string): string {
  const words = message.split('\n', 1)[0] ?? '';
  return `Cannot read the YAML: ${words.length > MAX_MESSAGE ? `${words.slice(0, MAX_MESSAGE)}…` : words}`;
}

/** The first character YAML forbids, NUL first of all; a byte order mark at the start is fine. */
function findForbiddenCharacter(text: string): { readonly name: string; readonly line: number; readonly column: number } | undefined {
  const at = text.search(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/);
  if (at < 0) return undefined;
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const name = `U+${text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0')}`;
  return { name, line, column: at - before.lastIndexOf('\n') };
}
