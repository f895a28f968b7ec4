import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';

const backend = z.looseObject({
  service: z
    .looseObject({
      name: z.string(),
      port: z.looseObject({ name: z.string().optional(), number: z.int().min(1).max(65_535).optional() }).optional(),
    })
    .optional(),
});
const path = z.looseObject({ path: z.string().optional(), pathType: z.enum(['Exact', 'Prefix', 'ImplementationSpecific']), backend });

/** The `spec` of a Kubernetes Ingress. Fields a mesh does not use are kept as they are. */
export const ingressSpec = z.looseObject({
  ingressClassName: z.string().optional(),
  defaultBackend: backend.optional(),
  tls: z.array(z.looseObject({ hosts: z.array(z.string()).optional(), secretName: z.string().optional() })).optional(),
  rules: z.array(z.looseObject({ host: z.string().optional(), http: z.looseObject({ paths: z.array(path) }).optional() })).optional(),
});

/** Hosts and paths at the cluster's edge, and the Services behind them. */
export type IngressSpec = DeepReadonly<z.output<typeof ingressSpec>>;
