import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';

/** The fields of a Kubernetes ConfigMap beside its metadata. */
export const configMapSpec = z.looseObject({
  data: z.record(z.string(), z.string()).optional(),
  /** Values in base64. */
  binaryData: z.record(z.string(), z.string()).optional(),
  immutable: z.boolean().optional(),
});

/** Plain values by name; `mesh` of the ConfigMap `istio` is a MeshConfig in YAML. */
export type ConfigMapSpec = DeepReadonly<z.output<typeof configMapSpec>>;
