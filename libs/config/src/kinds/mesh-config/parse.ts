import { parseDocument } from 'yaml';
import { coerce, isObject } from '../../parse/coerce';
import { LIMITS, YAML_OPTIONS } from '../../parse/documents';
import { findingsFor } from '../../parse/issues';
import { survey } from '../../parse/survey';
import { type AnyResource } from '../../resource';
import { type Finding } from '../kind';
import { meshConfig, type MeshConfig } from './schema';

/**
 * Reads a MeshConfig as the `mesh` entry of the ConfigMap `istio` holds it.
 * A finding's path starts at the MeshConfig's own root. Unknown fields are kept and ignored.
 */
export function parseMeshConfig(text: string): { readonly meshConfig?: MeshConfig; readonly findings: readonly Finding[] } {
  const value = readYaml(text);
  if (value instanceof Error)
    return {
      findings: [{ severity: 'error', code: 'invalid_yaml', path: [], message: `Cannot read the mesh configuration: ${value.message}` }],
    };
  if (value === null || value === undefined) return { meshConfig: {}, findings: [] };
  if (!isObject(value))
    return {
      findings: [{ severity: 'error', code: 'wrong_type', path: [], message: 'Cannot read the mesh configuration: expected a mapping' }],
    };
  const plain = coerce(meshConfig, value, true);
  const result = meshConfig.safeParse(plain);
  if (!result.success) return { findings: findingsFor(meshConfig, plain, result.error.issues, []) };
  return { meshConfig: result.data, findings: [] };
}

/** The MeshConfig of the ConfigMap `istio` in `rootNamespace`; empty when there is none or it does not read. */
export function meshConfigOf(resources: Iterable<AnyResource>, rootNamespace = 'istio-system'): MeshConfig {
  for (const resource of resources) {
    if (resource.kind !== 'ConfigMap' || resource.metadata.name !== 'istio' || resource.metadata.namespace !== rootNamespace) continue;
    const text = resource.spec.data?.['mesh'];
    if (text !== undefined) return parseMeshConfig(text).meshConfig ?? {};
  }
  return {};
}

function readYaml(text: string): unknown {
  try {
    const document = parseDocument(text, YAML_OPTIONS);
    const [first] = document.errors;
    if (first !== undefined) return first;
    const [objection] = survey(document, LIMITS).objections;
    return objection !== undefined ? new Error(objection.message) : (document.toJS({ maxAliasCount: LIMITS.maxAliases }) as unknown);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
