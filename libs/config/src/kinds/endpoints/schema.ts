import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';

const address = z.looseObject({ ip: z.string(), hostname: z.string().optional(), nodeName: z.string().optional() });
const port = z.looseObject({
  name: z.string().optional(),
  port: z.int().min(1).max(65_535),
  protocol: z.string().optional(),
  appProtocol: z.string().optional(),
});

/** The fields of a Kubernetes Endpoints beside its metadata. */
export const endpointsSpec = z.looseObject({
  subsets: z
    .array(
      z.looseObject({
        addresses: z.array(address).optional(),
        notReadyAddresses: z.array(address).optional(),
        ports: z.array(port).optional(),
      }),
    )
    .optional(),
});

/** Where the Service of the same name is reached. */
export type EndpointsSpec = DeepReadonly<z.output<typeof endpointsSpec>>;
