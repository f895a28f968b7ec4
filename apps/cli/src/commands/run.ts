import { type SupervisorClient } from '@lateen/local';
import { CliError, EXIT } from '../exit';
import { openMesh, type OpenMesh } from '../mesh/open';
import { err } from '../output/colors';
import { attach } from './exec';

/** Options of `lateen run`. */
export interface RunOptions {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: string;
  readonly serviceAccount: string;
  readonly port: readonly number[];
  readonly portVariable: string;
  readonly gateway?: boolean;
  readonly sidecar: boolean;
  readonly waitForMesh: number;
  readonly state?: string;
}

/** Adds one workload to a mesh, waiting for the mesh first; ends when the app does, or by a signal. */
export async function run(command: readonly string[], options: RunOptions): Promise<void> {
  if (command.length === 0 && options.gateway !== true)
    throw new CliError('Cannot run a workload without a command: give one after --, or --gateway', EXIT.usage);
  const labels = parseLabels(options.labels ?? `app=${options.name}`);
  const mesh = await waitForMesh(options);
  const [program, ...args] = command;
  const gateway = options.gateway === true;
  const stop = stopOnSignal(mesh.client, gateway);
  const exitCode = await attach(
    mesh.client,
    {
      op: 'run',
      name: options.name,
      namespace: options.namespace,
      labels: gateway ? { istio: 'ingressgateway', ...labels } : labels,
      serviceAccount: options.serviceAccount,
      ports: options.port.map((containerPort) => ({ containerPort })),
      portVariable: options.portVariable,
      role: gateway ? 'router' : options.sidecar ? 'sidecar' : 'none',
      command: gateway || program === undefined ? undefined : [program, ...args],
      cwd: process.cwd(),
      env: definedEnvironment(),
    },
    (workload, address) => process.stderr.write(`${err.green('running')} ${workload} at ${address}\n`),
  );
  stop();
  mesh.client.close();
  process.exitCode = exitCode;
}

/** `a=b,c=d` as a map. */
export function parseLabels(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new CliError(`Cannot read label "${pair}": expected KEY=VALUE`, EXIT.usage);
      return [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()];
    }),
  );
}

async function waitForMesh(options: RunOptions): Promise<OpenMesh> {
  const mesh = await openMesh(options.state, options.waitForMesh * 1000);
  await mesh.client.call({ op: 'ready' });
  return mesh;
}

/** A gateway has no app that a signal could end: the connection's end ends it. */
function stopOnSignal(client: SupervisorClient, gateway: boolean): () => void {
  if (!gateway) return () => undefined;
  const stop = (): void => {
    client.close();
    process.exit(EXIT.ok);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  return () => undefined;
}

function definedEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
