/** A mapping as it was written. */
export type Raw = Readonly<Record<string, unknown>>;

/** `value` as a mapping; an empty one when it is none. */
export function asMap(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
}

/** `value` as a list; an empty one when it is none. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `value` as text; empty when it is none. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The texts in a list. */
export function asTexts(value: unknown): readonly string[] {
  return asList(value).filter((item) => typeof item === 'string');
}

/** Text keyed by text; other values are left out. */
export function asLabels(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(asMap(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** The value at a path of keys; undefined where the path ends early. */
export function dig(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const step of path) at = asMap(at)[step];
  return at;
}
