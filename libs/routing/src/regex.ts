import { RE2JS } from 're2js';

/** A compiled RE2 pattern: matching takes time linear in the input. */
export interface Regex {
  readonly pattern: string;
  /** Whether the whole string matches. */
  testWhole(value: string): boolean;
  /** Every match replaced; `\1` in `substitution` is the first group. */
  replaceAll(value: string, substitution: string): string;
  /** What every match starts with; empty when nothing is sure. */
  readonly literalPrefix: string;
}

/** Compiles an RE2 pattern. Throws a RangeError that quotes a pattern RE2 does not accept. */
export function compileRegex(pattern: string): Regex {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (cause) {
    throw new RangeError(`Cannot compile regex "${pattern}": ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const shortcut = shortcutFor(pattern);
  return {
    pattern,
    literalPrefix: literalPrefixOf(pattern),
    testWhole: shortcut ?? ((value) => compiled.matches(value)),
    replaceAll: (value, substitution) => compiled.matcher(value).replaceAll(javaScriptReplacement(substitution)),
  };
}

const PLAIN = /^[^\\^$.|?*+()[\]{}]*$/;

/** Plain tests for the patterns people write most: `.*`, `.+`, `abc.*`, `.*abc`, `.*abc.*`, `abc`. `.` is not a newline. */
function shortcutFor(pattern: string): ((value: string) => boolean) | undefined {
  if (pattern === '.*') return (value) => !value.includes('\n');
  if (pattern === '.+') return (value) => value !== '' && !value.includes('\n');
  const starts = pattern.startsWith('.*');
  const ends = pattern.endsWith('.*') && !pattern.endsWith('\\.*');
  const literal = pattern.slice(starts ? 2 : 0, ends ? -2 : undefined);
  if (!PLAIN.test(literal) || literal.includes('\n')) return undefined;
  if (starts && ends) return (value) => value.includes(literal) && !value.includes('\n');
  if (starts) return (value) => value.endsWith(literal) && !value.includes('\n');
  if (ends) return (value) => value.startsWith(literal) && !value.includes('\n');
  return (value) => value === literal;
}

/** The plain characters a pattern begins with, when it has no alternative at its top. */
export function literalPrefixOf(pattern: string): string {
  let i = pattern.startsWith('^') ? 1 : 0;
  if (hasTopLevelAlternative(pattern)) return '';
  let prefix = '';
  while (i < pattern.length) {
    const c = pattern[i] ?? '';
    let literal: string;
    let next = i + 1;
    if (c === '\\') {
      literal = pattern[i + 1] ?? '';
      if (!/[^A-Za-z0-9]/.test(literal)) break;
      next = i + 2;
    } else if ('^$.|?*+()[]{}'.includes(c)) break;
    else literal = c;
    if ('?*{'.includes(pattern[next] ?? ' ')) break;
    prefix += literal;
    if (pattern[next] === '+') break;
    i = next;
  }
  return prefix;
}

/** Whether `|` stands outside every group and class. Unsure means yes. */
function hasTopLevelAlternative(pattern: string): boolean {
  let depth = 0;
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === '\\') {
      if (pattern[i + 1] === 'Q') return true;
      i++;
    } else if (inClass) inClass = c !== ']';
    else if (c === '[') inClass = true;
    else if (c === '(') {
      if (pattern[i + 1] === '?' && pattern[i + 2] !== ':' && pattern[i + 2] !== 'P') return true;
      depth++;
    } else if (c === ')') depth--;
    else if (c === '|' && depth === 0) return true;
  }
  return false;
}

/** RE2's `\1` as re2js wants it, `$1`, with what re2js would take for its own escaped. */
function javaScriptReplacement(substitution: string): string {
  return substitution.replace(/\\(\d)|\\\\|\$/g, (all, digit: string | undefined) => {
    if (digit !== undefined) return digit === '0' ? '$&' : `$${digit}`;
    return all === '$' ? '$$' : '\\';
  });
}
