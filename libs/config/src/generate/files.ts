import { stringify } from 'yaml';
import { KINDS } from '../kinds/catalog';
import { configurationDoc } from './configuration-doc';
import { crdOf } from './crd';
import { jsonSchemaOf } from './json-schema';

/** A file made from the schemas, its path from the repository's root. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** Everything that is made from the schemas: definitions for Kubernetes, schemas for editors, the reference. */
export function generatedFiles(): readonly GeneratedFile[] {
  const istio = KINDS.filter((k) => k.group.endsWith('.istio.io'));
  return [
    ...istio.map((k) => ({
      path: `deploy/crds/${k.plural}.${k.group}.yaml`,
      text: stringify(crdOf(k), { aliasDuplicateObjects: false, lineWidth: 0 }),
    })),
    ...istio.map((k) => ({
      path: `deploy/schemas/${k.kind.toLowerCase()}.${k.group}.json`,
      text: `${JSON.stringify(jsonSchemaOf(k), null, 1)}\n`,
    })),
    { path: 'docs/configuration.md', text: configurationDoc() },
  ];
}
