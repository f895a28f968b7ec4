import { z } from 'zod';
import { crd } from './crd-meta';
import { message, uint32 } from './scalars';

/** Parts that several kinds share. */

const noStar = (what: string): { readonly rule: string; readonly message: string } => ({ rule: '!self.contains("*")', message: what });

/** A port number, as Kubernetes judges it. */
export const portNumber = crd(uint32, { validations: [{ rule: '0 < self && self <= 65535', message: 'a port is 1 to 65535' }] });

/** `selector` of a policy: workloads by all of these labels. */
export const policySelector = message({
  matchLabels: crd(
    z.record(
      z.string(),
      crd(z.string(), { keywords: { maxLength: 63 }, validations: [noStar('"*" is not allowed in the value of a label')] }),
    ),
    {
      keywords: { maxProperties: 4096 },
      validations: [
        { rule: 'self.all(key, !key.contains("*"))', message: '"*" is not allowed in the name of a label' },
        { rule: 'self.all(key, key.size() != 0)', message: 'the name of a label is not empty' },
      ],
    },
  ),
});

/** `workloadSelector` of a Sidecar, ServiceEntry or EnvoyFilter. */
export const workloadSelector = message({
  labels: crd(
    z.record(z.string(), crd(z.string(), { keywords: { maxLength: 63 }, validations: [noStar('"*" is not supported in a selector')] })),
    { keywords: { maxProperties: 256 } },
  ),
});

/** What a policy is attached to, by group, kind and name. */
export const targetRef = message({
  group: crd(z.string(), {
    keywords: { maxLength: 253, pattern: '^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$' },
  }),
  kind: crd(z.string(), { keywords: { minLength: 1, maxLength: 63, pattern: '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$' } }),
  name: crd(z.string(), { keywords: { minLength: 1, maxLength: 253 } }),
  namespace: crd(z.string(), {
    keywords: { maxLength: 253 },
    validations: [{ rule: 'self.size() == 0', message: 'another namespace cannot be referred to' }],
  }),
}).required({ kind: true, name: true });

/** Several of them. */
export const targetRefs = crd(z.array(targetRef), { keywords: { maxItems: 16 } });

/** The rule that a policy applies by one of these fields at most. */
export function oneTarget(...fields: readonly string[]): { readonly rule: string; readonly message: string } {
  return {
    rule: `${fields.map((field) => `(has(self.${field}) ? 1 : 0)`).join(' + ')} <= 1`,
    message: `only one of ${fields.join(', ')} can be set`,
  };
}
