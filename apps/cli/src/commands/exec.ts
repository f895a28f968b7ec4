import { type RequestBody, type SupervisorClient } from '@lateen/local';
import { openMesh } from '../mesh/open';

/** Runs a command in a workload's network, with this terminal's input and output. */
export async function exec(workload: string, command: readonly string[], options: { readonly state?: string }): Promise<void> {
  const { client } = await openMesh(options.state);
  const [program = '', ...args] = command;
  // The user's own environment minus what would send a program past the mesh.
  const exitCode = await attach(client, {
    op: 'exec',
    workload,
    command: [program, ...args],
    cwd: process.cwd(),
    env: { TERM: process.env['TERM'] ?? 'dumb' },
  });
  client.close();
  process.exitCode = exitCode;
}

/** Joins a request that runs a program to this terminal; resolves with its exit code. */
export async function attach(
  client: SupervisorClient,
  request: RequestBody,
  onStarted: (workload: string, address: string) => void = () => undefined,
): Promise<number> {
  const { id, result } = client.begin(request, (event) => {
    if (event.type === 'stdout') process.stdout.write(Buffer.from(event.data, 'base64'));
    if (event.type === 'stderr') process.stderr.write(Buffer.from(event.data, 'base64'));
    if (event.type === 'started') onStarted(event.workload, event.address);
  });
  process.stdin.on('data', (data: Buffer) => client.tell({ op: 'stdin', of: id, data: data.toString('base64') }));
  process.stdin.on('end', () => client.tell({ op: 'stdin', of: id }));
  process.stdin.on('error', () => undefined);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
    process.on(signal, () => client.tell({ op: 'signal', of: id, signal }));
  try {
    return ((await result) as { readonly exitCode: number }).exitCode;
  } finally {
    process.stdin.destroy();
  }
}
