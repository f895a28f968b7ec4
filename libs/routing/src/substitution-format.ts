/** A piece of a format string: text, or a command operator such as `%REQ(X-B?Y):5%`. Spec: Envoy access log command operators. */
export type FormatSegment =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'operator';
      /** Upper case: `REQ`. */
      readonly command: string;
      /** Between the parentheses, as written; undefined when there are none. */
      readonly argument?: string;
      /** Longest value in characters; undefined: no limit. */
      readonly maxLength?: number;
    };

const OPERATOR = /%%|%([A-Z][A-Z0-9_]*)(?:\((.*?)\))?(?::(\d+))?%/g;

/**
 * Splits a format string into text and operators; `%%` is a percent sign.
 * Throws a RangeError that quotes the first `%` which starts no operator.
 */
export function parseSubstitutionFormat(format: string): readonly FormatSegment[] {
  const segments: FormatSegment[] = [];
  let text = '';
  let end = 0;
  for (const match of format.matchAll(OPERATOR)) {
    text += plain(format, end, match.index);
    end = match.index + match[0].length;
    if (match[0] === '%%') {
      text += '%';
      continue;
    }
    if (text !== '') segments.push({ kind: 'text', text });
    text = '';
    segments.push({
      kind: 'operator',
      command: match[1] ?? '',
      ...(match[2] === undefined ? {} : { argument: match[2] }),
      ...(match[3] === undefined ? {} : { maxLength: Number(match[3]) }),
    });
  }
  text += plain(format, end, format.length);
  if (text !== '') segments.push({ kind: 'text', text });
  return segments;
}

/** The text between operators, which has no stray percent sign. */
function plain(format: string, start: number, end: number): string {
  const text = format.slice(start, end);
  const stray = text.indexOf('%');
  if (stray >= 0) throw new RangeError(`Cannot parse format: "${text.slice(stray, stray + 40)}" starts no operator`);
  return text;
}

/** What segments were parsed from. */
export function substitutionFormatText(segments: readonly FormatSegment[]): string {
  return segments.map(segmentText).join('');
}

function segmentText(segment: FormatSegment): string {
  if (segment.kind === 'text') return segment.text.replaceAll('%', '%%');
  const { command, argument, maxLength } = segment;
  return `%${command}${argument === undefined ? '' : `(${argument})`}${maxLength === undefined ? '' : `:${maxLength}`}%`;
}
