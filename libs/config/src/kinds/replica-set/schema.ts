import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { podTemplate } from '../deployment/schema';

/** The `spec` of a Kubernetes ReplicaSet. Fields a mesh does not use are kept as they are. */
export const replicaSetSpec = z.looseObject({
  replicas: z.int().min(0).optional(),
  selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).optional() }).optional(),
  template: podTemplate.optional(),
});

/** Replicas of one pod template; unset `replicas` is 1. */
export type ReplicaSetSpec = DeepReadonly<z.output<typeof replicaSetSpec>>;
