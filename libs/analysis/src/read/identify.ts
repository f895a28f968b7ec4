import { YAML_OPTIONS } from '@lateen/config';
import { parseDocument } from 'yaml';
import { type ResourceName } from '../finding';
import { asLabels, asMap, asText, dig, type Raw } from '../configuration/raw';

/** What a document says it is, read without judging it. */
export interface Identity {
  readonly name: ResourceName;
  readonly apiVersion: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** The document as plain data. */
  readonly value: Raw;
}

/** Names the resource in YAML that the parser refused; undefined when even this cannot be read. */
export function identify(text: string, defaultNamespace: string): Identity | undefined {
  let value: Raw;
  try {
    const document = parseDocument(text, YAML_OPTIONS);
    if (document.errors.length > 0) return undefined;
    value = asMap(document.toJS({ maxAliasCount: 1000 }));
  } catch {
    // Unreadable text has no identity; the parser's own violation says what is wrong with it.
    return undefined;
  }
  const kind = asText(value['kind']);
  const name = asText(dig(value, 'metadata', 'name'));
  if (kind === '' || name === '') return undefined;
  const namespace = kind === 'Namespace' ? '' : asText(dig(value, 'metadata', 'namespace')) || defaultNamespace;
  return {
    name: { kind, namespace, name },
    apiVersion: asText(value['apiVersion']),
    annotations: asLabels(dig(value, 'metadata', 'annotations')),
    value,
  };
}
