import { z } from 'zod';
import { crd } from '../../schema/crd-meta';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { duration, message } from '../../schema/scalars';
import { oneTarget, policySelector, targetRef, targetRefs } from '../../schema/shared';

const text = crd(z.string(), { keywords: { minLength: 1 } });

const jwtRule = crd(
  message({
    issuer: text,
    audiences: z.array(text),
    jwksUri: crd(z.string(), {
      keywords: { minLength: 1, maxLength: 2048 },
      validations: [{ rule: 'url(self).getScheme() in ["http", "https"]', message: 'a URL starts with http:// or https://' }],
    }),
    jwks: z.string(),
    fromHeaders: z.array(message({ name: text, prefix: z.string() }).required({ name: true })),
    fromParams: z.array(text),
    fromCookies: z.array(text),
    outputPayloadToHeader: z.string(),
    forwardOriginalToken: z.boolean(),
    outputClaimToHeaders: z.array(
      message({ header: crd(text, { keywords: { pattern: '^[-_A-Za-z0-9]+$' } }), claim: text }).required({ header: true, claim: true }),
    ),
    timeout: duration,
    spaceDelimitedClaims: crd(z.array(text), { keywords: { maxItems: 64 } }),
    presence: z.enum(['OPTIONAL', 'REQUIRED']),
  }),
  { aliases: { jwks_uri: 'jwksUri' }, validations: [oneTarget('jwksUri', 'jwks_uri', 'jwks')] },
);

/** The `spec` of a RequestAuthentication. Spec: security.istio.io RequestAuthentication. */
export const requestAuthenticationSpec = crd(
  message({ selector: policySelector, targetRef, targetRefs, jwtRules: crd(z.array(jwtRule), { keywords: { maxItems: 4096 } }) }),
  {
    validations: [oneTarget('selector', 'targetRef', 'targetRefs')],
  },
);

/** Which tokens a workload verifies; a request without one passes. */
export type RequestAuthenticationSpec = DeepReadonly<z.output<typeof requestAuthenticationSpec>>;
/** One issuer. */
export type JWTRule = DeepReadonly<z.output<typeof jwtRule>>;
