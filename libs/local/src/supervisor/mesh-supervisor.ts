import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock } from '@lateen/base';
import { type ChildProcess } from 'node:child_process';
import { EMPTY_APPS_FILE, type AppsFile } from '../apps-file/parse-apps-file';
import { type Interception } from '../interception/interception';
import { type ListeningHandle, sendListener } from '../process/listening-handle';
import { LogFile } from '../process/log-file';
import { ManagedProcess } from '../process/managed-process';
import { waitUntil } from '../process/wait-until';
import { type MeshCard, writeMeshCard } from '../state/mesh-card';
import { type StatePaths } from '../state/state-dir';
import { DEFAULT_GATEWAY, DEFAULT_GATEWAY_SERVICE_YAML, defaultGatewayWorkload } from '../workloads/default-gateway';
import { hasIngressGateway, planWorkloads, type Plan } from '../workloads/deployments';
import { type KubernetesObject } from '../workloads/kubernetes';
import { type WorkloadSpec } from '../workloads/workload';
import { callAdmin } from './control-plane';
import { type EventSink } from './events';
import { Registration, type RegisteredWorkload } from './registration';
import { type MeshStatus } from './status';
import { type MeshContext, WorkloadRunner } from './workload-runner';

/** A file of the user's, read already. */
export interface ConfigFile {
  readonly name: string;
  readonly text: string;
}

/** The executables a mesh is made of: program and first arguments. */
export interface Programs {
  readonly controlPlane: readonly [string, ...string[]];
  readonly sidecar: readonly [string, ...string[]];
  readonly ingress: readonly [string, ...string[]];
}

/** Everything a mesh is started with. */
export interface MeshOptions {
  readonly paths: StatePaths;
  readonly interception: Interception;
  readonly programs: Programs;
  /** Undefined runs no Deployment. */
  readonly apps: AppsFile | undefined;
  /** Whether to add an ingress gateway where the configuration has none. */
  readonly defaultGateway: boolean;
  readonly trustDomain: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly wrapper: readonly string[];
  readonly clock: Clock;
  readonly events: EventSink;
  /** Opens a listening socket on the host, for interceptions that need it. */
  readonly openHostSocket: (role: string, preferred: number) => Promise<ListeningHandle>;
  /** Where the ingress gateway's container ports are wanted on the host. */
  readonly ingressPorts: Readonly<Record<number, number>>;
  readonly keepToken: (spec: WorkloadSpec, file: string) => Promise<() => void>;
  /** The card without what is only known later. */
  readonly card: Omit<MeshCard, 'addresses' | 'ready'>;
}

