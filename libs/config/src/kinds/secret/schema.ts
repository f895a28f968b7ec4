import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';

/** The fields of a Kubernetes Secret beside its metadata. */
export const secretSpec = z.looseObject({
  type: z.string().optional(),
  /** Values in base64. */
  data: z.record(z.string(), z.string()).optional(),
  /** Values as plain text; wins over `data` of the same key. */
  stringData: z.record(z.string(), z.string()).optional(),
  immutable: z.boolean().optional(),
});

/** Confidential values; never logged. */
export type SecretSpec = DeepReadonly<z.output<typeof secretSpec>>;
