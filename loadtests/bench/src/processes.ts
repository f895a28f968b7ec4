import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { connect, createServer } from 'node:net';

/** The core the proxies under test have to themselves. */
export const PROXY_CORE = 0;
/** The core of everything else: load, back end, control plane, agents of Envoys. */
export const OTHER_CORE = 1;

/** What a process holds of the machine's memory. */
export interface Memory {
  readonly residentMb: number;
  /** Resident and written to: what each further proxy on a machine adds, since programs' own pages are shared. */
  readonly privateMb: number;
}

/** Reads the memory of processes, summed. Spec: proc(5) smaps_rollup. */
export function memoryOf(pids: readonly number[]): Memory {
  const rollups = pids.map((pid) => readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  const mb = (name: string): number =>
    rollups.reduce((sum, text) => sum + Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0), 0) / 1024;
  return { residentMb: mb('Rss'), privateMb: mb('Private_Dirty') };
}

/** A process and all below it: a proxy with workers is all of them. Throws an Error when the process has ended. */
export function treeOf(pid: number): readonly number[] {
  if (!existsSync(`/proc/${pid}`)) throw new Error(`Cannot measure process ${pid}: it has ended`);
  return [pid, ...childrenOf(pid).flatMap(treeOf)];
}

/** The processes whose parent is `pid`. Spec: proc(5) task/TID/children. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' '))
    .filter((text) => text.trim() !== '')
    .map(Number);
}

/** The path of a program, or undefined when it is not installed; /usr/sbin is not on every user's path. */
export function which(program: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** A process of the benchmark's on one core. */
export interface Pinned {
  readonly pid: number;
  /** Resolves when its output has the text; rejects when it ends first. */
  readonly said: (text: string) => Promise<void>;
  /** What it wrote to standard error last, at most 4,000 characters. */
  readonly complaint: () => string;
  /** SIGTERM, and SIGKILL after eight seconds. */
  readonly stop: () => Promise<void>;
}

/** Starts a program on one core. Its output goes nowhere, as a log nobody reads; what it said last is told if it fails. */
export function startPinned(options: {
  readonly core: number;
  readonly command: string;
  readonly args: readonly string[];
  readonly name: string;
  readonly cwd?: string;
  /** Whether `said` listens to standard output. Default false. */
  readonly output?: boolean;
}): Pinned {
  // exec'd by taskset, so the child's id is the program's own.
  const child = spawn('taskset', ['-c', String(options.core), options.command, ...options.args], {
    stdio: ['pipe', options.output === true ? 'pipe' : 'ignore', 'pipe'],
    cwd: options.cwd,
  });
  let last = '';
  let stopping = false;
  child.stderr?.on('data', (bytes: Buffer) => (last = (last + bytes.toString()).slice(-4000)));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.once('exit', (code, signal) => {
    if (!stopping) process.stderr.write(`bench: ${options.name} ended with ${code ?? signal}:\n${last}\n`);
  });
  return {
    pid: child.pid ?? 0,
    complaint: () => last.trim(),
    said: (text) =>
      new Promise((resolve, reject) => {
        let heard = '';
        child.stdout?.on('data', (bytes: Buffer) => {
          heard += bytes.toString();
          if (heard.includes(text)) resolve();
        });
        void ended.then(() => reject(new Error(`Cannot wait for ${options.name}: it ended: ${last.trim()}`)));
      }),
    stop: async () => {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 8000);
      await ended;
      clearTimeout(force);
    },
  };
}

/** Below the ports the kernel gives to connections (ip_local_port_range), of which a case has thousands. */
const PORTS = { first: 20_000, count: 12_000 };
let lastPort = process.pid % PORTS.count;

/** A port nobody listens on now, and which was not given away before. Throws an Error when there is none. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS.count; tries++) {
    lastPort = (lastPort + 1) % PORTS.count;
    const port = PORTS.first + lastPort;
    if (await isFree(port)) return port;
  }
  throw new Error(`Cannot find a free port between ${PORTS.first} and ${PORTS.first + PORTS.count - 1}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/**
 * Tries until `check` is true, for at most 20 seconds unless told; the last failure is in the error, and what the
 * process that is waited for has complained of.
 */
export async function until(what: string, check: () => Promise<boolean>, timeoutMs = 20_000, of?: Pinned): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let last: unknown = 'it was false'; ;) {
    try {
      if (await check()) return;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      const complaint = of === undefined ? '' : `; it said: ${of.complaint() || 'nothing'}`;
      throw new Error(`Cannot wait any longer until ${what}: ${String(last)}${complaint}`, { cause: last });
    }
    await pause(50);
  }
}

/** Waits until a TCP port accepts. */
export function listening(port: number): Promise<void> {
  return until(
    `port ${port} accepts`,
    () =>
      new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.destroy();
          resolve(true);
        }).once('error', reject);
      }),
  );
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
