import { z } from 'zod';
import { crd, oneOf } from '../../schema/crd-meta';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { int32, message, stringMap } from '../../schema/scalars';
import { portNumber } from '../../schema/shared';
import { workloadTemplate } from '../service-entry/schema';

const atLeastZero = crd(int32, { keywords: { minimum: 0 } });

const httpGet = message({
  path: z.string(),
  port: portNumber,
  host: z.string(),
  scheme: crd(z.string(), {
    keywords: { maxLength: 16 },
    validations: [{ rule: 'self in ["", "HTTP", "HTTPS"]', message: 'a scheme is HTTP or HTTPS' }],
  }),
  httpHeaders: z.array(message({ name: crd(z.string(), { keywords: { pattern: '^[-_A-Za-z0-9]+$' } }), value: z.string() })),
}).required({ port: true });

const probe = oneOf(
  message({
    initialDelaySeconds: atLeastZero,
    timeoutSeconds: atLeastZero,
    periodSeconds: atLeastZero,
    successThreshold: atLeastZero,
    failureThreshold: atLeastZero,
    httpGet,
    tcpSocket: message({ host: z.string(), port: portNumber }).required({ port: true }),
    exec: message({ command: z.array(crd(z.string(), { keywords: { minLength: 1 } })) }).required({ command: true }),
    grpc: message({ port: portNumber, service: z.string() }),
  }),
  'httpGet',
  'tcpSocket',
  'exec',
  'grpc',
);

/** The `spec` of a WorkloadGroup. Spec: networking.istio.io WorkloadGroup. */
export const workloadGroupSpec = message({
  metadata: message({
    labels: crd(stringMap, { keywords: { maxProperties: 256 } }),
    annotations: crd(stringMap, { keywords: { maxProperties: 256 } }),
  }),
  template: workloadTemplate,
  probe,
}).required({ template: true });

/** What WorkloadEntries that register themselves are made from. */
export type WorkloadGroupSpec = DeepReadonly<z.output<typeof workloadGroupSpec>>;
