import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { crd } from '../../schema/crd-meta';
import { message } from '../../schema/scalars';
import { policySelector } from '../../schema/shared';

const mutualTls = message({ mode: z.enum(['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT']) });

/** The `spec` of a PeerAuthentication. Spec: security.istio.io PeerAuthentication. */
export const peerAuthenticationSpec = crd(
  message({
    selector: policySelector,
    mtls: mutualTls,
    portLevelMtls: crd(z.record(z.string(), mutualTls), {
      keywords: { minProperties: 1, maxProperties: 128 },
      validations: [{ rule: 'self.all(key, 0 < int(key) && int(key) <= 65535)', message: 'a port is 1 to 65535' }],
    }),
  }),
  {
    validations: [
      {
        rule: 'has(self.portLevelMtls) ? (((has(self.selector) && has(self.selector.matchLabels)) ? self.selector.matchLabels : {}).size() > 0) : true',
        message: 'portLevelMtls needs a selector',
      },
    ],
  },
);

/** Which mTLS a workload accepts. Keys of `portLevelMtls` are the workload's ports, as text. */
export type PeerAuthenticationSpec = DeepReadonly<z.output<typeof peerAuthenticationSpec>>;
/** A mode; UNSET and absent inherit. */
export type MutualTLS = DeepReadonly<z.output<typeof mutualTls>>;
