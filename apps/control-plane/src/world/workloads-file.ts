import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { type VipAllocation, type WorkloadInstance } from '@lateen/registry';

/** What a control plane keeps over its own restarts beside the configuration. */
export interface RunningState {
  readonly workloads: readonly WorkloadInstance[];
  /** Service addresses given out, so that they stay. */
  readonly vips: VipAllocation;
}

/** Reads the file; nothing runs where there is none. Throws when it is damaged. */
export function readRunningState(path: string): RunningState {
  if (!existsSync(path)) return { workloads: [], vips: {} };
  try {
    const { workloads = [], vips = {} } = JSON.parse(readFileSync(path, 'utf8')) as Partial<RunningState>;
    return { workloads, vips };
  } catch (cause) {
    throw new Error(`Cannot read "${path}": ${String(cause)}`, { cause });
  }
}

/** Replaces the file whole: a crash at any moment leaves the old one or the new one. */
export function writeRunningState(path: string, state: RunningState): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, JSON.stringify(state));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
