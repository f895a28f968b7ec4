import { proxyConcurrency } from '../workloads/proxy-settings';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock } from '@lateen/base';
import { type ChildProcess } from 'node:child_process';
import { type Command, type Interception, type ServicePortRef, type WorkloadNetwork } from '../interception/interception';
import { LogFile } from '../process/log-file';
import { ManagedProcess, type ProcessEvent } from '../process/managed-process';
import { httpOk, listens, waitUntil } from '../process/wait-until';
import { type EnvironmentEntry, type WorkloadSpec } from '../workloads/workload';
import { type AgentFile } from './agent-file';
import { type EventSink } from './events';
import { type WorkloadStatus } from './status';

/** What every workload of a mesh shares. */
export interface MeshContext {
  readonly interception: Interception;
  readonly clock: Clock;
  readonly trustDomain: string;
  readonly clusterId: string;
  readonly rootCertFile: string;
  readonly runRoot: string;
  /** Programs with their first arguments; `--config agent.json` is appended. */
  readonly programs: { readonly sidecar: readonly [string, ...string[]]; readonly ingress: readonly [string, ...string[]] };
  readonly environment: Readonly<Record<string, string>>;
  readonly wrapper: readonly string[];
  /** Writes a fresh token into `file` now and keeps it fresh until the returned function is called. */
  readonly keepToken: (spec: WorkloadSpec, file: string) => Promise<() => void>;
  readonly services: () => readonly ServicePortRef[];
  readonly events: EventSink;
  /** Called when something a peer could notice has changed: address, readiness. */
  readonly changed: () => void;
  /** A gateway's process has started and wants its listening sockets. */
  readonly gatewayStarted: (spec: WorkloadSpec, child: ChildProcess) => void;
}

/** One workload instance while it runs: its network, its proxy, its app, in the order they need one another. */
export class WorkloadRunner {
  readonly spec: WorkloadSpec;
  readonly network: WorkloadNetwork;
  readonly #mesh: MeshContext;
  readonly #directory: string;
  readonly #proxy: ManagedProcess | undefined;
  readonly #app: ManagedProcess | undefined;
  readonly #appLog: LogFile | undefined;
  readonly #proxyLog: LogFile | undefined;
  #stopToken: (() => void) | undefined;
  #ready = false;
  #onAppExit: ((exitCode: number) => void) | undefined;

