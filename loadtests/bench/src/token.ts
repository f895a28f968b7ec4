import { join } from 'node:path';
import { systemClock } from '@lateen/base';
import { mintToken as mint, openTokenKeys } from '@lateen/ca/tokens';

/** A token for one workload of the benchmark, signed with the key in its state directory. */
export function mintToken(pod: string, namespace: string, state: string): Promise<string> {
  const workload = pod.replace(/-\d+$/, '');
  return mint(openTokenKeys(join(state, 'tokens')), { pod, namespace, workload, serviceAccount: workload }, { clock: systemClock });
}
