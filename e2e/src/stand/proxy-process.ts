import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { type ChildMemory, type ChildOptions } from './proxy-child';

/** Our proxy in a process of its own, started from this very bundle, whose `main` begins with `isProxyChild`. */
export class ProxyProcess implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    private readonly admin: number,
    readonly ports: ReadonlyMap<string, number>,
  ) {}

  /** Starts one; `admin` is the port of its admin interface. */
  static async start(options: ChildOptions, admin: number): Promise<ProxyProcess> {
    const child = spawn(process.execPath, ['--expose-gc', process.argv[1]!], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, LATEEN_PROXY_CHILD: '1' },
    });
    const answer = ask<{ readonly type: string; readonly error?: string }>(child);
    child.send({
      type: 'start',
      options: {
        ...options,
        bootstrap: { ...options.bootstrap, admin: { address: { socket_address: { address: '127.0.0.1', port_value: admin } } } },
      },
    });
    const { type, error } = await answer;
    if (type !== 'ready') throw new Error(`Cannot start a proxy: ${error}`);
    const listed = JSON.parse(await get(admin, '/listeners?format=json')) as {
      readonly listener_statuses: readonly {
        readonly name: string;
        readonly local_address: { readonly socket_address: { readonly port_value: number } };
      }[];
    };
    return new ProxyProcess(
      child,
      admin,
      new Map(listed.listener_statuses.map((one) => [one.name, one.local_address.socket_address.port_value])),
    );
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Whether the process lives. */
  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Workers, if any. */
  get workers(): readonly number[] {
    return readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  }

  /** The port of a listener. */
  port(listener: string): number {
    const port = this.ports.get(listener);
    if (port === undefined) throw new Error(`Cannot find listener "${listener}"`);
    return port;
  }

  /** Seconds of CPU its threads have had. Spec: Linux `/proc/PID/task/TID/schedstat`. */
  cpuSeconds(): number {
    let ns = 0;
    for (const thread of readdirSync(`/proc/${this.pid}/task`))
      ns += Number(readFileSync(`/proc/${this.pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    return ns / 1e9;
  }

  /** Bytes of memory in the machine. */
  residentBytes(): number {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1]) * 1024;
  }

  /** What it holds after a collection. */
  async memory(): Promise<ChildMemory> {
    const answer = ask<ChildMemory>(this.child);
    this.child.send({ type: 'memory' });
    return await answer;
  }

  /** Every counter and gauge now. */
  async stats(): Promise<ReadonlyMap<string, number>> {
    const lines = (await get(this.admin, '/stats')).split('\n');
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(': ')), Number(line.slice(line.lastIndexOf(': ') + 2))]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.alive) return;
    const gone = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGKILL');
    await gone;
  }
}

function ask<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`The proxy ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (answer) => {
      child.off('exit', onExit);
      resolve(answer as T);
    });
  });
}

async function get(port: number, path: string): Promise<string> {
  return await (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })).text();
}