  private constructor(spec: WorkloadSpec, network: WorkloadNetwork, mesh: MeshContext) {
    this.spec = spec;
    this.network = network;
    this.#mesh = mesh;
    this.#directory = join(mesh.runRoot, spec.namespace, spec.pod);
    mkdirSync(this.#directory, { recursive: true });
    if (spec.role !== 'none') {
      this.#proxyLog = new LogFile(join(this.#directory, 'proxy.log'));
      this.#proxy = this.#createProxy(this.#proxyLog);
    }
    if (spec.app !== undefined) {
      this.#appLog = new LogFile(join(this.#directory, 'app.log'));
      this.#app = this.#createApp(this.#appLog);
    }
  }

  /** Gives the workload its network; nothing runs yet. */
  static async create(spec: WorkloadSpec, mesh: MeshContext): Promise<WorkloadRunner> {
    const network = await mesh.interception.attach(
      { pod: spec.pod, namespace: spec.namespace, role: spec.role, ports: spec.ports },
      mesh.services(),
    );
    return new WorkloadRunner(spec, network, mesh);
  }

  get ready(): boolean {
    return this.#ready;
  }

  get status(): WorkloadStatus {
    const { spec, network } = this;
    return {
      pod: spec.pod,
      namespace: spec.namespace,
      workload: spec.workload,
      role: spec.role,
      address: network.address,
      ready: this.#ready,
      processes: [this.#app, this.#proxy].flatMap((p) => (p === undefined ? [] : [p.status])),
      ports: spec.ports.map(({ containerPort }) => ({
        containerPort,
        appPort: network.appPort(containerPort),
        endpointPort: network.endpointPort(containerPort),
      })),
      labels: spec.labels,
      serviceAccount: spec.serviceAccount,
    };
  }

  /** The logs of its parts, by what they are called in `lateen logs`. */
  get logs(): readonly { readonly source: string; readonly log: LogFile }[] {
    const name = `${this.spec.namespace}/${this.spec.pod}`;
    return [
      ...(this.#appLog === undefined ? [] : [{ source: `${name} app`, log: this.#appLog }]),
      ...(this.#proxyLog === undefined ? [] : [{ source: `${name} proxy`, log: this.#proxyLog }]),
    ];
  }

  /** The app's process; absent for a gateway. */
  get app(): ManagedProcess | undefined {
    return this.#app;
  }

  /** Proxy first, then the app: an app must not be able to call anyone before its traffic is captured. */
  async start(): Promise<void> {
    if (this.#proxy !== undefined) {
      await this.#writeAgentFile();
      await this.#proxy.start();
    }
    if (this.#app !== undefined) await this.#app.start();
    this.#setReady(true);
  }

  /** The app first, so that it can still say goodbye through its proxy, which then drains. */
  async stop(): Promise<void> {
    this.#setReady(false);
    await this.#app?.stop();
    await this.#proxy?.stop();
    this.#stopToken?.();
    await this.network.release();
    this.#appLog?.close();
    this.#proxyLog?.close();
  }

  /** Ends one part; it is started again at once. */
  restart(part: 'app' | 'proxy'): void {
    (part === 'app' ? this.#app : this.#proxy)?.restart();
  }

  /** Calls back when the app ends for good; for workloads that live as long as their app. */
  onAppExit(callback: (exitCode: number) => void): void {
    this.#onAppExit = callback;
  }

  /** A command of the user's in this workload's network, with its app's environment. */
  place(argv: readonly [string, ...string[]], cwd: string | undefined, env: Readonly<Record<string, string>>): Command {
    const app = this.#appEnvironment();
    return this.network.place(
      {
        argv,
        cwd: cwd ?? this.spec.app?.directory ?? '/',
        env: { ...this.#mesh.environment, ...env, ...this.network.appEnvironment(this.#mesh.services()), ...app },
      },
      'app',
    );
  }

  async #writeAgentFile(): Promise<void> {
    const { spec, network } = this;
    const tokenFile = join(this.#directory, 'token');
    this.#stopToken = await this.#mesh.keepToken(spec, tokenFile);
    const file: AgentFile = {
      role: spec.role === 'router' ? 'router' : 'sidecar',
      pod: spec.pod,
      namespace: spec.namespace,
      workload: spec.workload,
      serviceAccount: spec.serviceAccount,
      ip: network.address,
      labels: spec.labels,
      annotations: spec.annotations,
      clusterId: this.#mesh.clusterId,
      trustDomain: this.#mesh.trustDomain,
      controlPlane: { address: this.#mesh.interception.xdsAddress, rootCertFile: this.#mesh.rootCertFile, tokenFile },
      runDir: this.#directory,
      ports: network.proxyPorts,
      interception: network.capture,
      proxy:
        spec.app?.envoy === undefined
          ? { kind: 'lateen', concurrency: proxyConcurrency(`${spec.namespace}/${spec.workload}`, spec.annotations) }
          : { kind: 'envoy', binary: spec.app.envoy },
      drainMs: 5000,
    };
    writeFileSync(join(this.#directory, 'agent.json'), `${JSON.stringify(file, undefined, 2)}\n`);
  }

  #createProxy(log: LogFile): ManagedProcess {
    const program = this.spec.role === 'router' ? this.#mesh.programs.ingress : this.#mesh.programs.sidecar;
    const argv: [string, ...string[]] = [...program, '--config', join(this.#directory, 'agent.json')];
    return new ManagedProcess({
      name: `${this.spec.namespace}/${this.spec.pod} proxy`,
      command: () => this.network.place({ argv, cwd: this.#directory, env: this.#mesh.environment }, 'proxy'),
      log,
      clock: this.#mesh.clock,
      ipc: true,
      wrapper: this.#mesh.wrapper,
      ready: (_pid, signal) =>
        waitUntil(() => httpOk(`http://${this.network.address}:${this.network.proxyPorts.health}/healthz/ready`), signal),
      onEvent: (event) => {
        if (event.type === 'spawned' && this.spec.role === 'router') this.#mesh.gatewayStarted(this.spec, event.child);
        this.#report('proxy', event);
      },
    });
  }

  #createApp(log: LogFile): ManagedProcess {
    return new ManagedProcess({
      name: `${this.spec.namespace}/${this.spec.pod} app`,
      command: () => this.#appCommand(),
      log,
      clock: this.#mesh.clock,
      wrapper: this.#mesh.wrapper,
      restart: !this.spec.transient,
      input: this.spec.transient,
      ready: async (pid, signal) => {
        for (const { containerPort } of this.spec.ports) await waitUntil(() => listens(pid, this.network.appPort(containerPort)), signal);
      },
      onEvent: (event) => {
        this.#report('app', event);
        if (event.type === 'exited' && this.spec.transient) this.#onAppExit?.(event.exitCode);
      },
    });
  }

  #appCommand(): Command {
    const { app } = this.spec;
    if (app === undefined) throw new Error(`Cannot start ${this.spec.pod}: it has no command`);
    const [program, ...args] = app.command;
    return this.network.place(
      {
        argv: [program === 'node' ? process.execPath : program, ...args],
        cwd: app.directory,
        env: {
          ...this.#mesh.environment,
          ...this.spec.shell,
          ...this.network.appEnvironment(this.#mesh.services()),
          ...this.#appEnvironment(),
        },
      },
      'app',
    );
  }

  /** What `lateen.yaml`, the container and the port variable say, in that order. */
  #appEnvironment(): Readonly<Record<string, string>> {
    const { app, ports, environment } = this.spec;
    const port = ports[0];
    return {
      HOSTNAME: this.spec.pod,
      ...app?.environment,
      ...Object.fromEntries(environment.flatMap((entry) => this.#resolve(entry))),
      ...(app?.portVariable === undefined || port === undefined
        ? {}
        : { [app.portVariable]: String(this.network.appPort(port.containerPort)) }),
    };
  }

  #resolve(entry: EnvironmentEntry): readonly (readonly [string, string])[] {
    if ('value' in entry) return [[entry.name, entry.value]];
    const value = fieldOf(entry.fieldPath, this.spec, this.network.address);
    return value === undefined ? [] : [[entry.name, value]];
  }

  #report(part: 'app' | 'proxy', event: ProcessEvent): void {
    if (event.type === 'exited') {
      this.#setReady(false);
      if (event.restartInMs !== undefined)
        this.#mesh.events({
          type: 'crash',
          process: `${this.spec.namespace}/${this.spec.pod} ${part}`,
          how: event.how,
          lastLines: event.lastLines,
          restartInMs: event.restartInMs,
        });
    }
    if (event.type === 'ready') this.#setReady([this.#app, this.#proxy].every((p) => p === undefined || p.status.state === 'running'));
  }

  #setReady(ready: boolean): void {
    if (this.#ready === ready) return;
    this.#ready = ready;
    this.#mesh.changed();
  }
}

/** A pod field by its path. Spec: Kubernetes downward API. */
function fieldOf(path: string, spec: WorkloadSpec, address: string): string | undefined {
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (keyed !== null) return (keyed[1] === 'labels' ? spec.labels : spec.annotations)[keyed[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return spec.pod;
    case 'metadata.namespace':
      return spec.namespace;
    case 'spec.serviceAccountName':
      return spec.serviceAccount;
    case 'status.podIP':
    case 'status.hostIP':
      return address;
    case 'spec.nodeName':
      return 'local';
    default:
      return undefined;
  }
}
