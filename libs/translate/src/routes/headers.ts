import { create } from '@bufbuild/protobuf';
import { type HeaderOperations, type Headers } from '@lateen/config';
import {
  type HeaderValueOption,
  HeaderValueOption_HeaderAppendAction as AppendAction,
  HeaderValueOptionSchema,
} from '@lateen/xds/gen/envoy/config/core/v3/base_pb';

/** Header operations of a route or of one of its destinations, in Envoy's form. */
export interface HeaderMutations {
  readonly requestHeadersToAdd: HeaderValueOption[];
  readonly requestHeadersToRemove: string[];
  readonly responseHeadersToAdd: HeaderValueOption[];
  readonly responseHeadersToRemove: string[];
  /** What the user set the request's authority to; Envoy has no header operation for that. */
  readonly authority: string | undefined;
}

/** Translates header operations. Spec: Istio `Headers`; `set` overwrites, `add` appends. */
export function headerMutations(headers: Headers | undefined): HeaderMutations {
  const { request, response } = headers ?? {};
  const authority = [...entries(request?.set), ...entries(request?.add)].find(([name]) => isAuthority(name));
  return {
    requestHeadersToAdd: toAdd(request),
    requestHeadersToRemove: (request?.remove ?? []).filter((name) => !isAuthority(name)),
    responseHeadersToAdd: toAdd(response),
    responseHeadersToRemove: [...(response?.remove ?? [])],
    authority: authority?.[1],
  };
}

function toAdd(operations: HeaderOperations | undefined): HeaderValueOption[] {
  return [
    ...entries(operations?.set).map(([key, value]) => option(key, value, AppendAction.OVERWRITE_IF_EXISTS_OR_ADD)),
    ...entries(operations?.add).map(([key, value]) => option(key, value, AppendAction.APPEND_IF_EXISTS_OR_ADD)),
  ].filter(({ header }) => !isAuthority(header?.key ?? ''));
}

function option(key: string, value: string, appendAction: AppendAction): HeaderValueOption {
  return create(HeaderValueOptionSchema, { header: { key, value }, appendAction });
}

/** By name, so that the same configuration always makes the same bytes. */
function entries(map: Readonly<Record<string, string>> | undefined): readonly (readonly [string, string])[] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function isAuthority(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === 'host' || lower === ':authority';
}
