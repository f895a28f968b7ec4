import { renameSync, writeFileSync } from 'node:fs';
import { mintToken, TOKEN_LIFETIME_SECONDS, type TokenKeys } from '@lateen/ca/tokens';
import { type Clock } from '@lateen/base';
import { type WorkloadSpec } from '../workloads/workload';

/**
 * Writes a workload's token into `file` and renews it at half its life, until the returned function is called.
 * A renewal that fails is reported and tried again a minute later; the old token still has half its life then.
 */
export async function keepToken(
  keys: TokenKeys,
  clock: Clock,
  spec: WorkloadSpec,
  file: string,
  report: (message: string) => void,
): Promise<() => void> {
  let cancel: () => void = () => undefined;
  const write = async (): Promise<void> => {
    const { pod, namespace, workload, serviceAccount } = spec;
    writeSecret(file, await mintToken(keys, { pod, namespace, workload, serviceAccount }, { clock }));
  };
  const schedule = (delayMs: number): void => {
    cancel = clock.after(delayMs, () => {
      write().then(
        () => schedule((TOKEN_LIFETIME_SECONDS * 1000) / 2),
        (error: unknown) => {
          report(`Cannot renew the token of ${spec.namespace}/${spec.pod}: ${error instanceof Error ? error.message : String(error)}`);
          schedule(60_000);
        },
      );
    });
  };
  await write();
  schedule((TOKEN_LIFETIME_SECONDS * 1000) / 2);
  return () => cancel();
}

/** Replaces a secret in one step, readable by its owner only. */
function writeSecret(file: string, text: string): void {
  const temporary = `${file}.new`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, file);
}
