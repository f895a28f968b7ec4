import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';

const endpoint = z.looseObject({
  addresses: z.array(z.string()),
  conditions: z
    .looseObject({ ready: z.boolean().optional(), serving: z.boolean().optional(), terminating: z.boolean().optional() })
    .optional(),
  hostname: z.string().optional(),
  nodeName: z.string().optional(),
  zone: z.string().optional(),
});
const port = z.looseObject({
  name: z.string().optional(),
  port: z.int().min(1).max(65_535).optional(),
  protocol: z.string().optional(),
  appProtocol: z.string().optional(),
});

/** The fields of a Kubernetes EndpointSlice beside its metadata. */
export const endpointSliceSpec = z.looseObject({
  addressType: z.enum(['IPv4', 'IPv6', 'FQDN']),
  endpoints: z.array(endpoint).optional(),
  ports: z.array(port).optional(),
});

/** A share of where a Service is reached; the label `kubernetes.io/service-name` names it. */
export type EndpointSliceSpec = DeepReadonly<z.output<typeof endpointSliceSpec>>;
