import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childrenOf } from './processes';

/** The core the proxies under test have to themselves. */
export const PROXY_CORE = 0;
/** The core of everything else: load, back end, control plane, agents. */
export const OTHER_CORE = 1;

/** What is measured: a proxy on a Node version, or Envoy. */
export interface Subject {
  /** As printed: `lateen`, `lateen-node24`, `envoy`. */
  readonly name: string;
  readonly kind: 'lateen' | 'envoy';
  /** The Node binary that runs the sidecar bundle. */
  readonly node: string;
  /** The Envoy binary, for `envoy`. */
  readonly envoy?: string;
}

/** One subject's proxies, running. */
export interface SubjectPorts {
  /** One hop, plaintext upstream. */
  readonly plain: number;
  /** Two hops with mTLS between them. */
  readonly mtls: number;
  /** The proxy process of the one hop, and both of the two hops. */
  readonly plainPids: readonly number[];
  readonly mtlsPids: readonly number[];
}

/**
 * A mesh of the benchmark's own: the real control plane, and for every subject a client and a server sidecar, all on
 * loopback ports, all from the same two Services.
 */
export class BenchMesh implements AsyncDisposable {
  readonly state = mkdtempSync(join(tmpdir(), 'lateen-bench-'));
  readonly #children: ChildProcess[] = [];
  readonly #workloads: object[] = [];
  readonly #root: string;
  #admin = 0;
  #xds = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** Starts the control plane. */
  async start(): Promise<void> {
    const [admin, xds, plaintext, metrics] = [await freePort(), await freePort(), await freePort(), await freePort()];
    this.#admin = admin;
    this.#xds = xds;
    this.#spawn(
      OTHER_CORE,
      process.execPath,
      [
        join(this.#root, 'dist/apps/control-plane/main.mjs'),
        '--state',
        this.state,
        '--admin',
        `127.0.0.1:${admin}`,
        '--xds',
        `127.0.0.1:${xds}`,
        '--xds-plaintext',
        `127.0.0.1:${plaintext}`,
        '--metrics',
        `127.0.0.1:${metrics}`,
      ],
      'control-plane',
    );
    await until('the control plane answers', async () => (await fetch(`http://127.0.0.1:${admin}/readyz`)).ok);
  }