/** Answer of the admin API to an apply that it refused. */
export class ApplyRefused extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`Cannot apply the configuration: the control plane answered ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** How long proxies may take to learn of each other before the mesh is called ready all the same. */
const SYNC_TIMEOUT_MS = 5000;

/** A process that ended this often before it was ready is no longer waited for. */
const MAX_CRASHES = 4;
/** How long workloads are waited for before the mesh counts as started without them. */
const START_TIMEOUT_MS = 60_000;

const HOST_ROLES = { admin: 15_080, metrics: 15_014, 'xds-plaintext': 15_010, xds: 15_012 } as const;

/** One mesh: its control plane and every workload, started in order and kept running. */
export class MeshSupervisor {
  readonly #options: MeshOptions;
  readonly #mesh: MeshContext;
  readonly #controlPlane: ManagedProcess;
  readonly #controlPlaneLog: LogFile;
  readonly #registration: Registration;
  readonly #runners = new Map<string, WorkloadRunner>();
  readonly #hostSockets = new Map<string, ListeningHandle>();
  /** Host addresses of the ingress gateways, by container port. */
  readonly #ingress: Record<string, string> = {};
  #plan: Plan = { workloads: [], idle: [], services: [] };
  #ready = false;
  #stopping = false;
  #reconciling: Promise<void> = Promise.resolve();

  constructor(options: MeshOptions) {
    this.#options = options;
    this.#controlPlaneLog = new LogFile(join(options.paths.logs, 'control-plane.log'));
    this.#controlPlane = this.#createControlPlane();
    this.#registration = new Registration(
      () => this.#registered(),
      (workloads) => this.#putWorkloads(workloads),
    );
    this.#mesh = {
      interception: options.interception,
      clock: options.clock,
      trustDomain: options.trustDomain,
      clusterId: 'Kubernetes',
      rootCertFile: join(options.paths.ca, 'root-cert.pem'),
      runRoot: options.paths.run,
      programs: options.programs,
      environment: options.environment,
      wrapper: options.wrapper,
      keepToken: options.keepToken,
      services: () => this.#plan.services,
      events: options.events,
      changed: () => this.#changed(),
      gatewayStarted: (spec, child) => this.#sendGatewaySockets(spec, child),
    };
  }

  get status(): MeshStatus {
    return { controlPlane: this.#controlPlane.status, workloads: [...this.#runners.values()].map((r) => r.status), idle: this.#plan.idle };
  }

  get ready(): boolean {
    return this.#ready;
  }

  get card(): MeshCard {
    const { controlPlane } = this.#options.interception;
    const host = (role: string, own: string | undefined): string => this.#hostSockets.get(role)?.address ?? own ?? '';
    return {
      ...this.#options.card,
      addresses: {
        admin: host('admin', controlPlane.admin),
        metrics: host('metrics', controlPlane.metrics),
        xdsPlaintext: host('xds-plaintext', controlPlane.xdsPlaintext),
        xds: host('xds', controlPlane.xds[0]),
        ingress: { ...this.#ingress },
      },
      ready: this.#ready,
    };
  }

  get runners(): readonly WorkloadRunner[] {
    return [...this.#runners.values()];
  }

  get controlPlaneLog(): LogFile {
    return this.#controlPlaneLog;
  }

  /** Control plane, configuration, workloads. Rejects with `ApplyRefused` when the files are refused. */
  async start(files: readonly ConfigFile[]): Promise<void> {
    const { paths, interception } = this.#options;
    for (const directory of [paths.run, paths.logs]) mkdirSync(directory, { recursive: true });
    if (interception.needsHostSockets) {
      for (const [role, port] of Object.entries(HOST_ROLES)) this.#hostSockets.set(role, await this.#options.openHostSocket(role, port));
    }
    writeMeshCard(paths, this.card);
    await this.#step('control plane', () => Promise.race([this.#controlPlane.start(), this.#controlPlaneGivesUp()]));
    if (files.length > 0) await this.#step('configuration', () => this.#apply(files));
    await this.#step('workloads', () => this.reconcile());
    this.#ready = true;
    writeMeshCard(paths, this.card);
  }

  /** Makes what runs equal to the Deployments and Services that the control plane knows; one at a time. */
  async reconcile(): Promise<void> {
    const turn = this.#reconciling.then(() => this.#reconcileNow());
    this.#reconciling = turn.catch(() => undefined);
    await turn;
  }

  /** Adds one workload beside those of the configuration. */
  async add(spec: WorkloadSpec): Promise<WorkloadRunner> {
    const runner = await this.#create(spec);
    await this.#registration.update();
    return runner;
  }

  /** Stops one workload and takes it from the list. */
  async remove(runner: WorkloadRunner): Promise<void> {
    this.#runners.delete(keyOf(runner.spec));
    this.#changed();
    await runner.stop();
  }

  /** A pod name for a workload that has none yet: the first ordinal that is free. */
  freeOrdinal(namespace: string, workload: string): number {
    for (let ordinal = 0; ; ordinal++) if (!this.#runners.has(`${namespace}/${workload}-${ordinal}`)) return ordinal;
  }

  /** Workloads first, all at once; the control plane last, since draining proxies still ask it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#ready = false;
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop()));
    this.#runners.clear();
    await this.#controlPlane.stop();
    await this.#options.interception.close();
  }

  /** One call of the control plane's admin API, from inside the mesh. */
  async admin(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }> {
    return await callAdmin(this.#options.interception.controlPlane.admin, this.#options.paths.adminToken, method, path, body);
  }

  async #apply(files: readonly ConfigFile[]): Promise<void> {
    const { status, body } = await this.admin('POST', '/api/v1/apply', { files });
    if (status !== 200) throw new ApplyRefused(status, body);
  }

  async #reconcileNow(): Promise<void> {
    if (this.#stopping) return;
    const objects = await this.#objects();
    const plan = planWorkloads(objects, this.#options.apps ?? EMPTY_APPS_FILE);
    const wanted = new Map(plan.workloads.map((spec) => [keyOf(spec), spec]));
    if (this.#options.defaultGateway && !hasIngressGateway(objects)) {
      const gateway = defaultGatewayWorkload();
      wanted.set(keyOf(gateway), gateway);
      const service = objects.find(
        (o) => o.kind === 'Service' && o.metadata.name === DEFAULT_GATEWAY.name && o.metadata.namespace === DEFAULT_GATEWAY.namespace,
      );
      if (service === undefined) await this.#apply([{ name: 'the default ingress gateway', text: DEFAULT_GATEWAY_SERVICE_YAML }]);
    }
    const idle =
      this.#options.apps === undefined ? plan.idle.map((d) => ({ ...d, reason: 'no lateen.yaml was given (--apps)' })) : plan.idle;
    this.#plan = { ...plan, idle };
    const gone = [...this.#runners.values()].filter(
      (r) => !r.spec.transient && JSON.stringify(wanted.get(keyOf(r.spec))) !== JSON.stringify(r.spec),
    );
    await Promise.all(gone.map((runner) => this.remove(runner)));
    const created: WorkloadRunner[] = [];
    for (const spec of wanted.values()) if (!this.#runners.has(keyOf(spec))) created.push(await this.#create(spec));
    // Registered before their proxies connect, so that the control plane knows who they are.
    await this.#registration.update();
    await this.#startAll(created);
    await this.#registration.update();
    // A proxy is ready on its own account; that its peers know its address is what makes it reachable.
    await this.admin('POST', '/api/v1/apply', { files: [], wait: true, timeoutMs: SYNC_TIMEOUT_MS });
    writeMeshCard(this.#options.paths, this.card);
  }

  /** A control plane that ends again and again before it was ever ready will not come up. */
  async #controlPlaneGivesUp(): Promise<never> {
    while (this.#controlPlane.status.restarts < MAX_CRASHES) await delay(50);
    throw new Error(
      `Cannot start the control plane: it ended ${MAX_CRASHES} times, last with ${this.#controlPlane.status.lastExit ?? 'no exit code'}:\n${this.#controlPlaneLog.recentSinceMark(15).join('\n')}`,
    );
  }

  /** Starts workloads all at once and waits for them; one that does not come up is named and left to its restarts. */
  async #startAll(runners: readonly WorkloadRunner[]): Promise<void> {
    const starting = new Set(runners);
    for (const runner of runners) {
      runner.start().then(
        () => starting.delete(runner),
        (error: unknown) => {
          starting.delete(runner);
          if (!this.#stopping)
            this.#options.events({
              type: 'notice',
              message: `Cannot start ${keyOf(runner.spec)}: ${error instanceof Error ? error.message : String(error)}`,
            });
        },
      );
    }
    const until = this.#options.clock.monotonicMs() + START_TIMEOUT_MS;
    const hopeless = (runner: WorkloadRunner): boolean => runner.status.processes.some((p) => p.restarts >= MAX_CRASHES);
    while (!this.#stopping && this.#options.clock.monotonicMs() < until && [...starting].some((r) => !hopeless(r))) await delay(5);
    for (const runner of starting) {
      const waiting = runner.status.processes.find((p) => p.state !== 'running');
      this.#options.events({
        type: 'notice',
        message: `${keyOf(runner.spec)} is not ready: its ${waiting?.name.split(' ').at(-1) ?? 'app'} is ${waiting?.state ?? 'starting'} (lateen logs ${keyOf(runner.spec)})`,
      });
    }
  }

  async #objects(): Promise<readonly KubernetesObject[]> {
    const lists = await Promise.all(
      ['Deployment', 'Pod', 'Service'].map(async (kind) => {
        const { status, body } = await this.admin('GET', `/api/v1/resources?kind=${kind}`);
        if (status !== 200) throw new Error(`Cannot read the configuration's ${kind}s: the control plane answered ${status}`);
        return (body as { readonly items: readonly KubernetesObject[] }).items;
      }),
    );
    return lists.flat();
  }

  async #create(spec: WorkloadSpec): Promise<WorkloadRunner> {
    if (spec.role === 'router') await this.#openGatewaySockets(spec);
    const runner = await WorkloadRunner.create(spec, this.#mesh);
    if (spec.role === 'router' && spec.labels['istio'] !== 'egressgateway' && !this.#options.interception.needsHostSockets) {
      for (const { containerPort } of spec.ports)
        this.#ingress[containerPort] = `127.0.0.1:${runner.network.endpointPort(containerPort) ?? containerPort}`;
    }
    this.#runners.set(keyOf(spec), runner);
    return runner;
  }

  async #openGatewaySockets(spec: WorkloadSpec): Promise<void> {
    const { interception, ingressPorts, openHostSocket } = this.#options;
    if (!interception.needsHostSockets || spec.labels['istio'] === 'egressgateway') return;
    for (const { containerPort } of spec.ports) {
      const key = gatewayKey(spec, containerPort);
      const handle = this.#hostSockets.get(key) ?? (await openHostSocket(key, ingressPorts[containerPort] ?? containerPort));
      this.#hostSockets.set(key, handle);
      this.#ingress[containerPort] ??= handle.address;
    }
  }

  #sendGatewaySockets(spec: WorkloadSpec, child: ChildProcess): void {
    for (const { containerPort } of spec.ports) {
      const handle = this.#hostSockets.get(gatewayKey(spec, containerPort));
      if (handle !== undefined) sendListener(child, `gateway:${containerPort}`, handle);
    }
  }

  #createControlPlane(): ManagedProcess {
    const { controlPlane } = this.#options.interception;
    let announced = false;
    return new ManagedProcess({
      name: 'control plane',
      command: () => {
        announced = false;
        return {
          argv: [
            ...this.#options.programs.controlPlane,
            '--state',
            this.#options.paths.root,
            '--xds-plaintext',
            controlPlane.xdsPlaintext,
            '--xds',
            controlPlane.xds.join(','),
            '--admin',
            controlPlane.admin,
            '--metrics',
            controlPlane.metrics,
            '--trust-domain',
            this.#options.trustDomain,
          ],
          cwd: this.#options.paths.root,
          env: this.#options.environment,
        };
      },
      log: this.#controlPlaneLog,
      clock: this.#options.clock,
      ipc: true,
      wrapper: this.#options.wrapper,
      ready: (_pid, signal) => waitUntil(() => announced, signal, 5),
      onEvent: (event) => {
        if (event.type === 'message' && (event.message as { type?: unknown }).type === 'ready') announced = true;
        if (event.type === 'spawned') this.#sendHostSockets(event.child);
        if (event.type === 'ready') this.#changed();
        if (event.type === 'exited' && event.restartInMs !== undefined)
          this.#options.events({
            type: 'crash',
            process: 'control plane',
            how: event.how,
            lastLines: event.lastLines,
            restartInMs: event.restartInMs,
          });
      },
    });
  }

  #sendHostSockets(child: ChildProcess): void {
    for (const role of Object.keys(HOST_ROLES)) {
      const handle = this.#hostSockets.get(role);
      if (handle !== undefined) sendListener(child, role, handle);
    }
  }

  #changed(): void {
    if (this.#stopping || this.#controlPlane.status.state !== 'running') return;
    this.#registration.update().catch((error: unknown) => {
      if (!this.#stopping)
        this.#options.events({
          type: 'notice',
          message: `Cannot register workloads: ${error instanceof Error ? error.message : String(error)}; trying again when something changes`,
        });
    });
  }

  #registered(): readonly RegisteredWorkload[] {
    return [...this.#runners.values()].map(({ spec, network, ready }) => ({
      name: spec.pod,
      namespace: spec.namespace,
      workload: spec.workload,
      kind: spec.role,
      address: network.address,
      labels: spec.labels,
      annotations: spec.annotations,
      serviceAccount: spec.serviceAccount,
      ports: spec.ports.map(({ name, containerPort }) => ({ name, containerPort, endpointPort: network.endpointPort(containerPort) })),
      ready,
    }));
  }

  async #putWorkloads(workloads: readonly RegisteredWorkload[]): Promise<void> {
    const { status, body } = await this.admin('PUT', '/api/v1/workloads', { workloads });
    if (status < 200 || status > 299)
      throw new Error(`Cannot register workloads: the control plane answered ${status} ${JSON.stringify(body)}`);
  }

  async #step(what: string, run: () => Promise<void>): Promise<void> {
    const began = this.#options.clock.monotonicMs();
    await run();
    this.#options.events({ type: 'step', what, ms: this.#options.clock.monotonicMs() - began });
  }
}

function keyOf(spec: WorkloadSpec): string {
  return `${spec.namespace}/${spec.pod}`;
}

function gatewayKey(spec: WorkloadSpec, port: number): string {
  return `${keyOf(spec)}:${port}`;
}
