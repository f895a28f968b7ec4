import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@lateen/base';
import { openTokenKeys } from '@lateen/ca/tokens';
import { ExplicitInterception } from '../interception/explicit';
import { type Interception } from '../interception/interception';
import { NamespaceInterception } from '../interception/namespace';
import { type ListeningHandle } from '../process/listening-handle';
import { runCommand } from '../process/run-command';
import { removeMeshCard } from '../state/mesh-card';
import { statePaths } from '../state/state-dir';
import { keepToken } from '../supervisor/keep-token';
import { ApplyRefused, MeshSupervisor } from '../supervisor/mesh-supervisor';
import { SocketServer } from '../supervisor/socket-server';
import { type StartConfig, type ToLauncher, type ToSupervisor } from './messages';

/**
 * The supervisor's process: started by the launcher with an IPC channel, inside the mesh's namespaces where there are
 * any. Ends when it is told to, when its launcher is gone, or when the mesh does not come up.
 */
export async function supervise(): Promise<void> {
  const send = (message: ToLauncher): void => {
    if (process.connected) process.send?.(message);
  };
  const sockets = new HostSockets(send);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  // The launcher may be killed in any way; what it started must not outlive it.
  process.once('disconnect', () => stop.abort());
  const config = await new Promise<StartConfig>((resolve) => {
    process.on('message', (message: ToSupervisor, native: unknown) => {
      if (message.type === 'start') resolve(message.config);
      else if (message.type === 'stop') stop.abort();
      else sockets.receive(message, native);
    });
    send({ type: 'hello' });
  });
  const stopped = new Promise<void>((resolve) =>
    stop.signal.aborted ? resolve() : stop.signal.addEventListener('abort', () => resolve()),
  );
  try {
    await runMesh(config, sockets, send, stopped, () => stop.abort());
  } catch (error) {
    send({
      type: 'failed',
      message: error instanceof Error ? error.message : String(error),
      refusal: error instanceof ApplyRefused ? { status: error.status, body: error.body } : undefined,
    });
  }
  send({ type: 'stopped' });
  if (process.connected) process.disconnect();
}

/** From nothing to a running mesh and back to nothing. */
async function runMesh(
  config: StartConfig,
  sockets: HostSockets,
  send: (message: ToLauncher) => void,
  stopped: Promise<void>,
  stop: () => void,
): Promise<void> {
  const paths = statePaths(config.state);
  // What the last mesh printed is of no use to this one.
  rmSync(paths.run, { recursive: true, force: true });
  for (const directory of [paths.root, paths.run]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const interception = await createInterception(config, paths.networks);
  const keys = openTokenKeys(paths.tokens);
  const report = (message: string): void => send({ type: 'event', event: { type: 'notice', message } });
  const supervisor = new MeshSupervisor({
    paths,
    interception,
    programs: config.programs,
    apps: config.apps,
    defaultGateway: config.defaultGateway,
    trustDomain: config.trustDomain,
    environment: inheritedEnvironment(),
    wrapper: await deathWrapper(),
    clock: systemClock,
    events: (event) => send({ type: 'event', event }),
    openHostSocket: (role, preferred) => sockets.open(role, preferred),
    ingressPorts: config.ingressPorts,
    keepToken: (spec, file) => keepToken(keys, systemClock, spec, file, report),
    card: {
      pid: config.launcherPid,
      version: config.version,
      startedAt: systemClock.now(),
      interception: config.interception.kind,
      interceptionReason: config.interception.reason,
      trustDomain: config.trustDomain,
    },
  });
  let fullyStopped: () => void = () => undefined;
  const down = new Promise<void>((resolve) => (fullyStopped = resolve));
  let ready: () => void = () => undefined;
  const whenReady = new Promise<void>((resolve) => (ready = resolve));
  const server = new SocketServer(supervisor, paths.socket, whenReady, async () => {
    stop();
    await down;
  });
  try {
    await server.listen();
    const started = supervisor.start(config.files).then(() => {
      ready();
      send({ type: 'ready', card: supervisor.card });
    });
    await Promise.race([started, stopped]);
    // A stop during the start makes it fail; that is not a failure of the mesh.
    started.catch(() => undefined);
    await stopped;
  } finally {
    await supervisor.stop();
    removeMeshCard(paths);
    removeAllButLogs(paths.run);
    fullyStopped();
    // Whoever asked for this gets the answer before the socket goes away.
    await new Promise((resolve) => setImmediate(resolve));
    await server.close();
  }
}

async function createInterception(config: StartConfig, networks: string): Promise<Interception> {
  switch (config.interception.kind) {
    case 'namespace':
      return await NamespaceInterception.create(networks);
    case 'explicit':
      return await ExplicitInterception.create(config.state, config.ingressPorts);
  }
}

/** Tokens and sockets go, logs stay to be read after a failure. */
function removeAllButLogs(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) removeAllButLogs(path);
    else if (!/\.log(\.1)?$/.test(entry.name)) rmSync(path, { force: true });
  }
}

/** Makes a child die with this process however it ends; needs util-linux, and is left out elsewhere. */
async function deathWrapper(): Promise<readonly string[]> {
  const wrapper = ['setpriv', '--pdeathsig', 'KILL', '--'] as const;
  const { exitCode } = await runCommand([...wrapper, 'true']);
  return exitCode === 0 ? wrapper : [];
}

/** What the user's shell had, without what Node adds for this process alone. */
function inheritedEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) => (value === undefined || key.startsWith('NODE_CHANNEL_') ? [] : [[key, value]])),
  );
}

/** Listening sockets of the host, asked for over IPC one by one. */
class HostSockets {
  readonly #send: (message: ToLauncher) => void;
  readonly #waiting = new Map<string, { resolve: (handle: ListeningHandle) => void; reject: (error: Error) => void }>();

  constructor(send: (message: ToLauncher) => void) {
    this.#send = send;
  }

  async open(role: string, preferred: number): Promise<ListeningHandle> {
    const handle = new Promise<ListeningHandle>((resolve, reject) => this.#waiting.set(role, { resolve, reject }));
    this.#send({ type: 'open', role, preferred });
    return await handle;
  }

  receive(message: Extract<ToSupervisor, { role: string }>, native: unknown): void {
    const waiting = this.#waiting.get(message.role);
    this.#waiting.delete(message.role);
    if (message.type === 'socket' && typeof native === 'object' && native !== null) waiting?.resolve({ native, address: message.address });
    else
      waiting?.reject(
        new Error(message.type === 'socket' ? `Cannot use the socket for ${message.role}: it did not arrive` : message.message),
      );
  }
}
