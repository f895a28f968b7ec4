import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';

const intOrString = z.union([z.int(), z.string()]);

const probe = z.looseObject({
  httpGet: z
    .looseObject({
      path: z.string().optional(),
      port: intOrString,
      host: z.string().optional(),
      scheme: z.string().optional(),
      httpHeaders: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
    })
    .optional(),
  tcpSocket: z.looseObject({ port: intOrString, host: z.string().optional() }).optional(),
  grpc: z.looseObject({ port: z.int(), service: z.string().optional() }).optional(),
  exec: z.looseObject({ command: z.array(z.string()).optional() }).optional(),
  initialDelaySeconds: z.int().optional(),
  periodSeconds: z.int().optional(),
  timeoutSeconds: z.int().optional(),
  successThreshold: z.int().optional(),
  failureThreshold: z.int().optional(),
});

const containerPort = z.looseObject({
  name: z.string().optional(),
  containerPort: z.int().min(1).max(65_535),
  protocol: z.string().optional(),
});

const container = z.looseObject({
  name: z.string(),
  image: z.string().optional(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  workingDir: z.string().optional(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
  ports: z.array(containerPort).optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  startupProbe: probe.optional(),
});

/** The `spec` of a Kubernetes Pod, and of a pod template. Fields a mesh does not use are kept as they are. */
export const podSpec = z.looseObject({
  serviceAccountName: z.string().optional(),
  /** The old name of `serviceAccountName`. */
  serviceAccount: z.string().optional(),
  hostNetwork: z.boolean().optional(),
  nodeName: z.string().optional(),
  terminationGracePeriodSeconds: z.int().optional(),
  initContainers: z.array(container).optional(),
  containers: z.array(container).optional(),
});

/** What a pod runs and as whom; an unset `serviceAccountName` is `default`. */
export type PodSpec = DeepReadonly<z.output<typeof podSpec>>;
/** One container. */
export type Container = DeepReadonly<z.output<typeof container>>;
/** A port a container listens on. */
export type ContainerPort = DeepReadonly<z.output<typeof containerPort>>;
/** A health check of a container. */
export type Probe = DeepReadonly<z.output<typeof probe>>;
