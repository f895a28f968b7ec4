import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JsonObject } from '@bufbuild/protobuf';
import { silentLogger } from '@lateen/base';
import { startProxy } from '@lateen/proxy';
import { ROOT } from '../mesh';

/** A proxy that serves the rows' listeners. */
export interface Proxy extends AsyncDisposable {
  /** The port of a listener, by name. */
  readonly ports: ReadonlyMap<string, number>;
  /** Every counter and gauge now. */
  stats(): Promise<ReadonlyMap<string, number>>;
}

/** Where the real Envoy is, if it is installed. */
export function envoyPath(): string | undefined {
  const path = process.env['ENVOY'] ?? join(ROOT, '.peers/envoy');
  return existsSync(path) ? path : undefined;
}

/** A folder for configuration and logs. */
export function scratch(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'differential-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** How both bring connections to their end when they are told to. */
const DRAIN = { timeMs: 2000, strategy: 'immediate' } as const;

/** Starts ours in this process. `secrets`: what its agent would have; default none. */
export async function startOurs(bootstrap: JsonObject, admin: number, secrets: SecretSource = NO_SECRETS): Promise<Proxy> {
  const proxy = await startProxy({
    bootstrap: { ...bootstrap, admin: adminAt(admin) },
    secrets,
    drain: DRAIN,
    logger: { ...silentLogger, error: (message, fields) => process.stderr.write(`lateen: ${message} ${JSON.stringify(fields ?? {})}\n`) },
  });
  await eventually(() => Promise.resolve(proxy.ready()), 'lateen is not ready');
  return { ...(await viewOf(admin)), [Symbol.asyncDispose]: () => proxy.stop(0) };
}

/** What an agent has of secrets. */
export type SecretSource = Parameters<typeof startProxy>[0]['secrets'];

const NO_SECRETS: SecretSource = { get: () => undefined, subscribe: () => () => undefined };

/** Starts Envoy. */
export async function startEnvoy(path: string, bootstrap: JsonObject, admin: number, folder: string): Promise<Proxy> {
  const file = join(folder, 'envoy.json');
  writeFileSync(file, JSON.stringify({ ...bootstrap, admin: adminAt(admin) }, undefined, 1));
  const output: string[] = [];
  const child = spawn(
    path,
    [
      ...['-c', file, '--concurrency', '1', '--disable-hot-restart', '--file-flush-interval-msec', '20', '-l', 'warning'],
      ...['--drain-time-s', String(DRAIN.timeMs / 1000), '--drain-strategy', DRAIN.strategy],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  // A run that breaks off leaves no proxy behind.
  process.once('exit', () => child.kill('SIGKILL'));
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => output.push(bytes.toString()));
  try {
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`Cannot start Envoy: it ended with ${child.exitCode}\n${output.join('')}`);
      return (await get(admin, '/ready')) === 'LIVE\n';
    }, 'Envoy is not ready');
    return { ...(await viewOf(admin)), [Symbol.asyncDispose]: () => end(child) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function adminAt(port: number): JsonObject {
  return { address: { socket_address: { address: '127.0.0.1', port_value: port } } };
}

async function viewOf(admin: number): Promise<Pick<Proxy, 'ports' | 'stats'>> {
  const listed = JSON.parse(await get(admin, '/listeners?format=json')) as {
    readonly listener_statuses: readonly {
      readonly name: string;
      readonly local_address: { readonly socket_address: { readonly port_value: number } };
    }[];
  };
  return {
    ports: new Map(listed.listener_statuses.map(({ name, local_address: at }) => [name, at.socket_address.port_value])),
    stats: async () => {
      const lines = (await get(admin, '/stats')).split('\n');
      return new Map(
        lines.flatMap((line) => {
          const colon = line.lastIndexOf(': ');
          const value = Number(line.slice(colon + 2));
          return colon < 0 || Number.isNaN(value) ? [] : [[line.slice(0, colon), value] as const];
        }),
      );
    },
  };
}

async function get(port: number, path: string): Promise<string> {
  return await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } }).then(
    (response) => response.text(),
    () => '',
  );
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGKILL');
  await gone;
}

async function eventually(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  const late = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > late) throw new Error(`Cannot run the differential suite: ${otherwise} after 30 s`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Lines of a log so far. */
export function linesOf(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}
