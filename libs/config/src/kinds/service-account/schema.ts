import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';

/** The fields of a Kubernetes ServiceAccount beside its metadata. */
export const serviceAccountSpec = z.looseObject({ automountServiceAccountToken: z.boolean().optional() });

/** An identity pods run as. */
export type ServiceAccountSpec = DeepReadonly<z.output<typeof serviceAccountSpec>>;