  /** Adds a subject: its Services, its workloads and its two sidecars, and waits until both serve. */
  async add(
    subject: Subject,
    backendPort: number,
    mintToken: (pod: string, namespace: string, state: string) => Promise<string>,
  ): Promise<SubjectPorts> {
    const namespace = `bench-${subject.name}`;
    const ports = { plain: await freePort(), mtls: await freePort(), server: await freePort() };
    const host = (service: string): string => `${service}.${namespace}.svc.cluster.local:8080`;
    await this.#apply(`${namespace}.yaml`, ['plain', 'server'].map((name) => service(name, namespace)).join('---\n'));
    this.#workloads.push(
      {
        name: 'plain-0',
        namespace,
        workload: 'plain',
        kind: 'none',
        address: '127.0.0.1',
        labels: { app: 'plain' },
        annotations: {},
        serviceAccount: 'default',
        ports: [{ name: 'http', containerPort: 8080, endpointPort: backendPort }],
        ready: true,
      },
      {
        name: 'server-0',
        namespace,
        workload: 'server',
        kind: 'sidecar',
        address: '127.0.0.1',
        labels: { app: 'server' },
        annotations: {},
        serviceAccount: 'server',
        ports: [{ name: 'http', containerPort: 8080, endpointPort: ports.server }],
        ready: true,
      },
      {
        name: 'client-0',
        namespace,
        workload: 'client',
        kind: 'sidecar',
        address: '127.0.0.1',
        labels: { app: 'client' },
        annotations: {},
        serviceAccount: 'client',
        ports: [],
        ready: true,
      },
    );
    await this.#call('PUT', '/api/v1/workloads', { workloads: this.#workloads });
    const server = await this.#sidecar(
      subject,
      'server',
      namespace,
      { inbound: { '8080': { listen: ports.server, app: backendPort } }, outbound: {} },
      mintToken,
    );
    const client = await this.#sidecar(
      subject,
      'client',
      namespace,
      { inbound: {}, outbound: { [host('plain')]: ports.plain, [host('server')]: ports.mtls } },
      mintToken,
    );
    for (const port of [ports.plain, ports.mtls])
      await until(`${subject.name} answers`, async () => (await fetch(`http://127.0.0.1:${port}/`)).status === 200);
    return { plain: ports.plain, mtls: ports.mtls, plainPids: [client], mtlsPids: [client, server] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#children.reverse().map(async (child) => {
        if (child.exitCode !== null) return;
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        const force = setTimeout(() => child.kill('SIGKILL'), 8000);
        await gone;
        clearTimeout(force);
      }),
    );
    rmSync(this.state, { recursive: true, force: true });
  }

  /** Starts one sidecar; the id of the process that carries traffic, pinned to the proxies' core. */
  async #sidecar(
    subject: Subject,
    workload: string,
    namespace: string,
    portMap: object,
    mintToken: (pod: string, namespace: string, state: string) => Promise<string>,
  ): Promise<number> {
    const pod = `${workload}-0`;
    const runDir = join(this.state, 'run', namespace, pod);
    mkdirSync(runDir, { recursive: true });
    const tokenFile = join(runDir, 'token');
    writeFileSync(tokenFile, await mintToken(pod, namespace, this.state), { mode: 0o600 });
    const names = ['admin', 'outbound', 'inbound', 'mergedMetrics', 'health', 'metrics'];
    const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()] as const)));
    const config = {
      role: 'sidecar',
      pod,
      namespace,
      workload,
      serviceAccount: workload,
      ip: '127.0.0.1',
      labels: { app: workload },
      annotations: {},
      controlPlane: { address: `127.0.0.1:${this.#xds}`, rootCertFile: join(this.state, 'ca/root-cert.pem'), tokenFile },
      runDir,
      ports,
      interception: { mode: 'NONE', portMap },
      proxy: subject.kind === 'envoy' ? { kind: 'envoy', binary: subject.envoy, concurrency: 1 } : { kind: 'lateen' },
    };
    writeFileSync(join(runDir, 'agent.json'), JSON.stringify(config));
    const agent = this.#spawn(
      subject.kind === 'envoy' ? OTHER_CORE : PROXY_CORE,
      subject.node,
      ['--max-semi-space-size=2', join(this.#root, 'dist/apps/sidecar/main.mjs'), '--config', join(runDir, 'agent.json')],
      `${namespace}-${workload}`,
    );
    await until(
      `the ${subject.name} ${workload} is ready`,
      async () => (await fetch(`http://127.0.0.1:${ports['health']}/healthz/ready`)).ok,
    );
    const pid = agent.pid ?? 0;
    if (subject.kind === 'lateen') return pid;
    const [envoy] = childrenOf(pid);
    if (envoy === undefined) throw new Error('Cannot find the Envoy that the agent runs');
    const pin = spawn('taskset', ['-acp', String(PROXY_CORE), String(envoy)], { stdio: 'ignore' });
    await new Promise((resolve) => pin.once('exit', resolve));
    return envoy;
  }

  #spawn(core: number, command: string, args: readonly string[], name: string): ChildProcess {
    // exec'd by taskset, so the child's id is the program's own. Logs are written, as in a mesh, but to nowhere.
    const child = spawn('taskset', ['-c', String(core), command, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let last = '';
    child.stderr?.on('data', (bytes: Buffer) => (last = (last + bytes.toString()).slice(-4000)));
    child.once('exit', (code, signal) => {
      if (code !== 0 && signal !== 'SIGTERM') process.stderr.write(`bench: ${name} ended with ${code ?? signal}:\n${last}\n`);
    });
    this.#children.push(child);
    return child;
  }

  async #apply(name: string, text: string): Promise<void> {
    await this.#call('POST', '/api/v1/apply', { files: [{ name, text }] });
  }

  async #call(method: string, path: string, body: object): Promise<void> {
    const token = readFileSync(join(this.state, 'admin-token'), 'utf8').trim();
    const response = await fetch(`http://127.0.0.1:${this.#admin}${path}`, {
      method,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    });
    if (!response.ok) throw new Error(`Cannot ${method} ${path}: ${response.status} ${await response.text()}`);
  }
}

function service(name: string, namespace: string): string {
  return `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {selector: {app: ${name}}, ports: [{name: http, port: 8080}]}\n`;
}

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Tries until `check` is true, for at most 20 seconds; the last failure is in the error. */
export async function until(what: string, check: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (let last: unknown = 'it was false'; ;) {
    try {
      if (await check()) return;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`Cannot wait any longer until ${what}: ${String(last)}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until a TCP port accepts. */
export function listening(port: number): Promise<void> {
  return until(
    `port ${port} accepts`,
    () => new Promise((resolve, reject) => connect(port, '127.0.0.1', () => resolve(true)).once('error', reject)),
  );
}
