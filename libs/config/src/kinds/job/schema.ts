import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { podTemplate } from '../deployment/schema';

/** The `spec` of a Kubernetes Job. Fields a mesh does not use are kept as they are. */
export const jobSpec = z.looseObject({
  parallelism: z.int().min(0).optional(),
  completions: z.int().min(0).optional(),
  template: podTemplate,
});

/** Pods that run to an end. */
export type JobSpec = DeepReadonly<z.output<typeof jobSpec>>;
