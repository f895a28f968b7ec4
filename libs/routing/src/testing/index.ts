import { type RequestView } from '../model';

/** A request over plain values: `GET / HTTP/1.1` to `host` unless told. */
export function requestView(
  parts: Partial<Omit<RequestView, 'header'>> & { readonly headers?: Readonly<Record<string, string>> } = {},
): RequestView {
  const { headers = {}, ...rest } = parts;
  return { method: 'GET', path: '/', authority: 'host', scheme: 'http', ...rest, header: (name) => headers[name] };
}
