import { type AnyResource, type SourceFile } from '@lateen/config';
import { asLabels, asMap, dig } from '../configuration/raw';
import { expandList } from './expand-list';
import { identify } from './identify';
import { splitDocuments } from './split-documents';

/** Kinds of an installation that only analysis looks at, and where their payload is. */
const KINDS: Readonly<Record<string, 'fields' | 'spec'>> = {
  MutatingWebhookConfiguration: 'fields',
  ValidatingWebhookConfiguration: 'fields',
  CustomResourceDefinition: 'spec',
};
const MENTIONED = new RegExp(`["']?kind["']?:\\s*["']?(${Object.keys(KINDS).join('|')})\\b`);

/**
 * Webhook configurations and CRDs in files: the configuration library passes them over, because a mesh does not read them.
 * Files that mention none cost one search of their text.
 */
export function clusterObjects(files: readonly SourceFile[]): readonly AnyResource[] {
  return files
    .filter(({ text }) => MENTIONED.test(text))
    .flatMap((file) =>
      splitDocuments(file)
        .flatMap(expandList)
        .flatMap(({ name, text, lineOffset }) => objectOf(name, text, lineOffset)),
    );
}

function objectOf(file: string, text: string, lineOffset: number): readonly AnyResource[] {
  if (!MENTIONED.test(text)) return [];
  const identity = identify(text, '');
  const payload = identity === undefined ? undefined : KINDS[identity.name.kind];
  if (identity === undefined || payload === undefined) return [];
  const { name, apiVersion, annotations, value } = identity;
  const metadata = { name: name.name, namespace: '', labels: asLabels(dig(value, 'metadata', 'labels')), annotations };
  const resource = {
    apiVersion,
    kind: name.kind,
    metadata,
    spec: payload === 'spec' ? asMap(value['spec']) : value,
    origin: { file, line: lineOffset + 1, text },
  };
  // Kinds outside the library's union: analyzers reach them only through `loose`, which promises nothing about the spec.
  return [resource as unknown as AnyResource];
}
