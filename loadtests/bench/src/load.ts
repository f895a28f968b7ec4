import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Load } from './cases';
import { freePort, listening, OTHER_CORE, type Pinned, startPinned, which } from './processes';
import { type Backend, type KeyPair, type Target } from './subject';

/** What one run of the load found. */
export interface Measured {
  readonly requests: number;
  readonly bytes: number;
  readonly seconds: number;
  /** Of the target's processes, within the measured time. */
  readonly cpuSeconds: number;
  readonly errors: number;
  /** Why the first of them failed. */
  readonly reason?: string;
  /** In microseconds from when a request was due; 0 without a rate. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** How long and how fast. */
export interface RunOptions {
  readonly seconds: number;
  /** Seconds of load before measuring. Default 0. */
  readonly warm?: number;
  /** Requests a second, on schedule. Default: as many as get through. */
  readonly rate?: number;
  /** Ends after as many answers, or at the first failure. */
  readonly count?: number;
}

/** The program that makes load and answers it; `loadtests/bench/load` has its source. */
export class LoadTool {
  readonly #binary: string;

  /** Builds the program with Go unless it is there already. Throws an Error where there is no Go. */
  constructor(root: string) {
    this.#binary = join(root, 'dist/bench/load');
    const go = [which('go'), '/usr/local/go/bin/go', '/usr/lib/go/bin/go'].find((path) => path !== undefined && existsSync(path));
    if (go === undefined) {
      if (existsSync(this.#binary)) return;
      throw new Error('Cannot build the load: Go 1.24 or newer is needed (https://go.dev/dl)');
    }
    const { status, error } = spawnSync(go, ['build', '-o', this.#binary, '.'], {
      cwd: join(root, 'loadtests/bench/load'),
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) throw new Error(`Cannot build the load: go build ended with ${status ?? String(error)}`);
  }

  /** Starts the back end on ports of its own. */
  async backend(): Promise<Backend & { readonly stop: () => Promise<void> }> {
    const [h1, h2, echo, source] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const args = ['backend', '--h1', h1, '--h2', h2, '--echo', echo, '--source', source].map(String);
    const process = startPinned({ core: OTHER_CORE, command: this.#binary, args, name: 'the back end' });
    await listening(source);
    return { pid: process.pid, h1, h2, echo, source, stop: () => process.stop() };
  }

  /** Runs a load against a target. Failed requests are counted in the answer, not thrown. */
  async run(load: Load, target: Target, { seconds, warm = 0, rate = 0, count = 0 }: RunOptions): Promise<Measured> {
    const args = Object.entries({
      proto: load.proto,
      port: target.port,
      path: load.path,
      host: target.host ?? 'bench',
      connections: load.connections,
      streams: load.streams,
      seconds,
      warm,
      rate,
      count,
      pids: target.pids().join(','),
    }).map(([name, value]) => `--${name}=${value}`);
    return JSON.parse(await output('taskset', ['-c', String(OTHER_CORE), this.#binary, 'run', ...args])) as Measured;
  }

  /** Opens connections, sends one request on each, and holds them until it is stopped. */
  async hold(target: Target, connections: number, identity?: KeyPair): Promise<Pinned> {
    const tls = identity === undefined ? [] : ['--cert', identity.cert, '--key', identity.key];
    const args = ['idle', '--port', String(target.port), '--host', target.host ?? 'bench', '--connections', String(connections), ...tls];
    const process = startPinned({ core: OTHER_CORE, command: this.#binary, args, name: 'the idle connections', output: true });
    await process.said('held');
    return process;
  }
}

function output(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`Cannot measure: ${args[2] ?? command} ended with ${code}`)),
    );
  });
}
