import { rmSync } from 'node:fs';
import { removeMeshCard, SupervisorClient } from '@lateen/local';
import { pathsOf } from '../mesh/open';
import { withProgress } from '../output/progress';

/** Stops a mesh, and with `purge` forgets it; no error when none runs. */
export async function down(options: { readonly purge?: boolean; readonly state?: string }): Promise<void> {
  const paths = pathsOf(options.state);
  const client = await SupervisorClient.connect(paths.socket);
  if (client !== undefined) {
    await withProgress('stopping the mesh', () => client.call({ op: 'down' }));
    client.close();
  } else {
    // What a mesh that was killed has left.
    removeMeshCard(paths);
    rmSync(paths.socket, { force: true });
  }
  if (options.purge === true) {
    for (const path of [
      paths.config,
      paths.ca,
      paths.tokens,
      paths.run,
      paths.logs,
      paths.networks,
      paths.adminToken,
      `${paths.root}/workloads.json`,
    ])
      rmSync(path, { recursive: true, force: true });
  }
  process.stdout.write(`${client === undefined ? 'no mesh was running' : 'stopped'}${options.purge === true ? ', state removed' : ''}\n`);
}
