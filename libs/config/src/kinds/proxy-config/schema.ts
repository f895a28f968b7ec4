import { z } from 'zod';
import { crd } from '../../schema/crd-meta';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { int32, message } from '../../schema/scalars';
import { policySelector } from '../../schema/shared';

/** The `spec` of the resource ProxyConfig. Spec: networking.istio.io v1beta1 ProxyConfig. */
export const proxyConfigSpec = message({
  selector: policySelector,
  concurrency: crd(int32, { keywords: { minimum: 0, nullable: true } }),
  environmentVariables: z.record(z.string(), crd(z.string(), { keywords: { maxLength: 2048 } })),
  image: message({ imageType: z.string() }),
});

/** Settings of the proxies of some workloads; `concurrency` 0 is one thread a core. */
export type ProxyConfigSpec = DeepReadonly<z.output<typeof proxyConfigSpec>>;
