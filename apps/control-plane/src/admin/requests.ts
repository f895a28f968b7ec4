import { BadRequestException } from '@nestjs/common';
import { z } from 'zod';

const file = z.strictObject({ name: z.string(), text: z.string() });
const ref = z.strictObject({ kind: z.string(), namespace: z.string(), name: z.string() });
const waiting = { wait: z.boolean().optional(), timeoutMs: z.number().int().min(0).max(600_000).optional() };

/** `POST /apply`. */
export const applyRequest = z.strictObject({
  files: z.array(file),
  namespace: z.string().optional(),
  allowIneffective: z.boolean().optional(),
  dryRun: z.boolean().optional(),
  ...waiting,
});

/** `POST /delete`: what files name, or references. */
export const deleteRequest = z.strictObject({
  files: z.array(file).optional(),
  refs: z.array(ref).optional(),
  namespace: z.string().optional(),
  dryRun: z.boolean().optional(),
  ...waiting,
});

const labels = z.record(z.string(), z.string());

/** `PUT /workloads`. */
export const workloadsRequest = z.strictObject({
  workloads: z.array(
    z.object({
      name: z.string().min(1),
      namespace: z.string().min(1),
      workload: z.string().min(1),
      kind: z.enum(['sidecar', 'router', 'none']),
      address: z.string().min(1),
      labels,
      annotations: labels,
      serviceAccount: z.string().min(1),
      ports: z.array(z.object({ name: z.string().optional(), containerPort: z.number().int(), endpointPort: z.number().int().optional() })),
      locality: z.object({ region: z.string(), zone: z.string().default(''), subZone: z.string().default('') }).optional(),
      ready: z.boolean(),
    }),
  ),
});

/** Reads a body; a malformed one is answered with 400 and what is wrong with it. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new BadRequestException({ message: `Cannot read the request: ${issues.join('; ')}` });
}
