import { type Finding, type ValidationContext } from '../kind';
import { meshConfigFindings, meshNetworksFindings } from '../mesh-config/parse';
import { formatPath } from '../../parse/path';
import { type ConfigMapSpec } from './schema';

/** Rules of a ConfigMap beyond its schema: of the one named `istio`, `mesh` is a MeshConfig and `meshNetworks` its networks. */
export function validateConfigMap(spec: ConfigMapSpec, { metadata }: ValidationContext): readonly Finding[] {
  if (metadata.name !== 'istio') return [];
  const { mesh, meshNetworks } = spec.data ?? {};
  return [
    ...inside('mesh', mesh === undefined ? [] : meshConfigFindings(mesh)),
    ...inside('meshNetworks', meshNetworks === undefined ? [] : meshNetworksFindings(meshNetworks)),
  ];
}

/** A finding in the YAML of an entry: the field is the entry, the place is inside it. */
function inside(entry: string, findings: readonly Finding[]): readonly Finding[] {
  return findings.map((finding) => ({
    ...finding,
    path: ['data', entry],
    place: ['data', entry, ...finding.path],
    message: finding.path.length === 0 ? finding.message : `${formatPath(finding.path)}: ${finding.message}`,
  }));
}
