import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type Json } from './api-server';

/** The reference material beside the repository; it may not be there. */
export const referenceFolder = process.env['LATEEN_REFERENCE'] ?? join(import.meta.dirname, '../../../../../shared/reference');

interface Short {
  readonly name: string;
  readonly versions: readonly { readonly name: string; readonly schema: { readonly sameAs?: string } }[];
}

/** Definitions kept in short, completed to what a cluster takes; none when the file is not there. */
export function referenceCrds(file: 'istio-crds.yaml' | 'gateway-api-crds.yaml'): readonly Json[] {
  const path = join(referenceFolder, 'data', file);
  if (!existsSync(path)) return [];
  return parseAllDocuments(readFileSync(path, 'utf8'))
    .map((document) => document.toJS() as Short | null)
    .filter((short) => short !== null)
    .map(({ name, versions, ...spec }) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      // Names below k8s.io are refused without it.
      metadata: { name, annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' } },
      spec: {
        ...spec,
        versions: versions.map((version) => ({
          ...version,
          schema: versions.find((other) => other.name === version.schema.sameAs)?.schema ?? version.schema,
        })),
      },
    }));
}
