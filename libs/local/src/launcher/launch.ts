import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chooseInterception, type InterceptionChoice, probeNamespaces } from '../interception/probe';
import { type InterceptionKind } from '../interception/interception';
import { openListener } from '../process/listening-handle';
import { type MeshCard, removeMeshCard } from '../state/mesh-card';
import { statePaths } from '../state/state-dir';
import { type SupervisorEvent } from '../supervisor/events';
import { type StartConfig, type ToLauncher, type ToSupervisor } from './messages';

/** How to start a mesh from the host. */
export interface LaunchOptions {
  readonly interception: 'auto' | InterceptionKind;
  /** Starts the supervisor: a program that calls `supervise()`. */
  readonly supervisor: readonly [string, ...string[]];
  readonly config: Omit<StartConfig, 'interception' | 'launcherPid'>;
  readonly onEvent: (event: SupervisorEvent) => void;
  readonly onChoice: (choice: InterceptionChoice) => void;
}

/** Why a mesh did not come up, or ended by itself. */
export class LaunchError extends Error {
  /** The admin API's answer, when it refused the configuration. */
  readonly refusal?: { readonly status: number; readonly body: unknown };

  constructor(message: string, refusal?: { readonly status: number; readonly body: unknown }) {
    super(message);
    this.refusal = refusal;
  }
}

/** A mesh as its launcher holds it. */
export interface LaunchedMesh {
  /** Resolves when every workload is ready; rejects with a `LaunchError`. */
  readonly ready: Promise<MeshCard>;
  /** Resolves when the supervisor and all it started are gone: true when it stopped in order. */
  readonly ended: Promise<boolean>;
  /** Asks it to stop; `ended` tells when it has. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
}

/** Chooses an interception and starts a supervisor under it; this process keeps the host's side. */
export async function launch(options: LaunchOptions): Promise<LaunchedMesh> {
  const choice = await chooseInterception(options.interception, () => probeNamespaces(process.platform, process.getuid?.() === 0));
  options.onChoice(choice);
  const argv = [...(choice.unshare ?? []), ...options.supervisor];
  const child = spawn(argv[0] ?? '', argv.slice(1), {
    // Out of the terminal's process group: Ctrl-C reaches this process, which then stops the mesh in order.
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const post = (message: ToSupervisor, handle?: object): void => {
    if (child.connected) child.send(message, handle as never, {}, () => undefined);
  };
  let settled = false;
  let inOrder = false;
  const ended = new Promise<boolean>((resolve) =>
    child.once('exit', () => {
      const paths = statePaths(options.config.state);
      removeMeshCard(paths);
      rmSync(paths.socket, { force: true });
      resolve(inOrder);
    }),
  );
  const ready = new Promise<MeshCard>((resolve, reject) => {
    const fail = (error: LaunchError): void => {
      settled = true;
      reject(error);
    };
    child.once('error', (error) => fail(new LaunchError(`Cannot start the supervisor: ${error.message}`)));
    child.once('exit', (code, signal) =>
      fail(new LaunchError(`The mesh has ended: its supervisor ended with ${signal ?? `exit code ${code ?? 0}`}`)),
    );
    child.on('message', (message: ToLauncher) => {
      switch (message.type) {
        case 'hello':
          post({
            type: 'start',
            config: { ...options.config, interception: { kind: choice.kind, reason: choice.reason }, launcherPid: process.pid },
          });
          return;
        case 'open':
          void openForMesh(child, message.role, message.preferred, post);
          return;
        case 'event':
          options.onEvent(message.event);
          return;
        case 'ready':
          settled = true;
          resolve(message.card);
          return;
        case 'failed':
          if (settled) options.onEvent({ type: 'notice', message: message.message });
          else fail(new LaunchError(message.message, message.refusal));
          return;
        case 'stopped':
          inOrder = true;
          return;
      }
    });
  });
  // Whoever waits for `ready` is told; a mesh that ends after that has been waited for already.
  ready.catch(() => undefined);
  return {
    ready,
    ended,
    stop: () => post({ type: 'stop' }),
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Opens a socket on the host and gives it away. */
async function openForMesh(
  child: ChildProcess,
  role: string,
  preferred: number,
  post: (message: ToSupervisor, handle?: object) => void,
): Promise<void> {
  try {
    const { server, handle } = await openListener('127.0.0.1', preferred);
    child.send({ type: 'socket', role, address: handle.address } satisfies ToSupervisor, handle.native as never, {}, () => server.close());
  } catch (error) {
    post({ type: 'socket-refused', role, message: error instanceof Error ? error.message : String(error) });
  }
}
