import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { message, uint32 } from '../../schema/scalars';
import { workloadSelector } from '../../schema/shared';
import { connectionPool } from '../destination-rule/schema';
import { serverTls } from '../gateway/schema';
import { destination } from '../virtual-service/schema';

const sidecarPort = message({ number: uint32, protocol: z.string(), name: z.string(), targetPort: uint32 });
const captureMode = z.enum(['DEFAULT', 'IPTABLES', 'NONE']);

const ingressListener = message({
  port: sidecarPort,
  bind: z.string(),
  captureMode,
  defaultEndpoint: z.string(),
  tls: serverTls,
  connectionPool,
}).required({ port: true });

const egressListener = message({ port: sidecarPort, bind: z.string(), captureMode, hosts: z.array(z.string()) }).required({ hosts: true });

/** The `spec` of a Sidecar. Spec: networking.istio.io Sidecar. */
export const sidecarSpec = message({
  workloadSelector,
  ingress: z.array(ingressListener),
  egress: z.array(egressListener),
  inboundConnectionPool: connectionPool,
  outboundTrafficPolicy: message({ mode: z.enum(['REGISTRY_ONLY', 'ALLOW_ANY']), egressProxy: destination }),
});

/** What a workload's proxy takes in and sees of the mesh. */
export type SidecarSpec = DeepReadonly<z.output<typeof sidecarSpec>>;
/** One listener for traffic to the workload. */
export type IstioIngressListener = DeepReadonly<z.output<typeof ingressListener>>;
/** Hosts the workload may reach, each `NAMESPACE/NAME`, on one port or on all that the other listeners leave. */
export type IstioEgressListener = DeepReadonly<z.output<typeof egressListener>>;
