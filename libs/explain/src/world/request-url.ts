/** What a user asks to explain. */
export interface ExplainRequest {
  readonly method: string;
  /** Absolute: `http://HOST[:PORT]/PATH`; without a scheme it is http. */
  readonly url: string;
  /** In order. A `host` among them is the authority. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** A URL in its parts. */
export interface RequestUrl {
  readonly scheme: 'http' | 'https';
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** The URL says so itself, rather than its scheme. */
  readonly portWritten: boolean;
  /** As it goes into the Host header. */
  readonly authority: string;
  /** Path and query as written, without fragment; at least `/`. */
  readonly path: string;
}

/** A method, URL or header that cannot be sent. */
export class RequestError extends Error {}

/**
 * Reads a URL without tidying it up: what the path looks like is what is being explained. Throws a RequestError.
 */
export function parseRequestUrl(text: string): RequestUrl {
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\[[0-9a-f:.]+\]|[^/?#:@\s[\]<>"\\^`{|}%]+)(?::(\d{1,5}))?([/?][^#\s]*)?(?:#.*)?$/i.exec(
    text,
  );
  const [, scheme = 'http', host = '', portText, rest = '/'] = match ?? [];
  const lower = scheme.toLowerCase();
  const isAddress = !host.startsWith('[') || URL.canParse(`http://${host}/`);
  if (match === null || !isAddress || (lower !== 'http' && lower !== 'https'))
    throw new RequestError(
      `Cannot read the URL ${JSON.stringify(text)}: http://HOST[:PORT]/PATH or https:// is expected, an IPv6 address as [ADDRESS]`,
    );
  const port = portText === undefined ? (lower === 'https' ? 443 : 80) : Number(portText);
  if (port < 1 || port > 65_535) throw new RequestError(`Cannot read the URL ${JSON.stringify(text)}: ${port} is no port`);
  return {
    scheme: lower,
    host: host.replace(/^\[|\]$/g, '').toLowerCase(),
    port,
    portWritten: portText !== undefined,
    authority: portText === undefined ? host : `${host}:${portText}`,
    path: rest.startsWith('?') ? `/${rest}` : rest,
  };
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Checks a method and headers as an HTTP client must. Throws a RequestError. */
export function checkRequest({ method, headers }: ExplainRequest): void {
  if (!TOKEN.test(method)) throw new RequestError(`Cannot send the method ${JSON.stringify(method)}: it is no token`);
  for (const [name, value] of headers) {
    if (!TOKEN.test(name)) throw new RequestError(`Cannot send the header ${JSON.stringify(name)}: its name is no token`);
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(value)) throw new RequestError(`Cannot send the header "${name}": its value has control characters`);
  }
}
