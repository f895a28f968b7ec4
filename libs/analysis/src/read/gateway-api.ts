import { type AnyResource, type ParseResult } from '@lateen/config';

/** Resources of the Gateway API, which the library judges and gives apart from what a mesh runs. */
export function gatewayApiOf(parsed: ParseResult): readonly AnyResource[] {
  const list: unknown = 'gatewayApi' in parsed ? parsed.gatewayApi : undefined;
  // Kinds outside the library's union: analyzers reach them only through `loose`, which promises nothing about the spec.
  return Array.isArray(list) ? (list as readonly AnyResource[]) : [];
}
