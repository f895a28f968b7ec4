import { type HTTPMatchRequest, type StringMatch } from '@lateen/config';

/** Regular expressions that take every path. */
const ANYTHING = new Set(['.*', '/.*', '.+', '/?.*']);

/** Whether everything that `later` fits, `first` fits too. Says no when in doubt. */
export function matchCovers(first: HTTPMatchRequest, later: HTTPMatchRequest): boolean {
  return (
    uriCovers(first, later) &&
    (['method', 'authority', 'scheme'] as const).every((field) => textCovers(first[field], later[field])) &&
    (['headers', 'queryParams'] as const).every((field) => mapCovers(first[field], later[field])) &&
    Object.entries(first.withoutHeaders ?? {}).every(([name, match]) => sameText(match, later.withoutHeaders?.[name])) &&
    ((first.port ?? 0) === 0 || first.port === later.port) &&
    Object.entries(first.sourceLabels ?? {}).every(([name, value]) => later.sourceLabels?.[name] === value) &&
    ((first.sourceNamespace ?? '') === '' || first.sourceNamespace === later.sourceNamespace) &&
    gatewaysCover(first.gateways, later.gateways)
  );
}

function uriCovers(first: HTTPMatchRequest, later: HTTPMatchRequest): boolean {
  if (isEmpty(first.uri) || first.uri?.prefix === '/' || ANYTHING.has(first.uri?.regex ?? '')) return true;
  if (isEmpty(later.uri)) return false;
  if (first.ignoreUriCase !== true) return later.ignoreUriCase !== true && textCovers(first.uri, later.uri);
  return textCovers(lower(first.uri), lower(later.uri));
}

function lower(match: StringMatch | undefined): StringMatch {
  // Regular expressions have no case to ignore.
  return { exact: match?.exact?.toLowerCase(), prefix: match?.prefix?.toLowerCase(), regex: match?.regex };
}

function textCovers(first: StringMatch | undefined, later: StringMatch | undefined): boolean {
  if (isEmpty(first) || first === undefined) return true;
  if (later === undefined || isEmpty(later)) return false;
  if (first.exact !== undefined) return later.exact === first.exact;
  if (first.prefix !== undefined) return (later.exact ?? later.prefix)?.startsWith(first.prefix) === true;
  return first.regex === later.regex;
}

/** A match without any of the three asks for presence only; of a path, for nothing. */
function isEmpty(match: StringMatch | undefined): boolean {
  return match === undefined || (match.exact === undefined && match.prefix === undefined && match.regex === undefined);
}

function mapCovers(first: HTTPMatchRequest['headers'], later: HTTPMatchRequest['headers']): boolean {
  return Object.entries(first ?? {}).every(
    ([name, match]) => later !== undefined && Object.hasOwn(later, name) && textCovers(match, later[name]),
  );
}

function sameText(a: StringMatch | undefined, b: StringMatch | undefined): boolean {
  return a !== undefined && b !== undefined && a.exact === b.exact && a.prefix === b.prefix && a.regex === b.regex;
}

/** Unset means all gateways of the VirtualService. */
function gatewaysCover(first: readonly string[] | undefined, later: readonly string[] | undefined): boolean {
  if (first === undefined || first.length === 0) return true;
  return later !== undefined && later.length > 0 && later.every((gateway) => first.includes(gateway));
}
