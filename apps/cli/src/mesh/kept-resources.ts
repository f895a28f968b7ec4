import { parseConfiguration } from '@lateen/analysis';
import { keyOf, type SourceFile } from '@lateen/config';
import { DEFAULT_GATEWAY } from '@lateen/local';
import { type ListedResource } from './listed-resources';

/** Resources that are named, at most. */
const MOST_NAMED = 8;

/**
 * What a mesh has in effect although the files it was started with do not have it: `VirtualService default/reviews, ...`.
 * Empty where there is nothing. The gateway that every local mesh gets is not told.
 */
export function keptResources(listed: readonly ListedResource[], files: readonly SourceFile[]): string {
  const given = new Set(parseConfiguration(files).resources.map(keyOf));
  const kept = listed.filter(({ kind, metadata: { namespace = '', name } }) => {
    const isGateway = kind === 'Service' && namespace === DEFAULT_GATEWAY.namespace && name === DEFAULT_GATEWAY.name;
    return !isGateway && !given.has(`${kind}/${namespace}/${name}`);
  });
  const names = kept.slice(0, MOST_NAMED).map(({ kind, metadata: { namespace = '', name } }) => `${kind} ${namespace}/${name}`);
  return [names.join(', '), ...(kept.length > MOST_NAMED ? [`${kept.length - MOST_NAMED} more`] : [])].join(' and ');
}
