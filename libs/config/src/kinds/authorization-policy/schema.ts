import { z } from 'zod';
import { crd } from '../../schema/crd-meta';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { message } from '../../schema/scalars';
import { oneTarget, policySelector, targetRef, targetRefs } from '../../schema/shared';

const texts = z.array(z.string());
const serviceAccounts = crd(z.array(crd(z.string(), { keywords: { maxLength: 320 } })), { keywords: { maxItems: 16 } });

const source = crd(
  message({
    principals: texts,
    notPrincipals: texts,
    requestPrincipals: texts,
    notRequestPrincipals: texts,
    namespaces: texts,
    notNamespaces: texts,
    serviceAccounts,
    notServiceAccounts: serviceAccounts,
    ipBlocks: texts,
    notIpBlocks: texts,
    remoteIpBlocks: texts,
    notRemoteIpBlocks: texts,
    trustDomains: texts,
    notTrustDomains: texts,
  }),
  {
    validations: [
      {
        rule: '(has(self.serviceAccounts) || has(self.notServiceAccounts)) ? (!has(self.principals) && !has(self.notPrincipals) && !has(self.namespaces) && !has(self.notNamespaces)) : true',
        message: 'serviceAccounts cannot be set with namespaces or principals',
      },
    ],
  },
);

const operation = message({
  hosts: texts,
  notHosts: texts,
  ports: texts,
  notPorts: texts,
  methods: texts,
  notMethods: texts,
  paths: texts,
  notPaths: texts,
});

const condition = message({ key: z.string(), values: texts, notValues: texts }).required({ key: true });

const rule = message({
  from: crd(z.array(message({ source })), { keywords: { maxItems: 512 } }),
  to: z.array(message({ operation })),
  when: z.array(condition),
});

/** The `spec` of an AuthorizationPolicy. Spec: security.istio.io AuthorizationPolicy. */
export const authorizationPolicySpec = crd(
  message({
    selector: policySelector,
    targetRef,
    targetRefs,
    rules: crd(z.array(rule), { keywords: { maxItems: 512 } }),
    action: z.enum(['ALLOW', 'DENY', 'AUDIT', 'CUSTOM']),
    provider: message({ name: z.string() }),
  }),
  { validations: [oneTarget('selector', 'targetRef', 'targetRefs')] },
);

/** Who may do what; unset `action` is ALLOW, and ALLOW without rules denies everything. */
export type AuthorizationPolicySpec = DeepReadonly<z.output<typeof authorizationPolicySpec>>;
/** One rule: any of `from`, any of `to`, and all of `when`. */
export type AuthorizationRule = DeepReadonly<z.output<typeof rule>>;
/** Who a request comes from; all lists have to hold. */
export type AuthorizationSource = DeepReadonly<z.output<typeof source>>;
/** What a request asks for; all lists have to hold. */
export type AuthorizationOperation = DeepReadonly<z.output<typeof operation>>;
/** One more condition, on an attribute by name. */
export type AuthorizationCondition = DeepReadonly<z.output<typeof condition>>;
