import { MESH_CONFIG_DEFAULTS, type MeshConfig } from '@lateen/config';

/** A MeshConfig with Istio's defaults where the user said nothing. */
export function effectiveMeshConfig(written: MeshConfig): MeshConfig {
  return { ...MESH_CONFIG_DEFAULTS, ...written };
}
