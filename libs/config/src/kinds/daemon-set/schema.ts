import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { podTemplate } from '../deployment/schema';

/** The `spec` of a Kubernetes DaemonSet. Fields a mesh does not use are kept as they are. */
export const daemonSetSpec = z.looseObject({
  selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).optional() }).optional(),
  template: podTemplate,
});

/** One pod on every node. */
export type DaemonSetSpec = DeepReadonly<z.output<typeof daemonSetSpec>>;
