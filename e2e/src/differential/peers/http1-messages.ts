/** A message of HTTP/1.1 as it came, its body without chunks. */
export interface Message {
  readonly startLine: string;
  /** Names in lower case; in the order they came. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly trailers: readonly (readonly [name: string, value: string])[];
  /** It is all there. */
  readonly complete: boolean;
}

/** What a stream of bytes holds: whole messages, the beginning of one, and what is none. */
export interface Messages {
  readonly messages: readonly Message[];
  /** What follows a message that is no HTTP (a tunnel), or cannot be read. */
  readonly rest: string;
}

/**
 * Reads messages one after the other. `methods` are those of the requests that these are responses to; absent when these
 * are requests themselves. `closed`: nothing follows, which ends a body without length.
 */
export function readMessages(text: string, closed: boolean, methods?: readonly string[]): Messages {
  const messages: Message[] = [];
  let answered = 0;
  let rest = text;
  while (rest !== '') {
    const headEnd = rest.indexOf('\r\n\r\n');
    if (headEnd < 0) return { messages, rest };
    const [startLine = '', ...lines] = rest.slice(0, headEnd).split('\r\n');
    const isMessage = methods === undefined ? / HTTP\/1\.[01]$/.test(startLine) : /^HTTP\/1\.[01] \d{3}/.test(startLine);
    if (!isMessage) return { messages, rest };
    const fields = lines.map(splitField);
    rest = rest.slice(headEnd + 4);
    const status = methods === undefined ? 0 : Number(startLine.slice(9, 12));
    const bodiless = (status >= 100 && status < 200) || status === 204 || status === 304 || methods?.[answered] === 'HEAD';
    const { body, trailers, length, complete } = bodiless
      ? { body: '', trailers: [], length: 0, complete: true }
      : readBody(rest, fields, closed, methods !== undefined);
    messages.push({ startLine, fields, body, trailers, complete });
    rest = rest.slice(length);
    if (!complete) return { messages, rest };
    if (status >= 200) answered++;
    // What follows is the tunnel's.
    if (status === 101) return { messages, rest };
  }
  return { messages, rest };
}

interface Body {
  readonly body: string;
  readonly trailers: Message['trailers'];
  readonly length: number;
  readonly complete: boolean;
}

function readBody(text: string, fields: Message['fields'], closed: boolean, isResponse: boolean): Body {
  const value = (wanted: string): string | undefined => fields.find(([name]) => name === wanted)?.[1];
  if (value('transfer-encoding')?.includes('chunked') === true) return readChunks(text);
  const announced = value('content-length');
  if (announced !== undefined) {
    const length = Math.min(Number(announced), text.length);
    return { body: text.slice(0, length), trailers: [], length, complete: length === Number(announced) };
  }
  if (!isResponse || value('upgrade') !== undefined) return { body: '', trailers: [], length: 0, complete: true };
  return { body: text, trailers: [], length: text.length, complete: closed };
}

function readChunks(text: string): Body {
  let at = 0;
  let body = '';
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = lineEnd < 0 ? NaN : parseInt(text.slice(at, lineEnd), 16);
    if (Number.isNaN(size)) return { body, trailers: [], length: text.length, complete: false };
    if (size === 0) {
      const end = text.startsWith('\r\n', lineEnd + 2) ? lineEnd + 2 : text.indexOf('\r\n\r\n', lineEnd);
      if (end < 0) return { body, trailers: [], length: text.length, complete: false };
      const lines = end === lineEnd + 2 ? [] : text.slice(lineEnd + 2, end).split('\r\n');
      return { body, trailers: lines.map(splitField), length: end === lineEnd + 2 ? end + 2 : end + 4, complete: true };
    }
    const from = lineEnd + 2;
    body += text.slice(from, from + size);
    if (text.length < from + size + 2) return { body, trailers: [], length: text.length, complete: false };
    at = from + size + 2;
  }
}

function splitField(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line, ''] : [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
