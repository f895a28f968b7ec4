import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';

/** A port number, or the name of a container port. */
const intOrString = z.union([z.int(), z.string()]);

const servicePort = z.looseObject({
  name: z.string().optional(),
  port: z.int().min(1).max(65_535),
  /** Default: `port`. */
  targetPort: intOrString.optional(),
  protocol: z.string().optional(),
  appProtocol: z.string().optional(),
  nodePort: z.int().optional(),
});

/** The `spec` of a Kubernetes Service. Fields a mesh does not use are kept as they are. */
export const serviceSpec = z.looseObject({
  type: z.string().optional(),
  selector: z.record(z.string(), z.string()).optional(),
  ports: z.array(servicePort).optional(),
  clusterIP: z.string().optional(),
  clusterIPs: z.array(z.string()).optional(),
  externalName: z.string().optional(),
  externalIPs: z.array(z.string()).optional(),
  publishNotReadyAddresses: z.boolean().optional(),
});

/** A named set of workloads. `clusterIP: None` is headless. */
export type ServiceSpec = DeepReadonly<z.output<typeof serviceSpec>>;
/** One port; `protocol` is TCP by default. */
export type ServicePortSpec = DeepReadonly<z.output<typeof servicePort>>;
