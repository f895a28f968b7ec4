/** A field's place, from the document's root. */
export type FieldPath = readonly (string | number)[];

/** Longer names are cut, so that paths stay short however many there are below one name. */
const MAX_STEP = 256;

/** Writes a path as users do: `spec.http[0].match[0].headers["x-user"].exact`. */
export function formatPath(path: FieldPath): string {
  let text = '';
  for (const given of path) {
    const step = typeof given === 'string' && given.length > MAX_STEP ? `${given.slice(0, MAX_STEP)}…` : given;
    if (typeof step === 'number') text += `[${step}]`;
    else if (!/^[A-Za-z_$][\w$-]*$/.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

/** Reads what `formatPath` writes; undefined when malformed. */
export function parsePath(text: string): FieldPath | undefined {
  const path: (string | number)[] = [];
  const step = /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  while (step.lastIndex < text.length) {
    const match = step.exec(text);
    if (match === null) return undefined;
    const [, key, index, quoted] = match;
    if (key !== undefined) path.push(key);
    else if (index !== undefined) path.push(Number(index));
    else if (quoted !== undefined) {
      try {
        path.push(String(JSON.parse(quoted)));
      } catch {
        return undefined;
      }
    }
  }
  return path;
}

/** protobuf's JSON name of a field: `per_try_timeout` → `perTryTimeout`. */
export function jsonName(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
