import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { message, stringMap, uint32 } from '../../schema/scalars';

const servicePort = message({ number: uint32, protocol: z.string(), name: z.string(), targetPort: uint32 }).required({ number: true, name: true });

/** The `spec` of a WorkloadEntry, and an endpoint of a ServiceEntry. */
export const workloadEntrySpec = message({
  address: z.string(),
  ports: z.record(z.string(), uint32),
  labels: stringMap,
  network: z.string(),
  locality: z.string(),
  weight: uint32,
  serviceAccount: z.string(),
});

/** The `spec` of a ServiceEntry. Spec: networking.istio.io ServiceEntry. */
export const serviceEntrySpec = message({
  hosts: z.array(z.string()),
  addresses: z.array(z.string()),
  ports: z.array(servicePort),
  location: z.enum(['MESH_EXTERNAL', 'MESH_INTERNAL']),
  resolution: z.enum(['NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS']),
  endpoints: z.array(workloadEntrySpec),
  workloadSelector: message({ labels: stringMap }),
  exportTo: z.array(z.string()),
  subjectAltNames: z.array(z.string()),
}).required({ hosts: true });

/** A service added to the registry. Unset `location` is MESH_EXTERNAL, unset `resolution` is NONE. */
export type ServiceEntrySpec = DeepReadonly<z.output<typeof serviceEntrySpec>>;
/** A port of the service; an unset `targetPort` is `number`. */
export type ServiceEntryPort = DeepReadonly<z.output<typeof servicePort>>;
/** One endpoint. `ports` maps service port names to endpoint ports. */
export type WorkloadEntrySpec = DeepReadonly<z.output<typeof workloadEntrySpec>>;
