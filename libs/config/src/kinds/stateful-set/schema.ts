import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { podTemplate } from '../deployment/schema';

/** The `spec` of a Kubernetes StatefulSet. Fields a mesh does not use are kept as they are. */
export const statefulSetSpec = z.looseObject({
  replicas: z.int().min(0).optional(),
  selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).optional() }).optional(),
  serviceName: z.string().optional(),
  template: podTemplate,
});

/** Replicas with names of their own; unset `replicas` is 1. */
export type StatefulSetSpec = DeepReadonly<z.output<typeof statefulSetSpec>>;
