import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Every path of one mesh's state directory; nothing is written anywhere else. */
export interface StatePaths {
  readonly root: string;
  readonly meshCard: string;
  readonly socket: string;
  readonly adminToken: string;
  readonly config: string;
  readonly ca: string;
  readonly tokens: string;
  readonly run: string;
  readonly logs: string;
  /** Mount points of network namespaces; empty files outside the mesh's own mount namespace. */
  readonly networks: string;
}

/** The state directory: `flag`, else `$LATEEN_STATE`, else `$XDG_STATE_HOME/lateen`, else `~/.local/state/lateen`. */
export function resolveStateDir(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  const named = flag ?? nonEmpty(env['LATEEN_STATE']);
  if (named !== undefined) return resolve(named);
  return join(nonEmpty(env['XDG_STATE_HOME']) ?? join(homedir(), '.local', 'state'), 'lateen');
}

/** The layout of the state directory `root`, an absolute path. */
export function statePaths(root: string): StatePaths {
  return {
    root,
    meshCard: join(root, 'mesh.json'),
    socket: join(root, 'supervisor.sock'),
    adminToken: join(root, 'admin-token'),
    config: join(root, 'config'),
    ca: join(root, 'ca'),
    tokens: join(root, 'tokens'),
    run: join(root, 'run'),
    logs: join(root, 'logs'),
    networks: join(root, 'networks'),
  };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
