import { z } from 'zod';
import { type DeepReadonly } from '../../schema/deep-readonly';
import { message, stringMap } from '../../schema/scalars';

const mutualTls = message({ mode: z.enum(['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT']) });

/** The `spec` of a PeerAuthentication. Spec: security.istio.io PeerAuthentication. */
export const peerAuthenticationSpec = message({
  selector: message({ matchLabels: stringMap }),
  mtls: mutualTls,
  portLevelMtls: z.record(z.string(), mutualTls),
});

/** Which mTLS a workload accepts. Keys of `portLevelMtls` are the workload's ports, as text. */
export type PeerAuthenticationSpec = DeepReadonly<z.output<typeof peerAuthenticationSpec>>;
/** A mode; UNSET and absent inherit. */
export type MutualTLS = DeepReadonly<z.output<typeof mutualTls>>;
