import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { podSpec } from '../pod/schema';

/** What pods are made from, shared by every kind that makes them. */
export const podTemplate = z.looseObject({
  metadata: z
    .looseObject({ labels: z.record(z.string(), z.string()).optional(), annotations: z.record(z.string(), z.string()).optional() })
    .optional(),
  spec: podSpec.optional(),
});

/** The `spec` of a Kubernetes Deployment. Fields a mesh does not use are kept as they are. */
export const deploymentSpec = z.looseObject({
  replicas: z.int().min(0).optional(),
  selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).optional() }).optional(),
  template: podTemplate,
});

/** Replicas of one pod template; unset `replicas` is 1. */
export type DeploymentSpec = DeepReadonly<z.output<typeof deploymentSpec>>;
/** What each replica is made from. */
export type PodTemplate = DeepReadonly<z.output<typeof podTemplate>>;
