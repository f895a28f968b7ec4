import { type Finding, type ValidationContext } from '../kind';
import { parseMeshConfig } from '../mesh-config/parse';
import { type ConfigMapSpec } from './schema';

/** Rules of a ConfigMap beyond its schema: the `mesh` of the one named `istio` has to be a MeshConfig. */
export function validateConfigMap(spec: ConfigMapSpec, { metadata }: ValidationContext): readonly Finding[] {
  const mesh = spec.data?.['mesh'];
  if (metadata.name !== 'istio' || mesh === undefined) return [];
  return parseMeshConfig(mesh).findings.map((f) => ({
    ...f,
    path: ['data', 'mesh'],
    message: f.path.length === 0 ? f.message : `${f.path.join('.')}: ${f.message}`,
  }));
}
