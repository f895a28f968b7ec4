import { type Messages } from './http1-messages';

/** Fields as lines, pseudo-header fields first and the others by name: the order of different fields means nothing. */
export function printFields(fields: readonly (readonly [name: string, value: string])[]): string {
  return [...fields]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `  ${name}: ${value.length > 200 ? `${value.slice(0, 20)}… ${value.length} characters` : value}\n`)
    .join('');
}

/** Messages as lines. */
export function printMessages({ messages, rest }: Messages): string {
  const printed = messages.map(
    ({ startLine, fields, body, trailers, complete }) =>
      `${startLine}\n${printFields(fields)}${body === '' ? '' : `  | ${printBody(body)}\n`}${trailers.length === 0 ? '' : `  trailers\n${printFields(trailers)}`}${complete ? '' : '  (unfinished)\n'}`,
  );
  return `${printed.join('')}${rest === '' ? '' : `bytes ${printBody(rest)}\n`}`;
}

/** A body as it is shown: long ones by length and ends. */
export function printBody(body: string): string {
  return body.length > 200 ? `${JSON.stringify(body.slice(0, 20))}… ${body.length} bytes` : JSON.stringify(body);
}
