import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';

/** The `spec` of a Kubernetes Namespace. */
export const namespaceSpec = z.looseObject({ finalizers: z.array(z.string()).optional() });

/** A namespace; what matters to a mesh are its labels. */
export type NamespaceSpec = DeepReadonly<z.output<typeof namespaceSpec>>;
