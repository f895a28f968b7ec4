import { type StringMatcher } from './model';
import { compileRegex } from './regex';

/** Matches the string itself. */
export const exact = (value: string, ignoreCase = false): StringMatcher => {
  const folded = value.toLowerCase();
  return { kind: 'exact', value, ignoreCase, test: ignoreCase ? (s) => s.toLowerCase() === folded : (s) => s === value };
};

/** Matches what begins with it. */
export const prefix = (value: string, ignoreCase = false): StringMatcher => {
  const folded = value.toLowerCase();
  return { kind: 'prefix', value, ignoreCase, test: ignoreCase ? (s) => s.toLowerCase().startsWith(folded) : (s) => s.startsWith(value) };
};

/** Matches what ends with it. */
export const suffix = (value: string, ignoreCase = false): StringMatcher => {
  const folded = value.toLowerCase();
  return { kind: 'suffix', value, ignoreCase, test: ignoreCase ? (s) => s.toLowerCase().endsWith(folded) : (s) => s.endsWith(value) };
};

/** Matches what has it somewhere. */
export const contains = (value: string, ignoreCase = false): StringMatcher => {
  const folded = value.toLowerCase();
  return { kind: 'contains', value, ignoreCase, test: ignoreCase ? (s) => s.toLowerCase().includes(folded) : (s) => s.includes(value) };
};

/** Matches whole strings by RE2. Throws a RangeError that quotes a bad pattern. */
export const regex = (pattern: string): StringMatcher => {
  const compiled = compileRegex(pattern);
  return { kind: 'regex', value: pattern, ignoreCase: false, test: compiled.testWhole };
};
