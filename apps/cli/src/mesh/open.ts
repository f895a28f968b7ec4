import {
  type AdminAnswer,
  callAdmin,
  type MeshCard,
  readMeshCard,
  resolveStateDir,
  type StatePaths,
  statePaths,
  SupervisorClient,
} from '@lateen/local';
import { CliError } from '../exit';

/** A running mesh, as a command uses it. */
export interface OpenMesh {
  readonly paths: StatePaths;
  readonly card: MeshCard;
  readonly client: SupervisorClient;
  readonly admin: (method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown) => Promise<AdminAnswer>;
}

/** The paths of the mesh that `--state` or the environment names. */
export function pathsOf(state: string | undefined): StatePaths {
  return statePaths(resolveStateDir(state, process.env));
}

/** The mesh of `--state`; waits up to `waitMs` for one to come up. Throws a CliError when there is none. */
export async function openMesh(state: string | undefined, waitMs = 0): Promise<OpenMesh> {
  const paths = pathsOf(state);
  const until = Date.now() + waitMs;
  for (;;) {
    const card = readMeshCard(paths);
    const client = card === undefined ? undefined : await SupervisorClient.connect(paths.socket);
    if (card !== undefined && client !== undefined)
      return { paths, card, client, admin: (method, path, body) => callAdmin(card.addresses.admin, paths.adminToken, method, path, body) };
    if (Date.now() >= until)
      throw new CliError(`Cannot reach a mesh with state directory "${paths.root}": none is running. Start one with "lateen up".`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
