/** Markup that is safe to send: made by `html`, never by hand. */
export class Html {
  constructor(readonly markup: string) {}
}

/** What a template may hold: text and numbers are escaped, markup is not, undefined and false leave nothing. */
export type HtmlValue = string | number | Html | undefined | false | readonly HtmlValue[];

/** Tagged template for markup. Every value is escaped for text and quoted attributes unless it is markup already. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(strings.map((text, i) => (i === 0 ? text : render(values[i - 1]) + text)).join(''));
}

function render(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.markup;
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return value.map(render).join('');
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
