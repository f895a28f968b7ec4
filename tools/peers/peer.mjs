/** What the installers of optional peers share: where peers go, and how a missing prerequisite is told. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The ignored folder that holds every peer. `LATEEN_PEERS` moves it, so that several checkouts can share one. */
export const peers = process.env.LATEEN_PEERS ?? join(dirname(fileURLToPath(import.meta.url)), '../../.peers');
mkdirSync(peers, { recursive: true });

/** The first of `names` that runs with `--version` (or the flag given); undefined when none does. */
export function firstWorking(names, versionFlag = '--version') {
  return names.find((name) => spawnSync(name, [versionFlag], { stdio: 'ignore' }).status === 0);
}

/** Runs a command with its output shown on standard error, so that standard output stays the path of the peer. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { stdio: ['ignore', 2, 2], ...options });
  if (result.error !== undefined) giveUp(`Cannot run ${command}: ${result.error.message}`);
  if (result.status !== 0) giveUp(`Cannot finish '${command} ${args.join(' ')}': exit ${result.status ?? result.signal}`);
}

/** What a command says first, trimmed; undefined when it does not run. */
export function firstLine(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  return result.status === 0 ? (result.stdout + result.stderr).trim().split('\n')[0] : undefined;
}

/** Says what this machine lacks to install a peer, and ends with exit 2: the peer is optional, so nothing is broken. */
export function lacking(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

/** Says why installing failed, and ends with exit 1. */
export function giveUp(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
